"""How long the largest submission takes on the local stack: 1,000 resources, 3 permissions on each,
in 5 flows.

`make bench`, on port $PORT. The organisation is that of the stack tests; the stack ends with it."""

import json
import statistics
import sys
import time
from typing import Any

from accessflows.model.limits import MOST_RESOURCES
from local import own_system
from local.company import Company, wait_for
from local.emulator import ROOT
from local.stack import LocalStack

CONFIG = ROOT / "tests" / "stack" / "config"
FUNCTION = "acme-crm-access"
REGIONS = ("north", "south", "east", "west", "middle")
PERMISSIONS = ["read", "write", "admin"]
TIMES = 5


def main() -> int:
    stack = LocalStack(announced=False)
    stack.forget()
    stack.start()
    try:
        own_system.install(stack, FUNCTION, accounts())
        own_system.install(stack, "acme-desk-access", {})
        stack.deploy(CONFIG)
        company = Company(stack)
        for person in ("rita", "ada"):
            company.hire(person, f"{person}@example.com")
        company.sync_inventory()
        measure(company)
    finally:
        stack.stop()
    return 0


def accounts() -> dict[str, dict[str, dict[str, str]]]:
    """A thousand, 200 a region."""
    names = (f"account-{n:04d}" for n in range(MOST_RESOURCES))
    return {
        "crm_account": {name: {"region": REGIONS[n % len(REGIONS)]} for n, name in enumerate(names)}
    }


def measure(company: Company) -> None:
    body = {
        "duration": "PT10M",
        "resources": [
            {
                "integration": "crm",
                "resource_type": "crm_account",
                "resource": name,
                "permissions": PERMISSIONS,
            }
            for name in accounts()["crm_account"]
        ],
    }
    print(f"body of the call: {len(json.dumps(body)):,} bytes")
    dry = [timed(company, "/access-requests/dry-run", body)[0] for _ in range(TIMES)]
    print(f"dry run: {told(dry)}")
    taken = []
    for _ in range(TIMES):
        seconds, answer = timed(company, "/access-requests", body)
        taken.append(seconds)
        settle(company, answer["requests"])
    print(f"submission: {told(taken)}")


def timed(company: Company, path: str, body: dict[str, Any]) -> tuple[float, Any]:
    """How long the call took, and its answer."""
    began = time.perf_counter()
    status, answer = company.call("rita", "POST", path, body)
    seconds = time.perf_counter() - began
    if status not in (200, 201):
        raise RuntimeError(f"{status}: {answer}")
    return seconds, answer


def settle(company: Company, requests: list[dict[str, Any]]) -> None:
    """Wait until all of it is granted, end it, and say how long both took."""
    began = time.perf_counter()
    for request in requests:
        company.wait_until("rita", request["id"], "Active", seconds=300)
    active = time.perf_counter()
    for request in requests:
        company.call("ada", "POST", f"/access-requests/{request['id']}/revoke", {})
    wait_for(
        "the end of all grants",
        lambda: not own_system.held(company.stack, FUNCTION),
        seconds=300,
    )
    ended = time.perf_counter()
    print(
        f"{len(requests)} requests: all active after {active - began:.1f} s, "
        f"all ended {ended - active:.1f} s after that was asked"
    )


def told(seconds: list[float]) -> str:
    return (
        f"first {seconds[0]:.2f} s, median {statistics.median(seconds):.2f} s, "
        f"longest {max(seconds):.2f} s of {len(seconds)}"
    )


if __name__ == "__main__":
    sys.exit(main())
