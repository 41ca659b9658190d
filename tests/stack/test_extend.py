"""Extending on the deployed stack: the policy's own end moves, and the key goes on working."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.company import Company, wait_for


def until(request: dict[str, Any]) -> datetime:
    """The end that the artefact carries."""
    (batch,) = request["batches"]
    return datetime.fromisoformat(batch["until"])


@pytest.mark.flow("extendable")
@pytest.mark.req("R70", "R71", "R73.same_grant")
def test_f26_the_key_works_past_the_old_end_of_the_artefact(company: Company, bucket: str) -> None:
    request = company.ask("rita", bucket, duration="PT20S")
    active = company.wait_until("rita", request["id"], "Active")
    old = until(active)
    path = f"/access-requests/{request['id']}"
    status, extended = company.call("rita", "POST", f"{path}/extend")
    assert (status, extended["extensions_left"]) == (200, 0)
    ends_at = datetime.fromisoformat(extended["ends_at"])
    assert ends_at - datetime.fromisoformat(active["ends_at"]) == timedelta(minutes=3)
    wait_for(
        "the artefact's new end", lambda: until(company.request("rita", request["id"])) >= ends_at
    )
    time.sleep(max(0.0, (old - datetime.now(UTC)).total_seconds() + 1))
    assert company.reads("rita", bucket)
    assert f"accessflows-{request['id']}-1" in company.policies("demo-rita")
    assert company.call("rita", "POST", f"{path}/extend")[0] == 409
    company.call("rita", "POST", f"{path}/revoke", {})
    company.wait_until("rita", request["id"], "Revoked")
    status, problem = company.call("rita", "POST", f"{path}/extend")
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:already-settled")
    assert not company.reads("rita", bucket)


@pytest.mark.flow("extendable")
@pytest.mark.req("R70", "R73.same_grant")
def test_f26_a_second_before_the_end_is_in_time_and_the_end_itself_is_not(
    company: Company, bucket: str
) -> None:
    late = company.ask("rita", bucket, duration="PT5S")
    end = end_of(company.wait_until("rita", late["id"], "Active"))
    sleep_until(end)
    assert extend(company, late) == (409, "urn:accessflows:problem:already-settled")
    company.wait_until("rita", late["id"], "Expired")
    assert extend(company, late) == (409, "urn:accessflows:problem:already-settled")
    in_time, end = extended_in_the_last_second(company, bucket)
    sleep_until(end + timedelta(seconds=1))
    assert company.request("rita", in_time["id"])["status"] == "Active"
    assert company.reads("rita", bucket)


def extended_in_the_last_second(company: Company, bucket: str) -> tuple[dict[str, Any], datetime]:
    """A request that was extended, and its end before that. A busy machine may itself be late."""
    for _ in range(3):
        request = company.ask("rita", bucket, duration="PT8S")
        end = end_of(company.wait_until("rita", request["id"], "Active"))
        sleep_until(end - timedelta(seconds=1))
        answered = extend(company, request)
        if datetime.now(UTC) < end:
            assert answered == (200, None)
            return request, end
    raise AssertionError("no call came in the last second")


def end_of(request: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(request["ends_at"])


def sleep_until(instant: datetime) -> None:
    time.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))


def extend(company: Company, request: dict[str, Any]) -> tuple[int, str | None]:
    """The status, and what kind of problem it is, if it is one."""
    status, answer = company.call("rita", "POST", f"/access-requests/{request['id']}/extend")
    return status, answer.get("type")
