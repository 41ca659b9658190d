"""The AWS IAM connector, against moto."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from accessflows.connectors.aws_clients import Clients
from accessflows.connectors.aws_iam import QUOTA, AwsIam, Unsettled
from accessflows.connectors.aws_policies import ForeignPolicy, InlinePolicies
from accessflows.model.integration import Integration
from accessflows.model.refusal import QuotaExceeded, TargetRefused
from accessflows.model.request import Batch
from accessflows.ports import Connector
from tests.factories import NOON, a_person, an_integration
from tests.unit.connectors.batches import REQUEST, a_batch, to
from tests.unit.connectors.conformance import ConformanceWithPrincipals, Target

END = NOON + timedelta(hours=1)
ACCOUNT = "123456789012"
# One for all tests: to make a client takes longer than to call it.
CLIENTS = Clients("eu-central-1")
OWN = f"accessflows-{REQUEST}-1"
FOREIGN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
    },
    indent=4,
)


@pytest.fixture(autouse=True)
def iam() -> Iterator[Any]:
    with mock_aws():
        client = CLIENTS.iam
        client.create_user(UserName="demo-rita")
        client.create_role(RoleName="app", AssumeRolePolicyDocument=FOREIGN_TRUST)
        yield client


FOREIGN_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def the_account(**settings: Any) -> Integration:
    return an_integration(
        settings={"account_id": ACCOUNT, "principals": ["user/demo-*", "role/app"], **settings}
    )


def user_policies(iam: Any) -> list[str]:
    return iam.list_user_policies(UserName="demo-rita")["PolicyNames"]


def refusing(code: str) -> Any:
    def call(*_args: Any, **_kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutUserPolicy")

    return call


class TestAwsIamUser(ConformanceWithPrincipals):
    @pytest.fixture
    def target(self, iam: Any) -> Target:
        def remove() -> None:
            for name in user_policies(iam):
                iam.delete_user_policy(UserName="demo-rita", PolicyName=name)
            iam.delete_user(UserName="demo-rita")

        connector: Connector = AwsIam(clients=CLIENTS)
        CLIENTS.s3.create_bucket(
            Bucket="invoices", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        return Target(
            connector=connector,
            integration=the_account(),
            person=a_person(),
            batch=a_batch(),
            other=a_batch(number=2),
            remove_principal=remove,
        )


class TestAwsIamRole(ConformanceWithPrincipals):
    @pytest.fixture
    def target(self, iam: Any) -> Target:
        def remove() -> None:
            for name in iam.list_role_policies(RoleName="app")["PolicyNames"]:
                iam.delete_role_policy(RoleName="app", PolicyName=name)
            iam.delete_role(RoleName="app")

        entitlements = (to("dynamodb_table", "orders", "write"), to("secret", "prod/db"))
        return Target(
            connector=AwsIam(clients=CLIENTS),
            integration=the_account(),
            person=a_person(attributes={"aws_principal": ("role/app",)}),
            batch=a_batch(*entitlements, principal="role/app"),
            other=a_batch(*entitlements, principal="role/app", number=2),
            remove_principal=remove,
        )


# The end that the policy carries.


@pytest.mark.req("N1.iam", "R39.aws_iam")
def test_every_statement_of_a_grant_ends_by_itself(iam: Any) -> None:
    batch = a_batch(to("s3_bucket", "invoices", "admin"), to("secret", "prod/db"))
    AwsIam(clients=CLIENTS).grant(the_account(), batch, END)
    policy = iam.get_user_policy(UserName="demo-rita", PolicyName=OWN)["PolicyDocument"]
    ends = [statement["Condition"]["DateLessThan"] for statement in policy["Statement"]]
    assert len(ends) == 3
    assert all(end == {"aws:CurrentTime": "2026-03-02T13:00:00Z"} for end in ends)


@pytest.mark.req("N2.own")
def test_each_grant_is_one_policy_and_goes_alone(iam: Any) -> None:
    connector, first, second = AwsIam(clients=CLIENTS), a_batch(), a_batch(number=2)
    connector.grant(the_account(), first, END)
    connector.grant(the_account(), second, END + timedelta(hours=1))
    assert user_policies(iam) == [OWN, f"accessflows-{REQUEST}-2"]
    connector.revoke(the_account(), first)
    assert user_policies(iam) == [f"accessflows-{REQUEST}-2"]


# Evidence.


def test_evidence_names_the_policy_its_end_and_its_digest(iam: Any) -> None:
    connector = AwsIam(clients=CLIENTS)
    connector.grant(the_account(), a_batch(), END)
    evidence = connector.observe(the_account(), a_batch()).evidence
    sha256, aws_request_id = evidence.pop("sha256"), evidence.pop("aws_request_id")
    assert (len(sha256), bool(aws_request_id)) == (64, True)
    assert evidence == {
        "policy": OWN,
        "principal": "user/demo-rita",
        "found": True,
        "until": "2026-03-02T13:00:00+00:00",
    }


@pytest.mark.parametrize(
    "altered",
    [
        FOREIGN,
        FOREIGN.replace(
            '"Effect"', '"Condition": {"Bool": {"aws:ViaAWSService": "false"}}, "Effect"'
        ),
    ],
    ids=["more than asked", "no end that can be read"],
)
def test_f02_an_altered_policy_is_neither_the_grant_nor_its_absence(iam: Any, altered: str) -> None:
    iam.put_user_policy(UserName="demo-rita", PolicyName=OWN, PolicyDocument=altered)
    with pytest.raises(Unsettled):
        AwsIam(clients=CLIENTS).observe(the_account(), a_batch())


def test_f02_one_statement_of_several_is_not_the_grant(iam: Any) -> None:
    connector, batch = (
        AwsIam(clients=CLIENTS),
        a_batch(to("s3_bucket", "invoices"), to("secret", "prod/db")),
    )
    connector.grant(the_account(), batch, END)
    policy = iam.get_user_policy(UserName="demo-rita", PolicyName=OWN)["PolicyDocument"]
    policy["Statement"].pop()
    iam.put_user_policy(UserName="demo-rita", PolicyName=OWN, PolicyDocument=json.dumps(policy))
    with pytest.raises(Unsettled):
        connector.observe(the_account(), batch)


# IAM settles slowly: observed twice.


def slowly(connector_does: Any) -> tuple[AwsIam, list[float]]:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        connector_does()

    return AwsIam(clients=CLIENTS, settle_for=timedelta(seconds=10), sleep=sleep), slept


def test_f02_what_stays_between_two_looks_counts() -> None:
    connector, slept = slowly(lambda: None)
    connector.grant(the_account(), a_batch(), END)
    assert connector.observe(the_account(), a_batch()).holds
    connector.revoke(the_account(), a_batch())
    assert not connector.observe(the_account(), a_batch()).holds
    assert slept == [10, 10]


def test_f02_what_changes_between_two_looks_does_not_count() -> None:
    at_once = AwsIam(clients=CLIENTS)
    connector, _ = slowly(lambda: at_once.revoke(the_account(), a_batch()))
    connector.grant(the_account(), a_batch(), END)
    with pytest.raises(Unsettled, match="still changing"):
        connector.observe(the_account(), a_batch())
    connector, _ = slowly(lambda: at_once.grant(the_account(), a_batch(), END))
    with pytest.raises(Unsettled, match="still changing"):
        connector.observe(the_account(), a_batch())


# Only its own policies, only on principals that the settings name.


def test_foreign_policies_survive_everything(iam: Any) -> None:
    iam.put_user_policy(UserName="demo-rita", PolicyName="team", PolicyDocument=FOREIGN)
    connector = AwsIam(clients=CLIENTS)
    connector.grant(the_account(), a_batch(), END)
    connector.revoke(the_account(), a_batch())
    assert user_policies(iam) == ["team"]


@pytest.mark.parametrize(
    "name", ["team", "accessflows-boundary", "accessflows-", "x-accessflows-1-1"]
)
def test_a_foreign_name_is_never_written_or_deleted(iam: Any, name: str) -> None:
    policies = InlinePolicies(lambda: iam, "user/demo-rita")
    with pytest.raises(ForeignPolicy):
        policies.put(name, json.loads(FOREIGN))
    with pytest.raises(ForeignPolicy):
        policies.delete(name)
    assert user_policies(iam) == []


def test_f11_a_principal_that_settings_name_no_more_gets_nothing_but_is_revoked(iam: Any) -> None:
    connector, tightened = AwsIam(clients=CLIENTS), the_account(principals=["user/other-*"])
    connector.grant(the_account(), a_batch(), END)
    with pytest.raises(TargetRefused, match="user/demo-rita"):
        connector.grant(tightened, a_batch(number=2), END)
    connector.revoke(tightened, a_batch())
    assert user_policies(iam) == []


# Room.


@pytest.mark.req("R33.submit")
@pytest.mark.parametrize(("principal", "limit"), [("user/demo-rita", 2_048), ("role/app", 10_240)])
def test_the_quotas_are_those_of_aws(principal: str, limit: int) -> None:
    connector = AwsIam(clients=CLIENTS)
    assert QUOTA[principal.partition("/")[0]] == limit
    connector.check_quota(principal, limit - 100, 100)
    with pytest.raises(QuotaExceeded, match=f"of the {limit} that AWS allows") as refusal:
        connector.check_quota(principal, limit - 99, 100)
    assert refusal.value.detail == {"limit": limit, "needed": limit - 99, "held": 100}


@pytest.mark.parametrize("until", [END, END + timedelta(days=365, microseconds=1)])
def test_the_size_is_that_of_the_policy_the_grant_will_carry(iam: Any, until: Any) -> None:
    batch = a_batch(to("s3_bucket", "invoices"), to("dynamodb_table", "orders", "admin"))
    connector = AwsIam(clients=CLIENTS)
    connector.grant(the_account(), batch, until)
    policy = iam.get_user_policy(UserName="demo-rita", PolicyName=OWN)["PolicyDocument"]
    assert connector.size(batch) == len(json.dumps(policy, separators=(",", ":")))


def filler(characters: int) -> str:
    """A policy of so many characters that are no white space."""
    policy = json.loads(FOREIGN)
    policy["Statement"][0]["Sid"] = ""
    missing = characters - len(json.dumps(policy, separators=(",", ":")))
    policy["Statement"][0]["Sid"] = "x" * missing
    return json.dumps(policy, indent=4)


@pytest.mark.req("R33.activation")
def test_a_grant_fits_to_the_last_character_beside_foreign_policies(iam: Any) -> None:
    connector = AwsIam(clients=CLIENTS)
    left = 2_048 - connector.size(a_batch())
    iam.put_user_policy(UserName="demo-rita", PolicyName="team", PolicyDocument=filler(left + 1))
    with pytest.raises(QuotaExceeded, match=f"holds {left + 1} of the 2048"):
        connector.check_room(the_account(), a_batch())
    with pytest.raises(QuotaExceeded, match=f"holds {left + 1} of the 2048"):
        connector.grant(the_account(), a_batch(), END)
    assert user_policies(iam) == ["team"]
    iam.put_user_policy(UserName="demo-rita", PolicyName="team", PolicyDocument=filler(left))
    connector.grant(the_account(), a_batch(), END)
    assert sorted(user_policies(iam)) == [OWN, "team"]


@pytest.mark.req("R33.activation")
def test_an_extension_takes_no_further_room(iam: Any) -> None:
    connector = AwsIam(clients=CLIENTS)
    connector.grant(the_account(), a_batch(), END)
    iam.put_user_policy(
        UserName="demo-rita",
        PolicyName="team",
        PolicyDocument=filler(2_048 - connector.size(a_batch())),
    )
    connector.grant(the_account(), a_batch(), END + timedelta(hours=1))
    assert connector.observe(the_account(), a_batch()).until == END + timedelta(hours=1)


# What AWS answers.


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("NoSuchEntity", TargetRefused),
        ("MalformedPolicyDocument", TargetRefused),
        ("UnmodifiableEntity", TargetRefused),
        ("LimitExceeded", QuotaExceeded),
    ],
)
def test_a_certain_no_of_aws_is_a_refusal(
    iam: Any, monkeypatch: pytest.MonkeyPatch, code: str, refusal: type[Exception]
) -> None:
    connector = AwsIam(clients=CLIENTS)
    monkeypatch.setattr(connector._clients.iam, "put_user_policy", refusing(code), raising=False)
    with pytest.raises(refusal, match="user/demo-rita"):
        connector.grant(the_account(), a_batch(), END)


@pytest.mark.parametrize("verb", ["put", "get", "delete"])
@pytest.mark.parametrize("code", ["Throttling", "ServiceFailure", "AccessDenied"])
def test_every_other_answer_of_aws_leaves_the_outcome_open(
    iam: Any, monkeypatch: pytest.MonkeyPatch, code: str, verb: str
) -> None:
    connector = AwsIam(clients=CLIENTS)
    monkeypatch.setattr(
        connector._clients.iam, f"{verb}_user_policy", refusing(code), raising=False
    )
    calls = {
        "put": lambda: connector.grant(the_account(), a_batch(), END),
        "get": lambda: connector.observe(the_account(), a_batch()),
        "delete": lambda: connector.revoke(the_account(), a_batch()),
    }
    with pytest.raises(ClientError, match=code):
        calls[verb]()


def test_a_timeout_leaves_the_outcome_open(iam: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def times_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="iam")

    connector = AwsIam(clients=CLIENTS)
    monkeypatch.setattr(connector._clients.iam, "put_user_policy", times_out, raising=False)
    with pytest.raises(ConnectTimeoutError):
        connector.grant(the_account(), a_batch(), END)


def test_no_call_outlasts_the_function_that_makes_it() -> None:
    config: Any = CLIENTS.iam.meta.config
    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout + config.read_timeout) * attempts <= 16


# How to use it.


def test_access_details_name_account_principal_and_a_command() -> None:
    batch: Batch = a_batch(to("s3_bucket", "invoices"))
    assert AwsIam(clients=CLIENTS).access_details(the_account(), batch) == (
        f"Work in AWS account {ACCOUNT} as demo-rita, as always; nothing else to sign in to. "
        "For example: aws s3 ls s3://invoices"
    )
