"""An admin changes what the product works by, on the deployed stack."""

from typing import Any

import pytest

from local.company import Company
from tests.stack.insides import deployed_files

FLOWS = "/configuration/access-flows"


def a_flow(bucket: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": "by-api",
        "name": "By API",
        "requestors": {"conditions": [{"attribute": "group", "values": ["developers"]}]},
        "targets": [
            {
                "integration": "aws-demo",
                "resource_type": "s3_bucket",
                "permissions": ["read"],
                "resources": {"names": [bucket]},
            }
        ],
        **changes,
    }


def apply_files_again(company: Company) -> None:
    """What a deploy does with the files that were deployed."""
    event = {
        "RequestType": "Update",
        "PhysicalResourceId": "accessflows-configuration",
        "ResourceProperties": deployed_files(company),
    }
    company.invoke("accessflows-apply-config", event)


def deciding(company: Company) -> str:
    """The flow that would decide about Rita's wish now."""
    wish = {"resources": [company.bucket("acme-by-api")], "justification": "month end"}
    status, answer = company.call("rita", "POST", "/access-requests/dry-run", wish)
    assert status == 200, answer
    return str(answer["requests"][0]["flow"]["id"])


@pytest.mark.req("R11.api", "R11.read_only")
def test_a_flow_made_by_the_api_is_used_at_once_and_outlives_a_deploy(company: Company) -> None:
    company.open_buckets({"acme-by-api": {}})
    company.sync_inventory()
    assert deciding(company) == "fallback"
    assert company.call("rita", "POST", FLOWS, a_flow("acme-by-api"))[0] == 403
    status, made = company.call("ada", "POST", FLOWS, a_flow("acme-by-api"))
    assert (status, made["version"], made["origin"]) == (201, 1, "api")
    request = company.ask("rita", "acme-by-api")
    company.wait_until("rita", request["id"], "Active")
    assert company.reads("rita", "acme-by-api")
    one, two = {"If-Match": '"1"'}, a_flow("acme-by-api", grant_duration="PT5M")
    assert company.call("ada", "PUT", f"{FLOWS}/by-api", two, **one)[0] == 200
    status, problem = company.call("ada", "PUT", f"{FLOWS}/by-api", a_flow("acme-x"), **one)
    assert (status, problem["version"], problem["changed_by"]) == (412, 2, "ada")
    status, problem = company.call("ada", "DELETE", f"{FLOWS}/automatic", **one)
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:managed-by-files")
    apply_files_again(company)
    assert company.call("ada", "GET", f"{FLOWS}/by-api")[1]["version"] == 2
    document = company.http("GET", company.stack.outputs["api_url"] + "/openapi.json")
    assert f"{FLOWS}/{{entry_id}}" in document.json()["paths"]
    assert company.call("ada", "DELETE", f"{FLOWS}/by-api", **{"If-Match": '"2"'})[0] == 200
    assert deciding(company) == "fallback"
    assert company.request("rita", request["id"])["flow"] == {"id": "by-api", "version": 1}
