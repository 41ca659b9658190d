"""Extensions: the same access with a later end.

Pure. Neither approval nor anything else of asking applies; the flow version that decided the
request says how often and by how much."""

from datetime import datetime, timedelta

from accessflows.model.event import Change, EventKind
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import DEFAULT_EXTENSION
from accessflows.model.refusal import NotExtendable
from accessflows.model.request import NOT_YET_GRANTED, AccessRequest, Status
from accessflows.model.value import format_duration
from accessflows.rules.lifecycle import move, refuse_unless
from accessflows.rules.warning import warning_before

_TOO_LATE = "it cannot be extended any more, ask again"
_HINTS = {
    **dict.fromkeys(Status, _TOO_LATE),
    **dict.fromkeys(
        NOT_YET_GRANTED | {Status.GRANTING}, "only access that is there can be extended"
    ),
}


def extension_for(flow: AccessFlow) -> timedelta:
    """How much later an extension lets access end: by default the lesser of 30 minutes and the
    flow's maximum."""
    if flow.settings.extension_duration is not None:
        return flow.settings.extension_duration
    if isinstance(flow.grant_duration, timedelta):
        return min(DEFAULT_EXTENSION, flow.grant_duration)
    return DEFAULT_EXTENSION


def extensions_left(request: AccessRequest, flow: AccessFlow) -> int:
    """How often the access may still be extended while it lasts."""
    if not request.is_open or request.duration == "indefinite":
        return 0
    return max(0, flow.settings.max_extensions - request.extensions_used)


def extend(request: AccessRequest, flow: AccessFlow, *, actor: str, now: datetime) -> Change:
    """The request with its end moved on from where it was, and one extension less.

    flow: the version that the request pins.
    Raises AlreadySettled unless the access is there and its end not yet reached: the end itself
    is past; NotExtendable where the flow allows none, or all are used.
    """
    refuse_unless(request, {Status.ACTIVE}, now, hints=_HINTS)
    if request.ends_at is None:
        raise NotExtendable("this access has no end; there is nothing to extend")
    allowed = flow.settings.max_extensions
    if allowed == 0:
        raise NotExtendable(
            f"flow {flow.name!r} allows no extensions; ask again when the access has ended"
        )
    if request.extensions_used >= allowed:
        raise NotExtendable(
            f"flow {flow.name!r} allows {allowed} extension{'s' if allowed > 1 else ''} and this "
            f"access has had {request.extensions_used}; ask again when it has ended",
            extensions_used=request.extensions_used,
            max_extensions=allowed,
        )
    length = extension_for(flow)
    ends_at = request.ends_at + length
    warn_at = warning_before(ends_at, now)
    used = request.extensions_used + 1
    return move(
        request,
        EventKind.EXTENDED,
        now,
        actor=actor,
        details={
            "extension": used,
            "by": format_duration(length),
            "ended_at": request.ends_at.isoformat(),
            "ends_at": ends_at.isoformat(),
        },
        extensions_used=used,
        ends_at=ends_at,
        warn_at=warn_at,
        due_at=warn_at or ends_at,
    )
