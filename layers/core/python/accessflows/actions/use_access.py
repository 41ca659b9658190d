"""Use access: all that its grantee needs to use what a request grants, passwords among it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from accessflows.actions.read import access_details
from accessflows.model.person import Person
from accessflows.model.refusal import NotFound
from accessflows.model.request import Batch, BatchState, Status
from accessflows.ports import Login, Ports, Seal
from accessflows.rules.lifecycle import standing


class Usage(NamedTuple):
    """How to use access. logins: by the name of the integration, in order of the batches."""

    access_details: tuple[str, ...]
    logins: tuple[tuple[str, Login], ...]


def has_login(batches: Iterable[Batch]) -> bool:
    """Whether one of them came with a user name and a password of its own."""
    return any(_sealed(batch) for batch in batches)


def use_access(ports: Ports, seal: Seal, request_id: str, person: Person, now: datetime) -> Usage:
    """For the grantee alone, as long as the access lasts; before and after there is nothing.

    Raises NotFound for everybody else, admins too.
    """
    request = ports.requests.get(request_id)
    if person.id != request.grantee_id:
        raise NotFound(f"there is no access of yours by request {request_id}")
    if standing(request, now)[0] is not Status.ACTIVE:
        return Usage((), ())
    batches = ports.requests.batches(request)
    integrations = ports.flows.integrations()
    return Usage(
        access_details=access_details(ports, request, batches),
        logins=tuple(
            (integrations[batch.integration].name, _opened(login, batch, seal))
            for batch in batches
            if (login := _sealed(batch))
        ),
    )


def _sealed(batch: Batch) -> Login | None:
    if batch.state is not BatchState.GRANTED:
        return None
    kept = (batch.connector_state or {}).get("login")
    return Login.model_validate(kept) if kept else None


def _opened(login: Login, batch: Batch, seal: Seal) -> Login:
    return login.but(password=seal.open(login.password, batch.grant_id))
