"""Assignments of IAM Identity Center: moto's, with what AWS does after its answer."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.ssoadmin.models import ssoadmin_backends

from accessflows.connectors.identity_center import IdentityCenter, NotNamed, Unsettled
from accessflows.model.configuration import Configuration
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import NoPrincipal, TargetRefused
from accessflows.model.request import AccessRequest, Batch, Status
from accessflows.model.target import Catalogue, Entitlement, IntegrationTarget
from accessflows.model.wish import WantedResource
from accessflows.rules.validation.known import Known
from accessflows.rules.validation.targets import check_integrations
from tests.doubles.sso_admin import SlowSsoAdmin
from tests.factories import a_flow, a_person
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import END, Conformance, Target
from tests.worlds import World

HOUR = timedelta(hours=1)
INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
SANDBOX, SHOP = "111122223333", "444455556666"
SETS = {"read_only": "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"}
USER = "9067f4e2b1-11111111-2222-3333-4444-555555555555"
OTHER = "9067f4e2b1-11111111-2222-3333-4444-666666666666"
RITA = a_person(attributes={"identity_center_id": (USER,)})


class Slept:
    """Where the connector gets its clients, and how often it waited."""

    def __init__(self) -> None:
        self.sso_admin = SlowSsoAdmin(boto3.client("sso-admin", region_name="eu-central-1"))
        self.times = 0
        self.regions: list[str | None] = []

    def clients(self, region: str | None) -> Any:
        self.regions.append(region)
        return self

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.times += 1


@pytest.fixture
def aws() -> Iterator[Slept]:
    with mock_aws():
        yield Slept()


@pytest.fixture
def integration(aws: Slept) -> Integration:
    aws.sso_admin.create_permission_set(InstanceArn=INSTANCE, Name="ReadOnlyAccess")
    # moto writes the ARNs of permission sets as AWS does not.
    (backend,) = (backends["eu-central-1"] for backends in ssoadmin_backends.values())
    (made,) = backend.permission_sets
    made.permission_set_arn = SETS["read_only"]
    return Integration(
        id="accounts",
        name="Accounts",
        kind=Kind.AWS_IDENTITY_CENTER,
        settings={
            "instance_arn": INSTANCE,
            "accounts": {SANDBOX: "Sandbox", SHOP: "Shop"},
            "permission_sets": SETS,
        },
        principal=PrincipalMapping(attribute="identity_center_id"),
    )


def a_grant(**changes: Any) -> Batch:
    what = Entitlement(
        integration="accounts", resource_type="account", resource=SANDBOX, permission="read_only"
    )
    given = {
        "integration": "accounts",
        "family": Kind.AWS_IDENTITY_CENTER,
        "principal": USER,
        **changes,
    }
    return a_batch(what, **given)


def connector(aws: Slept) -> IdentityCenter:
    return IdentityCenter(clients=aws.clients, sleep=aws.sleep)


@pytest.mark.req("R39.identity_center")
class TestIdentityCenter(Conformance):
    @pytest.fixture
    def target(self, aws: Slept, integration: Integration) -> Target:
        sets = integration.settings["permission_sets"]
        return Target(
            connector=connector(aws),
            integration=integration,
            person=RITA,
            batch=a_grant(),
            other=a_grant(number=2),
            has_quota=False,
            tells_end=False,
            least_settings={"instance_arn": INSTANCE, "permission_sets": sets},
        )


def a_world(aws: Slept, integration: Integration) -> World:
    target = IntegrationTarget(
        integration="accounts", resource_type="account", permissions=("read_only",)
    )
    rita = a_person("rita", groups=("engineers",), attributes={"identity_center_id": (USER,)})
    world = World(
        flows=[a_flow(targets=(target,))],
        people=[rita],
        integrations=[integration],
        resources=list(connector(aws).discover(integration)),
        catalogue=Catalogue(integrations=frozenset({"accounts"})),
    )
    world.ports = world.ports._replace(connectors={Kind.AWS_IDENTITY_CENTER: connector(aws)})
    return world


def asked(world: World, *accounts: str) -> AccessRequest:
    wanted = tuple(
        WantedResource(
            integration="accounts",
            resource_type="account",
            resource=account,
            permissions=("read_only",),
        )
        for account in accounts
    )
    return world.submit(resources=wanted)


@pytest.mark.req("R39.identity_center", "N2.shared")
def test_overlapping_access_to_an_account_goes_with_the_last_of_it(
    aws: Slept, integration: Integration
) -> None:
    world = a_world(aws, integration)
    first = asked(world, SANDBOX, SHOP)
    world.run(HOUR / 2)
    second = asked(world, SANDBOX)
    world.run()
    assert world.status(second) is Status.ACTIVE, world.last_error
    world.run(HOUR / 2 + timedelta(minutes=2))
    assert (world.status(first), world.status(second)) == (Status.EXPIRED, Status.ACTIVE)
    sandbox, shop = (batch.evidence for batch in world.requests.batches(world.request(first)))
    assert sandbox is not None
    assert shop is not None
    assert sandbox["entitlements"][0]["kept_for"] == [f"{second.id}-1"]
    assert shop["entitlements"][0]["absent"] is True
    assert connector(aws).observe(integration, a_grant()).holds
    world.run(HOUR)
    assert world.status(second) is Status.EXPIRED
    assert not connector(aws).observe(integration, a_grant()).holds


@pytest.mark.req("R39.identity_center", "N2.shared")
def test_an_assignment_that_was_there_before_stays(aws: Slept, integration: Integration) -> None:
    connector(aws).grant(integration, a_grant(), END)
    world = a_world(aws, integration)
    request = asked(world, SANDBOX)
    world.run(2 * HOUR)
    assert world.status(request) is Status.EXPIRED
    assert connector(aws).observe(integration, a_grant()).holds


@pytest.mark.req("R39.identity_center", "N2.shared")
def test_two_integrations_may_not_claim_the_same_assignment(
    aws: Slept, integration: Integration
) -> None:
    other = integration.but(
        id="more", name="More", settings={**integration.settings, "accounts": {SHOP: "Shop"}}
    )
    connectors = {Kind.AWS_IDENTITY_CENTER: connector(aws)}
    configuration = Configuration().but(integrations=(integration, other))
    (problem,) = check_integrations(configuration, connectors, Known.of(configuration, {}))
    assert problem.path == ("integrations", 1, "settings")
    assert problem.message == (
        f"'account {SHOP} by {SETS['read_only']}' is taken already, by integration accounts"
    )


@pytest.mark.req("R39.identity_center")
def test_accounts_are_listed_by_the_names_that_people_know(
    aws: Slept, integration: Integration
) -> None:
    found = list(connector(aws).discover(integration))
    assert [(r.name, r.path, r.permissions) for r in found] == [
        (SANDBOX, "Sandbox", ("read_only",)),
        (SHOP, "Shop", ("read_only",)),
    ]


def test_a_permission_set_that_is_not_there_fails_the_listing(
    aws: Slept, integration: Integration
) -> None:
    sets = {"read_only": SETS["read_only"].replace("ps-0", "ps-1")}
    wrong = integration.but(settings={**integration.settings, "permission_sets": sets})
    with pytest.raises(aws.sso_admin.exceptions.ResourceNotFoundException):
        list(connector(aws).discover(wrong))


@pytest.mark.req("R39.identity_center")
def test_a_grant_waits_until_aws_is_done(aws: Slept, integration: Integration) -> None:
    aws.sso_admin.polls = 3
    connector(aws).grant(integration, a_grant(), END)
    assert aws.times == 3
    assert connector(aws).observe(integration, a_grant()).holds


@pytest.mark.req("N1.evidence")
def test_f02_while_aws_works_on_it_nothing_that_is_seen_counts(
    aws: Slept, integration: Integration
) -> None:
    aws.sso_admin.polls = 100
    asking = connector(aws)
    changes: list[Callable[[], None]] = [
        lambda: asking.grant(integration, a_grant(), END),
        lambda: asking.revoke(integration, a_grant()),
    ]
    for change in changes:
        with pytest.raises(Unsettled, match="still working on request"):
            change()
        for ask in (asking.observe, asking.revoke):
            with pytest.raises(Unsettled, match=f"still working on .* in {SANDBOX} for {USER}"):
                ask(integration, a_grant())
        assert not asking.observe(integration, a_grant(principal=OTHER)).holds
        aws.sso_admin.finish()
    assert not asking.observe(integration, a_grant()).holds


def test_f02_what_aws_fails_afterwards_is_refused_in_its_words(
    aws: Slept, integration: Integration
) -> None:
    aws.sso_admin.fail = "the account has no room for another role"
    with pytest.raises(TargetRefused, match="no room for another role"):
        connector(aws).grant(integration, a_grant(), END)


def test_f03_an_assignment_that_aws_kept_is_tried_again(
    aws: Slept, integration: Integration
) -> None:
    connector(aws).grant(integration, a_grant(), END)
    aws.sso_admin.fail = "internal failure"
    with pytest.raises(Unsettled, match="internal failure"):
        connector(aws).revoke(integration, a_grant())
    aws.sso_admin.fail = None
    connector(aws).revoke(integration, a_grant())
    assert not connector(aws).observe(integration, a_grant()).holds


def test_assignments_of_others_and_of_groups_are_left_alone(
    aws: Slept, integration: Integration
) -> None:
    connector(aws).grant(integration, a_grant(principal=OTHER), END)
    assert not connector(aws).observe(integration, a_grant()).holds
    connector(aws).grant(integration, a_grant(), END)
    connector(aws).revoke(integration, a_grant())
    assert connector(aws).observe(integration, a_grant(principal=OTHER)).holds


def test_what_the_settings_do_not_name_any_more_is_not_given(
    aws: Slept, integration: Integration
) -> None:
    less = integration.but(settings={**integration.settings, "accounts": {SHOP: "Shop"}})
    with pytest.raises(TargetRefused, match=f"does not name account {SANDBOX}"):
        connector(aws).grant(less, a_grant(), END)
    none = integration.but(settings={**integration.settings, "permission_sets": {}})
    with pytest.raises(TargetRefused, match="does not name read_only"):
        connector(aws).grant(none, a_grant(), END)
    with pytest.raises(NotNamed):
        connector(aws).revoke(none, a_grant())


def test_it_is_asked_in_the_region_of_the_instance(aws: Slept, integration: Integration) -> None:
    there = integration.but(settings={**integration.settings, "region": "us-east-1"})
    connector(aws).observe(there, a_grant())
    assert aws.regions == ["us-east-1"]


def test_a_name_in_place_of_the_id_is_refused(aws: Slept, integration: Integration) -> None:
    person = a_person(attributes={"identity_center_id": ("rita@example.com",)})
    with pytest.raises(NoPrincipal, match="no user id of an identity store"):
        connector(aws).principal(integration, person)


FOREIGN = {"read_only": "arn:aws:sso:::permissionSet/ssoins-fedcba9876543210/ps-0123456789abcdef"}


@pytest.mark.req("R39.identity_center")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"instance": INSTANCE}, "unknown setting 'instance'; did you mean instance_arn?"),
        ({"instance_arn": "ssoins-0123456789abcdef"}, "write arn:aws:sso:::instance/ssoins-"),
        ({"region": "Frankfurt"}, "write one such as eu-central-1"),
        ({"accounts": {}}, "accounts is missing"),
        ({"accounts": {"1234": "Short"}}, "write its 12 digits in quotes"),
        ({"accounts": {SANDBOX: ""}}, "write the name that people know it by"),
        ({"permission_sets": {}}, "permission_sets is missing"),
        ({"permission_sets": {"read_only": "ReadOnlyAccess"}}, "write its ARN"),
        ({"permission_sets": {"Read Only": SETS["read_only"]}}, "'Read Only' is no name"),
        ({"permission_sets": FOREIGN}, "one of another instance"),
        ({"permission_sets": {**SETS, "view": SETS["read_only"]}}, "has two names"),
    ],
)
def test_what_is_wrong_with_settings_is_said(
    aws: Slept, integration: Integration, changes: dict[str, Any], said: str
) -> None:
    right = {"instance_arn": INSTANCE, "accounts": {SANDBOX: "Sandbox"}, "permission_sets": SETS}
    assert connector(aws).validate(integration.but(settings=right)) == []
    problems = connector(aws).validate(integration.but(settings={**right, **changes}))
    assert [problem for problem in problems if said in problem], problems


def test_the_api_reaches_no_further_than_the_files(aws: Slept, integration: Integration) -> None:
    less = integration.but(settings={**integration.settings, "accounts": {SHOP: "Shop"}})
    assert connector(aws).undeployed(less, [integration]) == []
    assert connector(aws).undeployed(integration, [less]) == [
        f"{SANDBOX} is beyond what this deployment may give access to: name it in an integration "
        "of the files and deploy"
    ]
