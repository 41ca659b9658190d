"""Google Cloud, as a local HTTP server speaks its documented API."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from accessflows.connectors.access_tokens import AccessTokens, SignInFailed
from accessflows.connectors.google_auth import GoogleSignIn
from accessflows.connectors.google_cloud import GoogleCloud, Unsettled
from accessflows.connectors.google_projects import SCOPE, GoogleFailed
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import NoPrincipal, QuotaExceeded, TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from tests.doubles.google import Google, error, key_file
from tests.doubles.json_server import Asked, Reply, serving
from tests.doubles.secrets import holding
from tests.factories import a_person
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import END, ConformanceWithPrincipals, Target

SECRET = "accessflows/google"
RITA = a_person(attributes={"google_user": ("Rita@Example.com",)})
TITLE = "accessflows-01K00000000000000000000000-1"
LOGS, JOBS = "roles/logging.viewer", "projects/shop-prod/roles/jobRunner"
FOREIGN: list[dict[str, Any]] = [
    {"role": "roles/owner", "members": ["user:boss@example.com"]},
    {
        "role": LOGS,
        "members": ["user:rita@example.com"],
        "condition": {
            "title": "accessflows-01K00000000000000000000000-12",
            "expression": 'request.time < timestamp("2026-04-01T00:00:00Z")',
        },
    },
]


@pytest.fixture
def google() -> Google:
    google = Google(SCOPE)
    google.add("shop-prod", team="payments")
    google.add("shop-test")
    return google


@pytest.fixture
def address(google: Google) -> Iterator[str]:
    with serving(google.answer) as address:
        yield address


@pytest.fixture
def connector(address: str) -> GoogleCloud:
    return a_connector(address)


def a_connector(address: str, seconds: Iterator[float] | None = None, **key: Any) -> GoogleCloud:
    """seconds: that the clock of tokens shows."""
    secrets = holding({SECRET: {**key_file(), **key}})
    sign_in = GoogleSignIn(secrets, SCOPE, base_url=address)
    clock = (lambda: next(seconds)) if seconds else (lambda: 0.0)
    return GoogleCloud(tokens=AccessTokens(sign_in, clock), base_url=address)


def an_integration(**settings: Any) -> Integration:
    permissions = {"read_logs": LOGS, "run_jobs": JOBS}
    return Integration(
        id="cloud",
        name="Cloud projects",
        kind=Kind.GOOGLE_CLOUD,
        settings={"secret": SECRET, "permissions": permissions, **settings},
        principal=PrincipalMapping(attribute="google_user"),
    )


CLOUD = an_integration()


def to(project: str = "shop-prod", permission: str = "read_logs") -> Entitlement:
    return Entitlement(
        integration="cloud", resource_type="project", resource=project, permission=permission
    )


def a_grant(*entitlements: Entitlement, **more: Any) -> Batch:
    given = {"integration": "cloud", "family": Kind.GOOGLE_CLOUD, "principal": "rita@example.com"}
    return a_batch(*(entitlements or (to(),)), **{**given, **more})


@pytest.mark.req("R39.google_cloud")
class TestGoogleCloud(ConformanceWithPrincipals):
    @pytest.fixture
    def target(self, google: Google, connector: GoogleCloud) -> Target:
        entitlements = to(), to(permission="run_jobs"), to("shop-test")
        return Target(
            connector=connector,
            integration=CLOUD,
            person=RITA,
            batch=a_grant(*entitlements),
            other=a_grant(*entitlements, number=2),
            remove_principal=lambda: google.remove_user("user:rita@example.com"),
            has_quota=False,
            least_settings={"secret": SECRET},
        )


@pytest.mark.req("R39.google_cloud")
def test_a_grant_ends_by_itself_and_leaves_all_others_alone(
    google: Google, connector: GoogleCloud
) -> None:
    google.put("shop-prod", FOREIGN)
    batch = a_grant(to(), to(permission="run_jobs"))
    connector.grant(CLOUD, batch, END)
    condition = {
        "title": TITLE,
        "expression": 'request.time < timestamp("2026-03-02T13:00:00Z")',
    }
    assert google.policies["shop-prod"]["bindings"] == [
        *FOREIGN,
        {"role": JOBS, "members": ["user:rita@example.com"], "condition": condition},
        {"role": LOGS, "members": ["user:rita@example.com"], "condition": condition},
    ]
    connector.revoke(CLOUD, batch)
    assert google.policies["shop-prod"]["bindings"] == FOREIGN


@pytest.mark.req("R39.google_cloud")
def test_what_is_there_already_is_not_written_again(google: Google, connector: GoogleCloud) -> None:
    connector.grant(CLOUD, a_grant(), END)
    written = google.policies["shop-prod"]["etag"]
    connector.grant(CLOUD, a_grant(), END)
    assert google.policies["shop-prod"]["etag"] == written


@pytest.mark.parametrize("conflicts", [1, 2])
def test_a_policy_that_others_change_meanwhile_is_read_again(
    google: Google, conflicts: int
) -> None:
    others = Others(google)
    with serving(others.answer) as address:
        connector = a_connector(address)
        others.changes = conflicts
        connector.grant(CLOUD, a_grant(), END)
        assert google.roles("shop-prod") == ["roles/others"] * conflicts + [LOGS]
        others.changes = conflicts
        connector.revoke(CLOUD, a_grant())
        assert google.roles("shop-prod") == ["roles/others"] * (2 * conflicts)
        others.changes = 3
        with pytest.raises(Unsettled, match="again and again"):
            connector.grant(CLOUD, a_grant(), END)


class Others:
    """They write to shop-prod just before we do, so many times."""

    def __init__(self, google: Google) -> None:
        self._google = google
        self.changes = 0

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/v3/projects/shop-prod:setIamPolicy" and self.changes:
            self.changes -= 1
            before = self._google.policies["shop-prod"]["bindings"]
            self._google.put("shop-prod", [{"role": "roles/others", "members": []}, *before])
        return self._google.answer(asked)


@pytest.mark.req("R39.google_cloud")
def test_projects_are_listed_page_by_page_with_their_labels(
    google: Google, connector: GoogleCloud
) -> None:
    for number in range(300):
        google.add(f"team-{number:03d}")
    google.projects["team-007"]["state"] = "DELETE_REQUESTED"
    found = list(connector.discover(CLOUD))
    assert len(found) == 301
    assert found[0].tags == {"team": "payments"}
    assert (found[0].name, found[0].path) == ("shop-prod", "projects/1000")
    assert found[0].permissions == ("read_logs", "run_jobs")
    few = an_integration(projects=["shop-test", "not-seen"])
    assert [resource.name for resource in connector.discover(few)] == ["shop-test"]


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (a_grant(to(permission="own")), "does not offer own on project shop-prod"),
        (a_grant(to("shop-prod/x")), "does not offer read_logs on project shop-prod/x"),
        (a_grant(to(), to("gone-1")), "no permission on gone-1"),
        (a_grant(principal="nobody@example.com"), "nobody@example.com does not exist"),
    ],
)
def test_what_cannot_be_granted_is_refused_for_certain(
    google: Google, connector: GoogleCloud, batch: Batch, words: str
) -> None:
    with pytest.raises(TargetRefused, match=words):
        connector.grant(CLOUD, batch, END)
    assert google.policies["shop-prod"]["bindings"] == []


def test_a_project_that_is_not_among_those_named_is_refused(connector: GoogleCloud) -> None:
    with pytest.raises(TargetRefused, match="does not offer read_logs on project shop-prod"):
        connector.grant(an_integration(projects=["shop-test"]), a_grant(), END)


def test_f02_a_grant_that_one_project_took_and_the_next_refused_counts_as_unknown(
    google: Google, connector: GoogleCloud
) -> None:
    batch = a_grant(to(), to("shop-test"))
    with serving(lambda asked: denied(asked) or google.answer(asked)) as address:
        refused = pytest.raises(
            Unsettled, match="granted in part: Google refused this with HTTP 403"
        )
        with refused:
            a_connector(address).grant(CLOUD, batch, END)
    with pytest.raises(Unsettled, match="is not the grant's in shop-test"):
        connector.observe(CLOUD, batch)
    connector.revoke(CLOUD, batch)
    assert not connector.observe(CLOUD, batch).holds


def denied(asked: Asked) -> Reply | None:
    if asked.path == "/v3/projects/shop-test:setIamPolicy":
        return error(403, "PERMISSION_DENIED", "not here")
    return None


@pytest.mark.parametrize(
    "reply",
    [
        error(429, "RESOURCE_EXHAUSTED", "slow down"),
        error(500, "INTERNAL", "oops"),
        error(503, "UNAVAILABLE", "later"),
        (403, None),
        (404, {"error": "a proxy's"}),
        (200, []),
    ],
    ids=str,
)
def test_f02_an_error_leaves_the_outcome_unknown_and_proves_no_absence(
    google: Google, connector: GoogleCloud, reply: Any
) -> None:
    connector.grant(CLOUD, a_grant(number=2), END)
    for call in (
        lambda: connector.grant(CLOUD, a_grant(), END),
        lambda: connector.observe(CLOUD, a_grant()),
        lambda: connector.revoke(CLOUD, a_grant()),
    ):
        google.failing = [reply]
        with pytest.raises(GoogleFailed):
            call()


def test_a_project_that_is_hidden_from_us_proves_no_absence(
    google: Google, connector: GoogleCloud
) -> None:
    connector.grant(CLOUD, a_grant(), END)
    del google.policies["shop-prod"]
    for call in (connector.observe, connector.revoke):
        with pytest.raises(Unsettled, match="no permission on shop-prod"):
            call(CLOUD, a_grant())


@pytest.mark.parametrize(
    "change",
    [
        {"role": "roles/other"},
        {"members": ["user:rita@example.com", "user:boss@example.com"]},
        {"condition": {"title": TITLE, "expression": "true"}},
    ],
)
def test_bindings_that_were_changed_by_hand_are_no_grant_and_are_revoked(
    google: Google, connector: GoogleCloud, change: dict[str, Any]
) -> None:
    connector.grant(CLOUD, a_grant(), END)
    google.policies["shop-prod"]["bindings"][0] |= change
    with pytest.raises(Unsettled):
        connector.observe(CLOUD, a_grant())
    connector.revoke(CLOUD, a_grant())
    assert google.policies["shop-prod"]["bindings"] == []


@pytest.mark.parametrize(
    ("bindings", "figures"),
    [
        ([{"role": "roles/a", "members": ["user:boss@example.com"] * 1_498}], None),
        ([{"role": "roles/a", "members": ["user:boss@example.com"] * 1_499}], (1_500, 2, 1_499)),
        ([{"role": LOGS, "members": ["user:rita@example.com"]}] * 19, None),
        ([{"role": LOGS, "members": ["user:rita@example.com"]}] * 20, (20, 1, 20)),
        ([{"role": LOGS, "members": ["user:boss@example.com"]}] * 20, None),
    ],
)
def test_what_a_policy_has_no_room_for_is_refused_with_the_figures(
    google: Google,
    connector: GoogleCloud,
    bindings: list[dict[str, Any]],
    figures: tuple[int, int, int] | None,
) -> None:
    google.put("shop-prod", bindings)
    batch = a_grant(to(), to(permission="run_jobs"))
    if figures is None:
        connector.check_room(CLOUD, batch)
        return
    limit, needed, held = figures
    with pytest.raises(QuotaExceeded, match=f"{needed} more, .* holds {held} of the {limit}"):
        connector.check_room(CLOUD, batch)


def test_a_token_is_used_until_a_minute_before_it_ends(google: Google, address: str) -> None:
    seconds = iter([0.0, 3_538.9, 3_539.0, 3_540.0])
    connector = a_connector(address, seconds)
    for bought in (1, 1, 2, 2):
        connector.observe(CLOUD, a_grant())
        assert len(google.tokens) == bought


def test_a_token_that_is_not_taken_any_more_is_replaced_at_the_next_try(
    google: Google, connector: GoogleCloud
) -> None:
    connector.observe(CLOUD, a_grant())
    google.tokens = ["another"]
    with pytest.raises(GoogleFailed, match="HTTP 401"):
        connector.observe(CLOUD, a_grant())
    assert not connector.observe(CLOUD, a_grant()).holds


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("client_email", "other@ops.iam.gserviceaccount.com", f"take the key in secret '{SECRET}'"),
        ("private_key", "not a key", f"private_key in secret '{SECRET}' is no RSA key"),
    ],
)
def test_a_key_that_is_not_taken_is_named_and_stays_secret(
    google: Google, address: str, field: str, value: str, words: str
) -> None:
    connector = a_connector(address, None, **{field: value})
    with pytest.raises(SignInFailed, match=words) as failed:
        connector.observe(CLOUD, a_grant())
    assert "PRIVATE" not in str(failed.value)
    assert google.tokens == []


@pytest.mark.parametrize(
    ("value", "principal"),
    [
        ("Rita@Example.com", "rita@example.com"),
        (
            "principal://iam.googleapis.com/x/subject/Rita",
            "principal://iam.googleapis.com/x/subject/Rita",
        ),
    ],
)
def test_a_principal_is_an_account_or_a_workforce_identity(value: str, principal: str) -> None:
    person = a_person(attributes={"google_user": (value,)})
    assert GoogleCloud().principal(CLOUD, person) == principal


@pytest.mark.parametrize("value", ["allUsers", "group:all@example.com", "a b@example.com", "rita"])
def test_nothing_but_a_single_person_is_a_principal(value: str) -> None:
    with pytest.raises(NoPrincipal, match="neither the address of a Google account"):
        GoogleCloud().principal(CLOUD, a_person(attributes={"google_user": (value,)}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": None}, "secret is missing"),
        ({"projects": []}, "projects is empty"),
        ({"projects": ["Shop"]}, "'Shop' is no id of a project"),
        ({"permissions": None}, "permissions is missing"),
        ({"permissions": {"Read": LOGS}}, "'Read' is no name"),
        ({"permissions": {"read": "logging.viewer"}}, "write a role such as"),
        ({"permissions": {"read": "roles/*"}}, "write a role such as"),
        ({"permissions": {"read": "roles/owner"}}, "Google gives basic roles no end"),
        ({"project": ["x"]}, "unknown setting 'project'; did you mean projects?"),
    ],
    ids=str,
)
def test_wrong_settings_are_named(changes: dict[str, Any], words: str) -> None:
    settings = {**CLOUD.settings, **changes}
    kept = {key: value for key, value in settings.items() if value is not None}
    said = GoogleCloud().validate(CLOUD.but(settings=kept))
    assert len(said) == 1, said
    assert words in said[0]


def test_the_api_uses_no_secret_that_no_deployment_names() -> None:
    assert GoogleCloud().undeployed(an_integration(projects=["shop-test"]), [CLOUD]) == []
    assert GoogleCloud().undeployed(an_integration(secret="accessflows/x"), [CLOUD])


def test_an_end_is_written_as_google_reads_it(google: Google, connector: GoogleCloud) -> None:
    end = datetime.fromisoformat("2026-12-31T23:59:59+00:00")
    connector.grant(CLOUD, a_grant(), end)
    assert connector.observe(CLOUD, a_grant()).until == end
