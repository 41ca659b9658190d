"""Policies that are part of their roles: as resources of their own they take a tenth of what a
stack may hold."""

from aws_cdk import aws_iam as iam
from constructs import Construct

# What the CDK calls the policy that it makes at the first permission of a role.
_MADE = "DefaultPolicy"


def inline_policies(scope: Construct) -> None:
    """For all roles below, once nothing more is granted to them."""
    for role in scope.node.find_all():
        if isinstance(role, iam.Role) and (policy := role.node.try_find_child(_MADE)):
            assert isinstance(policy, iam.Policy)
            resource = role.node.default_child
            assert isinstance(resource, iam.CfnRole)
            resource.policies = [
                iam.CfnRole.PolicyProperty(policy_name="access", policy_document=policy.document)
            ]
            role.node.try_remove_child(_MADE)
