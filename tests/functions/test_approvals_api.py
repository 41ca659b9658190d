"""The API of approvals through its handler: the inbox, and many decisions at once."""

from typing import Any

import pytest

from accessflows.model.flow import Mode
from accessflows.model.request import Status
from accessflows.ports import Lost
from functions import approvals_api
from tests.factories import a_flow, a_person, an_approval
from tests.functions.calls import call, wire
from tests.worlds import World


def a_world(monkeypatch: pytest.MonkeyPatch, **flow: Any) -> World:
    flow = {"approval": an_approval("leads"), **flow}
    world = World(
        flows=[a_flow(**flow)],
        people=[
            a_person("anna", groups=("leads",)),
            a_person("ben", groups=("security",)),
            a_person("rita", groups=("engineers", "leads")),
        ],
    )
    wire(monkeypatch, world)
    return world


def inbox_of(person_id: str) -> list[str]:
    status, answer = call(approvals_api, "GET", "/approvals", caller=person_id)
    assert status == 200, answer
    return [request["id"] for request in answer["requests"]]


def decide(*decisions: dict[str, str], caller: str = "anna") -> list[dict[str, Any]]:
    body = {"decisions": list(decisions)}
    status, answer = call(approvals_api, "POST", "/approvals/bulk", body, caller=caller)
    assert status == 200, answer
    return answer["decisions"]


@pytest.mark.req("N14")
def test_the_inbox_holds_what_awaits_this_person_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world(monkeypatch, settings={"requester_cannot_approve_self": True})
    first, second = world.submit(justification="audit"), world.submit()
    assert inbox_of("anna") == [first.id, second.id]
    assert inbox_of("ben") == inbox_of("rita") == []
    _, answer = call(approvals_api, "GET", "/approvals", caller="anna")
    shown = answer["requests"][0]
    assert (shown["justification"], shown["status"]) == ("audit", "Pending Approval")
    assert shown["access"] == [
        {"integration": "aws-demo", "principal": "user/demo-rita", "entitlements": 1}
    ]
    assert answer["cursor"] is None
    world.approve(first, "anna")
    assert inbox_of("anna") == [second.id]


def test_what_one_approved_already_and_what_timed_out_awaits_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    approval = an_approval("leads", "security", mode=Mode.ALL_OF)
    world = a_world(monkeypatch, approval=approval)
    request = world.submit()
    world.approve(request, "anna")
    assert (inbox_of("anna"), inbox_of("ben")) == ([], [request.id])
    assert request.approval_timeout_at
    world.now = request.approval_timeout_at
    assert inbox_of("ben") == []


@pytest.mark.req("N14")
def test_each_decision_of_many_is_made_and_recorded_on_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world(monkeypatch)
    yes, no, settled = world.submit(), world.submit(), world.submit()
    world.approve(settled, "rita")
    answers = decide(
        {"request_id": yes.id, "decision": "approve"},
        {"request_id": "unknown", "decision": "approve"},
        {"request_id": settled.id, "decision": "reject"},
        {"request_id": no.id, "decision": "reject", "reason": "not this month"},
    )
    assert [answer["request_id"] for answer in answers] == [yes.id, "unknown", settled.id, no.id]
    assert answers[0]["request"]["status"] == Status.GRANTING
    assert answers[3]["request"]["status"] == Status.REJECTED
    kinds = [answers[n]["problem"]["type"].rpartition(":")[2] for n in (1, 2)]
    assert kinds == ["not-found", "already-settled"]
    for request, kind in ((yes, "approved"), (no, "rejected")):
        event = world.requests.events(request.subject)[-1]
        assert (event.kind, event.actor) == (kind, "anna")
    assert world.request(no).votes[0].reason == "not this month"


def test_who_is_no_approver_decides_none_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_world(monkeypatch)
    request = world.submit()
    (answer,) = decide({"request_id": request.id, "decision": "approve"}, caller="ben")
    assert answer["problem"]["status"] == 403
    assert world.status(request) is Status.PENDING_APPROVAL


def test_f06_one_that_others_keep_changing_is_said_and_the_rest_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world(monkeypatch)
    busy, free = world.submit(), world.submit()
    commit = world.requests.commit

    def contended(before: Any, change: Any, **more: Any) -> None:
        if before.id == busy.id:
            raise Lost
        commit(before, change, **more)

    monkeypatch.setattr(world.requests, "commit", contended)
    first, second = decide(*({"request_id": r.id, "decision": "approve"} for r in (busy, free)))
    assert first["problem"]["type"].endswith(":contended")
    assert second["request"]["status"] == Status.GRANTING


@pytest.mark.parametrize(
    ("decisions", "words"),
    [
        ([], "decisions"),
        ([{"request_id": "x", "decision": "approve"}] * 2, "more than once"),
        ([{"request_id": f"{n}", "decision": "approve"} for n in range(51)], "decisions"),
        ([{"request_id": "x", "decision": "maybe"}], "decision"),
        ([{"request_id": "x", "decision": "approve", "voter": "ada"}], "voter"),
    ],
)
def test_f14_a_body_that_is_wrong_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, decisions: Any, words: str
) -> None:
    world = a_world(monkeypatch)
    body = {"decisions": decisions}
    status, problem = call(approvals_api, "POST", "/approvals/bulk", body, caller="anna")
    assert status == 400
    assert words in problem["detail"]
    assert world.requests.writes == 0


@pytest.mark.req("N7.signed_in")
def test_an_approver_who_must_be_signed_in_decides_through_the_api(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world(monkeypatch, settings={"require_approver_sign_in": True})
    request = world.submit()
    path = f"/approvals/{request.id}/approve"
    # A token is no sign-in: whoever finds it is not the approver.
    for way, body in (
        (path, {}),
        ("/approvals/bulk", {"decisions": [{"request_id": request.id, "decision": "approve"}]}),
    ):
        _, answer = call(approvals_api, "POST", way, body, caller="anna", scopes="approvals")
        assert "sign-in-needed" in str(answer)
        assert world.status(request) is Status.PENDING_APPROVAL
    assert call(approvals_api, "POST", path, {}, caller="anna")[1]["status"] == Status.GRANTING
