"use strict";

// Instants are told in the reader's own zone; what the server wrote, exact and in UTC, stays in the
// title.
(() => {
  const words = new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
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

  // What is typed as a day and a time is meant in the reader's zone, too.
  function askHere(root) {
    const { timeZone } = words.resolvedOptions();
    for (const zone of root.querySelectorAll("input[name=zone]")) {
      zone.value = timeZone;
    }
    for (const zone of root.querySelectorAll("[data-zone]")) {
      zone.textContent = timeZone;
    }
  }

  document.addEventListener("htmx:load", (event) => {
    tellHere(event.detail.elt);
    askHere(event.detail.elt);
  });
})();
