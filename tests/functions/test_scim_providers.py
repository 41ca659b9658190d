"""What Okta and Entra ID send when they provision, as their public documents show it.

Okta: developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20. Entra ID:
learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups and
application-provisioning-config-problem-scim-compatibility."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from moto import mock_aws

from accessflows.model.event import EventKind, first_broken
from accessflows.model.person import OUTSIDER, HeldAddress, Person, Role
from accessflows.stores.requests import DynamoRequests
from accessflows.stores.sources import DynamoSources
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import a_person, all_of, in_group, is_
from tests.functions.scim_calls import Provider

CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ENTRA_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture
def moto() -> Iterator[None]:
    with mock_aws():
        create_tables()
        yield


@pytest.fixture
def okta(moto: None, monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider("okta")
    provider.wire(monkeypatch)
    return provider


@pytest.fixture
def entra(moto: None, monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider("entra")
    provider.wire(monkeypatch)
    return provider


def okta_user(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "schemas": [f"{CORE}:User"],
        "userName": f"{name}@example.com",
        "name": {"givenName": name.capitalize(), "familyName": "Quest"},
        "emails": [{"primary": True, "value": f"{name}@example.com", "type": "work"}],
        "displayName": f"{name.capitalize()} Quest",
        "locale": "en-US",
        "externalId": f"00u{name}",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
        **changes,
    }


def entra_user(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "schemas": [f"{CORE}:User", ENTERPRISE],
        "externalId": f"{name}-object-id",
        "userName": f"{name}@example.com",
        "active": True,
        "displayName": f"{name.capitalize()} Quest",
        "emails": [{"primary": True, "type": "work", "value": f"{name}@example.com"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": f"{name} quest", "familyName": "quest", "givenName": name},
        "roles": [],
        **changes,
    }


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def person(provider: Provider, person_id: str) -> Person:
    return provider.store.person(person_id)


def ids(people: tuple[Person, ...]) -> list[str]:
    return [person.id for person in people]


@pytest.mark.req("R115.scim", "R115.requester")
def test_okta_looks_up_creates_replaces_and_deactivates_a_user(okta: Provider) -> None:
    wanted = "/Users?filter=userName%20eq%20%22rita%40example.com%22&startIndex=1&count=100"
    assert okta.ok("GET", wanted)["totalResults"] == 0
    made = okta.send("POST", "/Users", okta_user("rita"))
    assert made.status == 201
    rita = made.json["id"]
    assert made.json["meta"]["location"] == f"http://localhost/scim/v2/Users/{rita}"
    assert "password" not in made.json
    (found,) = okta.find(wanted)
    assert (found["id"], found["externalId"]) == (rita, "00urita")
    assert person(okta, rita).emails == ("rita@example.com",)
    assert person(okta, rita).source == "okta"
    changed = okta_user("rita", title="Engineer", id=rita)
    assert okta.ok("PUT", f"/Users/{rita}", changed)["title"] == "Engineer"
    assert ids(okta.store.matching(all_of(is_("title", "engineer")))) == [rita]
    okta.ok("PATCH", f"/Users/{rita}", patch({"op": "replace", "value": {"active": False}}))
    assert not person(okta, rita).active
    okta.ok("PUT", f"/Users/{rita}", okta_user("rita", id=rita, active=True))
    assert person(okta, rita).active
    events = DynamoRequests(TEST_SETTINGS).events(f"person:{rita}")
    assert [event.details["active"] for event in events] == [True, True, False, True]
    assert {event.kind for event in events} == {EventKind.PERSON_CHANGED}
    assert first_broken(events) is None


@pytest.mark.req("R115.scim")
def test_an_okta_application_made_by_its_wizard_changes_everything_by_put(okta: Provider) -> None:
    rita = okta.ok("POST", "/Users", okta_user("rita"))["id"]
    there = okta.ok("GET", f"/Users/{rita}")
    there["name"]["middleName"] = "Excited"
    there["emails"][0]["display"] = "rita@example.com"
    changed = okta.ok("PUT", f"/Users/{rita}", {**there, "groups": []})
    assert (changed["id"], changed["name"]["middleName"]) == (rita, "Excited")
    group = {"schemas": [f"{CORE}:Group"], "displayName": "Engineers", "members": []}
    engineers = okta.ok("POST", "/Groups", group)["id"]
    members = [{"value": rita, "display": "rita@example.com"}]
    whole = {**group, "id": engineers, "displayName": "Builders", "members": members}
    assert okta.ok("PUT", f"/Groups/{engineers}", whole)["displayName"] == "Builders"
    assert ids(okta.store.matching(in_group("builders"))) == [rita]
    okta.ok("PUT", f"/Groups/{engineers}", {**whole, "members": []})
    assert okta.store.matching(in_group("builders")) == ()
    okta.ok("PUT", f"/Users/{rita}", {**changed, "active": False})
    assert not person(okta, rita).active
    assert okta.ok("GET", f"/Users/{rita}")["active"] is False


@pytest.mark.req("R115.scim")
def test_okta_imports_users_and_groups_page_by_page_in_one_order(okta: Provider) -> None:
    made = {name: okta.ok("POST", "/Users", okta_user(name))["id"] for name in ("tom", "ann")}
    listed = okta.ok("GET", "/Users?startIndex=1&count=100")
    assert (listed["totalResults"], listed["startIndex"], listed["itemsPerPage"]) == (2, 1, 2)
    assert [user["id"] for user in listed["Resources"]] == [made["ann"], made["tom"]]
    assert okta.ok("GET", "/Users?startIndex=2&count=1")["Resources"][0]["id"] == made["tom"]
    assert okta.ok("GET", "/Groups?startIndex=1&count=100")["totalResults"] == 0


@pytest.mark.req("R115.scim")
def test_okta_pushes_a_group_with_members_renames_and_empties_it(okta: Provider) -> None:
    rita = okta.ok("POST", "/Users", okta_user("rita"))["id"]
    tom = okta.ok("POST", "/Users", okta_user("tom"))["id"]
    group = {
        "schemas": [f"{CORE}:Group"],
        "displayName": "Engineers",
        "members": [{"value": rita, "display": "rita@example.com"}],
    }
    pushed = okta.ok("POST", "/Groups", group)
    engineers = pushed["id"]
    assert [member["value"] for member in pushed["members"]] == [rita]
    add = {"op": "add", "path": "members", "value": [{"value": tom, "display": "tom@example.com"}]}
    okta.ok("PATCH", f"/Groups/{engineers}", patch(add))
    assert ids(okta.store.matching(in_group("Engineers"))) == sorted([rita, tom])
    rename = {"op": "replace", "value": {"id": engineers, "displayName": "Builders"}}
    okta.ok("PATCH", f"/Groups/{engineers}", patch(rename))
    assert okta.store.matching(in_group("Engineers")) == ()
    assert ids(okta.store.matching(in_group("builders"))) == sorted([rita, tom])
    remove = {"op": "remove", "path": f'members[value eq "{rita}"]'}
    okta.ok("PATCH", f"/Groups/{engineers}", patch(remove))
    assert ids(okta.store.matching(in_group("builders"))) == [tom]
    back = {**add, "value": [{"value": rita, "display": "rita@example.com"}]}
    leaves = {"op": "remove", "path": f'members[value eq "{tom}"]'}
    okta.ok("PATCH", f"/Groups/{engineers}", patch(leaves, back))
    assert ids(okta.store.matching(in_group("builders"))) == [rita]
    both = [{"value": person_id} for person_id in (rita, tom)]
    whole = {"op": "replace", "path": "members", "value": both}
    okta.ok("PATCH", f"/Groups/{engineers}", patch(whole))
    assert ids(okta.store.matching(in_group("builders"))) == sorted([rita, tom])
    assert okta.send("DELETE", f"/Groups/{engineers}").status == 204
    assert okta.store.matching(in_group("builders")) == ()
    assert person(okta, rita).groups == ()
    assert list(okta.store.unsettled()) == []


@pytest.mark.req("R115.scim")
def test_entra_tests_the_connection_with_a_user_that_is_not_there(entra: Provider) -> None:
    answer = entra.ok("GET", "/Users?filter=userName+eq+%22non-existing%40example.com%22")
    assert (answer["totalResults"], answer.get("Resources", [])) == (0, [])
    assert answer["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]


@pytest.mark.req("R115.scim", "R115.requester")
def test_entra_patches_in_its_own_dialect(entra: Provider) -> None:
    boss = entra.ok("POST", "/Users", entra_user("boss"))["id"]
    rita = entra.ok("POST", "/Users", entra_user("rita"))["id"]
    entra.ok(
        "PATCH",
        f"/Users/{rita}",
        patch(
            {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "r@example.com"},
            {"op": "Add", "path": 'addresses[type eq "work"].locality', "value": "Lisbon"},
            {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Finance"},
            {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": boss},
            {"op": "Replace", "path": "name.familyName", "value": "Ferry"},
        ),
    )
    shown = person(entra, rita)
    assert shown.emails[0] == "r@example.com"
    assert (shown.manager, shown.manager_emails) == (boss, ("boss@example.com",))
    assert shown.attributes["department"] == ("Finance",)
    assert shown.attributes["city"] == ("Lisbon",)
    assert ids(entra.store.matching(all_of(is_("manager", "boss@example.com")))) == [rita]
    entra.ok(
        "PATCH", f"/Users/{rita}", patch({"op": "Replace", "path": "active", "value": "False"})
    )
    assert not person(entra, rita).active
    entra.ok("PATCH", f"/Users/{rita}", patch({"op": "Replace", "value": {"active": "True"}}))
    assert person(entra, rita).active


@pytest.mark.req("R115.scim")
def test_entra_finds_users_by_what_it_matches_by_without_reading_all(
    entra: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = entra_user("rita", userName="Test_User_1", externalId="rita")
    rita = entra.ok("POST", "/Users", made)["id"]
    monkeypatch.setattr(DynamoSources, "every", lambda *_: pytest.fail("read everybody"))
    for matched in (
        'userName eq "Test_User_1"',
        'emails[type eq "work"].value eq "rita@example.com"',
        'externalId eq "rita"',
        "externalId eq rita",
    ):
        found = entra.find(f"/Users?filter={quote(matched)}")
        assert [user["id"] for user in found] == [rita], matched
    other = quote('emails[type eq "other"].value eq "rita@example.com"')
    assert list(entra.find(f"/Users?filter={other}")) == []


@pytest.mark.req("R115.scim")
def test_entra_asks_whether_somebody_is_the_manager_and_then_names_them(entra: Provider) -> None:
    boss = entra.ok("POST", "/Users", entra_user("boss"))["id"]
    rita = entra.ok("POST", "/Users", entra_user("rita"))["id"]
    asked = quote(f'id eq "{rita}" and manager eq "{boss}"')
    assert list(entra.find(f"/Users?filter={asked}&attributes=id")) == []
    named = [{"$ref": f"https://example.com/scim/Users/{boss}", "value": boss}]
    entra.ok("PATCH", f"/Users/{rita}", patch({"op": "Add", "path": "manager", "value": named}))
    assert person(entra, rita).manager == boss
    (found,) = entra.find(f"/Users?filter={asked}&attributes=id")
    assert found["id"] == rita
    other = entra.ok("POST", "/Users", entra_user("other"))["id"]
    bare = {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": other}
    entra.ok("PATCH", f"/Users/{rita}", patch(bare))
    manager = entra.ok("GET", f"/Users/{rita}")[ENTERPRISE]["manager"]
    assert (manager["value"], manager["$ref"].rpartition("/")[2]) == (other, other)
    left_out: tuple[str | list[str], ...] = ("", [])
    for nobody in left_out:
        gone: dict[str, Any] = {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": nobody}
        entra.ok("PATCH", f"/Users/{rita}", patch(gone))
        assert person(entra, rita).manager is None


@pytest.mark.req("R115.scim")
def test_entra_makes_a_user_with_nulls_and_a_schema_of_its_own_spelling(entra: Provider) -> None:
    nulls = dict.fromkeys(("addresses", "phoneNumbers", "title", "department", "manager"))
    spelled = [f"{CORE}:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"]
    rita = entra.ok("POST", "/Users", entra_user("rita", schemas=spelled, **nulls))["id"]
    assert person(entra, rita).emails == ("rita@example.com",)


@pytest.mark.req("R115.scim")
def test_entra_patches_by_the_standard_where_its_flag_says_so(entra: Provider) -> None:
    rita = entra.ok("POST", "/Users", entra_user("rita"))["id"]
    several = {
        "displayName": "Rita Ferry",
        "name.givenName": "Margarita",
        "name.familyName": "Ferry",
        f"{ENTERPRISE}:employeeNumber": "E-7",
    }
    entra.ok(
        "PATCH",
        f"/Users/{rita}",
        patch(
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "r@example.com"},
            {"op": "replace", "value": several},
            {"op": "add", "path": "nickName", "value": "Babs"},
        ),
    )
    shown = person(entra, rita)
    assert (shown.name, shown.emails[0]) == ("Rita Ferry", "r@example.com")
    assert shown.attributes["employee_number"] == ("E-7",)
    assert shown.attributes["nick_name"] == ("Babs",)
    name = entra.ok("GET", f"/Users/{rita}")["name"]
    assert (name["givenName"], name["familyName"]) == ("Margarita", "Ferry")
    gone = {"op": "replace", "path": "active", "value": False}
    entra.ok("PATCH", f"/Users/{rita}", patch(gone))
    assert not person(entra, rita).active


@pytest.mark.req("R115.scim")
def test_entra_adds_and_removes_members_by_a_list_of_values(entra: Provider) -> None:
    people = [entra.ok("POST", "/Users", entra_user(name))["id"] for name in ("ann", "bob", "cat")]
    made = entra.ok(
        "POST",
        "/Groups",
        {
            "schemas": [f"{CORE}:Group", ENTRA_GROUP],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "Finance",
            "meta": {"resourceType": "Group"},
        },
    )
    group = f"/Groups/{made['id']}"
    values = [{"$ref": None, "value": person_id} for person_id in people]
    entra.ok("PATCH", group, patch({"op": "Add", "path": "members", "value": values}))
    assert ids(entra.store.matching(in_group("finance"))) == sorted(people)
    entra.ok("PATCH", group, patch({"op": "Remove", "path": "members", "value": values[:1]}))
    assert ids(entra.store.matching(in_group("finance"))) == sorted(people[1:])
    left = {"op": "remove", "path": f'members[value eq "{people[1]}"]'}
    entra.ok("PATCH", group, patch(left))
    assert ids(entra.store.matching(in_group("finance"))) == people[2:]
    entra.ok("PATCH", group, patch({"op": "Add", "path": "members", "value": values[1:2]}))
    asked = quote(f'id eq "{made["id"]}" and members eq "{people[1]}"')
    (held,) = entra.find(f"/Groups?excludedAttributes=members&filter={asked}")
    assert held["id"] == made["id"]
    without = entra.ok("GET", f"{group}?excludedAttributes=members")
    assert "members" not in without
    found = entra.find("/Groups?excludedAttributes=members&filter=displayName+eq+%22Finance%22")
    assert [each["id"] for each in found] == [made["id"]]
    entra.ok("PATCH", group, patch({"op": "Replace", "path": "displayName", "value": "Money"}))
    assert ids(entra.store.matching(in_group("money"))) == sorted(people[1:])


@pytest.mark.req("R115.scim")
def test_a_person_of_the_files_is_joined_by_the_address_and_leaves_with_the_provider(
    okta: Provider,
) -> None:
    put_people(okta.store, a_person("rita", groups=("engineers",)))
    made = okta.ok("POST", "/Users", okta_user("rita"))
    assert made["id"] == "rita"
    rita = person(okta, "rita")
    assert (rita.source, sorted(rita.by_source)) == ("configuration", ["configuration", "okta"])
    assert [group.id for group in rita.groups] == ["engineers"]
    assert okta.send("DELETE", "/Users/rita").status == 204
    assert not person(okta, "rita").active
    assert okta.send("GET", "/Users/rita").status == 404
    assert okta.ok("POST", "/Users", okta_user("rita"))["id"] == "rita"
    assert person(okta, "rita").active


def test_an_address_that_people_may_edit_joins_nobody(okta: Provider) -> None:
    put_people(okta.store, a_person("ada"))
    mine = okta_user("eve")
    mine["emails"].append({"value": "ada@example.com", "type": "home"})
    refused = okta.send("POST", "/Users", mine)
    assert (refused.status, refused.json["scimType"]) == (409, "uniqueness")
    assert "ada@example.com is the address of ada" in refused.json["detail"]
    assert list(person(okta, "ada").by_source) == ["configuration"]


def test_of_users_made_at_once_with_one_address_one_is_refused(
    okta: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = {"value": "shared@example.com", "type": "other"}
    rivals = [okta_user("rita", emails=[shared])]
    looked_up = DynamoSources.address

    def overtaken(store: DynamoSources, email: str) -> HeldAddress:
        found = looked_up(store, email)
        while rivals:
            okta.ok("POST", "/Users", rivals.pop())
        return found

    monkeypatch.setattr(DynamoSources, "address", overtaken)
    refused = okta.send("POST", "/Users", okta_user("tom", emails=[shared]))
    assert (refused.status, refused.json["scimType"]) == (409, "uniqueness")
    (rita,) = okta.find("/Users")
    assert rita["userName"] == "rita@example.com"


def test_an_address_is_taken_before_the_index_knows(
    okta: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accessflows.stores.directory.holders", lambda *_: set())
    shared = {"value": "Shared@example.com", "type": "other"}
    rita = okta.ok("POST", "/Users", okta_user("rita", emails=[shared]))["id"]
    lower = {**shared, "value": "shared@example.com"}
    assert okta.send("POST", "/Users", okta_user("tom", emails=[lower])).status == 409
    # Whoever gives it up leaves it to others.
    okta.ok("PUT", f"/Users/{rita}", okta_user("rita"))
    assert okta.send("POST", "/Users", okta_user("tom", emails=[lower])).status == 201
    assert okta.send("PUT", f"/Users/{rita}", okta_user("rita", emails=[lower])).status == 409


def test_whom_a_source_brings_is_not_the_outsider_of_their_address(okta: Provider) -> None:
    outsider = a_person("outsider-1", emails=("rita@example.com",), source=OUTSIDER)
    put_people(okta.store, outsider.but(roles=(Role.EXTERNAL,)))
    made = okta.ok("POST", "/Users", okta_user("rita"))["id"]
    assert person(okta, made).roles == (Role.GRANTEE,)
    found = okta.store.person_with_email("rita@example.com")
    assert found
    assert found.id == made


def test_a_user_name_is_one_users_in_whatever_letter_case(okta: Provider) -> None:
    okta.ok("POST", "/Users", okta_user("rita"))
    again = okta.send("POST", "/Users", okta_user("rita", userName="RITA@example.com"))
    assert (again.status, again.json["scimType"]) == (409, "uniqueness")


def test_a_change_to_a_version_that_counts_no_more_is_refused(okta: Provider) -> None:
    made = okta.send("POST", "/Users", okta_user("rita"))
    rita = f"/Users/{made.json['id']}"
    okta.ok("PATCH", rita, patch({"op": "replace", "path": "title", "value": "Lead"}))
    change = patch({"op": "replace", "path": "title", "value": "Head"})
    assert okta.send("PATCH", rita, change, if_match=made.headers["etag"]).status == 412
    assert okta.send("GET", rita, if_none_match='W/"2"').status == 304


def test_users_are_listed_in_pages_and_found_by_any_filter(okta: Provider) -> None:
    for name in ("ann", "bob", "cat"):
        okta.ok("POST", "/Users", okta_user(name, title=f"Title of {name}"))
    page = okta.ok("GET", "/Users?startIndex=2&count=1")
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 2, 1)
    assert [user["userName"] for user in page["Resources"]] == ["bob@example.com"]
    found = okta.find("/Users?filter=title+co+%22of+c%22")
    assert [user["userName"] for user in found] == ["cat@example.com"]
    by_mail = okta.find("/Users?filter=emails.value+eq+%22ann%40example.com%22")
    assert [user["userName"] for user in by_mail] == ["ann@example.com"]
    by_id = okta.find("/Users?filter=externalId+eq+%2200ubob%22+and+active+eq+true")
    assert [user["userName"] for user in by_id] == ["bob@example.com"]


def test_only_a_token_that_counts_reaches_its_own_source_and_no_other(okta: Provider) -> None:
    rita = okta.ok("POST", "/Users", okta_user("rita"))["id"]
    other = okta.new_token("entra")
    assert okta.send("GET", f"/Users/{rita}", token=other).status == 404
    short = okta.new_token("okta", lives_for=timedelta(seconds=2))
    assert okta.send("GET", f"/Users/{rita}", token=short).status == 200
    okta.now += timedelta(seconds=5)
    for wrong in (short, okta.token + "x", "af_x_y", "x"):
        refused = okta.send("GET", f"/Users/{rita}", token=wrong)
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert refused.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_a_member_who_is_no_user_of_the_source_is_refused_by_name(okta: Provider) -> None:
    group = {"schemas": [f"{CORE}:Group"], "displayName": "X", "members": [{"value": "nobody"}]}
    refused = okta.send("POST", "/Groups", group)
    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert "member 'nobody' is no user of this source" in refused.json["detail"]
