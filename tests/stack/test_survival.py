"""What the deployed stack survives: deaths, delays, throttles, repeats, and its own end."""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.company import Company, wait_for
from tests.deployed import PORT, founded
from tests.stack.insides import BATCH, executions, lose_due_work, move_back, row, stop_executions

FUNCTIONS = Path(__file__).parents[2] / "functions"
FAULTS = Path(__file__).parent / "faults"


def code(fault: str | None = None) -> bytes:
    """The functions' code, one of them replaced by its faulty double."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in FUNCTIONS.glob("*.py"):
            name = f"real_{file.name}" if file.stem == fault else file.name
            archive.writestr(name, file.read_text())
        if fault:
            archive.writestr(f"{fault}.py", (FAULTS / f"{fault}.py").read_text())
    return packed.getvalue()


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    """A stack of their own: these tests break functions and stop the emulator."""
    with founded(PORT + 1) as company:
        yield company


@pytest.fixture
def bad_luck(company: Company) -> Iterator[None]:
    """`activate` and `revoke` with the faults that buckets' names choose.

    `activate` gets less time meanwhile, so that a call it made lands the earlier."""
    functions: Any = company.stack.client("lambda")
    activate = "accessflows-activate-aws-iam"
    timeout = functions.get_function_configuration(FunctionName=activate)["Timeout"]
    functions.update_function_configuration(FunctionName=activate, Timeout=20)
    for fault in ("activate", "revoke"):
        functions.update_function_code(
            FunctionName=f"accessflows-{fault}-aws-iam", ZipFile=code(fault)
        )
    yield
    functions.update_function_configuration(FunctionName=activate, Timeout=timeout)
    for fault in ("activate", "revoke"):
        functions.update_function_code(FunctionName=f"accessflows-{fault}-aws-iam", ZipFile=code())


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.usefixtures("bad_luck")
def test_f01_f03_f04_a_death_a_throttled_revoke_and_a_grant_in_flight(company: Company) -> None:
    """Three requests at once, since each waits a minute or so for calls to land."""
    buckets = {
        name: {"flow": "automatic"} for name in ("acme-dies-1", "acme-slow-1", "acme-throttled-1")
    }
    company.open_buckets(buckets)
    company.sync_inventory()
    dies = company.ask("rita", "acme-dies-1", duration="PT5M")
    slow = company.ask("dora", "acme-slow-1", duration="PT5M")
    throttled = company.ask("anna", "acme-throttled-1", duration="PT5M")

    # F4: revoked while the call to the target is under way.
    wait_for("the claim", lambda: batch(company, slow)["state"] == "claimed")
    company.call("dora", "POST", f"/access-requests/{slow['id']}/revoke", {})
    call_until = instant(row(company, slow["id"], BATCH)["call_until"])

    # F3: the revoke is throttled five times.
    company.wait_until("anna", throttled["id"], "Active")
    assert company.reads("anna", "acme-throttled-1")
    company.call("anna", "POST", f"/access-requests/{throttled['id']}/revoke", {})

    # F1: the target took the grant, and the Lambda died before it could say so.
    wait_for("the policy", lambda: company.policies("demo-rita"))

    revoked = company.wait_until("dora", slow["id"], "Revoked", seconds=150)
    assert not company.reads("dora", "acme-slow-1")
    assert company.policies("demo-dora") == []
    assert instant(revoked["batches"][0]["observed_at"]) >= call_until

    failed = company.wait_until("rita", dies["id"], "Failed", seconds=150)
    assert not company.reads("rita", "acme-dies-1")
    assert company.policies("demo-rita") == []
    assert failed["batches"][0]["state"] == "absent"

    company.wait_until("anna", throttled["id"], "Revoked", seconds=150)
    assert not company.reads("anna", "acme-throttled-1")


@pytest.mark.flow("automatic")
def test_f07_the_same_event_twice_starts_nothing_twice(company: Company, bucket: str) -> None:
    request = company.ask("rita", bucket, duration="PT6S")
    company.wait_until("rita", request["id"], "Active")
    ids = [f"request:{request['id']}#{n}" for n in (1, 1, 2)]
    before = executions(company, request["id"])
    company.invoke("accessflows-dispatch", {"replay": ids})
    assert executions(company, request["id"]) == before
    ended = company.wait_until("rita", request["id"], "Expired", seconds=60)
    mails = len(company.mails("rita@example.com", request["id"]))
    before = executions(company, request["id"])
    company.invoke("accessflows-dispatch", {"replay": ids})
    assert executions(company, request["id"]) == before
    assert company.request("rita", request["id"]) == ended
    assert len(company.mails("rita@example.com", request["id"])) == mails


@pytest.mark.req("N1.sweep", "R110.clean_up")
def test_f16_f27_without_its_execution_the_sweep_revokes_within_the_grace(
    company: Company,
) -> None:
    """Rita's execution is stopped by hand; Dora's dies with the emulator, which starts again.

    Anna's access, of the fallback flow, is lost to the sweep too: its clean-up ends it.
    """
    buckets = ("acme-stopped", "acme-restarted")
    company.open_buckets({bucket: {"flow": "automatic"} for bucket in buckets})
    company.open_buckets({"acme-fallback": {}})
    company.sync_inventory()
    lost = company.ask("anna", "acme-fallback", justification="nothing covers it")
    company.call("ada", "POST", f"/approvals/{lost['id']}/approve", {})
    company.wait_until("anna", lost["id"], "Active")
    assert company.reads("anna", "acme-fallback")
    stop_executions(company, lost["id"])
    move_back(company, lost["id"], timedelta(hours=4), "activated_at")
    lose_due_work(company, lost["id"])
    stopped = company.ask("rita", "acme-stopped", duration="PT15S")
    restarted = company.ask("dora", "acme-restarted", duration="PT15S")
    active = {
        person: company.wait_until(person, request["id"], "Active")
        for person, request in (("rita", stopped), ("dora", restarted))
    }
    assert company.reads("rita", "acme-stopped")
    assert company.reads("dora", "acme-restarted")
    stop_executions(company, stopped["id"])
    company.stack.stop()
    company.stack.start()
    for person, bucket in zip(("rita", "dora"), buckets, strict=True):
        ended = company.wait_until(person, active[person]["id"], "Expired", seconds=15 + 90)
        late = instant(ended["batches"][0]["observed_at"]) - instant(active[person]["ends_at"])
        assert late.total_seconds() <= 90
        assert not company.reads(person, bucket)
        assert company.policies(f"demo-{person}") == []
    cleaned = company.wait_until("anna", lost["id"], "Expired", seconds=90)
    assert cleaned["cause"] == "time"
    assert not company.reads("anna", "acme-fallback")
    assert company.policies("demo-anna") == []
    cleaned = company.wait_until("anna", lost["id"], "Expired", seconds=90)
    assert cleaned["cause"] == "time"
    assert not company.reads("anna", "acme-fallback")
    assert company.policies("demo-anna") == []


def batch(company: Company, request: dict[str, Any]) -> dict[str, Any]:
    return dict(company.request(request["requester_id"], request["id"])["batches"][0])
