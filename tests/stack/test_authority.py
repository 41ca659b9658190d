"""What somebody may do is asked anew at each call of the deployed API: nothing is remembered."""

from collections.abc import Iterator

import pytest

from local.company import Company

REFUSED = (401, 403)


@pytest.fixture
def vera(company: Company) -> Iterator[str]:
    """An admin whom another invited, and who has signed in."""
    email = "vera@example.com"
    invitation = {"email": email, "name": "Vera Fay", "roles": ["admin", "grantee"]}
    status, made = company.call("ada", "POST", "/users", invitation)
    assert status == 201, made
    company.hire(made["id"], email)
    yield made["id"]
    company.call("ada", "DELETE", f"/users/{made['id']}")


@pytest.mark.req("R112.admin", "R114.people", "R114.tokens")
def test_a_role_that_is_taken_and_a_token_that_is_revoked_end_at_the_next_call(
    company: Company, vera: str
) -> None:
    def answered(path: str, token: str | None = None) -> int:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return company.call(None if token else vera, "GET", path, **headers)[0]

    def become(*roles: str) -> None:
        assert company.call("ada", "PUT", f"/users/{vera}", {"roles": roles})[0] == 200

    asked = {"name": "Script", "scopes": ["requests:read", "admin:read"], "lives_for": "PT1H"}
    status, made = company.call(vera, "POST", "/me/tokens", asked)
    assert status == 201, made
    token = made["token"]
    assert answered("/users") == answered("/users", token) == 200
    become("grantee")
    assert answered("/users") == answered("/users", token) == 403
    assert answered("/me") == answered("/access-requests", token) == 200
    become("admin", "grantee")
    assert answered("/users") == answered("/users", token) == 200
    assert company.call(vera, "DELETE", f"/me/tokens/{made['id']}")[0] == 200
    assert answered("/access-requests", token) in REFUSED
    assert answered("/access-requests") == 200
    assert company.call("ada", "POST", f"/users/{vera}/deactivate")[0] == 200
    assert answered("/access-requests") in REFUSED


def test_an_address_that_no_route_has_is_answered_with_a_page_or_a_problem(
    company: Company,
) -> None:
    url = f"{company.stack.outputs['portal_url']}/nothing-here"
    page = company.http("GET", url, headers={"Accept": "text/html"})
    assert (page.status_code, "There is nothing here" in page.text) == (404, True)
    for method in ("GET", "DELETE"):
        told = company.http(method, url, headers={"Accept": "application/json"})
        assert told.status_code == 404
        assert told.json()["type"] == "urn:accessflows:problem:not-found"
