"""The API of activity through its handler: what admins find, and how they end several at once."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.model.account import AccountSettings
from accessflows.model.limits import MOST_ENDED_AT_ONCE, PAGE_SIZE
from accessflows.model.person import Role
from accessflows.model.request import AccessRequest, Cause, Status
from accessflows.ports import Lost
from functions import activity_api
from tests.doubles.mail import mails_of
from tests.factories import NOON, a_flow, a_person, a_resource, a_target, an_approval
from tests.functions.calls import call, wire
from tests.worlds import World

HOUR = timedelta(hours=1)
ASKED = a_flow(
    "asked",
    approval=an_approval("leads"),
    targets=(a_target(resources={"names": ("reports",)}),),
)
OPEN = a_flow(
    "open",
    targets=(a_target(resources={"names": ("invoices",)}),),
    request_for={
        "scopes": ("self", "others"),
        "grantees": {"conditions": ({"attribute": "user", "values": ("gus",)},)},
    },
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(
        flows=[ASKED, OPEN],
        resources=[a_resource(), a_resource("reports")],
        people=[
            a_person("ada", roles=(Role.ADMIN,)),
            a_person("anna", groups=("leads", "engineers")),
            a_person("gus"),
        ],
    )
    world.flow_store.account = AccountSettings(submissions_per_hour=100)
    wire(monkeypatch, world)
    return world


def found(**query: str | list[str]) -> list[str]:
    """The ids of everything that a search gives, page by page."""
    ids: list[str] = []
    more: dict[str, str] = {}
    while True:
        status, page = call(activity_api, "GET", "/activity", caller="ada", query={**query, **more})
        assert status == 200, page
        ids += [request["id"] for request in page["requests"]]
        if page["cursor"] is None:
            return ids
        more = {"cursor": page["cursor"]}


def end(*, caller: str = "ada", **body: Any) -> tuple[int, dict[str, Any]]:
    return call(activity_api, "POST", "/activity/revoke", body, caller=caller)


def test_nobody_but_an_admin_sees_or_ends_anything(world: World) -> None:
    request = world.submit()
    assert call(activity_api, "GET", "/activity")[0] == 403
    assert end(caller="rita", person_id="rita", reason="mine")[0] == 403
    assert world.status(request) is Status.GRANTING


def test_an_admin_sees_everybodys_requests_newest_first_with_their_peoples_names(
    world: World,
) -> None:
    first, second = world.submit(grantee_id="gus"), world.submit("reports", by="anna")
    assert found() == [second.id, first.id]
    _, page = call(activity_api, "GET", "/activity", caller="ada")
    shown = page["requests"][1]
    assert (shown["requester"], shown["grantee"], shown["status"]) == ("Rita", "Gus", "Granting")
    access = {"integration": "aws-demo", "principal": "user/demo-gus", "entitlements": 1}
    assert shown["access"] == [access]


def test_each_filter_leaves_what_is_meant_and_several_narrow_together(world: World) -> None:
    ritas = world.submit()
    for_gus = world.submit(grantee_id="gus")
    world.now += HOUR
    annas = world.submit("reports", by="anna")
    assert found(requester="rita") == [for_gus.id, ritas.id]
    assert found(grantee="gus") == [for_gus.id]
    assert found(grantee="gus", requester="anna") == []
    assert found(flow="asked") == [annas.id]
    assert found(status="Pending Approval") == [annas.id]
    assert found(status=["Pending Approval", "Granting"], flow="open") == [for_gus.id, ritas.id]
    assert found(integration="aws-demo") == [annas.id, for_gus.id, ritas.id]
    assert found(integration="aws-other") == []
    assert found(since=world.now.isoformat()) == [annas.id]
    assert found(until=world.now.isoformat()) == [for_gus.id, ritas.id]
    assert found(since=NOON.isoformat(), until=world.now.isoformat(), grantee="gus") == [for_gus.id]


def test_pages_hold_every_request_once(world: World) -> None:
    requests = [world.submit() for _ in range(PAGE_SIZE + 3)]
    assert found() == [request.id for request in reversed(requests)]
    _, page = call(activity_api, "GET", "/activity", caller="ada")
    assert len(page["requests"]) == PAGE_SIZE


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"status": "Sleeping"}, "status"),
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-03-02T12:00:00"}, "until"),
    ],
)
def test_a_filter_that_does_not_read_is_named(
    world: World, query: dict[str, str], named: str
) -> None:
    status, problem = call(activity_api, "GET", "/activity", caller="ada", query=query)
    assert status == 400
    assert named in problem["detail"]


def held(world: World, **changes: Any) -> AccessRequest:
    request = world.submit(**changes)
    world.run()
    assert world.status(request) is Status.ACTIVE
    return request


@pytest.mark.req("R107.bulk", "R107.reason", "R44.admin")
def test_an_admin_ends_all_that_a_person_holds_with_a_reason(world: World) -> None:
    mine, for_gus = held(world), held(world, grantee_id="gus")
    pending = world.submit("reports")
    status, answer = end(person_id="rita", reason="stolen laptop")
    assert status == 200
    assert [one["request_id"] for one in answer["outcomes"]] == [mine.id]
    assert answer["outcomes"][0]["request"]["status"] == Status.REVOKING
    assert not answer["more"]
    world.run()
    ended = world.request(mine)
    assert (ended.status, ended.cause, ended.reason) == (
        Status.REVOKED,
        Cause.PERSON,
        "stolen laptop",
    )
    assert not world.target.has_access("user/demo-rita", "invoices", "read")
    assert world.status(for_gus) is Status.ACTIVE
    assert world.status(pending) is Status.PENDING_APPROVAL
    started = world.requests.events(mine.subject)[-3]
    assert (started.actor, started.details["reason"]) == ("ada", "stolen laptop")
    assert "stolen laptop" in mails_of(world, mine).to("rita")[0].text


def test_what_still_waits_is_withdrawn_only_if_asked(world: World) -> None:
    active, pending = held(world), world.submit("reports")
    _, answer = end(person_id="rita", reason="left the team", cancel_pending=True)
    assert {one["request"]["status"] for one in answer["outcomes"]} == {"Revoking", "Cancelled"}
    assert world.status(active) is Status.REVOKING
    assert world.request(pending).reason == "left the team"
    assert "left the team" in mails_of(world, pending).to("rita")[0].text


@pytest.mark.req("R107.bulk")
def test_each_request_that_is_named_has_an_outcome_of_its_own(world: World) -> None:
    first, second, pending = held(world), held(world), world.submit("reports")
    end(request_ids=[second.id], reason="tidying")
    _, answer = end(request_ids=[first.id, "unknown", second.id, pending.id], reason="tidying up")
    outcomes = {one["request_id"]: one for one in answer["outcomes"]}
    assert outcomes[first.id]["request"]["status"] == Status.REVOKING
    assert outcomes["unknown"]["problem"]["status"] == 404
    assert "being taken away" in outcomes[second.id]["problem"]["detail"]
    assert "cancel it instead" in outcomes[pending.id]["problem"]["detail"]


def test_a_person_with_more_than_one_call_ends_is_ended_by_calling_again(world: World) -> None:
    requests = [world.submit() for _ in range(MOST_ENDED_AT_ONCE + 2)]
    pages = world.requests.of_grantee

    def paged(person_id: str, **named: Any) -> Any:
        page = pages(person_id, **named)
        return page._replace(
            requests=page.requests[:PAGE_SIZE],
            cursor="more" if len(page.requests) > PAGE_SIZE else None,
        )

    world.requests.of_grantee = paged  # type: ignore[method-assign]
    _, answer = end(person_id="rita", reason="everything")
    assert (len(answer["outcomes"]), answer["more"]) == (PAGE_SIZE, True)
    _, answer = end(person_id="rita", reason="everything")
    assert (len(answer["outcomes"]), answer["more"]) == (2, False)
    assert {world.status(request) for request in requests} == {Status.REVOKING}


def test_f06_one_that_others_keep_changing_hinders_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, free = held(world), held(world)
    commit = world.requests.commit

    def contended(before: Any, change: Any, **more: Any) -> None:
        if before.id == busy.id:
            raise Lost
        commit(before, change, **more)

    monkeypatch.setattr(world.requests, "commit", contended)
    _, answer = end(request_ids=[busy.id, free.id], reason="tidying")
    first, second = answer["outcomes"]
    assert first["problem"]["type"].endswith(":contended")
    assert second["request"]["status"] == Status.REVOKING


@pytest.mark.req("R107.reason")
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"person_id": "rita"}, "reason"),
        ({"person_id": "rita", "reason": ""}, "reason"),
        ({"person_id": "rita", "reason": "  "}, "reason"),
        ({"reason": "all of it"}, "either a person_id or request_ids"),
        ({"person_id": "rita", "request_ids": ["x"], "reason": "both"}, "not both"),
        ({"request_ids": [str(n) for n in range(51)], "reason": "many"}, "request_ids"),
        ({"request_ids": ["x", "x"], "reason": "twice"}, "named more than once"),
        ({"person_id": "rita", "reason": "mine", "status": "Revoked"}, "status"),
    ],
)
def test_f14_a_call_that_does_not_read_ends_nothing_and_says_why(
    world: World, body: dict[str, Any], named: str
) -> None:
    request = held(world)
    status, problem = end(**body)
    assert status == 400
    assert named in problem["detail"]
    assert world.status(request) is Status.ACTIVE


def test_nobody_by_that_id_is_not_found(world: World) -> None:
    assert end(person_id="nobody", reason="gone")[0] == 404
