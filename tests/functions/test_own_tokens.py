"""Tokens that people make for their programs: shown once, as strong as their person, revoked."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.tokens import NOTE_USE_EVERY
from accessflows.model.event import first_broken
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import Person, Role
from accessflows.stores.directory_rows import DirectoryRow
from functions import authorize, requests_api, tokens_api, users_api
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import NOON, a_person
from tests.functions.calls import CONTEXT, call, forget_adapters

SCRIPT = {"name": "Nightly script", "scopes": ["requests:read", "approvals"], "lives_for": "P30D"}
REFUSED = {"isAuthorized": False}
LATER = timedelta(days=30)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    with mock_aws():
        create_tables()
        forget_adapters()
        monkeypatch.setattr(wiring, "settings", lambda: TEST_SETTINGS)
        monkeypatch.setattr(wiring, "now", clock)
        put(a_person("rita"), a_person("gus"), a_person("ada", roles=(Role.ADMIN,)))
        yield clock
    forget_adapters()


def put(*people: Person) -> None:
    put_people(wiring.directory(), *people)


def make(caller: str = "rita", **changes: Any) -> dict[str, Any]:
    status, made = call(tokens_api, "POST", "/me/tokens", SCRIPT | changes, caller=caller)
    assert status == 201, made
    return made


def sent(text: str) -> dict[str, Any]:
    """What the authorizer says of a call with it."""
    return authorize.handler({"headers": {"authorization": f"Bearer {text}"}}, CONTEXT)


def mine(caller: str = "rita") -> list[dict[str, Any]]:
    return call(tokens_api, "GET", "/me/tokens", caller=caller)[1]["tokens"]


@pytest.mark.req("R114.tokens")
def test_a_token_speaks_for_its_person_as_far_as_its_scopes_and_is_shown_once(
    clock: Clock,
) -> None:
    made = make()
    text = made.pop("token")
    assert sent(text) == {
        "isAuthorized": True,
        "context": {"person_id": "rita", "scopes": "requests:read approvals"},
    }
    (shown,) = mine()
    assert shown == {**made, "used_at": NOON.isoformat()}
    assert mine("gus") == []
    secret = text.split("_", 2)[2]
    assert not any(secret in str(row.attribute_values) for row in DirectoryRow.scan())


def test_a_token_ends_when_it_was_said_to(clock: Clock) -> None:
    text = make()["token"]
    clock.now = NOON + LATER - timedelta(seconds=1)
    assert sent(text) != REFUSED
    clock.now = NOON + LATER
    assert sent(text) == REFUSED


def test_a_revoked_token_is_refused_from_the_next_call_on(clock: Clock) -> None:
    made = make()
    path = f"/me/tokens/{made['id']}"
    assert call(tokens_api, "DELETE", path, caller="gus")[0] == 404
    assert sent(made["token"]) != REFUSED
    assert call(tokens_api, "DELETE", path)[0] == 200
    assert sent(made["token"]) == REFUSED
    events = wiring.requests().events(f"token:{made['id']}")
    assert [(event.kind, event.actor) for event in events] == [
        ("token_made", "rita"),
        ("token_revoked", "rita"),
    ]
    assert first_broken(events) is None


def test_a_token_falls_with_its_person(clock: Clock) -> None:
    text = make()["token"]
    put(a_person("rita", active=False))
    assert sent(text) == REFUSED


def test_a_token_that_was_changed_is_no_token(clock: Clock) -> None:
    text = make()["token"]
    prefix, token_id, _ = text.split("_", 2)
    other = make(name="Other")["token"]
    for wrong in (text[:-1], f"{prefix}_{token_id}_", f"{prefix}_{token_id}_{other[-43:]}"):
        assert sent(wrong) == REFUSED


def test_its_last_use_is_noted_once_an_hour(clock: Clock) -> None:
    text = make()["token"]
    assert "used_at" not in mine()[0]
    for after, noted in (
        (timedelta(0), NOON),
        (NOTE_USE_EVERY - timedelta(seconds=1), NOON),
        (NOTE_USE_EVERY, NOON + NOTE_USE_EVERY),
    ):
        clock.now = NOON + after
        sent(text)
        assert mine()[0]["used_at"] == noted.isoformat()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scopes": ["admin:write"]}, "admin:write: for tokens of admins only"),
        ({"scopes": ["admin:read", "approvals"]}, "admin:read: for tokens of admins only"),
        ({"scopes": ["scim"]}, "scim is for the tokens of identity sources only"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"lives_for": "P366D"}, "365 days"),
        ({"person_id": "ada"}, "person_id"),
        ({"hash": "0"}, "hash"),
    ],
)
def test_what_is_not_ones_own_to_give_is_refused_with_the_reason(
    clock: Clock, changes: dict[str, Any], said: str
) -> None:
    status, problem = call(tokens_api, "POST", "/me/tokens", SCRIPT | changes)
    assert status == 400
    assert said in problem["detail"]
    assert mine() == []


def test_an_admin_lists_everybodys_tokens_page_by_page_and_revokes_any(clock: Clock) -> None:
    made = [make(caller) for caller in ("rita", "gus") for _ in range(PAGE_SIZE // 2)]
    made.append(make("ada", scopes=["admin:read"]))
    _, first = call(tokens_api, "GET", "/tokens", caller="ada")
    more = {"cursor": first["cursor"]}
    _, last = call(tokens_api, "GET", "/tokens", caller="ada", query=more)
    assert (len(first["tokens"]), len(last["tokens"]), last["cursor"]) == (PAGE_SIZE, 1, None)
    listed = {token["id"] for token in (*first["tokens"], *last["tokens"])}
    assert listed == {token["id"] for token in made}
    assert call(tokens_api, "DELETE", f"/tokens/{made[0]['id']}", caller="gus")[0] == 403
    assert call(tokens_api, "DELETE", f"/tokens/{made[0]['id']}", caller="ada")[0] == 200
    assert sent(made[0]["token"]) == REFUSED


PIPELINE = {
    "service": "terraform",
    "name": "Pipeline",
    "scopes": ["admin:read", "admin:write"],
    "lives_for": "P90D",
}


def for_service(caller: str = "ada", **changes: Any) -> tuple[int, dict[str, Any]]:
    return call(tokens_api, "POST", "/tokens", PIPELINE | changes, caller=caller)


@pytest.mark.req("R114.services")
def test_a_service_acts_as_itself_shown_once_listed_revoked_and_outlasts_its_owner(
    clock: Clock,
) -> None:
    status, made = for_service()
    assert (status, made["service"], made["owner_id"]) == (201, "terraform", "ada")
    text = made.pop("token")
    allowed = {
        "isAuthorized": True,
        "context": {
            "person_id": "service-terraform",
            "scopes": "admin:read admin:write",
            "service": "terraform",
        },
    }
    assert sent(text) == allowed
    put(a_person("ada", active=False), a_person("alf", roles=(Role.ADMIN,)))
    assert sent(text) == allowed
    _, listed = call(tokens_api, "GET", "/tokens", caller="alf")
    assert listed["tokens"] == [{**made, "used_at": NOON.isoformat()}]
    secret = text.split("_", 2)[2]
    assert not any(secret in str(row.attribute_values) for row in DirectoryRow.scan())
    assert call(tokens_api, "DELETE", f"/tokens/{made['id']}", caller="alf")[0] == 200
    assert sent(text) == REFUSED
    events = wiring.requests().events(f"token:{made['id']}")
    assert [(e.kind, e.actor, e.details["holder"]) for e in events] == [
        ("token_made", "ada", "service:terraform"),
        ("token_revoked", "alf", "service:terraform"),
    ]


@pytest.mark.req("R114.services")
def test_what_a_service_changes_is_recorded_as_its_own(clock: Clock) -> None:
    status, shown = call(
        users_api,
        "POST",
        "/users/gus/deactivate",
        caller="service-terraform",
        scopes="admin:write",
        more={"service": "terraform"},
    )
    assert status == 200, shown
    *_, event = wiring.requests().events("person:gus")
    assert event.actor == "service-terraform"


@pytest.mark.req("R114.services")
def test_a_service_is_nobody_where_people_are_meant(clock: Clock) -> None:
    status, problem = call(
        requests_api,
        "GET",
        "/me",
        caller="service-terraform",
        scopes="requests:read",
        more={"service": "terraform"},
    )
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-yours")
    assert "this is for people" in problem["detail"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"scopes": ["admin:read", "requests:write"]},
            "requests:write: a service asks",
        ),
        ({"scopes": ["approvals"]}, "approvals: a service asks for nothing and decides nothing"),
        ({"scopes": ["scim"]}, "scim: a service"),
        ({"service": "Terra form"}, "service"),
        ({"owner_id": "gus"}, "gus is no admin: name one"),
        ({"owner_id": "nobody"}, "nobody is gone: name an active admin"),
        ({"lives_for": "P366D"}, "365 days"),
        ({"person_id": "rita"}, "person_id"),
    ],
)
def test_what_no_service_can_be_given_is_refused_with_the_reason(
    clock: Clock, changes: dict[str, Any], said: str
) -> None:
    status, problem = for_service(**changes)
    assert status == 400
    assert said in problem["detail"]
    assert call(tokens_api, "GET", "/tokens", caller="ada")[1]["tokens"] == []


def test_only_admins_make_tokens_of_services(clock: Clock) -> None:
    assert for_service("rita")[0] == 403
