"""The secret that an integration names: its name, what it holds, and where it may be shown."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from accessflows.connectors import credentials
from accessflows.connectors.credentials import HOLDS_FOR_SECONDS, CredentialsMissing, Secrets

NAME = "accessflows/crm"


class MemorySecrets:
    """A client of Secrets Manager. held: what each secret holds, by its name."""

    def __init__(self, held: dict[str, str]) -> None:
        self.held = held
        self.asked: list[str] = []

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 (boto3's)
        self.asked.append(SecretId)
        if SecretId not in self.held:
            said = {"Error": {"Code": "ResourceNotFoundException", "Message": "no such secret"}}
            raise ClientError(said, "GetSecretValue")  # type: ignore[arg-type]  # as boto3 does
        return {"SecretString": self.held[SecretId]}


def secrets(client: MemorySecrets, *ticks: float) -> Secrets:
    made: Any = client
    clock = iter(ticks)
    return Secrets(lambda: made, lambda: next(clock, 0.0))


def test_a_secret_is_an_object_of_fields_and_is_read_again_after_two_minutes() -> None:
    client = MemorySecrets({NAME: json.dumps({"password": "first"})})
    reader = secrets(client, 0.0, HOLDS_FOR_SECONDS - 1, HOLDS_FOR_SECONDS)
    assert reader.fields(NAME, "password") == {"password": "first"}
    client.held[NAME] = json.dumps({"password": "second"})
    assert reader.fields(NAME) == {"password": "first"}
    assert reader.fields(NAME) == {"password": "second"}
    assert client.asked == [NAME, NAME]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (None, "cannot be read"),
        ("s3cret", "holds no JSON object"),
        ('["s3cret"]', "holds no JSON object"),
        ('{"user": "s3cret"}', "lacks the field 'password'"),
        ('{"password": " ", "user": "s3cret"}', "lacks the field 'password'"),
        ('{"password": 7, "user": "s3cret"}', "lacks the field 'password'"),
    ],
)
def test_what_is_missing_is_named_and_nothing_that_is_there(held: str | None, said: str) -> None:
    client = MemorySecrets({} if held is None else {NAME: held})
    with pytest.raises(CredentialsMissing, match=said) as missing:
        secrets(client).fields(NAME, "password")
    assert NAME in str(missing.value)
    assert "s3cret" not in str(missing.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (None, "secret is missing"),
        ("crm", "begins with accessflows/"),
        ("accessflows/", "begins with accessflows/"),
        ("accessflows/*", "begins with accessflows/"),
        (7, "begins with accessflows/"),
        ("accessflows/link-keys", "of Access Flows itself"),
    ],
)
def test_a_wrong_name_is_refused(name: object, said: str) -> None:
    (problem,) = credentials.problems({} if name is None else {"secret": name})
    assert said in problem


def test_a_good_name_is_taken() -> None:
    assert credentials.problems({"secret": "accessflows/emea/crm-1"}) == []


def test_a_secret_is_shown_only_where_the_files_show_it() -> None:
    here = {"url": "https://crm.example.com", "secret": NAME}
    other = {"url": "https://desk.example.com", "secret": "accessflows/desk"}
    assert credentials.undeployed(here, [other, here], "url") == []
    (said,) = credentials.undeployed({**other, "secret": NAME}, [other, here], "url")
    assert said == (
        "url 'https://desk.example.com' with secret 'accessflows/crm' is beyond what this "
        "deployment may use: name them together in an integration of the files and deploy"
    )


def test_what_aws_holds_is_read() -> None:
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name=NAME, SecretString='{"password": "first"}')
        assert Secrets().fields(NAME, "password") == {"password": "first"}
        with pytest.raises(CredentialsMissing, match="'accessflows/none' cannot be read"):
            Secrets().fields("accessflows/none")
