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
