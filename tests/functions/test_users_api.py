"""Admins look after people: whom they invite in full, all others as far as no source says."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from accessflows import wiring
from accessflows.actions.sign_in import Account, SignInRefused, sign_in
from accessflows.model.event import first_broken
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import INVITED, OUTSIDER, Role
from accessflows.user_pool import CognitoPool
from functions import users_api
from tests.doubles.tables import put_people
from tests.factories import NOON, a_person
from tests.functions.calls import call, user_pool

EVE = {"email": "eve@example.com", "name": "Eve Adams"}


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with user_pool(
        monkeypatch,
        a_person("ada", roles=(Role.ADMIN,), source="okta"),
        a_person("rita", source="okta", groups=("engineers",)),
        a_person("finn"),
    ) as pool:
        yield pool


def ask(method: str, path: str, body: Any = None, **sent: Any) -> tuple[int, Any]:
    return call(users_api, method, path, body, **{"caller": "ada", **sent})


def invited(**changes: Any) -> dict[str, Any]:
    status, made = ask("POST", "/users", EVE | changes)
    assert status == 201, made
    return made


def signed_in(pool: str, person_id: str) -> str:
    """Who the directory says has signed in, the first time."""
    account = Account("issuer", f"subject-{person_id}", person_id)
    return sign_in(account, wiring.users(), wiring.verified_email, NOON).id


def test_who_came_by_an_access_link_may_be_invited_and_is_then_somebody_who_signs_in() -> None:
    outsider = a_person("outsider-1", emails=("eve@example.com",), source=OUTSIDER)
    put_people(wiring.users(), outsider.but(roles=(Role.EXTERNAL,)))
    found = wiring.users().person_with_email("eve@example.com") if invited() else None
    assert found
    assert (found.source, found.roles) == (INVITED, (Role.GRANTEE,))


def test_an_address_is_taken_before_the_index_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accessflows.stores.directory.holders", lambda *_: set())
    eve = invited()["id"]
    status, refused = ask("POST", "/users", {**EVE, "email": "Eve@example.com"})
    assert (status, refused["person_id"]) == (409, eve)


@pytest.mark.req("R113.invite", "R116")
def test_whoever_is_invited_is_in_the_directory_and_can_sign_in(pool: str) -> None:
    made = invited(roles=["admin", "grantee"], phone="+4930123456")
    assert made == {
        "id": made["id"],
        "name": "Eve Adams",
        "emails": ["eve@example.com"],
        "active": True,
        "roles": ["admin", "grantee"],
        "phone": "+4930123456",
        "manager": None,
        "groups": [],
        "sources": ["invited"],
        "changeable": ["name", "phone", "roles", "active"],
    }
    assert signed_in(pool, made["id"]) == made["id"]
    (event, _) = wiring.requests().events(f"person:{made['id']}")
    assert (event.kind, event.actor) == ("person_changed", "ada")


def test_a_double_click_invites_once_and_completes_what_died_in_between(pool: str) -> None:
    key = {"idempotency-key": "k"}
    made = ask("POST", "/users", EVE, headers=key)
    cognito = boto3.client("cognito-idp")
    cognito.admin_delete_user(UserPoolId=pool, Username=made[1]["id"])
    assert ask("POST", "/users", EVE, headers=key) == made
    assert signed_in(pool, made[1]["id"]) == made[1]["id"]
    assert ask("POST", "/users", EVE | {"name": "Other"}, headers=key)[0] == 409


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({**EVE, "email": "RITA@example.com"}, 409, "RITA@example.com is the address of rita"),
        ({**EVE, "email": "nobody"}, 400, "email"),
        ({**EVE, "roles": []}, 400, "roles"),
        ({**EVE, "roles": ["root"]}, 400, "roles"),
        ({**EVE, "phone": "030"}, 400, "phone"),
        ({**EVE, "id": "mine"}, 400, "id"),
        ({**EVE, "deactivated": False}, 400, "deactivated"),
    ],
)
def test_what_is_no_invitation_is_refused_with_the_reason(
    body: dict[str, Any], status: int, said: str
) -> None:
    refused = ask("POST", "/users", body)
    assert refused[0] == status
    assert said in refused[1]["detail"]


@pytest.mark.req("R114.people")
def test_of_synced_people_only_roles_and_deactivation_change_and_it_says_so() -> None:
    assert ask("PUT", "/users/rita", {"roles": ["admin"]})[1]["roles"] == ["admin"]
    status, problem = ask("PUT", "/users/rita", {"name": "Rita the Great"})
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:managed-by-source")
    assert "comes from okta" in problem["detail"]
    assert ask("DELETE", "/users/rita")[0] == 409
    assert ask("GET", "/users/rita")[1]["changeable"] == ["roles", "active"]
    status, problem = ask("PUT", "/users/finn", {"roles": ["admin"]})
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:managed-by-files")


@pytest.mark.req("R114.people")
def test_whoever_is_deactivated_stays_so_whatever_sources_say_until_an_admin_lets_them_in(
    pool: str,
) -> None:
    assert ask("POST", "/users/rita/deactivate")[1]["active"] is False
    known = wiring.users().known("rita")
    assert known.record is not None
    assert known.record.deactivated
    assert ask("POST", "/users/rita/activate")[1]["active"] is True
    events = wiring.requests().events("person:rita")
    assert [event.actor for event in events] == ["system", "ada", "ada"]
    assert first_broken(events) is None


@pytest.mark.req("R114.people")
def test_invited_people_are_changed_and_deleted_and_only_their_id_is_left(pool: str) -> None:
    made = invited()
    path = f"/users/{made['id']}"
    changed = ask("PUT", path, {"name": "Eve Brown", "phone": "+4930123456"})[1]
    assert (changed["name"], changed["phone"]) == ("Eve Brown", "+4930123456")
    status, left = ask("DELETE", path)
    assert status == 200
    assert (left["name"], left["emails"], left["active"]) == ("Deleted person", [], False)
    assert ask("GET", "/users", query={"search": "eve"})[1]["users"] == []
    with pytest.raises(boto3.client("cognito-idp").exceptions.UserNotFoundException):
        signed_in(pool, made["id"])
    again = invited()
    assert again["id"] != made["id"]
    assert signed_in(pool, again["id"]) == again["id"]
    with pytest.raises(SignInRefused):
        sign_in(Account("issuer", "other", again["id"]), wiring.users(), lambda _: None, NOON)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/users/ada", {"roles": ["grantee"]}),
        ("POST", "/users/ada/deactivate", None),
    ],
)
def test_the_last_active_admin_stays_one(method: str, path: str, body: Any) -> None:
    status, problem = ask(method, path, body)
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:last-admin")
    invited(roles=["admin"])
    assert ask(method, path, body)[0] == 200


def test_of_two_last_admins_who_demote_each_other_at_once_one_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask("PUT", "/users/rita", {"roles": ["admin"]})
    users, meanwhile = wiring.users(), [True]
    admins = users.admins

    def and_meanwhile_the_other_goes() -> Any:
        seen = admins()
        if meanwhile.pop() if meanwhile else False:
            assert ask("PUT", "/users/ada", {"roles": ["grantee"]}, caller="rita")[0] == 200
        return seen

    monkeypatch.setattr(users, "admins", and_meanwhile_the_other_goes)
    assert ask("PUT", "/users/rita", {"roles": ["grantee"]})[0] == 409
    assert [person.id for person in admins()] == ["rita"]


def test_people_are_found_by_a_word_of_the_name_or_the_address_page_by_page() -> None:
    put_people(
        wiring.users(),
        *(a_person(f"p{n:03d}", name=f"Max Muster{n:03d}") for n in range(PAGE_SIZE + 1)),
    )

    def found(**query: str) -> list[str]:
        ids: list[str] = []
        more: dict[str, str] = {}
        while True:
            _, page = ask("GET", "/users", query={**query, **more})
            ids += [user["id"] for user in page["users"]]
            if page["cursor"] is None:
                return ids
            more = {"cursor": page["cursor"]}

    everybody = {"ada", "rita", "finn", *(f"p{n:03d}" for n in range(PAGE_SIZE + 1))}
    assert sorted(found()) == sorted(everybody)
    assert sorted(found(search="muster")) == sorted(everybody - {"ada", "rita", "finn"})
    assert found(search="MUSTER007") == ["p007"]
    assert found(search="rita@") == ["rita"]
    assert found(search="nobody") == []


def test_groups_are_listed_with_their_source() -> None:
    assert ask("GET", "/groups")[1] == {
        "groups": [{"id": "engineers", "name": "Engineers", "source": "okta"}],
        "cursor": None,
    }


@pytest.mark.req("R113.invite")
def test_an_invitation_is_sent_again_until_it_was_used(pool: str) -> None:
    eve = invited()["id"]
    assert ask("POST", f"/users/{eve}/invite")[0] == 200
    events = wiring.requests().events(f"person:{eve}")
    assert [(event.kind, event.actor) for event in events] == [
        ("person_changed", "ada"),
        ("invited_again", "ada"),
    ]
    assert first_broken(events) is None


def test_who_has_signed_in_is_not_invited_again(pool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto invites anybody; Cognito refuses whoever has chosen a password."""
    eve, sign_ins = invited()["id"], CognitoPool(pool)
    with Stubber(sign_ins._client) as cognito:
        cognito.add_client_error("admin_create_user", "UnsupportedUserStateException")
        monkeypatch.setattr(wiring, "user_pool", lambda: sign_ins)
        status, problem = ask("POST", f"/users/{eve}/invite")
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:already-settled")
    assert "has signed in before" in problem["detail"]


def test_an_invitation_that_got_lost_is_made_again(pool: str) -> None:
    eve = invited()["id"]
    boto3.client("cognito-idp").admin_delete_user(UserPoolId=pool, Username=eve)
    assert ask("POST", f"/users/{eve}/invite")[0] == 200
    assert signed_in(pool, eve) == eve


@pytest.mark.parametrize(
    ("person_id", "status", "said"),
    [
        ("nobody", 404, "there is no person nobody"),
        ("rita", 409, "rita comes from okta and is not invited here"),
        ("finn", 409, "finn comes from configuration and is not invited here"),
    ],
)
def test_only_whom_an_admin_invited_is_invited_again(
    person_id: str, status: int, said: str
) -> None:
    answered, problem = ask("POST", f"/users/{person_id}/invite")
    assert answered == status
    assert said in problem["detail"]


def test_whoever_is_shut_out_is_not_invited_again() -> None:
    eve = invited()["id"]
    ask("POST", f"/users/{eve}/deactivate")
    status, problem = ask("POST", f"/users/{eve}/invite")
    assert status == 409
    assert "activate them first" in problem["detail"]
    assert ask("POST", f"/users/{eve}/invite", caller="rita")[0] == 403
