"""A new colleague sets up an authenticator app and confirms, on the deployed stack."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest

from local.company import Company

STEP = timedelta(seconds=30)


def enrol(company: Company, person_id: str) -> pyotp.TOTP:
    """The person's app, once it is confirmed by its current code."""
    status, begun = company.call(person_id, "POST", "/me/mfa")
    assert status == 201, begun
    app = pyotp.parse_uri(begun["uri"])
    assert isinstance(app, pyotp.TOTP)
    body = {"code": app.at(datetime.now(UTC))}
    status, shown = company.call(person_id, "POST", "/me/mfa/confirm", body)
    assert (status, shown["enrolment"]) == (200, "enrolled")
    return app


def give(company: Company, person_id: str, request: dict[str, Any], code: str) -> tuple[int, Any]:
    path = f"/access-requests/{request['id']}/pass-mfa"
    return company.call(person_id, "POST", path, {"code": code})


@pytest.mark.flow("mfa")
@pytest.mark.req("R22.onboarding_mfa", "R63.pending", "R63.once", "R63.valid_for")
@pytest.mark.req("R64.enrol", "R64.reset", "R98.pending_mfa")
def test_who_never_signed_in_confirms_with_a_first_code(company: Company, bucket: str) -> None:
    request = company.ask("rita", bucket, grantee_id="mia")
    assert request["status"] == "Pending MFA"
    assert (
        "set up no authenticator app yet"
        in company.wait_for_mail("mia@example.com", request["id"]).text
    )
    awaited = company.call("anna", "GET", "/approvals")[1]["requests"]
    assert request["id"] not in [each["id"] for each in awaited]

    app = enrol(company, "mia")
    # The app may be a step ahead: nobody waits here for the next code.
    code = app.at(datetime.now(UTC) + STEP)
    assert give(company, "rita", request, code)[0] == 403
    status, problem = give(company, "mia", request, app.at(datetime.now(UTC) - 9 * STEP))
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:wrong-code")
    status, passed = give(company, "mia", request, code)
    assert (status, passed["status"]) == (200, "Pending Approval")
    company.wait_for_mail("anna@example.com", bucket)
    approve = f"/approvals/{request['id']}/approve"
    assert company.call("anna", "POST", approve, {})[0] == 200
    company.wait_until("mia", request["id"], "Active")
    assert company.reads("mia", bucket)

    again = company.ask("rita", bucket, grantee_id="mia")
    assert again["status"] == "Pending Approval"
    assert company.call("mia", "POST", "/users/mia/mfa/reset")[0] == 403
    assert company.call("ada", "POST", "/users/mia/mfa/reset") == (200, {"enrolment": "none"})
    company.wait_for_mail("mia@example.com", "Your authenticator app was reset")
    after = company.ask("rita", bucket, grantee_id="mia")
    assert after["status"] == "Pending MFA"
    assert give(company, "mia", after, app.at(datetime.now(UTC) + STEP))[0] == 409
