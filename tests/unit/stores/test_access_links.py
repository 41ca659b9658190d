"""Access links and proofs, as DynamoDB keeps them and as the double of tests does."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from accessflows.actions.access_links import Links
from accessflows.model.access_link import AccessLink, NewLink, Proof
from accessflows.model.event import first_broken
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.refusal import NotFound
from accessflows.ports import Lost
from accessflows.rules.access_links import make, revoke, use
from tests.doubles.memory import MemoryAccessLinks
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_link_flow
from tests.worlds import World

PROOF = Proof(
    id="p1",
    flow_id="partners",
    link_id="l1",
    name="Olga",
    email="olga@partner.example",
    asked_at=NOON,
)


@pytest.fixture(params=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(flows=[a_link_flow()])
    if request.param == "memory":
        yield world
        return
    from accessflows.stores.requests import DynamoRequests

    with mock_aws():
        create_tables()
        world.requests = DynamoRequests(TEST_SETTINGS)  # type: ignore[assignment]
        yield world


@pytest.fixture
def links(world: World) -> Links:
    if not hasattr(world.requests, "access_links"):
        from accessflows.stores.access_links import DynamoAccessLinks

        return DynamoAccessLinks(TEST_SETTINGS)
    return MemoryAccessLinks(world.requests)


def put(links: Links, link_id: str = "l1", flow_id: str = "partners", **limits) -> AccessLink:
    wanted = NewLink(name="Partners", **limits)
    change = make(a_link_flow(flow_id), wanted, link_id=link_id, actor="ada", now=NOON)
    links.put(change)
    return change.link


def test_a_link_is_read_as_it_was_written(links: Links) -> None:
    link = put(links, uses=2, domains=("partner.example",))
    assert links.link("partners", "l1") == link
    for flow_id, link_id in (("partners", "l2"), ("others", "l1")):
        with pytest.raises(NotFound):
            links.link(flow_id, link_id)


def test_links_are_listed_by_flow_page_by_page(links: Links) -> None:
    ids = [f"l{n:03}" for n in range(PAGE_SIZE + 2)]
    for link_id in ids:
        put(links, link_id)
    put(links, "elsewhere", "others")
    first = links.links("partners", None)
    rest = links.links("partners", first[-1].id)
    assert [link.id for link in (*first, *rest)] == ids
    assert (len(first), len(rest)) == (PAGE_SIZE, 2)


@pytest.mark.req("R121.uses")
def test_of_two_changes_at_once_one_is_lost_and_leaves_nothing(world: World, links: Links) -> None:
    link = put(links)
    links.put(revoke(link, actor="ada", now=NOON))
    with pytest.raises(Lost):
        links.put(use(link, ["r1"], actor="outsider-olga", now=NOON))
    with pytest.raises(Lost):
        put(links)
    assert links.link("partners", "l1").revoked_at == NOON
    events = world.requests.events(link.subject)
    assert len(events) == 2
    assert first_broken(events) is None


@pytest.mark.req("R121.proof")
def test_a_proof_is_given_once(links: Links) -> None:
    links.put_proof(PROOF)
    assert links.proof("p1") == PROOF
    given = PROOF.but(proved_at=NOON, person_id="outsider-olga")
    links.prove(given)
    with pytest.raises(Lost):
        links.prove(given)
    assert links.proof("p1") == given
    with pytest.raises(NotFound):
        links.proof("p2")
