"""Whatever is sent to whatever route: it is answered as the document says, never by a fault."""

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.configuration import Configuration
from accessflows.model.person import DirectoryGroup, Role
from cdk.api_document import document
from cdk.routes import AUTHORISED
from tests.doubles.mail import KEYS
from tests.doubles.mfa import PaperSeal
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_flow, a_person, an_integration
from tests.functions.calls import forget_adapters, send

FILES = Configuration(
    flows=(a_flow("buckets", version=0),),
    integrations=(an_integration(),),
    people=(a_person("ada", roles=(Role.ADMIN, Role.GRANTEE)), a_person("rita")),
    groups=(DirectoryGroup(id="engineers", name="Engineers", members=("rita", "ada")),),
)
# Route -> (function, path in the document).
ROUTES = {
    route: (name, path)
    for name, routes in AUTHORISED.items()
    for route in routes
    for path in document()["paths"]
    if re.sub(r"\{\w+\}", "{}", route.split(" ")[1]) == re.sub(r"\{\w+\}", "{}", path)
}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-10, 10**12)
    | st.sampled_from(["", "buckets", "PT1H", "P1D", "ada", "aws-demo", "\x00", "é\U0001f600"])
    | st.text(max_size=20)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
# In a path, nothing that would end it.
SEGMENTS = st.sampled_from(["buckets", "01J", "aws-demo", "1", "0", "x" * 300]) | st.text(
    st.characters(codec="utf-8", exclude_characters="/?#%", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=12,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "if-match": st.sampled_from(["*", '"1"', "1", "x", "9" * 40]),
        "idempotency-key": st.sampled_from(["", "k", "é"]),
    },
)


@pytest.fixture(scope="module", autouse=True)
def deployed() -> Iterator[None]:
    """What wiring builds, on empty tables with FILES applied; no call reaches a target."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        create_tables()
        forget_adapters()
        patch.setattr(wiring, "settings", lambda: TEST_SETTINGS)
        patch.setattr(wiring, "connectors", lambda: VALIDATORS)
        patch.setattr(wiring, "seal", PaperSeal)
        patch.setattr(wiring, "now", lambda: NOON)
        patch.setattr(wiring, "link_keys", lambda: KEYS)
        apply_config(FILES, wiring.flows(), wiring.directory(), validators=VALIDATORS, now=NOON)
        yield
    forget_adapters()


def bodies(operation: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Anything, or the fields of the schema with anything in them."""
    if "requestBody" not in operation:
        return st.none()
    schemas = document()["components"]["schemas"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    named = [schema, *schema.get("anyOf", ())]
    fields = [
        field
        for each in named
        if "$ref" in each
        for field in schemas[each["$ref"].rsplit("/", 1)[1]].get("properties", {})
    ]
    known = st.dictionaries(st.sampled_from(fields or ["id"]), ANYTHING, max_size=5)
    return ANYTHING | known


@pytest.mark.req("R11.api")
@pytest.mark.parametrize("route", sorted(ROUTES))
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_f14_whatever_is_sent_is_answered_as_documented(route: str, data: st.DataObject) -> None:
    name, path = ROUTES[route]
    method = route.split(" ")[0]
    operation = document()["paths"][path][method.lower()]
    address = re.sub(r"\{\w+\}", lambda _: data.draw(SEGMENTS), path)
    queries = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]
    query = data.draw(st.dictionaries(st.sampled_from(queries or ["x"]), st.text(max_size=9)))
    reply = send(
        importlib.import_module(f"functions.{name}"),
        method,
        address,
        data.draw(bodies(operation)),
        caller=data.draw(st.sampled_from(["ada", "rita"])),
        query=query,
        headers=data.draw(HEADERS),
    )
    assert reply.status < 500, reply
    kind = reply.headers["Content-Type"]
    if str(reply.status) in operation["responses"]:
        assert kind.split(";")[0] in operation["responses"][str(reply.status)]["content"]
    else:
        assert reply.status >= 400
        assert kind == "application/problem+json"
        assert {"type", "title", "status", "detail"} <= reply.body.keys()
