"""Services that know who is on call: whoever judges conditions may read the keys to them."""

from collections.abc import Sequence

from constructs import Construct

from cdk.credentials import reads_secrets
from cdk.functions import Functions

# Those that put conditions to people; who only reads people has no use for a key.
JUDGES = (
    "requests_api",
    "portal",
    "asking_pages",
    "oversight_pages",
    "approver_pages",
    "inventory_api",
    "activity_api",
    "approvals_api",
    "approve_page",
    "outsider_page",
    "advance",
    "sweep",
    "off_board",
    "sweep_leavers",
    "notify",
    "send_notice",
)


class OnCall(Construct):
    """secrets: names of the secrets that the organisation keeps its keys in, made by hand."""

    def __init__(
        self, scope: Construct, construct_id: str, *, functions: Functions, secrets: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        for judge in JUDGES if secrets else ():
            functions[judge].add_to_role_policy(reads_secrets(self, secrets))
