"""IAM Identity Center as a target: which assignments and memberships may be made and taken away.

Source: Service Authorization Reference, AWS IAM Identity Center and AWS Identity Store."""

from collections.abc import Iterable, Sequence

from aws_cdk import Acknowledgment, Aws, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.functions import Functions

# On the instance, the accounts and the permission sets that the files name.
ASSIGN = "sso:CreateAccountAssignment"
UNASSIGN = "sso:DeleteAccountAssignment"
READ_ASSIGNED = ("sso:ListAccountAssignments",)
# On the instance alone: AWS offers no smaller resource.
READ_PROGRESS = (
    "sso:DescribeAccountAssignmentCreationStatus",
    "sso:DescribeAccountAssignmentDeletionStatus",
    "sso:ListAccountAssignmentCreationStatus",
    "sso:ListAccountAssignmentDeletionStatus",
)
DISCOVER_SETS = "sso:DescribePermissionSet"

# On the store, the groups that the files name, and whoever is in the store.
ADD = "identitystore:CreateGroupMembership"
TAKE_OUT = "identitystore:DeleteGroupMembership"
READ_MEMBERS = "identitystore:GetGroupMembershipId"
DISCOVER_GROUPS = "identitystore:DescribeGroup"


class IdentityCenter(Construct):
    """assigned: ARN of instance, account and ARN of permission set; groups: ids of store and
    group; both from the integrations of the configuration."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Functions,
        assigned: Sequence[tuple[str, str, str]],
        groups: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(scope, construct_id)
        self._functions = functions
        if assigned:
            self._allow_assignments(assigned)
        if groups:
            self._allow_memberships(groups)

    def _allow_assignments(self, assigned: Sequence[tuple[str, str, str]]) -> None:
        instances = _once(instance for instance, _, _ in assigned)
        sets = _once(permission_set for _, _, permission_set in assigned)
        accounts = _once(
            f"arn:{Aws.PARTITION}:sso:::account/{account}" for _, account, _ in assigned
        )
        everything = [*instances, *accounts, *sets]
        for module, change in (("activate", ASSIGN), ("revoke", UNASSIGN)):
            name = f"{module}_aws_identity_center"
            self._allow(name, (change, *READ_ASSIGNED), everything)
            self._allow(name, READ_PROGRESS, instances)
        self._allow("sync_inventory", (DISCOVER_SETS,), [*instances, *sets])

    def _allow_memberships(self, groups: Sequence[tuple[str, str]]) -> None:
        store = f"arn:{Aws.PARTITION}:identitystore"
        stores = _once(
            f"{store}::{Aws.ACCOUNT_ID}:identitystore/{store_id}" for store_id, _ in groups
        )
        named = _once(f"{store}:::group/{group}" for _, group in groups)
        whoever = [f"{store}:::user/*", f"{store}:::membership/*"]
        for module, change in (("activate", ADD), ("revoke", TAKE_OUT)):
            name = f"{module}_directory_group"
            self._allow(name, (change, READ_MEMBERS), [*stores, *named, *whoever])
            self._explain(name, whoever)
        self._allow("sync_inventory", (DISCOVER_GROUPS,), [*stores, *named])

    def _allow(self, name: str, actions: Iterable[str], resources: Iterable[str]) -> None:
        self._functions[name].add_to_role_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(resources))
        )

    def _explain(self, name: str, resources: Iterable[str]) -> None:
        role = self._functions[name].role
        assert role is not None
        # cdk-nag writes the partition so.
        written = [arn.replace(Aws.PARTITION, "<AWS::Partition>") for arn in resources]
        Validations.of(role).acknowledge(
            *(
                Acknowledgment(
                    id=f"AwsSolutions-IAM5[Resource::{arn}]",
                    reason="Who will be given a membership, and its id, nobody knows before.",
                )
                for arn in written
            )
        )


def _once(found: Iterable[str]) -> list[str]:
    return sorted(set(found))
