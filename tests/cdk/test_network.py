"""Which functions run inside the organisation's network, and what that takes."""

import pytest

from cdk.network import INTERFACES, Network, network_of
from tests.cdk.template import Template, spell

PLACED = {
    f"{does}-{family}" for does in ("activate", "revoke") for family in ("postgresql", "webhook")
} | {"sync-inventory"}


@pytest.mark.req("R39.postgresql")
def test_only_what_speaks_to_private_systems_runs_in_the_network(
    aws: Template, local: Template
) -> None:
    placed = {name: f["VpcConfig"] for name, f in aws.functions.items() if "VpcConfig" in f}
    assert placed.keys() == PLACED
    for found in placed.values():
        assert found == {
            "SubnetIds": ["subnet-0aaa1111", "subnet-0bbb2222"],
            "SecurityGroupIds": ["sg-0ccc3333"],
        }
    assert not [name for name, function in local.functions.items() if "VpcConfig" in function]


def test_lambda_makes_their_interfaces_and_their_code_cannot(aws: Template) -> None:
    assert aws.who_may("ec2:") == PLACED
    for role in PLACED:
        (allowed,) = [s for s in aws.roles[role] if s.effect == "Allow" and "ec2:" in str(s)]
        (denied,) = [s for s in aws.roles[role] if s.effect == "Deny"]
        assert {action for action in allowed.actions if action.startswith("ec2:")} == denied.actions
        assert denied.actions == set(INTERFACES)
        arn = spell(denied.conditions["ArnEquals"]["lambda:SourceFunctionArn"])
        assert arn.endswith(f":function:accessflows-{role}")


def test_half_a_network_is_refused() -> None:
    assert network_of("", "") == Network()
    assert network_of("subnet-1, subnet-2", "sg-1") == Network(("subnet-1", "subnet-2"), ("sg-1",))
    for subnets, groups in (("subnet-1", ""), ("", "sg-1")):
        with pytest.raises(ValueError, match="`subnets` and `security_groups` together"):
            network_of(subnets, groups)
