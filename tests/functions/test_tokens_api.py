"""Tokens of identity sources: made and revoked by admins, shown once."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.model.event import EventKind, first_broken
from accessflows.model.person import Role
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.requests import DynamoRequests
from functions import tokens_api
from tests.doubles.memory import MemoryDirectory
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import a_person
from tests.functions.calls import call
from tests.functions.scim_calls import Provider

PATH = "/configuration/identity-sources/okta/tokens"


@pytest.fixture
def okta(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    people = [a_person("ada", roles=(Role.ADMIN,)), a_person("rita")]
    with mock_aws():
        create_tables()
        provider = Provider("okta")
        provider.wire(monkeypatch)
        monkeypatch.setattr(wiring, "directory", lambda: MemoryDirectory(people))
        yield provider


def admins(method: str, path: str, body: Any = None) -> tuple[int, Any]:
    return call(tokens_api, method, path, body, caller="ada")


def test_a_token_is_shown_once_works_and_works_no_more_once_revoked(okta: Provider) -> None:
    status, made = admins("POST", PATH, {"name": "Production", "lives_for": "P30D"})
    assert status == 201
    text = made.pop("token")
    assert okta.send("GET", "/Users", token=text).status == 200
    assert made in admins("GET", PATH)[1]["tokens"]
    kept = [str(row.attribute_values) for row in DirectoryRow.scan()]
    assert not any(text.rpartition("_")[2] in row for row in kept)
    assert "hash" not in made
    status, revoked = admins("DELETE", f"{PATH}/{made['id']}")
    assert (status, bool(revoked["revoked_at"])) == (200, True)
    assert admins("DELETE", f"{PATH}/{made['id']}")[1] == revoked
    assert okta.send("GET", "/Users", token=text).status == 401
    events = DynamoRequests(TEST_SETTINGS).events(f"token:{made['id']}")
    assert [(event.kind, event.actor) for event in events] == [
        (EventKind.TOKEN_MADE, "ada"),
        (EventKind.TOKEN_REVOKED, "ada"),
    ]
    assert first_broken(events) is None


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        (PATH, {"name": "x", "lives_for": "P366D"}, 400, "365 days"),
        (PATH, {"name": "x", "scopes": ["scim"]}, 400, "scopes"),
        (PATH.replace("okta", "nobody"), {"name": "x"}, 404, "no identity source nobody"),
    ],
)
def test_what_makes_no_token_is_refused_with_the_reason(
    okta: Provider, path: str, body: Any, status: int, said: str
) -> None:
    refused = admins("POST", path, body)
    assert refused[0] == status
    assert said in refused[1]["detail"]


def test_only_admins_make_see_and_revoke_tokens(okta: Provider) -> None:
    for method, path in (("POST", PATH), ("GET", PATH), ("DELETE", f"{PATH}/x")):
        body = {"name": "x"} if method == "POST" else None
        assert call(tokens_api, method, path, body, caller="rita")[0] == 403
