"""Memberships in groups of an identity store, as moto keeps them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from accessflows.connectors.directory_group import DirectoryGroup
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from tests.factories import a_person
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import END, ConformanceWithPrincipals, Target

STORE = "d-1234567890"
GROUP_ID = "9067f4e2b1-11111111-2222-3333-4444-555555555555"


class Store(NamedTuple):
    """An identity store with one group and one user in it."""

    client: Any
    group: str
    user: str

    @property
    def identitystore(self) -> Any:
        return self.client

    @property
    def integration(self) -> Integration:
        return Integration(
            id="groups",
            name="Groups",
            kind=Kind.DIRECTORY_GROUP,
            settings={
                "provider": "identity_center",
                "identity_store_id": STORE,
                "groups": {"on-call": self.group},
            },
            principal=PrincipalMapping(attribute="identity_center_id"),
        )

    @property
    def connector(self) -> DirectoryGroup:
        clients: Any = self
        return DirectoryGroup(clients=lambda _region: clients)

    def grant(self, **changes: Any) -> Batch:
        what = Entitlement(
            integration="groups", resource_type="group", resource="on-call", permission="member"
        )
        given = {
            "integration": "groups",
            "family": Kind.DIRECTORY_GROUP,
            "principal": self.user,
            **changes,
        }
        return a_batch(what, **given)


@pytest.fixture
def store() -> Iterator[Store]:
    with mock_aws():
        client = boto3.client("identitystore", region_name="eu-central-1")
        group = client.create_group(IdentityStoreId=STORE, DisplayName="On call")["GroupId"]
        user = client.create_user(
            IdentityStoreId=STORE,
            UserName="rita",
            DisplayName="Rita",
            Name={"GivenName": "Rita", "FamilyName": "R"},
        )["UserId"]
        yield Store(client, group, user)


@pytest.mark.req("R39.directory_group")
class TestDirectoryGroup(ConformanceWithPrincipals):
    @pytest.fixture
    def target(self, store: Store) -> Target:
        return Target(
            connector=store.connector,
            integration=store.integration,
            person=a_person(attributes={"identity_center_id": (store.user,)}),
            batch=store.grant(),
            other=store.grant(number=2),
            remove_principal=lambda: store.client.delete_user(
                IdentityStoreId=STORE, UserId=store.user
            ),
            has_quota=False,
            tells_end=False,
            least_settings={"identity_store_id": STORE, "groups": {"on-call": store.group}},
        )


@pytest.mark.req("R39.directory_group")
def test_groups_are_listed_by_the_names_of_the_settings(store: Store) -> None:
    (found,) = store.connector.discover(store.integration)
    assert (found.resource_type, found.name, found.path, found.permissions) == (
        "group",
        "on-call",
        "On call",
        ("member",),
    )


def test_one_membership_is_made_however_often_it_is_granted(store: Store) -> None:
    for _ in range(3):
        store.connector.grant(store.integration, store.grant(), END)
    made = store.client.list_group_memberships(IdentityStoreId=STORE, GroupId=store.group)
    assert len(made["GroupMemberships"]) == 1


def test_a_group_that_is_gone_refuses_a_grant_and_holds_nobody(store: Store) -> None:
    store.client.delete_group(IdentityStoreId=STORE, GroupId=store.group)
    with pytest.raises(TargetRefused, match=store.user):
        store.connector.grant(store.integration, store.grant(), END)
    assert not store.connector.observe(store.integration, store.grant()).holds


def test_a_group_that_the_settings_do_not_name_any_more_is_not_given(store: Store) -> None:
    settings = {**store.integration.settings, "groups": {"other": GROUP_ID}}
    less = store.integration.but(settings=settings)
    with pytest.raises(TargetRefused, match="does not name the group 'on-call'"):
        store.connector.grant(less, store.grant(), END)
    with pytest.raises(LookupError, match="put it back"):
        store.connector.revoke(less, store.grant())


@pytest.mark.req("R39.directory_group")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"provider": "google"}, "provider is 'google': only identity_center is served"),
        ({"store": STORE}, "unknown setting 'store'"),
        ({"identity_store_id": None}, "identity_store_id is missing"),
        ({"region": "Frankfurt"}, "write one such as eu-central-1"),
        ({"groups": {}}, "groups is missing"),
        ({"groups": {"on-call": "On call"}}, "write the id of the group"),
        ({"groups": {"on-call": GROUP_ID, "duty": GROUP_ID}}, "has two names"),
    ],
)
def test_what_is_wrong_with_settings_is_said(
    store: Store, changes: dict[str, Any], said: str
) -> None:
    assert store.connector.validate(store.integration) == []
    wrong = store.integration.but(settings={**store.integration.settings, **changes})
    problems = store.connector.validate(wrong)
    assert [problem for problem in problems if said in problem], problems


def test_the_api_reaches_no_further_than_the_files(store: Store) -> None:
    settings = {**store.integration.settings, "groups": {"other": GROUP_ID}}
    (said,) = store.connector.undeployed(
        store.integration.but(settings=settings), [store.integration]
    )
    assert "'other' is beyond what this deployment may change" in said
