"""Forms of pages, filled in and sent as a browser would: what is ticked, typed and selected, and
the one button that is pressed."""

from collections.abc import Iterable
from html.parser import HTMLParser

from tests.functions.browser import Browser, Seen

Fields = list[tuple[str, str]]


class Form:
    """The form of a page that leads to an address."""

    def __init__(self, browser: Browser, seen: Seen, action: str) -> None:
        reader = _Reader(action)
        reader.feed(seen.html)
        assert reader.found, f"no form leads to {action}"
        self.seen, self.fields, self.buttons = seen, reader.fields, reader.buttons
        self.boxes, self.options = reader.boxes, reader.options
        self._browser, self._action = browser, action

    def tick(self, name: str, *values: str) -> "Form":
        """Tick boxes, or choose a radio button, that the page has."""
        for value in values:
            assert (name, value) in self.boxes, f"there is no box {name}={value}"
            if self.boxes[name, value] == "radio":
                self.fields = [each for each in self.fields if each[0] != name]
            self.fields.append((name, value))
        return self

    def untick(self, name: str, value: str) -> "Form":
        self.fields.remove((name, value))
        return self

    def write(self, **values: str) -> "Form":
        """Type into fields, or select among options, that the page has."""
        for key, value in values.items():
            name = key.rstrip("_")
            at = [index for index, (known, _) in enumerate(self.fields) if known == name]
            assert len(at) == 1, f"there is no one field {name}"
            assert name not in self.options or value in self.options[name], f"{name} has no {value}"
            self.fields[at[0]] = (name, value)
        return self

    def press(self, value: str, name: str = "do") -> "Form":
        """The form of the page that comes of it."""
        return Form(self._browser, self.send(value, name), self._action)

    def send(self, value: str, name: str = "do") -> Seen:
        assert (name, value) in self.buttons, f"there is no button {value}; {self.buttons}"
        sent: dict[str, list[str]] = {}
        for key, each in [*self.fields, (name, value)]:
            sent.setdefault(key, []).append(each)
        return self._browser.post(self._action, **sent)

    def one(self, name: str) -> str:
        (value,) = (value for known, value in self.fields if known == name)
        return value


class _Reader(HTMLParser):
    """What a browser would send of one form."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.found = action, False, False
        self.fields: Fields = []
        self.buttons: Fields = []
        self.boxes: dict[tuple[str, str], str] = {}
        self.options: dict[str, list[str]] = {}
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attributes: Iterable[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.inside = given.get("action") == self.action
            self.found |= self.inside
        elif self.inside:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        match tag, given.get("type"):
            case "input", "checkbox" | "radio" as kind:
                self.boxes[name, value] = kind
                if "checked" in given:
                    self.fields.append((name, value))
            case "input", _:
                self.fields.append((name, value))
            case "button", _:
                self.buttons.append((name, value))
            case "select", _:
                self._select = name
                self.options[name] = []
            case "option", _:
                self._offer(value, is_selected="selected" in given)
            case "textarea", _:
                self._textarea = name
                self.fields.append((name, ""))

    def _offer(self, value: str, *, is_selected: bool) -> None:
        """A browser sends the first option where none is selected."""
        if not self.options[self._select]:
            self.fields.append((self._select, value))
        self.options[self._select].append(value)
        if is_selected:
            self.fields = [each for each in self.fields if each[0] != self._select]
            self.fields.append((self._select, value))

    def handle_data(self, data: str) -> None:
        if self._textarea:
            name, value = self.fields[-1]
            # The line end after the tag is not part of it.
            self.fields[-1] = (name, (value + data).removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self.inside = False
            case "select":
                self._select = ""
            case "textarea":
                self._textarea = ""
