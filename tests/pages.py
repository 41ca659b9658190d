"""Pages as a browser reads them: links, forms, their controls, and what each is called.

By lxml, whose parser cuts text into tags as browsers do."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import lxml.html

# Kinds of controls that somebody types into.
TYPED = frozenset({"text", "search", "email", "textarea", "datetime-local", "date", "password"})
Sent = list[tuple[str, str]]


class Control(NamedTuple):
    """A control of a form. kind: the type of an input, else the tag.

    values: what may be sent: of a select its options, of a box its one value, else what stands
    there. sent: what a browser sends when nobody touches it. label: what it is called.
    """

    element: Any
    name: str
    kind: str
    values: tuple[str, ...]
    sent: tuple[str, ...]
    label: str


class Form(NamedTuple):
    """A form of a page. action: empty where it leads to the page's own address."""

    element: Any
    method: str
    action: str
    controls: tuple[Control, ...]
    buttons: tuple[Control, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(control.name for control in self.controls))

    def target(self, button: Control) -> str:
        """Where a button of it leads."""
        return button.element.get("formaction") or self.action

    def untouched(self, button: Control) -> Sent:
        """What a browser sends when the button is all that is touched."""
        sent = [(one.name, value) for one in self.controls for value in one.sent]
        return [*sent, (button.name, button.values[0])] if button.name else sent


class Page:
    """A page that was parsed."""

    def __init__(self, html: str) -> None:
        self.document = lxml.html.document_fromstring(html)

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        return tuple(map(self._form, self.document.iter("form")))

    @property
    def links(self) -> list[str]:
        return [link.get("href") for link in self.document.iter("a") if link.get("href")]

    @property
    def text(self) -> str:
        """What a reader sees, on one line."""
        return " ".join(self.document.text_content().split())

    def by_id(self, identifier: str) -> Any:
        return self.document.get_element_by_id(identifier, None)

    def described(self, element: Any) -> str:
        """What `aria-describedby` adds to an element; an id that is not there is an error."""
        ids = (element.get("aria-describedby") or "").split()
        return " ".join(self.by_id(one).text_content() for one in ids).strip()

    def label(self, element: Any) -> str:
        """What a control is called by those who do not see it."""
        if element.get("aria-label"):
            return str(element.get("aria-label"))
        if element.get("aria-labelledby"):
            named = map(self.by_id, element.get("aria-labelledby").split())
            return " ".join(one.text_content() for one in named)
        around = [one for one in element.iterancestors() if one.tag == "label"]
        pointing = [
            one for one in self.document.iter("label") if one.get("for") == element.get("id", "?")
        ]
        words = " ".join(one.text_content() for one in (*around, *pointing))
        if element.tag == "button":
            words += element.text_content()
        return " ".join(words.split())

    def _form(self, element: Any) -> Form:
        controls = tuple(self._controls(element))
        return Form(
            element,
            (element.get("method") or "get").lower(),
            element.get("action") or "",
            tuple(one for one in controls if one.kind != "button" and one.name),
            tuple(one for one in controls if one.kind == "button"),
        )

    def _controls(self, form: Any) -> Iterator[Control]:
        for element in form.iter("input", "select", "textarea", "button"):
            kind = element.get("type", "text") if element.tag == "input" else element.tag
            values, sent = _values(element, kind)
            if element.get("disabled") is not None:
                continue
            yield Control(
                element, element.get("name") or "", kind, values, sent, self.label(element)
            )


def _values(element: Any, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What may be sent, and what is sent when nobody touches it."""
    match kind:
        case "select":
            options = list(element.iter("option"))
            every = tuple(_value(one) for one in options)
            chosen = [_value(one) for one in options if one.get("selected") is not None]
            return every, tuple(chosen or every[:1])
        case "textarea":
            # The line end after the tag is no part of it.
            text = (element.text or "").removeprefix("\n")
            return (text,), (text,)
        case "checkbox" | "radio":
            value = element.get("value", "on")
            return (value,), (value,) if element.get("checked") is not None else ()
        case _:
            value = element.get("value", "")
            return (value,), (value,)


def _value(option: Any) -> str:
    value: str | None = option.get("value")
    return (option.text_content() if value is None else value).strip()


def changed(sent: Sequence[tuple[str, str]], name: str, *values: str) -> Sent:
    """What is sent with other values of a name."""
    return [one for one in sent if one[0] != name] + [(name, value) for value in values]
