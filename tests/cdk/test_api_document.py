"""The document of the API says what is deployed, all of it and nothing else."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from cdk.api_document import TwoSchemas, _add, document, with_document
from cdk.places import FUNCTIONS
from cdk.routes import AUTHORISED, BY_SESSION, CONFIGURED
from tests import endpoints
from tests.cdk.template import Template

METHODS = {"get", "post", "put", "patch", "delete", "head"}


def operations() -> dict[str, Any]:
    """By route, names of parameters left out: `GET /bundles/{}/contents`."""
    return {
        nameless(f"{method.upper()} {path}"): operation
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def nameless(route: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", route)


@pytest.mark.req("R11.api")
def test_every_deployed_route_is_in_the_document_and_the_other_way_round(local: Template) -> None:
    deployed = {r["RouteKey"] for r in local.of_type("AWS::ApiGatewayV2::Route").values()}
    pages = {route for routes in BY_SESSION.values() for route in routes} | {"$default"}
    assert {nameless(route) for route in deployed - pages} == operations().keys()


def test_the_document_is_openapi() -> None:
    validate(document())


def test_every_call_may_be_refused_with_a_problem_and_needs_a_signed_in_person() -> None:
    signed_in = {nameless(route) for routes in AUTHORISED.values() for route in routes}
    assert document()["security"] == [{"person": []}]
    for route, operation in operations().items():
        assert ({"person": []} in operation.get("security", [{"person": []}])) == (
            route in signed_in
        ), route
        if route in signed_in:
            content = operation["responses"]["default"]["content"]
            assert list(content) == ["application/problem+json"]
            assert "422" not in operation["responses"]


def test_the_scope_that_a_token_needs_stands_with_the_route() -> None:
    rows = {nameless(route): row for route, row in endpoints.table().items()}
    for route, operation in operations().items():
        named = [each["token"] for each in operation.get("security", []) if "token" in each]
        assert named == ([[rows[route].scope]] if rows[route].scope else []), route


@pytest.mark.req("N18.submissions", "N18.links", "N18.mfa")
def test_what_may_be_done_too_often_says_so_and_when_to_try_again() -> None:
    limited = {route for route, it in operations().items() if "429" in it["responses"]}
    assert limited == {
        "POST /access-requests",
        "POST /access-requests/{}/request-again",
        "POST /access-requests/{}/pass-mfa",
        "POST /me/mfa/confirm",
        *(f"POST /{page}/{{}}" for page in ("approve", "join", "confirm", "ask", "status")),
    }
    for route in limited:
        assert operations()[route]["responses"]["429"]["headers"].keys() == {"Retry-After"}


ANEW = {"POST /configuration/identity-sources/{}/tokens", "POST /me/tokens", "POST /tokens"}


def test_what_creates_is_made_once_under_a_key() -> None:
    creating = {r for r, operation in operations().items() if "201" in operation["responses"]}
    # The same words of the same person make one delegation, with a key or without.
    creating.remove("POST /me/delegations")
    # A secret is shown once: a second call makes another, which takes its place.
    creating.remove("POST /me/mfa")
    assert creating == {
        "POST /access-requests",
        "POST /access-requests/{}/request-again",
        "POST /users",
        *(f"POST /configuration/{section}" for section in CONFIGURED),
        "POST /configuration/access-flows/{}/links",
        *ANEW,
    }
    # A token is shown once and kept as a hash: a second call makes a second one.
    for route in creating - ANEW:
        names = [parameter["name"] for parameter in operations()[route]["parameters"]]
        assert "idempotency-key" in names, route


def test_one_name_is_one_schema() -> None:
    schemas = {"Reason": {"type": "object"}}
    with pytest.raises(TwoSchemas, match="Reason is the name of two schemas"):
        _add(schemas, {"Reason": {"type": "string"}})


def test_the_function_serves_the_document_that_lies_beside_it(tmp_path: Path) -> None:
    folder = with_document(FUNCTIONS / "api_document.py", build=tmp_path)
    spec = importlib.util.spec_from_file_location("served", folder / "api_document.py")
    assert spec is not None
    assert spec.loader is not None
    served = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(served)
    answer = served.handler({}, None)
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(answer["body"]) == document()
