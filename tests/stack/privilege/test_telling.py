"""What passes events on and tells people needs every permission of its role: without one, it is
denied."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.company import Company
from tests.stack.driving import answers, messages, page, runs
from tests.stack.insides import stop_executions
from tests.stack.permissions import stripped
from tests.stack.privilege.world import ask, granted, last_event

pytestmark = pytest.mark.every_grant

ANNA = "anna@example.com"


def asks_anna(company: Company, request_id: str) -> dict[str, Any]:
    """The message by which she is mailed a link to approve."""
    notice = {
        "event_id": last_event(company, request_id),
        "request_id": request_id,
        "kind": "approval_asked",
        "recipient_id": "anna",
    }
    return messages(json.dumps(notice))


def lost_record() -> dict[str, Any]:
    """Of an event that cannot be read, written long ago: it goes to the dead letters."""
    keys = {"pk": {"S": "request:none"}, "sk": {"S": "EVENT#000001"}}
    written = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    row = {"Keys": keys, "SequenceNumber": "1", "ApproximateCreationDateTime": written}
    return {"Records": [{"eventID": "lost", "dynamodb": row}]}


def test_passing_events_on_needs_all_that_it_may_do(company: Company) -> None:
    ends = granted(company, "extendable")
    assert company.call("rita", "POST", f"/access-requests/{ends}/revoke", {})[0] == 200
    asked = (ask(company, "any-of"), ask(company, "automatic", "dora"), ends)
    with stripped(company, "dispatch") as role:
        for request_id in asked:
            event = {"replay": [last_event(company, request_id)]}
            role.learn(answers(runs(company, "dispatch", event), replayed=1))
        role.learn(answers(runs(company, "dispatch", lost_record()), batchItemFailures=[]))
    for request_id in asked:
        stop_executions(company, request_id)


def test_whom_to_tell_needs_all_that_it_may_do(company: Company) -> None:
    event = {"detail": {"event_id": last_event(company, ask(company, "on-call"))}}
    with stripped(company, "notify") as role:
        role.learn(runs(company, "notify", event))


def test_telling_needs_all_that_it_may_do(company: Company) -> None:
    event = asks_anna(company, ask(company, "on-call"))
    with stripped(company, "send_notice") as role:
        role.learn(answers(runs(company, "send_notice", event), batchItemFailures=[]))


def test_the_page_of_a_mailed_link_needs_all_that_it_may_do(company: Company) -> None:
    request_id = ask(company, "on-call")
    company.invoke("accessflows-send-notice", asks_anna(company, request_id))
    link = company.wait_for_mail(ANNA, request_id).link
    with stripped(company, "approve_page") as role:
        role.learn(page(company, "approve_page", "GET", link))
        role.learn(page(company, "approve_page", "POST", link, decision="approve"))
