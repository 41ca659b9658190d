"""The organisation's own network, and what it takes to run in it."""

from typing import NamedTuple

from accessflows.model.integration import Kind

# Kinds of systems that an organisation may run where nothing from outside reaches them.
PRIVATE = (Kind.KUBERNETES, Kind.POSTGRESQL, Kind.WEBHOOK)

# With these, Lambda makes the network interfaces of a function; EC2 names no smaller resource.
# Source: AWS Lambda Developer Guide, Giving Lambda functions access to resources in an Amazon VPC;
# Using source function ARN to control function access behavior.
INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


class Network(NamedTuple):
    """Ids of subnets and security groups of one VPC; none of either for no network of one's own."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()


def network_of(subnets: str, security_groups: str) -> Network:
    """From lists with commas between. Raises ValueError where one of the two is missing."""
    network = Network(_listed(subnets), _listed(security_groups))
    if bool(network.subnets) != bool(network.security_groups):
        raise ValueError("name `subnets` and `security_groups` together, or neither")
    return network


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())
