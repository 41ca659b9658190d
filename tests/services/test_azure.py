"""Azure, as a local HTTP server speaks its documented API."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accessflows.connectors.access_tokens import AccessTokens, SignInFailed
from accessflows.connectors.azure import Azure, Changed, NotAlone
from accessflows.connectors.azure_api import AzureFailed
from accessflows.connectors.azure_auth import AzureSignIn
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import NoPrincipal, TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from tests.doubles.azure import CREDENTIALS, AzureCloud, error
from tests.doubles.json_server import serving
from tests.doubles.secrets import holding
from tests.factories import a_person
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import END, ConformanceWithPrincipals, Target

SECRET = "accessflows/azure"
SUBSCRIPTION = "5a000000-0000-0000-0000-00000000005a"
GROUP = f"{SUBSCRIPTION}/shop (prod)"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop (prod)"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OPERATOR = "b1000000-0000-0000-0000-00000000000b"
RITA = "0f000000-0000-0000-0000-0000000000aa"
PERSON = a_person(attributes={"entra_id": (RITA.upper(),)})


@pytest.fixture
def cloud() -> AzureCloud:
    cloud = AzureCloud()
    cloud.people = {RITA}
    cloud.add(SUBSCRIPTION, "shop (prod)", "shop-test", "ops")
    return cloud


@pytest.fixture
def address(cloud: AzureCloud) -> Iterator[str]:
    with serving(cloud.answer) as address:
        cloud.address = address
        yield address


@pytest.fixture
def connector(address: str) -> Azure:
    return a_connector(address)


def a_connector(address: str, seconds: Iterator[float] | None = None, **changed: Any) -> Azure:
    """seconds: that the clock of tokens shows."""
    sign_in = AzureSignIn(holding({SECRET: {**CREDENTIALS, **changed}}), base_url=address)
    clock = (lambda: next(seconds)) if seconds else (lambda: 0.0)
    return Azure(tokens=AccessTokens(sign_in, clock), base_url=address)


def an_integration(**settings: Any) -> Integration:
    permissions = {"read": READER, "operate": OPERATOR}
    given = {"secret": SECRET, "subscriptions": [SUBSCRIPTION], "permissions": permissions}
    return Integration(
        id="payments",
        name="Payments cloud",
        kind=Kind.AZURE,
        settings={**given, **settings},
        principal=PrincipalMapping(attribute="entra_id"),
    )


CLOUD = an_integration()


def a_grant(resource: str = GROUP, permission: str = "read", **more: Any) -> Batch:
    entitlement = Entitlement(
        integration="payments",
        resource_type="resource_group" if "/" in resource else "subscription",
        resource=resource,
        permission=permission,
    )
    given = {"integration": "payments", "family": Kind.AZURE, "principal": RITA}
    return a_batch(entitlement, **{**given, **more})


def assigned(cloud: AzureCloud) -> list[dict[str, Any]]:
    return [one["properties"] for one in cloud.assignments.values()]


@pytest.mark.req("R39.azure")
class TestAzure(ConformanceWithPrincipals):
    @pytest.fixture
    def target(self, cloud: AzureCloud, connector: Azure) -> Target:
        return Target(
            connector=connector,
            integration=CLOUD,
            person=PERSON,
            batch=a_grant(),
            other=a_grant(number=2),
            remove_principal=cloud.people.clear,
            has_quota=False,
            least_settings={"secret": SECRET},
        )


@pytest.mark.req("R39.azure")
@pytest.mark.parametrize(
    ("resource", "scope"),
    [(GROUP, SCOPE), (SUBSCRIPTION, f"/subscriptions/{SUBSCRIPTION}")],
)
def test_a_grant_is_one_assignment_that_tells_until_when(
    cloud: AzureCloud, connector: Azure, resource: str, scope: str
) -> None:
    connector.grant(CLOUD, a_grant(resource), END)
    definition = (
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    )
    expected = {
        "roleDefinitionId": definition,
        "principalId": RITA,
        "description": "Access Flows until 2026-03-02T13:00:00Z",
        "scope": scope,
    }
    assert assigned(cloud) == [expected]
    connector.grant(CLOUD, a_grant(resource, number=2), END + timedelta(hours=1))
    assert assigned(cloud) == [
        {**expected, "description": "Access Flows until 2026-03-02T14:00:00Z"}
    ]


@pytest.mark.req("R39.azure")
def test_assignments_above_and_below_and_of_others_are_not_the_grants(
    cloud: AzureCloud, connector: Azure
) -> None:
    definition = f"/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    reads = {"roleDefinitionId": definition, "principalId": RITA}
    other = {"roleDefinitionId": definition.replace(READER, OPERATOR), "principalId": RITA}
    cloud.put(f"/subscriptions/{SUBSCRIPTION}", "a1", reads)
    cloud.put(f"{SCOPE}/providers/Microsoft.Storage/storageAccounts/x", "a2", reads)
    cloud.put(SCOPE, "a3", other)
    cloud.put(SCOPE, "a4", {**reads, "principalId": "somebody-else"})
    before = dict(cloud.assignments)
    assert not connector.observe(CLOUD, a_grant()).holds
    connector.grant(CLOUD, a_grant(), END)
    assert connector.observe(CLOUD, a_grant()).holds
    connector.revoke(CLOUD, a_grant())
    assert cloud.assignments == before


@pytest.mark.req("R39.azure")
def test_an_assignment_that_somebody_else_made_is_seen_and_left_alone(
    cloud: AzureCloud, connector: Azure
) -> None:
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{READER.upper()}"
    cloud.put(SCOPE.lower(), "standing", {"roleDefinitionId": definition, "principalId": RITA})
    before = dict(cloud.assignments)
    observed = connector.observe(CLOUD, a_grant())
    assert (observed.holds, observed.until) == (True, None)
    assert observed.evidence["assignments"] == [
        {"name": "standing", "role": READER, "ours": False, "until": None}
    ]
    connector.revoke(CLOUD, a_grant())
    assert cloud.assignments == before


def test_f05_a_second_integration_does_not_lean_on_what_the_first_one_takes_away(
    connector: Azure,
) -> None:
    connector.grant(CLOUD, a_grant(), END)
    second = a_grant(integration="other")
    second = second.but(entitlements=(second.entitlements[0].but(integration="other"),))
    with pytest.raises(NotAlone, match="name a subscription in one"):
        connector.observe(CLOUD.but(id="other"), second)
    connector.revoke(CLOUD, a_grant())
    assert not connector.observe(CLOUD.but(id="other"), second).holds


def test_f02_an_assignment_that_appeared_meanwhile_is_no_grant_of_ours(
    cloud: AzureCloud, connector: Azure
) -> None:
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    cloud.put(SCOPE, "standing", {"roleDefinitionId": definition, "principalId": RITA})
    with pytest.raises(AzureFailed, match="HTTP 409 RoleAssignmentExists"):
        connector.grant(CLOUD, a_grant(), END)


@pytest.mark.req("R39.azure")
def test_subscriptions_and_resource_groups_are_listed_page_by_page(connector: Azure) -> None:
    found = list(connector.discover(CLOUD))
    assert [(resource.resource_type, resource.name) for resource in found] == [
        ("subscription", SUBSCRIPTION),
        ("resource_group", GROUP),
        ("resource_group", f"{SUBSCRIPTION}/shop-test"),
        ("resource_group", f"{SUBSCRIPTION}/ops"),
    ]
    assert (found[0].path, found[0].tags) == (
        f"/subscriptions/{SUBSCRIPTION}",
        {"team": "payments"},
    )
    assert found[1].path == SCOPE
    assert found[1].permissions == ("read", "operate")


def test_no_token_is_sent_where_a_next_page_points_elsewhere(
    cloud: AzureCloud, connector: Azure
) -> None:
    cloud.address = f"{cloud.address}.evil.example"
    with pytest.raises(AzureFailed, match="somewhere else"):
        list(connector.discover(CLOUD))


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (a_grant(permission="own"), "does not offer own on resource_group"),
        (a_grant("5b000000-0000-0000-0000-00000000005b"), "does not offer read on subscription"),
        (a_grant(f"{SUBSCRIPTION}/gone"), "ResourceGroupNotFound"),
        (a_grant(principal=OPERATOR), f"Principal {OPERATOR} does not exist"),
    ],
)
def test_what_cannot_be_granted_is_refused_for_certain(
    cloud: AzureCloud, connector: Azure, batch: Batch, words: str
) -> None:
    with pytest.raises(TargetRefused, match=words):
        connector.grant(CLOUD, batch, END)
    assert cloud.assignments == {}


def test_what_was_assigned_at_a_resource_group_went_with_it(
    cloud: AzureCloud, connector: Azure
) -> None:
    connector.grant(CLOUD, a_grant(), END)
    cloud.groups[SUBSCRIPTION] = []
    connector.revoke(CLOUD, a_grant())
    assert not connector.observe(CLOUD, a_grant()).holds


def test_a_subscription_that_is_hidden_from_us_proves_no_absence(
    cloud: AzureCloud, connector: Azure
) -> None:
    connector.grant(CLOUD, a_grant(), END)
    cloud.subscriptions.clear()
    for call in (connector.observe, connector.revoke):
        with pytest.raises(AzureFailed, match="SubscriptionNotFound"):
            call(CLOUD, a_grant())


@pytest.mark.parametrize(
    "reply",
    [
        error(429, "TooManyRequests", "slow down"),
        error(500, "InternalServerError", "oops"),
        error(409, "ScopeLocked", "the scope is locked"),
        (403, None),
        (404, {"error": "a proxy's"}),
        (200, []),
    ],
    ids=str,
)
def test_f02_an_error_leaves_the_outcome_unknown_and_proves_no_absence(
    cloud: AzureCloud, connector: Azure, reply: Any
) -> None:
    connector.observe(CLOUD, a_grant())
    for call in (
        lambda: connector.grant(CLOUD, a_grant(), END),
        lambda: connector.observe(CLOUD, a_grant()),
        lambda: connector.revoke(CLOUD, a_grant()),
    ):
        cloud.failing = [reply]
        with pytest.raises(AzureFailed):
            call()


def test_a_role_that_the_settings_gave_another_meaning_is_not_the_grants_and_is_revoked(
    cloud: AzureCloud, connector: Azure
) -> None:
    connector.grant(CLOUD, a_grant(), END)
    changed = an_integration(permissions={"read": OPERATOR})
    with pytest.raises(TargetRefused, match="RoleAssignmentUpdateNotPermitted"):
        connector.grant(changed, a_grant(), END)
    with pytest.raises(Changed):
        connector.observe(changed, a_grant())
    connector.revoke(changed, a_grant())
    assert cloud.assignments == {}


def test_a_token_is_used_until_a_minute_before_it_ends(cloud: AzureCloud, address: str) -> None:
    connector = a_connector(address, iter([0.0, 3_538.9, 3_539.0]))
    for bought in (1, 1, 2):
        connector.observe(CLOUD, a_grant())
        assert len(cloud.tokens) == bought


def test_a_token_that_is_not_taken_any_more_is_replaced_at_the_next_try(
    cloud: AzureCloud, connector: Azure
) -> None:
    connector.observe(CLOUD, a_grant())
    cloud.tokens = ["another"]
    with pytest.raises(AzureFailed, match="HTTP 401"):
        connector.observe(CLOUD, a_grant())
    assert not connector.observe(CLOUD, a_grant()).holds


def test_credentials_that_are_not_taken_are_named_and_stay_secret(address: str) -> None:
    connector = a_connector(address, client_secret="an old one")
    with pytest.raises(SignInFailed, match=f"{SECRET}' holds .HTTP 401") as failed:
        connector.observe(CLOUD, a_grant())
    assert "an old one" not in str(failed.value)


def test_people_are_known_by_their_object_id() -> None:
    assert Azure().principal(CLOUD, PERSON) == RITA
    by_address = a_person(attributes={"entra_id": ("rita@example.com",)})
    with pytest.raises(NoPrincipal, match=r"is rita@example\.com, and Azure knows"):
        Azure().principal(CLOUD, by_address)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": None}, "secret is missing"),
        ({"subscriptions": []}, "subscriptions is missing"),
        ({"subscriptions": ["Payments"]}, "'Payments' is no id"),
        ({"permissions": None}, "permissions is missing"),
        ({"permissions": {"Read": READER}}, "'Read' is no name"),
        ({"permissions": {"read": "Reader"}}, "write the id of a role definition"),
        ({"permissions": {"read": READER, "view": READER}}, "is there twice"),
        ({"subscription": ["x"]}, "unknown setting 'subscription'; did you mean subscriptions?"),
    ],
    ids=str,
)
def test_wrong_settings_are_named(changes: dict[str, Any], words: str) -> None:
    settings = {**CLOUD.settings, **changes}
    kept = {key: value for key, value in settings.items() if value is not None}
    said = Azure().validate(CLOUD.but(settings=kept))
    assert len(said) == 1, said
    assert words in said[0]


def test_the_api_uses_no_secret_that_no_deployment_names() -> None:
    assert Azure().undeployed(an_integration(subscriptions=[OPERATOR]), [CLOUD]) == []
    assert Azure().undeployed(an_integration(secret="accessflows/x"), [CLOUD])
