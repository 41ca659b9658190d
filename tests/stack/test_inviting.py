"""An invited person is mailed how to sign in, signs in by that mail and no other, and is let in."""

import re
from typing import Any

import pytest

from local.company import Company, Mail, wait_for

SUBJECT = "You are invited to Access Flows"
ADDRESS = "ivo.invited@example.com"
OWN = "Chosen-by-0-ivo-himself"


def mailed(company: Company, count: int) -> Mail:
    """The newest of so many invitations."""
    mails = wait_for(
        f"{count} invitations",
        lambda: found if len(found := company.mails(ADDRESS, SUBJECT)) >= count else None,
    )
    assert len(mails) == count
    return mails[-1]


def first_sign_in(company: Company, mail: Mail) -> str:
    """With the password of the mail, choosing another as Cognito demands: the access token."""
    password = re.search(r"<code>(.+?)</code>", mail.html)
    assert password, mail.html
    cognito: Any = company.stack.client("cognito-idp")
    at: dict[str, Any] = {
        "UserPoolId": company.stack.outputs["user_pool_id"],
        "ClientId": company.stack.outputs["client_id"],
    }
    begun = cognito.admin_initiate_auth(
        **at,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": ADDRESS, "PASSWORD": password[1]},
    )
    assert begun["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    ended = cognito.admin_respond_to_auth_challenge(
        **at,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        ChallengeResponses={"USERNAME": ADDRESS, "NEW_PASSWORD": OWN},
        Session=begun["Session"],
    )
    return str(ended["AuthenticationResult"]["AccessToken"])


@pytest.mark.req("R113.mail", "R113.invite", "R116")
def test_who_is_invited_signs_in_by_what_is_mailed_once_or_twice(company: Company) -> None:
    invitation = {"email": ADDRESS, "name": "Ivo Invited"}
    status, made = company.call("ada", "POST", "/users", invitation)
    assert status == 201, made
    try:
        first = mailed(company, 1)
        assert f"Sign in at {company.stack.outputs['portal_url']}" in first.html
        assert company.call("ada", "POST", f"/users/{made['id']}/invite")[0] == 200
        token = first_sign_in(company, mailed(company, 2))
        bearer = {"authorization": f"Bearer {token}"}
        me = company.http("GET", f"{company.stack.outputs['api_url']}/me", headers=bearer)
        assert (me.status_code, me.json()["id"]) == (200, made["id"])
    finally:
        company.call("ada", "DELETE", f"/users/{made['id']}")
