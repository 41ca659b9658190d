"""The connector of each kind of system, each imported and made at its first use."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from accessflows.model.integration import Kind
from accessflows.ports import Connector


class Connectors(Mapping[Kind, Connector]):
    """settle_for: how far apart a grant of AWS IAM is observed twice."""

    def __init__(self, *, settle_for: timedelta = timedelta(0)) -> None:
        self._make: Mapping[Kind, Callable[[], Connector]] = {
            Kind.AWS_IAM: lambda: _aws_iam(settle_for),
            Kind.LAMBDA: _own_lambda,
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
