"""What the tests of this folder ask for: a bucket a flow, and requests in each state."""

from typing import Any

from local.company import Company
from tests.stack.insides import row

OURS = "acme-least-privilege"
CRM = "acme-crm-access"
FLOWS = ("automatic", "any-of", "tiered", "emergency", "extendable", "on-call", "none")
WHY = "to see what it takes"


def bucket(flow: str) -> str:
    return f"{OURS}-{flow}"


BUCKETS = {
    **{bucket(flow): {"flow": flow} for flow in FLOWS},
    "acme-drawer": {},
    "acme-drawer-2": {},
    "acme-guarded": {},
}


def ask(company: Company, flow: str, person: str = "rita", **wish: Any) -> str:
    return str(company.ask(person, bucket(flow), **wish)["id"])


def advance(company: Company, request_id: str, can: str) -> Any:
    return company.invoke("accessflows-advance", {"request_id": request_id, "can": can})


def one_batch(request_id: str, family: str = "aws_iam") -> dict[str, Any]:
    return {"request_id": request_id, "batch": 1, "family": family}


def granted(company: Company, flow: str, person: str = "rita", **wish: Any) -> str:
    """A request that is Active, by hand."""
    request_id = ask(company, flow, person, **wish)
    if flow == "none":
        assert company.call("ada", "POST", f"/approvals/{request_id}/approve", {})[0] == 200
    advance(company, request_id, "activate")
    company.invoke("accessflows-activate-aws-iam", one_batch(request_id))
    advance(company, request_id, "activate")
    assert company.request("ada", request_id)["status"] == "Active"
    return request_id


def end_all(company: Company) -> None:
    """Take everything away, by hand. What is granted ends soon after, by itself."""
    while company.asked:
        request_id = company.asked.pop()
        path = f"/access-requests/{request_id}"
        company.call("ada", "POST", f"{path}/cancel")
        company.call("ada", "POST", f"{path}/revoke", {})
        if row(company, request_id)["status"] == "Revoking":
            advance(company, request_id, "revoke")
            family = row(company, request_id, "BATCH#001")["family"]
            function = f"accessflows-revoke-{family.replace('_', '-')}"
            company.invoke(function, one_batch(request_id, family))
