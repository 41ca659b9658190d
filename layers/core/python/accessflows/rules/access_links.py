"""Access links: how they come about, are used and revoked, and whom they let in.

Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accessflows.model.access_link import AccessLink, LinkChange, NewLink
from accessflows.model.event import GENESIS, EventKind
from accessflows.model.flow import AccessFlow, Trigger
from accessflows.model.refusal import BadInput, LinkRefused
from accessflows.rules.chain import next_event


def make(
    flow: AccessFlow, wanted: NewLink, *, link_id: str, actor: str, now: datetime
) -> LinkChange:
    """A new link of a flow. Raises BadInput for a flow that is not asked by link, or a past end."""
    if flow.trigger is not Trigger.ACCESS_LINK:
        raise BadInput(
            f"flow {flow.name!r} is asked by people who sign in; a link needs a flow with "
            "`trigger: access_link`"
        )
    if wanted.ends_at is not None and wanted.ends_at <= now:
        raise BadInput(
            f"`ends_at` is {wanted.ends_at:%Y-%m-%d %H:%M:%S} UTC, which has passed",
            field="ends_at",
        )
    link = AccessLink.model_validate(
        {
            **dict(wanted),
            "id": link_id,
            "flow_id": flow.id,
            "made_by": actor,
            "made_at": now,
            "hash": GENESIS,
        }
    )
    details = {"flow": flow.id, **wanted.to_data()}
    return _changed(link, EventKind.ACCESS_LINK_MADE, now, actor, details)


def revoke(link: AccessLink, *, actor: str, now: datetime) -> LinkChange:
    """The link, which lets nobody in any more."""
    gone = link.but(revoked_at=now)
    return _changed(gone, EventKind.ACCESS_LINK_REVOKED, now, actor, {"flow": link.flow_id})


def use(link: AccessLink, request_ids: Sequence[str], *, actor: str, now: datetime) -> LinkChange:
    """The link after one more submission, whatever that was split into."""
    used = link.but(used=link.used + 1)
    details = {"flow": link.flow_id, "requests": list(request_ids)}
    return _changed(used, EventKind.ACCESS_LINK_USED, now, actor, details)


def refuse_closed(link: AccessLink, flow: AccessFlow | None, now: datetime) -> None:
    """Raises LinkRefused, with the reason, where a link lets nobody in. The end is exclusive."""
    if link.revoked_at is not None:
        raise LinkRefused("this link was withdrawn")
    if link.ends_at is not None and now >= link.ends_at:
        raise LinkRefused(f"this link ended on {link.ends_at:%Y-%m-%d at %H:%M} UTC")
    if link.uses is not None and link.used >= link.uses:
        raise LinkRefused("this link was used as often as it may be")
    if flow is None or not flow.active or flow.trigger is not Trigger.ACCESS_LINK:
        raise LinkRefused("what this link leads to is closed")


def refuse_address(link: AccessLink, email: str) -> None:
    """Raises LinkRefused for an address outside the link's domains."""
    domain = email.rpartition("@")[2].lower()
    if link.domains and domain not in link.domains:
        raise LinkRefused(
            f"this link is for addresses at {', '.join(link.domains)}; {domain} is none of these"
        )


def _changed(
    link: AccessLink, kind: EventKind, now: datetime, actor: str, details: Mapping[str, Any]
) -> LinkChange:
    event = next_event(link, link.subject, kind, now, actor=actor, details=details)
    return LinkChange(link=link.but(number=event.number, hash=event.hash), event=event)
