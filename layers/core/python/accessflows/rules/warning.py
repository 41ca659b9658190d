"""Warning: the people of active access are told shortly before it ends, once for each end.

Pure. The row says when; like a tier, a warning is due in a status and ends nothing."""

from datetime import datetime

from accessflows.model.event import Change, EventKind
from accessflows.model.limits import SHORTEST_WARNED, WARN_BEFORE
from accessflows.model.request import AccessRequest
from accessflows.rules.lifecycle import move


def warning_before(ends_at: datetime | None, now: datetime) -> datetime | None:
    """When to warn of an end that is set now; none where there is none, or it is too near.

    The lesser of a quarter of an hour and a tenth of what is left.
    """
    if ends_at is None or ends_at - now < SHORTEST_WARNED:
        return None
    return ends_at - min(WARN_BEFORE, (ends_at - now) / 10)


def is_warning_due(request: AccessRequest, now: datetime) -> bool:
    return request.warn_at is not None and now >= request.warn_at


def warn(request: AccessRequest, now: datetime) -> Change:
    """The request once its people are told; what is due next is the end."""
    ends_at = request.ends_at
    details = {"ends_at": ends_at.isoformat() if ends_at else None}
    return move(request, EventKind.ENDING_SOON, now, details=details, warn_at=None, due_at=ends_at)
