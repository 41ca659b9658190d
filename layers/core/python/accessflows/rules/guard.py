"""Guard: of whom things are counted, how many are too many, and when there is room again.

Pure. A thing counts from its instant on for as long as the limit says, up to but not at the end:
`first --within--> [room for one more`."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime

from accessflows.model.account import AccountSettings
from accessflows.model.guard import Guarded, Limit
from accessflows.model.limits import LINK_POSTS_WITHIN, SUBMISSIONS_WITHIN

_PERSON, _ADDRESS = "person:", "address:"
# Whoever has an IPv6 address has as many as they like that begin like it.
_IPV6_PREFIX = 64


def limit_of(settings: AccountSettings, guarded: Guarded) -> Limit:
    """What the account allows."""
    if guarded is Guarded.SUBMISSIONS:
        return Limit(guarded, settings.submissions_per_hour, SUBMISSIONS_WITHIN)
    return Limit(guarded, settings.link_posts_per_quarter_hour, LINK_POSTS_WITHIN)


def of_person(person_id: str) -> str:
    """Whose things are counted: those of a person."""
    return f"{_PERSON}{person_id}"


def of_address(address: str) -> str:
    """Whose things are counted, where nobody is known: those of a network address.

    An IPv6 address goes by its first 64 bits.
    """
    try:
        network = ipaddress.ip_network(address)
    except ValueError:
        return f"{_ADDRESS}unknown"
    if network.version == 6:
        return f"{_ADDRESS}{network.supernet(new_prefix=_IPV6_PREFIX)}"
    return f"{_ADDRESS}{network.network_address}"


def person_in(who: str) -> str | None:
    """The person's id, where it is one."""
    return who.removeprefix(_PERSON) if who.startswith(_PERSON) else None


def address_in(who: str) -> str | None:
    """The network address, where it is one."""
    return who.removeprefix(_ADDRESS) if who.startswith(_ADDRESS) else None


def subject_of(guarded: Guarded, who: str) -> str:
    """In whose chain it stands that a limit was reached. All addresses share one: there are many,
    and each could be worth a mail."""
    return f"limit:{guarded}:{who if person_in(who) else 'addresses'}"


def counts(at: datetime, limit: Limit, now: datetime) -> bool:
    """Whether what was done then still counts."""
    return now - at < limit.within


def free_at(done_at: Iterable[datetime], limit: Limit, now: datetime) -> datetime:
    """When there is room for one more; now, if there is.

    done_at: in any order, and more than the limit where it was higher before.
    """
    counting = sorted(at for at in done_at if counts(at, limit, now))
    if len(counting) < limit.most:
        return now
    return counting[-limit.most] + limit.within
