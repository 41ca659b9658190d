"""What moves, grants and revokes needs every permission of its role: without one, it is denied.

Streams and queues are off meanwhile, so that nothing happens but what a test does."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from local.company import Company
from tests.stack.insides import move_back, rewrite, row
from tests.stack.permissions import stripped

OURS = "acme-least-privilege"
FLOWS = ("automatic", "tiered")


@pytest.fixture(scope="module", autouse=True)
def quiet(company: Company) -> Iterator[None]:
    """Nothing reads streams and queues; there is a bucket for every flow."""
    functions: Any = company.stack.client("lambda")
    company.open_buckets({bucket(flow): {"flow": flow} for flow in FLOWS})
    company.sync_inventory()
    mappings = functions.list_event_source_mappings()["EventSourceMappings"]
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    yield
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    company.end_all("ada")


@pytest.fixture(autouse=True)
def tidy(quiet: None) -> None:
    """Everything ends with the module."""


def bucket(flow: str) -> str:
    return f"{OURS}-{flow}"


def ask(company: Company, flow: str, person: str = "rita", **wish: Any) -> str:
    return str(company.ask(person, bucket(flow), **wish)["id"])


def runs(company: Company, function: str, event: Any) -> Callable[[], Any]:
    """What the function answers, called as whoever triggers it would; none where it fails."""

    def run() -> Any:
        try:
            return company.invoke(f"accessflows-{function}", event)
        except RuntimeError:
            return None

    return run


def advance(company: Company, request_id: str, can: str) -> Any:
    return company.invoke("accessflows-advance", {"request_id": request_id, "can": can})


def one_batch(request_id: str) -> dict[str, Any]:
    return {"request_id": request_id, "batch": 1, "family": "aws_iam"}


def test_advance_needs_all_that_it_may_do(company: Company) -> None:
    waits, goes = ask(company, "tiered"), ask(company, "automatic")
    gone = ask(company, "automatic", "dora")
    move_back(company, waits, timedelta(minutes=5), "approval_timeout_at", "due_at")
    with stripped(company, "advance") as role:
        role.learn(runs(company, "advance", {"request_id": waits}))
        role.learn(runs(company, "advance", {"request_id": goes, "can": "activate"}))
        rewrite(company, gone, flow={"id": "forgotten", "version": 1})
        role.learn(runs(company, "advance", {"request_id": gone, "can": "activate"}))
    assert row(company, waits)["status"] == "Rejected"
    assert row(company, gone)["cause"] == "lost_eligibility"


def test_activate_and_revoke_need_all_that_they_may_do(company: Company) -> None:
    given, full = ask(company, "automatic"), ask(company, "automatic", "dora")
    iam: Any = company.stack.client("iam")
    room = {"UserName": "demo-dora", "PolicyName": "foreign"}
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::" + "x" * 2000,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with stripped(company, "activate_aws_iam") as role:
        role.learn(runs(company, "activate-aws-iam", one_batch(given)))
        assert row(company, given, "BATCH#001")["state"] == "granted"
        iam.put_user_policy(**room, PolicyDocument=document)
        role.learn(runs(company, "activate-aws-iam", one_batch(full)))
        iam.delete_user_policy(**room)
    assert row(company, full)["cause"] == "quota"
    advance(company, given, "activate")
    company.call("rita", "POST", f"/access-requests/{given}/revoke", {})
    advance(company, given, "revoke")
    with stripped(company, "revoke_aws_iam") as role:
        role.learn(runs(company, "revoke-aws-iam", one_batch(given)))
    assert f"accessflows-{given}-1" not in company.policies("demo-rita")
