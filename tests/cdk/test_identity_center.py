"""At IAM Identity Center, roles reach what the files name and no more."""

from collections.abc import Mapping
from typing import Any

import pytest

from accessflows.model.integration import Kind

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
SET = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
CALLERS = [
    f"{module}_{family}"
    for module in ("activate", "revoke")
    for family in (Kind.AWS_IDENTITY_CENTER, Kind.DIRECTORY_GROUP)
] + ["sync_inventory"]


@pytest.fixture(scope="module")
def allowed() -> Mapping[str, set[tuple[str, str]]]:
    """Action and resource, by function."""
    from aws_cdk import Stack
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk.assertions import Template

    from cdk.identity_center import IdentityCenter

    stack = Stack()
    functions: Any = {
        name: lambda_.Function(
            stack,
            name.replace("_", ""),
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("pass"),
        )
        for name in CALLERS
    }
    IdentityCenter(
        stack,
        "Center",
        functions=functions,
        assigned=[(INSTANCE, "111122223333", SET)],
        groups=[("d-1234567890", "g-1")],
    )
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    return {
        name: {
            (action, _spell(resource))
            for logical_id, policy in policies.items()
            if logical_id.startswith(name.replace("_", ""))
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            for action in _list(statement["Action"])
            for resource in _list(statement["Resource"])
        }
        for name in CALLERS
    }


@pytest.mark.req("R39.identity_center")
def test_assignments_are_made_and_ended_only_of_what_the_files_name(
    allowed: Mapping[str, set[tuple[str, str]]],
) -> None:
    everything = {INSTANCE, SET, "arn:*:sso:::account/111122223333"}
    for name, change in (
        ("activate_aws_identity_center", "sso:CreateAccountAssignment"),
        ("revoke_aws_identity_center", "sso:DeleteAccountAssignment"),
    ):
        changes = {
            (action, resource)
            for action, resource in allowed[name]
            if not action.startswith(("sso:Describe", "sso:List"))
        }
        assert changes == {(change, resource) for resource in everything}
        assert {resource for _, resource in allowed[name]} == everything


@pytest.mark.req("R39.directory_group")
def test_memberships_are_made_and_ended_only_in_groups_the_files_name(
    allowed: Mapping[str, set[tuple[str, str]]],
) -> None:
    where = {
        "arn:*:identitystore::*:identitystore/d-1234567890",
        "arn:*:identitystore:::group/g-1",
        "arn:*:identitystore:::user/*",
        "arn:*:identitystore:::membership/*",
    }
    read = "identitystore:GetGroupMembershipId"
    for name, change in (
        ("activate_directory_group", "identitystore:CreateGroupMembership"),
        ("revoke_directory_group", "identitystore:DeleteGroupMembership"),
    ):
        assert allowed[name] == {(action, at) for action in (change, read) for at in where}


def test_the_sync_only_reads_there(allowed: Mapping[str, set[tuple[str, str]]]) -> None:
    assert {action for action, _ in allowed["sync_inventory"]} == {
        "sso:DescribePermissionSet",
        "identitystore:DescribeGroup",
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _spell(resource: Any) -> str:
    """Partition and account, which only a deploy knows, as stars."""
    if isinstance(resource, str):
        return resource
    return "".join(part if isinstance(part, str) else "*" for part in resource["Fn::Join"][1])
