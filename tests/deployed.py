"""The deployed local stack, IAM enforced, with a small company in it: one for all stories, in the
browser and without, and one for the tests that break it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from filelock import FileLock

if TYPE_CHECKING:
    from local.company import Company
    from local.stack import LocalStack

CONFIG = Path(__file__).parent / "stack" / "config"
# Each worker has stacks of its own, so that none waits for another.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
FIRST_PORT = int(os.environ.get("TEST_PORT", "4583"))
PORT = FIRST_PORT + 2 * WORKER
# Deployed once for as long as nothing changes, and copied for whoever needs a stack.
ORIGINAL = FIRST_PORT + 9
# Of all workers, and of none where there is but one process.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")


@contextmanager
def original() -> "Iterator[LocalStack]":
    """A stack as it is right after its deployment, stopped."""
    from local.stack import LocalStack

    stack = LocalStack(ORIGINAL, announced=False)
    stack.folder.mkdir(parents=True, exist_ok=True)
    seen_to = stack.folder / "seen-to"
    with FileLock(stack.folder / "lock"):
        if not RUN or not seen_to.exists() or seen_to.read_text() != RUN:
            _deploy(stack)
            seen_to.write_text(RUN)
        yield stack


def _deploy(stack: "LocalStack") -> None:
    """Anew, unless exactly this is deployed there."""
    from local import own_system

    stack.start()
    try:
        if not stack.has(CONFIG):
            stack.forget()
            stack.start()
            # There before an integration names them: the first sync asks what there is.
            for function in ("acme-crm-access", "acme-desk-access"):
                own_system.install(stack, function, {})
            stack.deploy(CONFIG)
    finally:
        stack.stop()


@contextmanager
def founded(port: int) -> "Iterator[Company]":
    """A company on a stack of its own at the port, which ends with the block."""
    from local.company import Company
    from local.stack import LocalStack

    stack = LocalStack(port, announced=False)
    with original() as deployed:
        stack.become(deployed)
    stack.start()
    try:
        company = Company(stack)
        for person in yaml.safe_load((CONFIG / "people.yaml").read_text())["people"]:
            principal = person.get("attributes", {}).get("aws_principal", [""])[0]
            company.hire(
                person["id"], person["emails"][0], iam_user=principal.removeprefix("user/") or None
            )
        switch_fallback(company, on=True)
        _warm_up(company)
        yield company
    finally:
        stack.stop()


def switch_fallback(company: "Company", *, on: bool) -> None:
    """Whether what no flow covers goes to the admins. Files leave that to them."""
    status, answer = company.call(
        "ada", "PATCH", "/configuration/settings", {"fallback_flow": on}, **{"If-Match": "*"}
    )
    assert status == 200, answer


def _warm_up(company: "Company") -> None:
    """One request from beginning to end, so that stories with seconds to lose meet warm functions.

    The stream hands over the events of the deployment first.
    """
    company.open_buckets({"acme-warm-up": {"flow": "automatic"}})
    company.sync_inventory()
    request = company.ask("rita", "acme-warm-up")
    company.wait_until("rita", request["id"], "Active", seconds=300)
    company.end_all("ada")


@pytest.fixture(scope="session")
def company() -> "Iterator[Company]":
    """The one company of this worker."""
    with founded(PORT) as company:
        yield company
