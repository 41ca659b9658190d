"""Rate: people say what they think of a generated description, and admins read it."""

from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import Person
from accessflows.model.rating import Opinion, Rating
from accessflows.model.refusal import BadInput, NotFound
from accessflows.ports import Ports
from accessflows.rules.description import describe
from accessflows.rules.grantees import usable

# Of a sort key in DynamoDB.
MOST_KEY_BYTES = 1_024


class Ratings(Protocol):
    """What is needed of the store of ratings."""

    def put(self, rating: Rating) -> None: ...

    def of_flow(self, flow_id: str, *, after: str | None, limit: int) -> tuple[Rating, ...]: ...


class RatingPage(NamedTuple):
    """Some ratings, by version of flow and text in order, and the cursor of what follows."""

    ratings: tuple[Rating, ...]
    cursor: str | None


def rate(
    ports: Ports, ratings: Ratings, person: Person, flow_id: str, opinion: Opinion, now: datetime
) -> Rating:
    """Keep the person's opinion of the description as it is now, in place of an earlier one of it.

    Raises NotFound where the person may not use the flow.
    """
    snapshot = ports.flows.snapshot()
    flow = next((f for f in usable(snapshot.flows, person) if f.id == flow_id), None)
    if flow is None:
        raise NotFound(f"there is no access flow {flow_id!r} for you")
    rating = Rating(
        flow=flow.reference,
        text=describe(flow, snapshot.integrations),
        person_id=person.id,
        opinion=opinion,
        at=now,
    )
    ratings.put(rating)
    return rating


def rated(ratings: Ratings, flow_id: str, cursor: str | None) -> RatingPage:
    """What was said of a flow's descriptions, closed flows included. Raises BadInput."""
    if cursor is not None and not 0 < len(cursor.encode()) <= MOST_KEY_BYTES:
        raise BadInput("this cursor is none that a list gave; begin without one", field="cursor")
    found = ratings.of_flow(flow_id, after=cursor, limit=PAGE_SIZE)
    return RatingPage(found, found[-1].place if len(found) == PAGE_SIZE else None)
