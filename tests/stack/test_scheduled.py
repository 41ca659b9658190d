"""A scheduled start on the deployed stack: it waits, and starts by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from local.company import Company


@pytest.mark.flow("automatic")
@pytest.mark.req("N15.start", "R98.scheduled")
def test_a_request_that_names_a_start_waits_for_it(company: Company, bucket: str) -> None:
    starts_at = datetime.now(UTC) + timedelta(seconds=15)
    request = company.ask("rita", bucket, starts_at=starts_at.isoformat(), duration="PT1M")
    assert request["status"] == "Scheduled"
    assert not company.reads("rita", bucket)
    active = company.wait_until("rita", request["id"], "Active")
    assert datetime.fromisoformat(active["activated_at"]) >= starts_at
    assert company.reads("rita", bucket)
    company.call("rita", "POST", f"/access-requests/{request['id']}/revoke", {})


@pytest.mark.flow("automatic")
@pytest.mark.req("R98.cancel")
def test_what_waits_for_its_start_can_be_cancelled(company: Company, bucket: str) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    request = company.ask("rita", bucket, starts_at=tomorrow.isoformat())
    status, answer = company.call("rita", "POST", f"/access-requests/{request['id']}/cancel")
    assert (status, answer["status"]) == (200, "Cancelled")
