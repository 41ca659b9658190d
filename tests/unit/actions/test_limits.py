"""The largest of everything stays inside what AWS holds."""

from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows.actions.advance import Next, advance
from accessflows.actions.answer import answer
from accessflows.actions.submit import submit
from accessflows.model.account import AccountSettings
from accessflows.model.flow import FALLBACK_FLOW_ID
from accessflows.model.limits import (
    MOST_BATCHES_OF_A_REQUEST,
    MOST_REQUESTS_OF_A_SUBMISSION,
    MOST_RESOURCES,
)
from accessflows.model.person import Role
from accessflows.model.refusal import BadInput, NoAccessFlow
from accessflows.model.request import AccessRequest, BatchSummary, Status, Vote
from accessflows.model.wish import WantedResource, Wish
from accessflows.ports import Capabilities
from tests.doubles.mail import notices_of
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.doubles.target import MemoryTarget
from tests.factories import NOON, a_flow, a_person, a_resource, a_target, an_approval
from tests.unit.connectors.batches import a_batch, to
from tests.worlds import World

PERMISSIONS = ("read", "write", "admin")
ROW = 400_000
STATE = 256 * 1024


class Spacious(MemoryTarget):
    """Room for everything. at_once: entitlements that one call takes."""

    at_once = 100

    def capabilities(self, integration: Any) -> Capabilities:
        return super().capabilities(integration).but(batch_size=self.at_once)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        pass


def a_world(
    flows: int, *, resources: int = MOST_RESOURCES, at_once: int = 100, **flow: Any
) -> World:
    target = Spacious(clock=lambda: NOON)
    target.at_once = at_once
    return World(
        flows=[
            a_flow(
                f"flow-{n}",
                targets=(a_target(permissions=PERMISSIONS, resources={"tags": {"n": [str(n)]}}),),
                **flow,
            )
            for n in range(flows)
        ],
        people=[a_person("ada", roles=(Role.ADMIN,), groups=("leads",))],
        resources=[
            *(a_resource(f"b{n:04d}", tags={"n": str(n % flows)}) for n in range(resources)),
            a_resource("stray"),
        ],
        connector=target,
    )


def a_wish(*extra: str, resources: int = MOST_RESOURCES, **changes: Any) -> Wish:
    wanted = tuple(
        WantedResource(
            integration="aws-demo",
            resource_type="s3_bucket",
            resource=name,
            permissions=PERMISSIONS,
        )
        for name in (*(f"b{n:04d}" for n in range(resources)), *extra)
    )
    return Wish(resources=wanted, **changes)


def ask(world: World, wish: Wish) -> tuple[AccessRequest, ...]:
    return submit(
        world.ports,
        wish,
        caller_id="rita",
        idempotency_key=None,
        now=world.now,
        new_id=lambda: next(world.ids),
    )


@pytest.mark.req("R83.limits", "R84.split")
def test_f19_a_thousand_resources_of_five_flows_become_five_requests() -> None:
    world = a_world(5)
    requests = ask(world, a_wish())
    assert [[b.entitlements for b in r.batches] for r in requests] == [[100] * 6] * 5
    world.run()
    assert {world.status(request) for request in requests} == {Status.ACTIVE}
    world.run(timedelta(hours=2))
    assert {world.status(request) for request in requests} == {Status.EXPIRED}


@pytest.mark.req("R84.whole", "R84.fallback")
def test_one_uncovered_resource_of_a_thousand_refuses_all_or_goes_to_admins() -> None:
    world = a_world(5)
    wish = a_wish("stray", resources=999, justification="audit")
    with pytest.raises(NoAccessFlow) as refused:
        ask(world, wish)
    refusals: Any = refused.value.detail["refused"]
    (listed,) = refusals
    assert [e["resource"] for e in listed["entitlements"]] == ["stray"] * 3
    assert world.requests.writes == 0
    world.flow_store.account = AccountSettings(fallback_flow=True)
    *covered, stray = ask(world, wish)
    assert {request.status for request in covered} == {Status.GRANTING}
    assert (stray.flow.id, stray.status) == (FALLBACK_FLOW_ID, Status.PENDING_APPROVAL)
    assert [batch.entitlements for batch in stray.batches] == [3]


def test_f19_forty_requests_are_stored_in_one_transaction_and_more_are_refused() -> None:
    world = a_world(MOST_REQUESTS_OF_A_SUBMISSION, resources=80)
    from accessflows.stores.requests import DynamoRequests

    with mock_aws():
        create_tables()
        ports = world.ports._replace(requests=DynamoRequests(TEST_SETTINGS))
        world.ports = ports
        requests = ask(world, a_wish(resources=80))
        assert [ports.requests.get(request.id) for request in requests] == list(requests)
        assert len(requests) == 40
    world = a_world(MOST_REQUESTS_OF_A_SUBMISSION + 1, resources=82)
    with pytest.raises(BadInput, match="would become 41 requests; a submission holds at most 40"):
        answer(world.ports, a_wish(resources=82), caller_id="rita", now=NOON)


def test_f19_fifty_batches_fit_one_request_and_more_are_refused_with_the_count() -> None:
    world = a_world(1, resources=200, at_once=12)
    (request,) = ask(world, a_wish(resources=200))
    assert len(request.batches) == MOST_BATCHES_OF_A_REQUEST
    step = advance(world.ports, request.id, world.now, can=Next.ACTIVATE)
    assert len(step.batches) == MOST_BATCHES_OF_A_REQUEST
    assert len(step.model_dump_json()) < STATE / 10
    with pytest.raises(BadInput, match="51 calls to targets for this; at most 50"):
        ask(a_world(1, resources=204, at_once=12), a_wish(resources=204))


def test_f19_the_longest_rows_fit() -> None:
    name = "名" * 341
    entitlements = tuple(
        to("t" * 64, f"{n:02d}{name}", "p" * 64).but(integration="i" * 64) for n in range(100)
    )
    batch = a_batch(
        *entitlements,
        integration="i" * 64,
        principal="p" * 1_000,
        evidence={"log": "x" * 8_000},
        connector_state={"access_details": "x" * 400},
        message="x" * 500,
    )
    assert len(batch.model_dump_json().encode()) < ROW
    (request,) = ask(a_world(1, resources=1), a_wish(resources=1, justification="j" * 1_000))
    summary = BatchSummary(
        number=50, integration="i" * 64, principal="p" * 1_000, entitlements=100, size=10_240
    )
    vote = Vote(
        person_id="p" * 64,
        approves=True,
        at=NOON,
        groups=tuple(range(20)),
        tiers=(1, 2, 3, 4, 5),
        reason="r" * 124,
    )
    row = request.but(batches=(summary,) * 50, votes=(vote,) * 100)
    assert len(row.model_dump_json().encode()) < ROW


@pytest.mark.req("N3.stored")
def test_f19_a_thousand_approvers_are_all_asked_and_a_hundred_listed() -> None:
    world = a_world(1, resources=1, approval=an_approval("leads"))
    for n in range(999):
        world.directory.change(a_person(f"lead-{n:03d}", groups=("leads",)))
    (request,) = ask(world, a_wish(resources=1))
    (group,) = world.requests.trace(request.id).approvers
    assert (group.count, len(group.people)) == (1_000, 100)
    (submitted,) = world.requests.events(request.subject)
    recipients = [notice.recipient_id for notice in notices_of(world, submitted)]
    assert len(set(recipients) - {"rita"}) == 1_000
