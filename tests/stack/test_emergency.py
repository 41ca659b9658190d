"""Emergencies on the deployed stack: at once, loud, and looked at before the next."""

import pytest

from local.company import Company


@pytest.mark.flow("emergency")
@pytest.mark.req("N13.loud", "N13.review")
def test_an_emergency_is_granted_at_once_and_reviewed_before_the_next(
    company: Company, bucket: str
) -> None:
    request = company.ask("dora", bucket)
    assert request["status"] == "Granting"
    company.wait_until("dora", request["id"], "Active")
    assert company.reads("dora", bucket)
    told = company.wait_for_mail("ada@example.com", request["id"])
    assert told.subject.startswith("Emergency access: Dora Dash takes")

    again = {"resources": [company.bucket(bucket)]}
    status, problem = company.call("dora", "POST", "/access-requests", again)
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:unreviewed-emergency")
    assert request["id"] in problem["detail"]
    path = f"/access-requests/{request['id']}"
    assert company.call("dora", "POST", f"{path}/revoke", {})[0] == 200
    company.wait_until("dora", request["id"], "Revoked")
    assert not company.reads("dora", bucket)
    assert company.call("dora", "POST", "/access-requests", again)[0] == 403

    found = {"text": "the queue was stuck; nothing but the report was read"}
    assert company.call("dora", "POST", f"{path}/review", found)[0] == 403
    status, reviewed = company.call("ada", "POST", f"{path}/review", found)
    assert (status, reviewed["review"]["by"]) == (200, "ada")
    assert company.ask("dora", bucket)["status"] == "Granting"
