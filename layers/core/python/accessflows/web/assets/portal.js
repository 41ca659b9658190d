"use strict";

// Instants are told in the reader's own zone; what the server wrote, exact and in UTC, stays in the
// title.
(() => {
  const words = new Intl.DateTimeFormat("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });

  function tellHere(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      time.textContent = words.format(new Date(time.dateTime));
    }
  }

  document.addEventListener("htmx:load", (event) => tellHere(event.detail.elt));
})();
