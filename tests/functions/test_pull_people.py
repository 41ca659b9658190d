"""People and groups of IAM Identity Center: the directory follows, but never a bad listing."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.directory.identity_center import IdentityCenter
from accessflows.model.person import Person
from accessflows.stores.sources import DynamoSources
from functions import pull_people
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import a_person, in_group
from tests.functions.calls import CONTEXT

STORE = "d-1234567890"


class Center:
    """An identity store in moto."""

    def __init__(self) -> None:
        self.client = boto3.client("identitystore")
        self.ids: dict[str, str] = {}

    def hire(self, *names: str) -> None:
        for name in names:
            made = self.client.create_user(
                IdentityStoreId=STORE,
                UserName=f"{name}@example.com",
                DisplayName=name.capitalize(),
                Name={"GivenName": name, "FamilyName": "Quest"},
                Emails=[{"Value": f"{name}@example.com", "Type": "work", "Primary": True}],
                Title="Engineer",
            )
            self.ids[name] = made["UserId"]

    def fire(self, *names: str) -> None:
        for name in names:
            user = self.ids.pop(name)
            pages = self.client.get_paginator("list_group_memberships_for_member").paginate(
                IdentityStoreId=STORE, MemberId={"UserId": user}
            )
            for page in pages:
                for place in page["GroupMemberships"]:
                    self.client.delete_group_membership(
                        IdentityStoreId=STORE, MembershipId=place["MembershipId"]
                    )
            self.client.delete_user(IdentityStoreId=STORE, UserId=user)

    def group(self, name: str, *members: str) -> None:
        made = self.client.create_group(IdentityStoreId=STORE, DisplayName=name)["GroupId"]
        for member in members:
            self.client.create_group_membership(
                IdentityStoreId=STORE, GroupId=made, MemberId={"UserId": self.ids[member]}
            )


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoSources]:
    with mock_aws():
        create_tables()
        ids = iter(f"01PERSON{n:018d}" for n in range(1_000))
        store = DynamoSources(TEST_SETTINGS)
        listing = IdentityCenter(boto3.client("identitystore"), STORE)
        monkeypatch.setattr(wiring, "sources", lambda: store)
        monkeypatch.setattr(wiring, "listings", lambda: {"center": listing})
        monkeypatch.setattr(wiring, "new_id", lambda: next(ids))
        yield store


def pull(**event: Any) -> dict[str, int]:
    return pull_people.handler(event, CONTEXT)["center"]


def named(store: DynamoSources, *names: str) -> list[Person]:
    found = [store.person_with_email(f"{name}@example.com") for name in names]
    return [person for person in found if person]


@pytest.mark.req("R115.identity_center", "R115.requester")
def test_people_and_groups_are_followed_and_a_second_run_changes_nothing(
    store: DynamoSources,
) -> None:
    put_people(store, a_person("rita"))
    center = Center()
    center.hire("rita", "tom")
    center.group("Engineers", "rita", "tom")
    assert pull() == {"written": 3, "removed": 0, "held_back": 0}
    rita, tom = named(store, "rita", "tom")
    assert (rita.id, sorted(rita.by_source)) == ("rita", ["center", "configuration"])
    assert (tom.name, tom.attributes["title"]) == ("Tom", ("Engineer",))
    # By it, integrations assign accounts and groups there.
    assert all(person.attributes["identity_center_id"] for person in (rita, tom))
    assert {person.id for person in store.matching(in_group("engineers"))} == {"rita", tom.id}
    assert pull() == {"written": 0, "removed": 0, "held_back": 0}
    center.fire("rita", "tom")
    assert pull()["removed"] == 2
    assert named(store, "rita", "tom") == []
    assert not store.person("rita").active


@pytest.mark.req("R115.identity_center")
def test_f22_a_listing_that_lost_much_removes_nobody_until_an_admin_says_how_many(
    store: DynamoSources,
) -> None:
    center = Center()
    names = [f"p{n}" for n in range(12)]
    center.hire(*names)
    center.group("Everybody", *names)
    pull()
    center.fire(*names[:11])
    with pytest.raises(pull_people.HeldBack, match="22"):
        pull()
    assert len(named(store, *names)) == 12
    assert len(store.matching(in_group("everybody"))) == 12
    with pytest.raises(pull_people.HeldBack):
        pull(source="other", may_remove=11)
    assert pull(source="center", may_remove=11)["removed"] == 11
    assert len(named(store, *names)) == 1
    assert len(store.matching(in_group("everybody"))) == 1


def test_f22_ten_may_go_as_usual(store: DynamoSources) -> None:
    center = Center()
    names = [f"p{n}" for n in range(11)]
    center.hire(*names)
    pull()
    center.fire(*names[:10])
    assert pull() == {"written": 0, "removed": 10, "held_back": 0}
