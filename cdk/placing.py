"""The functions that speak to systems inside the organisation's network run there."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from cdk.functions import Functions
from cdk.network import INTERFACES, PRIVATE, Network


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
