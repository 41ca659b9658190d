"""The organisation's own network: where the functions run that speak to systems inside it."""

from typing import NamedTuple

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from accessflows.model.integration import Kind
from cdk.functions import Functions

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


def place(functions: Functions, network: Network) -> None:
    """Put those that speak to private kinds of systems into the network, if there is one."""
    served = [family for family in functions.families if family in PRIVATE]
    if not network.subnets or not served:
        return
    speakers = [
        functions[f"{does}_{family}"] for family in served for does in ("activate", "revoke")
    ]
    for function in (*speakers, functions["sync_inventory"]):
        _place(function, network)


def _place(function: lambda_.Function, network: Network) -> None:
    made = function.node.default_child
    assert isinstance(made, lambda_.CfnFunction)
    made.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=list(network.subnets), security_group_ids=list(network.security_groups)
    )
    function.add_to_role_policy(iam.PolicyStatement(actions=list(INTERFACES), resources=["*"]))
    # Lambda itself may, the function's code may not.
    function.add_to_role_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=list(INTERFACES),
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": _arn(made)}},
        )
    )


def _arn(function: lambda_.CfnFunction) -> str:
    """By its fixed name: the function waits for its role, which cannot wait for the function."""
    return Stack.of(function).format_arn(
        service="lambda",
        resource="function",
        resource_name=function.function_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())
