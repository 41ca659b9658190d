"""The API of requests and approvals, through their handlers, over stores in memory."""

from typing import Any

import pytest

from accessflows import wiring
from accessflows.model.person import Role
from accessflows.model.request import Status
from functions import approvals_api, requests_api
from tests.factories import a_flow, a_person, an_approval
from tests.functions.calls import a_wish, call, wire
from tests.worlds import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(
        flows=[a_flow(approval=an_approval("leads"))],
        people=[
            a_person("anna", groups=("leads",)),
            a_person("ada", roles=(Role.ADMIN,)),
            a_person("eve", groups=("engineers",)),
        ],
    )
    wire(monkeypatch, world)
    return world


def ask(**changes: Any) -> str:
    status, answer = call(requests_api, "POST", "/access-requests", a_wish(**changes))
    assert status == 201, answer
    return answer["requests"][0]["id"]


@pytest.mark.req("R90", "R91", "R98.list")
def test_what_was_asked_is_listed_and_shown(world: World) -> None:
    request_id = ask(duration="PT10M", justification="audit")
    status, listed = call(requests_api, "GET", "/access-requests")
    assert status == 200
    (request,) = listed["requests"]
    assert request["id"] == request_id
    assert (request["status"], request["duration"]) == ("Pending Approval", "PT10M")
    assert not {"event_hash", "due_at", "version"} & set(request)
    status, shown = call(requests_api, "GET", f"/access-requests/{request_id}")
    assert status == 200
    assert shown["justification"] == "audit"
    assert shown["batches"][0]["state"] == "planned"


@pytest.mark.req("N3.api")
def test_the_answer_is_explained(world: World) -> None:
    _, shown = call(requests_api, "GET", f"/access-requests/{ask()}")
    (decision,) = shown["trace"]["decisions"]
    assert decision["flow"] == {"id": "buckets", "version": 1}
    asked = {"integration": "aws-demo", "resource_type": "s3_bucket", "permissions": ["read"]}
    assert decision["asked"] == [{**asked, "resources": ["invoices"]}]
    assert decision["findings"] == [
        {"condition": "group is 'engineers'", "outcome": "met", "seen": ["engineers"]}
    ]
    assert shown["trace"]["approvers"] == [
        {"condition": "group is 'leads'", "people": ["anna"], "count": 1}
    ]


@pytest.mark.req("N4.api")
def test_a_dry_run_tells_all_and_changes_nothing(world: World) -> None:
    status, answer = call(requests_api, "POST", "/access-requests/dry-run", a_wish())
    assert status == 200
    assert answer["would_be_submitted"]
    (would,) = answer["requests"]
    assert would["flow_name"] == "Buckets"
    assert would["longest_duration"] == "PT1H"
    assert would["approval"]["groups"] == [
        {"condition": "group is 'leads'", "approvers": ["Anna"], "count": 1}
    ]
    too_long = a_wish(duration="P2D")
    _, answer = call(requests_api, "POST", "/access-requests/dry-run", too_long)
    assert [refusal["type"] for refusal in answer["refused"]] == ["duration-too-long"]
    assert world.requests.writes == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "Active"), ("requester_id", "ada"), ("flow", {"id": "x", "version": 1})],
)
def test_f14_a_field_the_server_owns_is_an_error_and_nothing_is_stored(
    world: World, field: str, value: Any
) -> None:
    body = a_wish(**{field: value})
    status, problem = call(requests_api, "POST", "/access-requests", body)
    assert (status, problem["type"]) == (400, "urn:accessflows:problem:bad-input")
    assert field in problem["detail"]
    assert world.requests.writes == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "resources"),
        (a_wish(duration="1 hour"), "ISO 8601"),
        (a_wish(duration="P400D"), "365 days"),
        (a_wish(starts_at="2026-03-03T09:00:00"), "is no instant with its zone, such as"),
        (a_wish(starts_at="tomorrow"), "is no instant with its zone, such as"),
        (a_wish(starts_at="2026-03-02T11:00:00Z"), "has passed"),
        (a_wish(starts_at="2026-06-02T11:00:00Z"), "more than 90 days ahead"),
        ({"resources": []}, "resources"),
    ],
)
def test_bad_input_says_what_was_wrong(world: World, body: Any, words: str) -> None:
    status, problem = call(requests_api, "POST", "/access-requests", body)
    assert status == 400
    assert words in problem["detail"]


def test_a_refusal_is_a_problem_document_with_the_list(world: World) -> None:
    body = a_wish()
    body["resources"][0]["permissions"] = ["admin"]
    status, problem = call(requests_api, "POST", "/access-requests", body)
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:no-access-flow")
    assert problem["refused"][0]["entitlements"][0]["permission"] == "admin"


def test_other_peoples_requests_do_not_exist_for_one(world: World) -> None:
    request_id = ask()
    expected = {"rita": 200, "anna": 200, "ada": 200, "eve": 404}
    for person, status in expected.items():
        assert (
            call(requests_api, "GET", f"/access-requests/{request_id}", caller=person)[0] == status
        )
    assert call(requests_api, "GET", "/access-requests", caller="eve")[1]["requests"] == []
    assert (
        call(requests_api, "POST", f"/access-requests/{request_id}/cancel", caller="eve")[0] == 404
    )


@pytest.mark.req("R98.filter")
def test_the_list_is_filtered_by_several_statuses(world: World) -> None:
    first, second = ask(), ask()
    call(requests_api, "POST", f"/access-requests/{second}/cancel")
    for status, expected in [("Cancelled", [second]), ("Pending Approval", [first])]:
        _, listed = call(requests_api, "GET", "/access-requests", query={"status": status})
        assert [r["id"] for r in listed["requests"]] == expected
    assert call(requests_api, "GET", "/access-requests", query={"status": "Nonsense"})[0] == 400


@pytest.mark.req("R98.scheduled", "R98.list", "N15.start")
def test_a_scheduled_request_is_shown_listed_among_the_open_and_cancelled(world: World) -> None:
    world.flow_store.change(a_flow(version=2))
    request_id = ask(starts_at="2026-03-03T10:00:00+01:00")
    _, listed = call(requests_api, "GET", "/access-requests", query={"status": "Scheduled"})
    (request,) = listed["requests"]
    assert (request["id"], request["starts_at"]) == (request_id, "2026-03-03T09:00:00Z")
    _, cancelled = call(requests_api, "POST", f"/access-requests/{request_id}/cancel")
    assert cancelled["status"] == "Cancelled"


@pytest.mark.req("R16.submit", "N4.api")
def test_outside_the_window_the_answer_says_when_it_opens_next(world: World) -> None:
    hours = {"days": ["tuesday"], "from": "09:00", "to": "17:00", "time_zone": "UTC"}
    world.flow_store.change(a_flow(version=2, timeframe=hours))
    status, problem = call(requests_api, "POST", "/access-requests", a_wish())
    assert (status, problem["type"]) == (422, "urn:accessflows:problem:outside-window")
    assert "opens at 2026-03-03 09:00 UTC" in problem["detail"]
    _, answer = call(requests_api, "POST", "/access-requests/dry-run", a_wish())
    assert [refusal["type"] for refusal in answer["refused"]] == ["outside-window"]
    (passed_over,) = answer["trace"]["decisions"][0]["passed_over"]
    assert (passed_over["why"], passed_over["opens_at"]) == (
        "outside-window",
        "2026-03-03T09:00:00Z",
    )
    later = a_wish(starts_at="2026-03-03T09:00:00Z")
    _, answer = call(requests_api, "POST", "/access-requests/dry-run", later)
    assert answer["would_be_submitted"]
    assert answer["requests"][0]["begins_at"] == "2026-03-03T09:00:00Z"


@pytest.mark.req("R93.status")
def test_an_approver_decides_and_the_access_is_used_and_ended(world: World) -> None:
    request_id = ask()
    path = f"/approvals/{request_id}/approve"
    assert call(approvals_api, "POST", path, {}, caller="eve")[0] == 403
    assert call(approvals_api, "POST", path, {}, caller="anna")[1]["status"] == "Granting"
    status, problem = call(approvals_api, "POST", path, {}, caller="anna")
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:already-settled")
    world.run()
    _, shown = call(requests_api, "GET", f"/access-requests/{request_id}")
    assert (shown["status"], shown["access_details"]) == ("Active", ["use user/demo-rita"])
    assert shown["ends_at"]
    _, seen_by_anna = call(requests_api, "GET", f"/access-requests/{request_id}", caller="anna")
    assert seen_by_anna["access_details"] == []
    status, answer = call(requests_api, "POST", f"/access-requests/{request_id}/revoke", {})
    assert (status, answer["status"], answer["cause"]) == (200, "Revoking", "person")


def test_a_rejection_carries_its_reason(world: World) -> None:
    request_id = ask()
    body = {"reason": "not this month"}
    call(approvals_api, "POST", f"/approvals/{request_id}/reject", body, caller="anna")
    _, shown = call(requests_api, "GET", f"/access-requests/{request_id}")
    assert (shown["status"], shown["reason"]) == ("Rejected", "not this month")


def test_the_status_shown_is_the_one_that_binds(world: World) -> None:
    request_id = ask()
    world.now = world.requests.get(request_id).due_at or world.now
    _, shown = call(requests_api, "GET", f"/access-requests/{request_id}")
    assert (shown["status"], shown["cause"]) == (Status.REJECTED, "timed_out")


def test_an_unknown_route_and_a_fault_are_problem_documents(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(requests_api, "GET", "/nowhere")[1]["status"] == 404
    monkeypatch.setattr(wiring, "ports", lambda: 1 / 0)
    status, problem = call(requests_api, "POST", "/access-requests", a_wish())
    assert (status, problem["type"]) == (500, "urn:accessflows:problem:fault")
    assert "ZeroDivision" not in str(problem)


def test_the_idempotency_key_makes_a_double_click_one(world: World) -> None:
    headers = {"idempotency-key": "k"}
    answers = [
        call(requests_api, "POST", "/access-requests", a_wish(), headers=headers) for _ in range(2)
    ]
    assert answers[0] == answers[1]
    other = a_wish(justification="other")
    status, _ = call(requests_api, "POST", "/access-requests", other, headers=headers)
    assert status == 409
