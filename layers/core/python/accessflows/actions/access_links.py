"""Access links, for admins: making, listing and revoking them."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions.contend import decide_anew
from accessflows.model.access_link import AccessLink, LinkChange, NewLink, Proof
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.refusal import BadInput, IdempotencyConflict, NotFound
from accessflows.ports import Flows, Lost
from accessflows.rules import access_links as rules

# A ULID, or what an idempotency key comes to.
_LINK_ID = re.compile(r"[0-9A-Za-z]{26}")
_LONGEST_FLOW_ID = 64


class Links(Protocol):
    """Access links and proofs. Reads are consistent."""

    def link(self, flow_id: str, link_id: str) -> AccessLink:
        """Raises NotFound."""

    def links(self, flow_id: str, after: str | None) -> tuple[AccessLink, ...]:
        """At most a page, the oldest first. after: an id, exclusive."""

    def put(self, change: LinkChange) -> None:
        """Raises Lost unless the link's chain ends before this change."""

    def put_proof(self, proof: Proof) -> None: ...

    def proof(self, proof_id: str) -> Proof:
        """Raises NotFound."""

    def prove(self, proof: Proof) -> None:
        """Store it as given. Raises Lost where it was given before."""


class LinkPage(NamedTuple):
    """Some links of a flow, and the cursor of what follows, if anything does."""

    links: tuple[AccessLink, ...]
    cursor: str | None


def make(
    flows: Flows,
    links: Links,
    flow_id: str,
    wanted: NewLink,
    *,
    actor: str,
    idempotency_key: str | None,
    now: datetime,
    new_id: Callable[[], str],
) -> AccessLink:
    """A new link. The same key with the same body answers the link it made the first time.

    Raises NotFound for a flow that is not open, BadInput, IdempotencyConflict.
    """
    link_id = _link_id(actor, flow_id, idempotency_key) if idempotency_key else new_id()
    change = rules.make(open_flow(flows, flow_id), wanted, link_id=link_id, actor=actor, now=now)
    try:
        links.put(change)
    except Lost:
        stored = links.link(flow_id, link_id)
        if any(getattr(stored, name) != said for name, said in wanted):
            raise IdempotencyConflict(
                "this Idempotency-Key came with another body before; use a new key"
            ) from None
        return stored
    return change.link


def list_links(flows: Flows, links: Links, flow_id: str, cursor: str | None) -> LinkPage:
    """Those of an open flow, withdrawn ones too, the oldest first. Raises NotFound, BadInput."""
    open_flow(flows, flow_id)
    if cursor is not None and not _LINK_ID.fullmatch(cursor):
        raise BadInput("this cursor is none that a list gave; begin without one", field="cursor")
    found = links.links(flow_id, cursor)
    return LinkPage(found, found[-1].id if len(found) == PAGE_SIZE else None)


def revoke(links: Links, flow_id: str, link_id: str, *, actor: str, now: datetime) -> AccessLink:
    """The link, withdrawn; twice is once. What was asked by it goes on. Raises NotFound.

    Its flow may be closed by now.
    """
    if not _LINK_ID.fullmatch(link_id) or len(flow_id) > _LONGEST_FLOW_ID:
        raise NotFound(f"there is no link {link_id[:40]!r} of flow {flow_id[:40]!r}")

    def once() -> AccessLink:
        link = links.link(flow_id, link_id)
        if link.revoked_at is not None:
            return link
        change = rules.revoke(link, actor=actor, now=now)
        links.put(change)
        return change.link

    return decide_anew(once)


def open_flow(flows: Flows, flow_id: str) -> AccessFlow:
    """The current version. Raises NotFound."""
    found = next((flow for flow in flows.current() if flow.id == flow_id), None)
    if found is None:
        raise NotFound(f"there is no open access flow {flow_id!r}")
    return found


def _link_id(actor: str, flow_id: str, key: str) -> str:
    return hashlib.sha256(f"{actor}\n{flow_id}\n{key}".encode()).hexdigest()[:26]
