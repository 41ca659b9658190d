"""What the tests of this folder ask for: a bucket a flow, and requests in each state."""

from typing import Any

from local.company import Company
from tests.stack.driving import messages
from tests.stack.insides import deployed_files, row

OURS = "acme-least-privilege"
FLOWS = ("automatic", "any-of", "tiered", "emergency", "extendable", "on-call", "mfa", "none")
# What is in the company's own systems. No flow covers the second account, and the room only for
# outsiders.
SYSTEMS: dict[str, dict[str, dict[str, dict[str, str]]]] = {
    "acme-crm-access": {
        "crm_account": {"account-1": {"region": "north"}, "account-2": {"region": "nowhere"}}
    },
    "acme-desk-access": {"desk_room": {"blue": {}}},
}
WHY = "to see what it takes"
TOKENS = "/configuration/identity-sources/suite/tokens"
SCIM = {"content-type": "application/scim+json"}
USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "least.privilege@example.com",
    "displayName": "Least Privilege",
    "active": True,
}
GROUP = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Least"}


def bucket(flow: str) -> str:
    return f"{OURS}-{flow}"


PLACE = f"integration=aws-demo&resource_type=s3_bucket&resource={bucket('automatic')}"


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


def one_batch(request_id: str) -> dict[str, Any]:
    return {"request_id": request_id, "batch": 1, "family": "aws_iam"}


def account(name: str) -> dict[str, Any]:
    """Of the company's own system."""
    place = {"integration": "crm", "resource_type": "crm_account", "resource": name}
    return {**place, "permissions": ["read"]}


def room(name: str) -> dict[str, Any]:
    """Of the other one, which outsiders use."""
    place = {"integration": "shared-desk", "resource_type": "desk_room", "resource": name}
    return {**place, "permissions": ["read"]}


def granted(company: Company, flow: str, person: str = "rita", **wish: Any) -> str:
    """A request that is Active, by hand."""
    return let_in(company, ask(company, flow, person, **wish))


def granted_everywhere(company: Company) -> str:
    """One that is Active at AWS and in the company's own system. No flow covers it."""
    wanted = [company.bucket(bucket("none")), account("account-2")]
    return let_in(company, ask_for(company, *wanted))


def ask_for(company: Company, *resources: dict[str, Any]) -> str:
    """One request for resources that no flow covers, approved by an admin."""
    wish: dict[str, Any] = {"resources": resources, "duration": "PT1H", "justification": WHY}
    request_id = str(company.ask("rita", **wish)["id"])
    status, answer = company.call("ada", "POST", f"/approvals/{request_id}/approve", {})
    assert status == 200, answer
    return request_id


def let_in(company: Company, request_id: str) -> str:
    for batch in work_on(company, request_id, "activate"):
        company.invoke(f"accessflows-activate-{batch['family'].replace('_', '-')}", batch)
    advance(company, request_id, "activate")
    assert company.request("ada", request_id)["status"] == "Active"
    return request_id


def work_on(company: Company, request_id: str, work: str) -> list[dict[str, Any]]:
    """The batches that a machine would `activate` or `revoke` now."""
    return list(advance(company, request_id, work)["batches"])


def deliver(company: Company) -> None:
    """What reads the queue of notices, by hand."""
    clients: Any = company.stack.client
    functions, sqs = clients("lambda"), clients("sqs")
    notify = functions.get_function_configuration(FunctionName="accessflows-notify")
    queue = {"QueueUrl": notify["Environment"]["Variables"]["NOTICE_QUEUE_URL"]}
    while waiting := sqs.receive_message(**queue, MaxNumberOfMessages=10).get("Messages"):
        event = messages(*(message["Body"] for message in waiting))
        company.invoke("accessflows-send-notice", event)
        for message in waiting:
            sqs.delete_message(**queue, ReceiptHandle=message["ReceiptHandle"])


def pushed(company: Company) -> dict[str, str]:
    """A user and their group, as an identity source brought them; and the source's token."""
    status, made = company.call("ada", "POST", TOKENS, {"name": WHY, "lives_for": "PT1H"})
    assert status == 201, made
    headers = {"authorization": f"Bearer {made['token']}", **SCIM}

    def push(path: str, body: dict[str, Any]) -> str:
        url = f"{company.stack.outputs['api_url']}/scim/v2{path}"
        answer = company.http("POST", url, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    name = f"{made['id']}@example.com"
    user = push("/Users", {**USER, "userName": name})
    group = push("/Groups", {**GROUP, "displayName": name, "members": [{"value": user}]})
    return {"token": made["token"], "user": user, "group": group}


def applying(company: Company) -> dict[str, Any]:
    """What a deployment tells the function that applies its files."""
    return {"RequestType": "Update", "ResourceProperties": deployed_files(company)}


def apply_files(company: Company) -> None:
    company.invoke("accessflows-apply-config", applying(company))


def last_event(company: Company, request_id: str) -> str:
    return f"request:{request_id}#{row(company, request_id)['version']}"


def end_all(company: Company, but: int = 0) -> None:
    """Take everything away, but for so many of the first requests."""
    while len(company.asked) > but:
        end(company, company.asked.pop())


def end(company: Company, request_id: str) -> None:
    """Take it away by hand, whatever it has come to."""
    path = f"/access-requests/{request_id}"
    company.call("ada", "POST", f"{path}/cancel")
    company.call("ada", "POST", f"{path}/revoke", {})
    if row(company, request_id)["status"] == "Revoking":
        for batch in work_on(company, request_id, "revoke"):
            company.invoke(f"accessflows-revoke-{batch['family'].replace('_', '-')}", batch)
        advance(company, request_id, "revoke")
