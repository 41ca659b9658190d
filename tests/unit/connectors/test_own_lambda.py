"""The organisation's own Lambda function, as the example in examples/ keeps its grants."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from accessflows.connectors.own_lambda import CallFailed, OwnLambda
from accessflows.connectors.own_system import NotUnderstood, OwnSystem
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from examples import own_system
from tests.factories import a_person
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import END, Conformance, Target

SETTINGS: dict[str, Any] = {
    "function": "acme-crm",
    "resource_types": {"crm_account": ["read", "write", "admin"]},
}
CRM = Integration(
    id="crm",
    name="CRM",
    kind=Kind.LAMBDA,
    settings=SETTINGS,
    principal=PrincipalMapping(attribute="crm_login"),
)
RITA = a_person(attributes={"crm_login": ("rita.r",)})
BUCKET = "acme-crm-grants"


class Functions:
    """A client of Lambda. answer: in place of the example's."""

    def __init__(self, answer: Callable[[dict[str, Any]], object] | None = None) -> None:
        self.messages: list[dict[str, Any]] = []
        self._answer = answer

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 (boto3's)
        assert FunctionName == "acme-crm"
        message = json.loads(Payload)
        self.messages.append(message)
        try:
            said = self._answer(message) if self._answer else own_system.handler(message, None)
        except Exception as error:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(repr(error).encode())}
        text = said if isinstance(said, str) else json.dumps(said)
        return {"Payload": io.BytesIO(text.encode())}


def connector(functions: Functions | None = None) -> OwnSystem:
    made: Any = functions or Functions()
    return OwnSystem(OwnLambda(lambda: made))


def answering(answer: object) -> OwnSystem:
    return connector(Functions(lambda _: answer))


def a_grant(**changes: Any) -> Batch:
    read = Entitlement(
        integration="crm", resource_type="crm_account", resource="north", permission="read"
    )
    given = {"integration": "crm", "family": Kind.LAMBDA, "principal": "rita.r", **changes}
    return a_batch(read, **given)


def put_resources(**named: list[str]) -> None:
    body = json.dumps({kind: {name: {} for name in names} for kind, names in named.items()})
    boto3.client("s3").put_object(Bucket=BUCKET, Key="resources.json", Body=body)


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GRANTS_BUCKET", BUCKET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    own_system._s3.cache_clear()
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        put_resources(crm_account=["north", "south"])
        yield
    own_system._s3.cache_clear()


@pytest.mark.req("R39.lambda")
class TestOwnLambda(Conformance):
    @pytest.fixture
    def target(self) -> Target:
        return Target(
            connector=connector(),
            integration=CRM,
            person=RITA,
            batch=a_grant(),
            other=a_grant(number=2),
            has_quota=False,
            least_settings={"function": "acme-crm"},
        )


@pytest.mark.req("R39.lambda")
def test_a_message_says_all_that_the_code_needs_and_which_version() -> None:
    functions = Functions()
    connector(functions).grant(CRM, a_grant(), END)
    assert functions.messages == [
        {
            "version": 1,
            "action": "grant",
            "integration": "crm",
            "grant_id": a_grant().grant_id,
            "principal": "rita.r",
            "entitlements": [
                {"resource_type": "crm_account", "resource": "north", "permission": "read"}
            ],
            "until": END.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    ]


def test_a_listing_is_read_page_by_page() -> None:
    names = [f"account-{n:04d}" for n in range(1_000)]
    put_resources(crm_account=names)
    functions = Functions()
    found = list(connector(functions).discover(CRM))
    assert [resource.name for resource in found] == names
    assert found[0].permissions == ("read", "write", "admin")
    assert [message["cursor"] for message in functions.messages] == [None, "400", "800"]


def test_what_the_settings_do_not_name_is_not_listed() -> None:
    put_resources(crm_acount=["north"])
    with pytest.raises(NotUnderstood, match="crm_acount 'north'"):
        list(connector().discover(CRM))


def test_a_refusal_is_told_in_the_code_s_own_words() -> None:
    with pytest.raises(TargetRefused, match="CRM refused this: blocked-rita is blocked here"):
        connector().grant(CRM, a_grant(principal="blocked-rita"), END)
    assert not connector().observe(CRM, a_grant(principal="blocked-rita")).holds


def test_how_to_use_it_is_what_the_code_said_when_it_granted() -> None:
    state = connector().grant(CRM, a_grant(), END)
    with_state = a_grant(connector_state=state)
    assert connector().access_details(CRM, with_state) == "Sign in as rita.r."
    long = answering({"status": "granted", "access_details": "a\nb " * 300}).grant(
        CRM, a_grant(), END
    )
    assert long is not None
    assert len(long["access_details"]) == 400
    assert "\n" not in long["access_details"]


def test_large_evidence_is_kept_as_its_hash() -> None:
    said = {"holds": True, "until": None, "evidence": {"log": "x" * 10_000}}
    evidence = answering(said).observe(CRM, a_grant()).evidence
    assert evidence["answered"]["bytes"] > 10_000
    assert len(json.dumps(evidence)) < 200


@pytest.mark.parametrize("answer", [None, {}, [], {"status": "done"}, {"status": "revoked"}])
def test_f02_an_answer_that_is_none_leaves_the_outcome_unknown(answer: object) -> None:
    with pytest.raises(NotUnderstood, match="answer of CRM to grant"):
        answering(answer).grant(CRM, a_grant(), END)


def test_f02_code_that_fails_or_says_no_json_leaves_the_outcome_unknown() -> None:
    def broken(_: dict[str, Any]) -> object:
        raise KeyError("oops")

    for functions, words in ((Functions(broken), "oops"), (Functions(lambda _: "?"), "no JSON")):
        with pytest.raises(CallFailed, match=words):
            connector(functions).grant(CRM, a_grant(), END)


@pytest.mark.req("R39.lambda")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"function": None}, "function is missing"),
        ({"function": "a b"}, "write the name or the ARN"),
        ({"function": "accessflows-revoke-lambda"}, "Access Flows itself"),
        (
            {"function": "arn:aws:lambda:eu-west-1:000000000000:function:accessflows-x"},
            "Access Flows itself",
        ),
        ({"resource_types": None}, "resource_types is missing"),
        ({"resource_types": {"crm_account": []}}, "resource_types.crm_account: list its"),
        ({"resource_types": {"CRM": ["read"]}}, "'CRM' is no name"),
        ({"batch_size": 0}, "batch_size is 0: write a number from 1 to 100"),
        ({"batch_size": True}, "batch_size is True"),
        ({"funktion": "x"}, "unknown setting 'funktion'; did you mean function?"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, Any], words: str) -> None:
    settings = {k: v for k, v in {**SETTINGS, **changes}.items() if v is not None}
    said = connector().validate(CRM.but(settings=settings))
    assert any(words in message for message in said), said


@pytest.mark.parametrize(
    "function",
    [
        "acme-crm",
        "arn:aws:lambda:eu-west-1:111111111111:function:acme-crm",
        "arn:aws:lambda:eu-west-1:111111111111:function:acme-crm:live",
    ],
)
def test_a_function_is_named_by_name_or_arn(function: str) -> None:
    assert connector().validate(CRM.but(settings={**SETTINGS, "function": function})) == []


def test_the_api_names_no_function_that_no_deployment_reaches() -> None:
    other = CRM.but(id="erp", settings={**SETTINGS, "function": "acme-erp"})
    assert connector().undeployed(CRM, [CRM]) == []
    (said,) = connector().undeployed(other, [CRM])
    assert "'acme-erp' is beyond what this deployment may invoke" in said


def test_fewer_at_once_where_the_settings_say_so() -> None:
    few = CRM.but(settings={**SETTINGS, "batch_size": 7})
    assert connector().capabilities(few).batch_size == 7
    assert connector().capabilities(CRM).batch_size == 100
