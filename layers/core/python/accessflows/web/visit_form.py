"""The forms of visitors, as a browser sends them."""

import json
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs

from pydantic import TypeAdapter, ValidationError

from accessflows.model.access_link import VisitorName
from accessflows.model.flow import AccessFlow
from accessflows.model.person import Email
from accessflows.model.refusal import BadInput
from accessflows.model.target import Entitlement
from accessflows.model.wish import Wish
from accessflows.notices.words import one_line
from accessflows.web.invalid import complaints

_MOST_FIELDS = 400
_UNREADABLE = "the form could not be read; send it again"
# Each as the subject of a sentence.
_CALLED = {
    "duration": "How long you need it",
    "justification": "What you need it for",
    "resources": "The choice of permissions",
    "ticket": "The ticket",
}

_NAME: TypeAdapter[str] = TypeAdapter(VisitorName)
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


class Who(NamedTuple):
    """Who a visitor says they are, as typed."""

    name: str
    email: str

    def checked(self) -> "Who":
        """Raises BadInput for what is no name or no address."""
        try:
            name = _NAME.validate_python(one_line(self.name).strip())
        except ValidationError as error:
            raise BadInput("write your name, in at most 100 characters", field="name") from error
        try:
            return Who(name, _EMAIL.validate_python(self.email))
        except ValidationError as error:
            said = f", not {self.email[:80]!r}" if self.email else ""
            raise BadInput(
                f"write your mail address, such as olga@example.com{said}", field="email"
            ) from error


NOBODY = Who("", "")


class AskForm(NamedTuple):
    """What a visitor wants, as chosen and typed. key: makes a double click one submission."""

    key: str
    wanted: tuple[str, ...] = ()
    duration: str = ""
    justification: str = ""
    ticket: str = ""

    def wish(self, flow: AccessFlow) -> Wish:
        """Raises BadInput for what cannot be read, and where nothing was chosen."""
        if not self.wanted:
            raise BadInput("choose at least one permission", field="want")
        rule = flow.settings.ticket
        try:
            return Wish.model_validate(
                {
                    "resources": [_resource(value) for value in self.wanted],
                    "duration": self.duration or None,
                    "justification": self.justification or None,
                    "ticket": {"type": rule.type, "id": self.ticket}
                    if rule and self.ticket
                    else None,
                }
            )
        except ValidationError as error:
            ((field, said), *_) = complaints(error, Wish, {}, _CALLED).items()
            raise BadInput(said.rstrip("."), field=field) from error


def parse_who(body: str) -> Who:
    """Raises BadInput for a body that is no form of ours."""
    fields = _fields(body, {"name", "email"})
    return Who(_one(fields, "name"), _one(fields, "email").strip())


def parse_ask(body: str) -> AskForm:
    """Line ends count as one character. Raises BadInput for a body that is no form of ours."""
    fields = _fields(body, {"key", "want", "duration", "justification", "ticket"})
    form = AskForm(
        key=_one(fields, "key")[:64],
        wanted=tuple(dict.fromkeys(fields.get("want", ()))),
        duration=_one(fields, "duration"),
        justification=_one(fields, "justification").replace("\r\n", "\n").strip(),
        ticket=_one(fields, "ticket").strip(),
    )
    if not form.key:
        raise BadInput(_UNREADABLE)
    return form


def parse_step(body: str) -> str:
    """What to do with a request: `end` or `extend`. Raises BadInput for anything else."""
    step = _one(_fields(body, {"do"}), "do")
    if step not in {"end", "extend"}:
        raise BadInput("press one of the buttons")
    return step


def want_value(entitlement: Entitlement) -> str:
    """How the form calls what may be chosen."""
    parts = (entitlement.integration, entitlement.resource_type, entitlement.resource)
    return json.dumps([*parts, entitlement.permission])


def _resource(value: str) -> dict[str, object]:
    try:
        match json.loads(value):
            case [str(integration), str(resource_type), str(resource), str(permission)]:
                return {
                    "integration": integration,
                    "resource_type": resource_type,
                    "resource": resource,
                    "permissions": [permission],
                }
    except (ValueError, RecursionError):
        pass
    raise BadInput(_UNREADABLE)


def _fields(body: str, known: set[str]) -> Mapping[str, list[str]]:
    try:
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadInput(_UNREADABLE) from error
    if fields.keys() - known:
        raise BadInput(_UNREADABLE)
    return fields


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    values = fields.get(name, [""])
    if len(values) > 1:
        raise BadInput(_UNREADABLE)
    return values[0]
