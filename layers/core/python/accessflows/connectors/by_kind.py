"""The connector of each kind of system, each imported and made at its first use."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from accessflows.model.integration import Kind
from accessflows.ports import Connector, Seal


class Connectors(Mapping[Kind, Connector]):
    """settle_for: how far apart a grant of AWS IAM is observed twice.

    seal: keeps passwords that are made from view; where nothing is granted, none is needed.
    """

    def __init__(
        self, *, settle_for: timedelta = timedelta(0), seal: Callable[[], Seal] | None = None
    ) -> None:
        self._make: Mapping[Kind, Callable[[], Connector]] = {
            Kind.AWS_IAM: lambda: _aws_iam(settle_for),
            Kind.LAMBDA: _own_lambda,
            Kind.WEBHOOK: _webhook,
            Kind.AWS_IDENTITY_CENTER: _identity_center,
            Kind.DIRECTORY_GROUP: _directory_group,
            Kind.KUBERNETES: _kubernetes,
            Kind.GOOGLE_CLOUD: _google_cloud,
            Kind.AZURE: _azure,
            Kind.POSTGRESQL: lambda: _postgresql(seal or _no_seal),
        }
        self._made: dict[Kind, Connector] = {}

    def __getitem__(self, kind: Kind) -> Connector:
        if kind not in self._made:
            self._made[kind] = self._make[kind]()
        return self._made[kind]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._make)

    def __len__(self) -> int:
        return len(self._make)

    def __contains__(self, kind: object) -> bool:
        return kind in self._make


def _aws_iam(settle_for: timedelta) -> Connector:
    from accessflows.connectors.aws_iam import AwsIam

    return AwsIam(settle_for=settle_for)


def _own_lambda() -> Connector:
    from accessflows.connectors.own_lambda import OwnLambda
    from accessflows.connectors.own_system import OwnSystem

    return OwnSystem(OwnLambda())


def _webhook() -> Connector:
    from accessflows.connectors.own_system import OwnSystem
    from accessflows.connectors.webhook import Webhook

    return OwnSystem(Webhook())


def _kubernetes() -> Connector:
    from accessflows.connectors.kubernetes import Kubernetes

    return Kubernetes()


def _google_cloud() -> Connector:
    from accessflows.connectors.google_cloud import GoogleCloud

    return GoogleCloud()


def _azure() -> Connector:
    from accessflows.connectors.azure import Azure

    return Azure()


def _postgresql(seal: Callable[[], Seal]) -> Connector:
    from accessflows.connectors.postgresql import Postgresql

    return Postgresql(seal)


def _no_seal() -> Seal:
    raise RuntimeError("nothing seals passwords here, so none can be made")


def _identity_center() -> Connector:
    from accessflows.connectors.identity_center import IdentityCenter

    return IdentityCenter()


def _directory_group() -> Connector:
    from accessflows.connectors.directory_group import DirectoryGroup

    return DirectoryGroup()
