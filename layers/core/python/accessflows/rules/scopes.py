"""Scopes: which of a token's a route takes.

Pure. What is not named here takes a person who signs in: tokens themselves, for one, so that
none begets another."""

from collections.abc import Mapping
from typing import NamedTuple

from accessflows.model.token import TokenScope


class Area(NamedTuple):
    """What the routes under an address take: those that read, and those that change something."""

    read: TokenScope
    write: TokenScope


_REQUESTS = Area(TokenScope.REQUESTS_READ, TokenScope.REQUESTS_WRITE)
_APPROVALS = Area(TokenScope.APPROVALS, TokenScope.APPROVALS)
_ADMIN = Area(TokenScope.ADMIN_READ, TokenScope.ADMIN_WRITE)

# The first part of an address -> what its routes take.
AREAS: Mapping[str, Area] = {
    "access-requests": _REQUESTS,
    "access-flows": _REQUESTS,
    "access-scopes": _REQUESTS,
    "apps": _REQUESTS,
    "bundles": _REQUESTS,
    "inventory": _REQUESTS,
    "me": _REQUESTS,
    "resources": _REQUESTS,
    "approvals": _APPROVALS,
    "activity": _ADMIN,
    "audit": _ADMIN,
    "configuration": _ADMIN,
    "groups": _ADMIN,
    "reports": _ADMIN,
    "users": _ADMIN,
}
# These read, by POST for the length of what they are asked.
_READING = frozenset({"POST /access-requests/dry-run", "POST /configuration/access-flows/describe"})
# A second factor is a person's, and so are passwords that were made for them.
_PERSONAL = frozenset({"mfa", "pass-mfa", "access-details"})
# Who lets others in or decide in their place, or is the second of two people, signs in.
_OF_PEOPLE = (
    "/me/tokens",
    "/me/delegations",
    "/configuration/identity-sources",
    "/configuration/changes",
)


def scope_of(route: str) -> TokenScope | None:
    """The scope that lets a token call a route, `GET /me/access`; none where no token may."""
    method, _, path = route.partition(" ")
    parts = path.split("/")
    area = AREAS.get(parts[1])
    if area is None or path.startswith(_OF_PEOPLE) or _PERSONAL & set(parts):
        return None
    return area.read if method == "GET" or route in _READING else area.write
