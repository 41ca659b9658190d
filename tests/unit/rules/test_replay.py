"""What a request of the past would come to under another configuration."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings

from accessflows.model.configuration import Configuration
from accessflows.model.flow import Day, Mode, Timeframe
from accessflows.model.past_request import PastRequest
from accessflows.model.target import Entitlement
from accessflows.rules.planning import Ask, plan
from accessflows.rules.policy import Policy
from accessflows.rules.replay import decide, replay
from tests.factories import (
    NOON,
    a_flow,
    all_of,
    an_approval,
    an_entitlement,
    an_integration,
    in_group,
    is_,
)
from tests.unit.rules.policies import (
    PEOPLE,
    RESOURCES,
    a_configuration,
    configurations,
    policies,
)

BY_KEY = {(r.integration, r.resource_type, r.name): r for r in RESOURCES}
ONE = an_entitlement("one")


def past(*entitlements: Entitlement, requester: str = "ada", **changes) -> PastRequest:
    return PastRequest.model_validate(
        {
            "id": "r1",
            "requester_id": requester,
            "grantee_id": requester,
            "flow": {"id": "buckets", "version": 1},
            "status": "Expired",
            "submitted_at": NOON,
            "duration": timedelta(hours=1),
            "entitlements": entitlements or (ONE,),
            **changes,
        }
    )


def told(request: PastRequest, before: Configuration, after: Configuration):
    was, would_be = policies(before, after)
    found = replay([request], was, would_be, RESOURCES)
    return [(change.before, change.after) for change in found.different]


BUCKETS = a_flow(approval=an_approval("leads"))
PLAIN = a_configuration(BUCKETS)


@pytest.mark.req("N5.replay")
@pytest.mark.parametrize(
    ("changes", "now"),
    [
        pytest.param({"priority": 7}, None, id="no difference to it"),
        pytest.param({"approval": None}, "buckets for PT1H, at once", id="no approval"),
        pytest.param(
            {"approval": an_approval("leads", "engineers", mode=Mode.ALL_OF)},
            "buckets for PT1H, asking all of ben / ada",
            id="another approver",
        ),
        pytest.param(
            {"grant_duration": timedelta(minutes=5)}, "refused: duration-too-long", id="shorter"
        ),
        pytest.param({"active": False}, "refused: no-access-flow", id="switched off"),
        pytest.param(
            {"settings": {"require_justification": True}}, "refused: bad-input", id="asks for more"
        ),
        pytest.param(
            {"approval": an_approval("nowhere")}, "refused: nobody-can-approve", id="no approver"
        ),
        pytest.param(
            {
                "timeframe": Timeframe.model_validate(
                    {
                        "days": tuple(Day),
                        "from": "13:00",
                        "to": "14:00",
                        "time_zone": "UTC",
                    }
                )
            },
            "refused: outside-window",
            id="asked outside the window",
        ),
    ],
)
def test_a_request_is_decided_by_both_and_compared(changes, now) -> None:
    after = a_configuration(BUCKETS.but(**changes))
    expected = [(("buckets for PT1H, asking ben",), (now,))] if now else []
    assert told(past(), PLAIN, after) == expected


@pytest.mark.req("N5.replay")
def test_the_instant_of_asking_decides_and_not_todays() -> None:
    window = Timeframe.model_validate(
        {"days": tuple(Day), "from": "13:00", "to": "14:00", "time_zone": "UTC"}
    )
    after = a_configuration(BUCKETS.but(timeframe=window))
    assert told(past(starts_at=NOON + timedelta(hours=1)), PLAIN, after) == []


@pytest.mark.req("N5.replay")
@pytest.mark.parametrize(("day", "asked"), [(0, "ben"), (1, "cem")])
def test_whoever_was_on_call_then_is_asked(day: int, asked: str) -> None:
    turns = {"people": ("ben", "cem"), "starts": NOON.replace(tzinfo=None), "every": "P1D"}
    schedule = {"id": "ops", "name": "Ops", "time_zone": "UTC", "rotations": (turns,)}
    before = a_configuration(
        BUCKETS.but(approval=an_approval("x").but(groups=(all_of(is_("on_call", "ops")),))),
        on_call_schedules=(schedule,),
    )
    request = past(submitted_at=NOON + timedelta(days=day))
    assert told(request, before, PLAIN.but(flows=())) == [
        ((f"buckets for PT1H, asking {asked}",), ("refused: no-access-flow",))
    ]


@pytest.mark.req("N5.replay")
def test_owners_are_asked_as_at_a_submission() -> None:
    owner = an_approval("leads").but(groups=({"conditions": (is_("owner"),)},))
    mine = an_integration(owner={"attribute": "group", "values": ("leads",)}, owner_tag="env")
    before = a_configuration(BUCKETS.but(approval=owner), integrations=(mine,))
    after = before.but(integrations=(mine.but(owner=None, owner_tag=None),))
    assert told(past(), before, after) == [
        (("buckets for PT1H, asking ben",), ("refused: nobody-can-approve",))
    ]


@pytest.mark.req("N5.replay")
def test_what_is_gone_is_counted_apart() -> None:
    requests = [past(an_entitlement("gone")), past(requester="nobody")]
    was, would_be = policies(PLAIN, PLAIN)
    found = replay(requests, was, would_be, RESOURCES)
    assert (found.same, found.different, found.unknown) == (0, (), ("r1", "r1"))


@pytest.mark.req("N5.replay")
def test_who_is_in_no_longer_would_be_refused() -> None:
    after = PLAIN.but(
        people=tuple(p for p in PLAIN.people if p.id != "ada"),
        groups=(),
        flows=(BUCKETS.but(requestors=in_group("leads")),),
    )
    ((_, now),) = told(past(), PLAIN, after)
    assert now == ("refused: there is no person ada",)


@pytest.mark.req("N5.replay")
@settings(max_examples=30)
@given(configurations())
def test_what_a_configuration_decided_it_decides_again(configuration: Configuration) -> None:
    """A wish without a duration leaves the flow's own behind, by which it is decided again."""
    (policy,) = policies(configuration)
    for requester, grantee in product(PEOPLE, PEOPLE):
        for portion in portions(policy, requester, grantee):
            again = past(
                *portion.entitlements,
                requester=requester,
                grantee_id=grantee,
                duration=portion.duration,
            )
            (found,) = decide(again, policy, BY_KEY)
            assert found.by in (portion.flow.id, "nobody-can-approve")


def portions(policy: Policy, requester: str, grantee: str):
    people = policy.population.by_id
    ask = Ask(
        requester=people[requester],
        grantee=people[grantee],
        entitlements=tuple(an_entitlement(each.name) for each in RESOURCES),
        begins_at=NOON,
    )
    return plan(ask, policy.configuration.flows, BY_KEY, policy.catalogue).portions
