"""The dossier: a request with everything that explains it, read together."""

from collections.abc import Mapping
from typing import NamedTuple

from accessflows.model.event import Event
from accessflows.model.flow import AccessFlow
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Batch


class Dossier(NamedTuple):
    """A request as it stands, with the flow version it pins and its whole history.

    people: requester, grantee, voters and actors by id; whoever is gone is not in it.
    integrations: by id, every one that is known.
    """

    request: AccessRequest
    flow: AccessFlow
    batches: tuple[Batch, ...]
    events: tuple[Event, ...]
    people: Mapping[str, Person]
    integrations: Mapping[str, Integration]
