"""The authorizer: only an access token of our client at our pool, in time, gets through."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import mock_aws

from accessflows import wiring
from accessflows.access_token import AccessTokens
from accessflows.stores.directory import DynamoDirectory
from functions import authorize
from tests.doubles.pool import CLIENT_ID, Pool
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import a_person
from tests.functions.calls import CONTEXT

FOREIGN_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
REFUSED = {"isAuthorized": False}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    with mock_aws():
        create_tables()
        pool = Pool(monkeypatch)
        settings = TEST_SETTINGS.model_copy(
            update={"user_pool_id": pool.id, "user_pool_client_id": CLIENT_ID}
        )
        directory = DynamoDirectory(settings)
        put_people(directory, a_person("rita"))
        monkeypatch.setattr(wiring, "settings", lambda: settings)
        monkeypatch.setattr(wiring, "directory", lambda: directory)
        yield pool


def ask(token: str | None) -> dict[str, Any]:
    headers = {} if token is None else {"authorization": token}
    return authorize.handler({"version": "2.0", "headers": headers}, CONTEXT)


@pytest.mark.parametrize("spelling", ["Bearer {}", "bearer {}", "{}"])
def test_an_access_token_of_ours_names_the_person(pool: Pool, spelling: str) -> None:
    pool.add("rita", "rita@example.com")
    asked = ask(spelling.format(pool.token()))
    assert asked == {"isAuthorized": True, "context": {"person_id": "rita"}}


FORGERIES: dict[str, Callable[[Pool], str]] = {
    "of another client": lambda pool: pool.token(client_id="their-client"),
    "without client": lambda pool: pool.token(client_id=None),
    "an id token": lambda pool: pool.token(token_use="id"),
    "without use": lambda pool: pool.token(token_use=None),
    "expired": lambda pool: pool.token(exp=int(time.time()) - 1),
    "without end": lambda pool: pool.token(exp=None),
    "of another pool": lambda pool: pool.token(iss=pool.issuer + "x"),
    "without issuer": lambda pool: pool.token(iss=None),
    "without subject": lambda pool: pool.token(sub=None),
    "signed by another": lambda pool: pool.token(key=FOREIGN_KEY),
    "of an unknown key": lambda pool: pool.token(kid="theirs"),
    "signed with a shared secret": lambda pool: pool.token(key="s" * 32, algorithm="HS256"),
    "not signed": lambda pool: pool.token(key=None, algorithm="none"),
    "cut": lambda pool: pool.token()[:-4],
    "no token": lambda _pool: "nonsense",
    "empty": lambda _pool: "",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_any_other_token_is_refused(pool: Pool, forgery: str) -> None:
    pool.add("rita", "rita@example.com")
    assert ask(f"Bearer {FORGERIES[forgery](pool)}") == REFUSED


@pytest.mark.parametrize("header", [None, "Basic cml0YTpyaXRh"])
def test_without_bearer_token_nobody_gets_in(pool: Pool, header: str | None) -> None:
    assert ask(header) == REFUSED


def test_an_address_that_is_not_verified_binds_nobody(pool: Pool) -> None:
    pool.add("rita", "rita@example.com", verified="false")
    assert ask(f"Bearer {pool.token()}") == REFUSED


def test_keys_that_cannot_be_fetched_are_a_fault_not_a_refusal(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: jwt.PyJWKClient) -> Any:
        raise jwt.PyJWKClientConnectionError("the pool is away")

    monkeypatch.setattr(jwt.PyJWKClient, "fetch_data", away)
    with pytest.raises(jwt.PyJWKClientConnectionError):
        ask(f"Bearer {pool.token()}")


def test_on_the_emulator_keys_come_from_there(pool: Pool) -> None:
    tokens = AccessTokens(
        pool_id="us-east-1_x", client_id="c", endpoint_url="http://localhost:4566/"
    )
    assert tokens._keys.uri == "http://localhost:4566/us-east-1_x/.well-known/jwks.json"
