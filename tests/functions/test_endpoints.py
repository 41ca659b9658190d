"""docs/endpoints.md is true: every route, called by everybody, answers what its table says.

The calls pass the real authorizer and the real functions, over tables of moto."""

import re
from collections.abc import Iterator

import pytest

from accessflows.model.token import OF_ADMINS
from accessflows.rules.scopes import scope_of
from cdk.routes import CONFIGURED
from tests.cdk.test_api_document import nameless, operations
from tests.doubles.mfa import code_at
from tests.endpoints import table
from tests.factories import NOON, a_bundle, a_flow, a_scope, a_target, an_integration
from tests.functions.calls import a_wish
from tests.functions.endpoint_story import LINK, SOURCE
from tests.functions.endpoint_world import (
    AUTHORISED_ROUTES,
    CALLERS,
    FUNCTIONS,
    TOKEN_ID,
    EndpointWorld,
    Sent,
    deployed,
)

ANY = {"if-match": "*"}
RESOURCE = {"integration": "aws-demo", "resource_type": "s3_bucket", "resource": "invoices"}


# Section -> an entry as an admin would write it.
ENTRIES = {
    "access-flows": {k: v for k, v in a_flow().to_data().items() if k != "version"},
    "bundles": a_bundle(a_target()).to_data(),
    "access-scopes": a_scope('resource_name = "invoices"').to_data(),
    "integrations": an_integration().to_data(),
    "on-call-schedules": {
        "time_zone": "Europe/Berlin",
        "rotations": [{"people": ["rita"], "starts": "2026-01-05T09:00"}],
    },
    "spaces": {"owners": ["eve"]},
    "resource-access": {
        "integration": "aws-demo",
        "resource_type": "s3_bucket",
        "permissions": ["read"],
        "default": {"duration": "PT1H", "approval": "automatic"},
    },
}
# Section -> the field by which its entries are called; `name` unless it stands here.
CALLED = {"resource-access": "resource"}
# What files wrote.
NAMED = {
    "access-flows": "asked",
    "bundles": "starter",
    "access-scopes": "found",
    "identity-sources": SOURCE,
    "tokens": TOKEN_ID,
    "users": "rita",
}


def entry(section: str, entry_id: str, name: str) -> dict[str, object]:
    return {**ENTRIES[section], "id": entry_id, CALLED.get(section, "name"): name}


CODE = Sent({"code": code_at(NOON)})
WANT = '["crm","crm_account","acme","write"]'
# What the calls send; the others send nothing.
SENT = {
    "POST /access-requests": Sent(a_wish()),
    "POST /access-requests/dry-run": Sent(a_wish()),
    "POST /access-requests/{id}/pass-mfa": CODE,
    "POST /access-requests/{id}/revoke": Sent({}),
    "POST /access-requests/{id}/review": Sent({"text": "all in order"}),
    "POST /users": Sent({"email": "new@example.com", "name": "New Person"}),
    "PUT /users/{id}": Sent({}),
    "POST /me/tokens": Sent({"name": "x", "scopes": ["approvals"], "lives_for": "P1D"}),
    "POST /tokens": Sent(
        {"service": "ci", "name": "x", "scopes": ["admin:read"], "lives_for": "P1D"}
    ),
    "PUT /access-flows/{id}/description/rating": Sent({"thumb": "up"}),
    "GET /resources": Sent(query=RESOURCE),
    "GET /reports/summary": Sent(query={"person": "rita"}),
    "GET /reports/access-graph": Sent(query=RESOURCE),
    "POST /activity/revoke": Sent({"person_id": "rita", "reason": "they moved"}),
    "POST /me/mfa/confirm": CODE,
    "POST /me/delegations": Sent({"delegate_id": "eve", "to": "2026-03-09T00:00:00Z"}),
    "POST /approvals/bulk": Sent({"decisions": [{"request_id": "none", "decision": "approve"}]}),
    "POST /approvals/{request_id}/approve": Sent({}),
    "POST /approvals/{request_id}/reject": Sent({"reason": "not now"}),
    "POST /approve/{token}": Sent(form={"decision": "approve"}),
    "POST /join/{token}": Sent(form={"name": "Eva", "email": "eva@partner.example"}),
    "POST /confirm/{token}": Sent(form={}),
    "POST /ask/{token}": Sent(form={"key": "k", "want": WANT, "duration": "PT30M"}),
    "POST /status/{token}": Sent(form={"do": "end"}),
    "POST /configuration/access-flows/{id}/links": Sent({"name": "Another"}),
    "POST /configuration/access-flows/describe": Sent(ENTRIES["access-flows"]),
    "POST /configuration/identity-sources/{id}/tokens": Sent({"name": "Another"}),
    "POST /configuration/changes/{id}/reject": Sent({}),
    "PATCH /configuration/settings": Sent({"fallback_flow": True}, headers=ANY),
}
# Route -> in which state a request of Rita's is meant.
STATES = {
    "GET /access-requests/{id}": "pending",
    "GET /access-requests/{id}/access-details": "active",
    "POST /access-requests/{id}/revoke": "active",
    "POST /access-requests/{id}/cancel": "pending",
    "POST /access-requests/{id}/pass-mfa": "waiting",
    "POST /access-requests/{id}/extend": "active",
    "POST /access-requests/{id}/review": "urgent",
    "POST /access-requests/{id}/request-again": "closed",
    "POST /access-requests/{id}/favorite": "active",
    "DELETE /access-requests/{id}/favorite": "active",
    "POST /approvals/{request_id}/approve": "pending",
    "POST /approvals/{request_id}/reject": "pending",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EndpointWorld]:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        deployed(monkeypatch, tmp_path_factory.mktemp("document")) as world,
    ):
        for section in ENTRIES:
            every = f"POST /configuration/{section}"
            made = Sent(entry(section, "made", "Made"))
            assert world.call(every, every[5:], made, "ada") == 201
            world.kept.keep()
        yield world


def address(route: str, world: EndpointWorld) -> tuple[str, Sent]:
    """The address with its parameters filled in, and what is sent there."""
    method, path = route.split(" ")
    sent = SENT.get(route, Sent())
    path = path.replace("{id}/links", "partners/links").replace("{link_id}", LINK.link.id)
    if path.startswith("/configuration/") and (section := path.split("/")[2]) in CONFIGURED:
        bodies = {"POST": entry(section, "new", "New"), "PUT": entry(section, "made", "Made")}
        sent = SENT.get(route, Sent(bodies.get(method), headers=ANY))
        path = path.replace("{id}", "made").replace("{version}", "1")
    if route in STATES:
        path = re.sub(r"\{(request_)?id\}", world.requests[STATES[route]], path)
    if "{token}" in path:
        path = path.replace("{token}", world.tokens[path.split("/")[1]])
    path = path.replace("{proxy+}", "Users")
    for section, named in NAMED.items():
        path = re.sub(rf"/{section}/{{(token_)?id}}", f"/{section}/{named}", path)
    return path, sent


def test_every_route_has_a_row() -> None:
    assert table().keys() == FUNCTIONS.keys()


@pytest.mark.req("R112.admin", "R112.grantee", "R112.external")
@pytest.mark.parametrize("route", FUNCTIONS)
def test_everybody_is_answered_as_the_table_says(world: EndpointWorld, route: str) -> None:
    path, sent = address(route, world)
    answers = {name: world.call(route, path, sent, who) for name, who in CALLERS.items()}
    assert answers == table()[route].answers


@pytest.mark.req("R114.tokens", "R114.services")
@pytest.mark.parametrize("route", sorted(AUTHORISED_ROUTES))
def test_a_token_reaches_as_far_as_its_scopes_and_its_person_or_service(
    world: EndpointWorld, route: str
) -> None:
    path, sent = address(route, world)
    row = table()[route]
    needed = scope_of(route)
    assert needed == row.scope
    refused = world.answer(route, path, sent, world.all_but[needed])
    assert refused.status == 403
    assert "scope-missing" in refused.body
    if needed is not None:
        reached = world.answer(route, path, sent, world.only[needed])
        assert reached.status == row.answers["admin"]
    administers = needed in OF_ADMINS
    service = world.answer(route, path, sent, world.service)
    assert service.status == (row.answers["admin"] if administers else 403)


def changing(route: str, world: EndpointWorld) -> tuple[str, Sent]:
    """As `address`, and what is there gets another name: the same once more would be no change."""
    path, sent = address(route, world)
    if not route.startswith("PUT /configuration/"):
        return path, sent
    return path, sent._replace(body=entry(path.split("/")[2], "made", "Changed"))


@pytest.mark.req("N17.proposed")
def test_what_waits_for_a_second_admin_is_answered_202_as_the_document_says(
    world: EndpointWorld,
) -> None:
    documented = {
        route for route in AUTHORISED_ROUTES if "202" in operations()[nameless(route)]["responses"]
    }
    two = Sent({"two_person_changes": True}, headers=ANY)
    path = "/configuration/settings"
    with world.aside():
        assert world.call(f"PATCH {path}", path, two, "ada") == 200
        world.kept.keep()
        answers = {r: world.call(r, *changing(r, world), "ada") for r in AUTHORISED_ROUTES}
    assert {route for route, status in answers.items() if status == 202} == documented
