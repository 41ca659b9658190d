"""The form of an access link, and how a link stands, in a word."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from accessflows.model.access_link import AccessLink, NewLink
from accessflows.model.refusal import BadInput
from accessflows.web.invalid import complaints

# Each as the subject of a sentence.
_CALLED = {
    "name": "The name",
    "ends_at": "When it ends",
    "uses": "How often it may be used",
    "domains": "Each of the addresses' domains",
}


def link_of(form: Mapping[str, str]) -> NewLink:
    """What the form says; an end without a zone is in UTC. Raises BadInput."""
    sent: dict[str, Any] = {"name": form.get("name", "")}
    if form.get("ends_at"):
        sent["ends_at"] = _instant(form["ends_at"])
    if form.get("uses"):
        if not form["uses"].isdecimal() or len(form["uses"]) > 9:
            raise BadInput(
                f"how often it may be used must be a whole number, not {form['uses'][:20]!r}",
                field="uses",
            )
        sent["uses"] = int(form["uses"])
    domains = (part.strip() for part in form.get("domains", "").split(","))
    sent["domains"] = [domain for domain in domains if domain]
    try:
        return NewLink.model_validate(sent)
    except ValidationError as error:
        ((field, said), *_) = complaints(error, NewLink, sent, _CALLED).items()
        raise BadInput(said, field=field) from None


def state_of(link: AccessLink, now: datetime) -> str:
    if link.revoked_at is not None:
        return "withdrawn"
    if link.ends_at is not None and link.ends_at <= now:
        return "ended"
    return "used up" if link.uses is not None and link.used >= link.uses else "open"


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"when it ends must be a day and time such as 2027-01-31T18:00, not {text[:40]!r}",
            field="ends_at",
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
