"""Kubernetes, as a local HTTP server speaks its documented API."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accessflows.connectors.credentials import CredentialsMissing
from accessflows.connectors.kubernetes import Changed, Kubernetes
from accessflows.connectors.kubernetes_api import ClusterFailed
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import NoPrincipal, TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from tests.doubles.json_server import serving
from tests.doubles.kubernetes import RBAC, Cluster, status
from tests.doubles.secrets import holding
from tests.factories import a_person
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import END, Conformance, Target

TOKEN = "not-a-real-token"
SECRET = "accessflows/kubernetes"
PERMISSIONS = {
    "namespace": {"view": "ClusterRole/view", "deploy": "Role/deployer"},
    "cluster": {"audit": "ClusterRole/auditor"},
}
RITA = a_person(attributes={"kubernetes_user": ("rita@example.com",)})
NAME = "accessflows-01k00000000000000000000000-1"
IN_SHOP = f"{RBAC}/namespaces/shop/rolebindings/{NAME}"


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster(TOKEN, bindable=("ClusterRole/view", "Role/deployer", "ClusterRole/auditor"))
    cluster.namespaces = {"shop": {"team": "payments"}, "infra": {}}
    return cluster


@pytest.fixture
def integration(cluster: Cluster) -> Iterator[Integration]:
    with serving(cluster.answer) as server:
        yield an_integration(server)


def an_integration(server: str = "https://k8s.example:6443", **settings: Any) -> Integration:
    return Integration(
        id="prod",
        name="Production cluster",
        kind=Kind.KUBERNETES,
        settings={"server": server, "secret": SECRET, "permissions": PERMISSIONS, **settings},
        principal=PrincipalMapping(attribute="kubernetes_user"),
    )


def connector(**credentials: str) -> Kubernetes:
    return Kubernetes(holding({SECRET: {"token": TOKEN, **credentials}}))


def a_grant(
    resource_type: str = "namespace", resource: str = "shop", permission: str = "view", **more: Any
) -> Batch:
    entitlement = Entitlement(
        integration="prod", resource_type=resource_type, resource=resource, permission=permission
    )
    given = {"integration": "prod", "family": Kind.KUBERNETES, "principal": "rita@example.com"}
    return a_batch(entitlement, **{**given, **more})


@pytest.mark.req("R39.kubernetes")
class TestKubernetes(Conformance):
    @pytest.fixture
    def target(self, integration: Integration) -> Target:
        server = integration.settings["server"]
        return Target(
            connector=connector(),
            integration=integration,
            person=RITA,
            batch=a_grant(),
            other=a_grant(number=2),
            has_quota=False,
            least_settings={"server": server, "secret": SECRET},
        )


@pytest.mark.req("R39.kubernetes")
def test_a_grant_is_one_binding_that_tells_whose_it_is_and_until_when(
    cluster: Cluster, integration: Integration
) -> None:
    connector().grant(integration, a_grant(permission="deploy"), END)
    made = cluster.bindings[IN_SHOP]
    assert cluster.bindings.keys() == {IN_SHOP}
    assert made["kind"] == "RoleBinding"
    assert made["metadata"]["labels"] == {
        "app.kubernetes.io/managed-by": "accessflows",
        "accessflows/grant": "01K00000000000000000000000-1",
    }
    assert made["metadata"]["annotations"] == {"accessflows/ends-at": "2026-03-02T13:00:00Z"}
    assert made["subjects"] == [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "rita@example.com"}
    ]
    assert made["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "deployer",
    }


@pytest.mark.req("R39.kubernetes")
def test_a_role_of_the_whole_cluster_is_bound_in_the_cluster(
    cluster: Cluster, integration: Integration
) -> None:
    batch = a_grant("cluster", "cluster", "audit")
    connector().grant(integration, batch, END)
    path = f"{RBAC}/clusterrolebindings/{NAME}"
    assert cluster.bindings[path]["kind"] == "ClusterRoleBinding"
    assert connector().observe(integration, batch).until == END
    connector().revoke(integration, batch)
    assert cluster.bindings == {}


@pytest.mark.req("R39.kubernetes")
def test_namespaces_are_listed_page_by_page_with_their_labels(
    cluster: Cluster, integration: Integration
) -> None:
    cluster.namespaces = {f"team-{n:04d}": {"team": str(n)} for n in range(1_001)}
    first, *namespaces = connector().discover(integration)
    assert (first.resource_type, first.name, first.permissions) == (
        "cluster",
        "cluster",
        ("audit",),
    )
    assert [resource.name for resource in namespaces] == sorted(cluster.namespaces)
    assert namespaces[7].tags == {"team": "7"}
    assert namespaces[7].permissions == ("view", "deploy")
    assert [asked.query.get("continue") for asked in cluster.asked] == [None, "500", "1000"]


def test_a_listing_that_breaks_off_is_no_listing(
    cluster: Cluster, integration: Integration
) -> None:
    cluster.failing = [status(410, "Expired", "the continue token is too old")]
    with pytest.raises(ClusterFailed, match="HTTP 410: the continue token"):
        list(connector().discover(integration))


def test_what_no_role_is_named_for_is_not_listed(cluster: Cluster) -> None:
    with serving(cluster.answer) as server:
        only_cluster = an_integration(server, permissions={"cluster": PERMISSIONS["cluster"]})
        assert [r.name for r in connector().discover(only_cluster)] == ["cluster"]
    assert cluster.asked == []


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (a_grant(resource="gone"), 'namespaces "gone" not found'),
        (a_grant(permission="root"), "does not offer root on namespace shop"),
        (a_grant(resource="../x"), "does not offer view on namespace ../x"),
        (a_grant("cluster", "other", "audit"), "does not offer audit on cluster other"),
    ],
)
def test_what_cannot_be_granted_is_refused_for_certain(
    cluster: Cluster, integration: Integration, batch: Batch, words: str
) -> None:
    with pytest.raises(TargetRefused, match=words):
        connector().grant(integration, batch, END)
    assert cluster.bindings == {}
    connector().revoke(integration, batch)
    assert not connector().observe(integration, batch).holds


def test_a_role_that_our_account_may_not_bind_is_refused_in_the_clusters_words(
    cluster: Cluster, integration: Integration
) -> None:
    cluster.bindable = ()
    with pytest.raises(TargetRefused, match="may not bind ClusterRole/view"):
        connector().grant(integration, a_grant(), END)


@pytest.mark.parametrize(
    "reply",
    [
        status(429, "TooManyRequests", "slow down"),
        status(500, "InternalError", "etcd is busy"),
        status(409, "Conflict", "it changed"),
        (403, None),
        (404, {"message": "no such page"}),
        (200, None),
    ],
    ids=str,
)
def test_f02_an_error_leaves_the_outcome_unknown_and_proves_no_absence(
    cluster: Cluster, integration: Integration, reply: Any
) -> None:
    for call in (
        lambda: connector().grant(integration, a_grant(), END),
        lambda: connector().observe(integration, a_grant()),
        lambda: connector().revoke(integration, a_grant()),
    ):
        cluster.failing = [reply]
        with pytest.raises(ClusterFailed):
            call()


def test_a_token_that_is_not_taken_says_so_and_stays_secret(
    cluster: Cluster, integration: Integration
) -> None:
    cluster.token = "another"
    with pytest.raises(ClusterFailed, match="HTTP 401: Unauthorized") as failed:
        connector().grant(integration, a_grant(), END)
    assert TOKEN not in str(failed.value)


def test_a_foreign_binding_of_the_same_name_survives(
    cluster: Cluster, integration: Integration
) -> None:
    foreign = {
        "metadata": {"name": NAME},
        "subjects": [{"kind": "Group", "name": "ops"}],
        "roleRef": {"kind": "ClusterRole", "name": "edit"},
    }
    there = dict(cluster.put(IN_SHOP, foreign))
    with pytest.raises(Changed):
        connector().grant(integration, a_grant(), END)
    connector().revoke(integration, a_grant())
    observed = connector().observe(integration, a_grant())
    assert cluster.bindings == {IN_SHOP: there}
    assert (observed.holds, observed.evidence["ours"]) == (False, False)


@pytest.mark.parametrize(
    "change",
    [
        {"subjects": [{"kind": "User", "name": "mallory"}]},
        {
            "subjects": [
                {"kind": "User", "name": "rita@example.com"},
                {"kind": "Group", "name": "everybody"},
            ]
        },
        {"roleRef": {"kind": "ClusterRole", "name": "admin"}},
    ],
)
def test_a_binding_that_was_changed_by_hand_is_no_grant_and_is_revoked(
    cluster: Cluster, integration: Integration, change: dict[str, Any]
) -> None:
    connector().grant(integration, a_grant(), END)
    cluster.bindings[IN_SHOP] |= change
    with pytest.raises(Changed):
        connector().observe(integration, a_grant())
    with pytest.raises(Changed):
        connector().grant(integration, a_grant(), END)
    connector().revoke(integration, a_grant())
    assert cluster.bindings == {}


def test_taking_the_label_off_does_not_keep_access_alive(
    cluster: Cluster, integration: Integration
) -> None:
    connector().grant(integration, a_grant(), END)
    del cluster.bindings[IN_SHOP]["metadata"]["labels"]
    assert connector().observe(integration, a_grant()).holds
    connector().revoke(integration, a_grant())
    assert cluster.bindings == {}


def test_only_the_binding_that_was_read_is_changed_or_deleted(
    cluster: Cluster, integration: Integration
) -> None:
    """Somebody writes between our reading and our writing: nothing of theirs is undone."""
    connector().grant(integration, a_grant(), END)
    read = cluster.answer

    def meanwhile(asked: Any) -> Any:
        reply = read(asked)
        if asked.method == "GET":
            status, found = reply
            before = {**found, "metadata": dict(found["metadata"])}
            cluster.put(IN_SHOP, found)
            return status, before
        return reply

    with serving(meanwhile) as server:
        raced = an_integration(server)
        with pytest.raises(ClusterFailed, match="preconditions do not hold"):
            connector().revoke(raced, a_grant())
        with pytest.raises(ClusterFailed, match="has been modified"):
            connector().grant(raced, a_grant(), END + timedelta(minutes=5))
    assert connector().observe(integration, a_grant()).until == END


def test_an_end_that_was_taken_off_again_is_gone(
    cluster: Cluster, integration: Integration
) -> None:
    connector().grant(integration, a_grant(), END)
    connector().grant(integration, a_grant(), None)
    assert cluster.bindings[IN_SHOP]["metadata"]["annotations"] == {}
    assert connector().observe(integration, a_grant()).until is None


def test_names_of_kubernetes_itself_are_nobodys() -> None:
    intruder = a_person(attributes={"kubernetes_user": ("system:serviceaccount:kube:root",)})
    with pytest.raises(NoPrincipal, match="'system:' are Kubernetes' own"):
        connector().principal(an_integration(), intruder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"server": None}, "server is missing"),
        ({"server": "http://k8s.example"}, "plain HTTP can be read"),
        ({"server": 7}, "write an address such as https://"),
        ({"server": "https://user:pw@k8s.example"}, "leave out user, password"),
        ({"server": "https://k8s.example/?a=b"}, "nothing but the address"),
        ({"secret": None}, "secret is missing"),
        ({"permissions": None}, "permissions is missing"),
        ({"permissions": {"pod": {}}}, "unknown setting 'pod' (there are namespace, cluster)"),
        ({"permissions": {"namespace": {}}}, "name a role for each permission"),
        ({"permissions": {"namespace": {"View": "Role/view"}}}, "'View' is no name"),
        ({"permissions": {"namespace": {"view": "view"}}}, "write ClusterRole/<name>"),
        ({"permissions": {"namespace": {"view": "ClusterRole/*"}}}, "and no pattern"),
        ({"permissions": {"cluster": {"view": "Role/view"}}}, "only a ClusterRole can be bound"),
        ({"sever": "https://x"}, "unknown setting 'sever'; did you mean server?"),
    ],
    ids=str,
)
def test_wrong_settings_are_named(changes: dict[str, Any], words: str) -> None:
    settings = {**an_integration().settings, **changes}
    kept = {key: value for key, value in settings.items() if value is not None}
    said = connector().validate(an_integration().but(settings=kept))
    assert len(said) == 1, said
    assert words in said[0]


def test_the_api_sends_no_token_to_a_server_that_no_deployment_names() -> None:
    deployed = [an_integration()]
    assert connector().undeployed(an_integration(permissions={}), deployed) == []
    elsewhere = an_integration("https://evil.example")
    (said,) = connector().undeployed(elsewhere, deployed)
    assert "server 'https://evil.example' with secret" in said
    assert connector().undeployed(an_integration(secret="accessflows/other"), deployed)


def test_only_the_authority_that_the_secret_names_is_believed(
    cluster: Cluster, tmp_path: Path
) -> None:
    ours, another = (_certificate(tmp_path / name) for name in ("ours.pem", "another.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(ours)
    with serving(cluster.answer, tls) as server:
        integration = an_integration(server)
        connector(ca=ours.read_text()).grant(integration, a_grant(), END)
        for wrong in ({"ca": another.read_text()}, {}):
            with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
                connector(**wrong).observe(integration, a_grant())
    assert [asked.method for asked in cluster.asked] == ["POST"]


def test_an_authority_that_is_no_certificate_is_named() -> None:
    with pytest.raises(CredentialsMissing, match=f"`ca` in secret '{SECRET}' is no PEM"):
        connector(ca="not a certificate").observe(an_integration(), a_grant())


def _certificate(path: Path) -> Path:
    """A self-signed certificate of 127.0.0.1 and its key, in one file."""
    from ipaddress import IPv4Address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, path.stem)])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(encoding) + private)
    return path
