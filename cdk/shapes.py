"""The functions there are: what each does, and for how long at most."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """timeout: seconds. family: the connectors' family it serves, where it is one of several."""

    module: str
    timeout: int
    does: str
    family: str | None = None

    @property
    def name(self) -> str:
        """As in the data, for instance `requests_api` or `activate_aws_iam`."""
        return f"{self.module}_{self.family}" if self.family else self.module


# Callers outlast the functions they call: HTTP API 30 s, a machine's Task 45 s and 60 s.
_SHAPES = (
    Shape("authorize", 10, "Who is calling the API"),
    Shape("requests_api", 25, "Ask for access; read, cancel and revoke requests"),
    Shape("inventory_api", 25, "What can be asked for, and what bundles and scopes hold"),
    Shape("activity_api", 25, "All requests, reports and audit, for admins; ending several"),
    Shape("mfa_api", 25, "Authenticator apps, and requests confirmed with their codes"),
    Shape("approvals_api", 25, "Approve and reject"),
    Shape("admin_api", 25, "What the product works by, for admins"),
    Shape("users_api", 25, "People and groups, for admins"),
    Shape("tokens_api", 25, "Tokens: one's own, and for admins all"),
    Shape("scim_api", 29, "What identity providers push: people and groups"),
    Shape("api_document", 10, "What the API offers"),
    Shape("approve_page", 25, "The page behind a mailed link"),
    Shape("portal", 25, "The pages of whoever is signed in, and their sign-in"),
    Shape("admin_pages", 25, "The pages of admins: what the product works by"),
    Shape("asking_pages", 25, "The pages on which people ask for access"),
    Shape("oversight_pages", 25, "The pages of admins: all requests, and who could reach what"),
    Shape("people_pages", 25, "The pages of admins: people, groups and tokens"),
    Shape("approver_pages", 25, "What awaits one's decision, for whoever is signed in"),
    Shape("account_pages", 25, "One's authenticator app, delegates and tokens"),
    Shape("links_api", 25, "Access links, for admins"),
    Shape("outsider_page", 25, "The pages of people without an account"),
    Shape("dispatch", 55, "From event rows to machines and the bus"),
    Shape("advance", 30, "Do what is due on one request"),
    Shape("sweep", 55, "Move on every request that is overdue"),
    Shape("clean_fallback", 55, "End fallback access that outlived its purpose"),
    Shape("off_board", 55, "End what a person who changed may not have any longer"),
    Shape("sweep_leavers", 120, "End what people may not have any longer"),
    Shape("pull_people", 240, "Follow the identity sources that are listed"),
    Shape("settle_groups", 240, "Let people's records follow changes of groups"),
    Shape("sync_inventory", 240, "Read what there is at the targets"),
    Shape("notify", 30, "Who is told of an event"),
    Shape("send_notice", 30, "Send one notice by mail"),
    Shape("apply_config", 120, "Store the organisation's configuration"),
)


def shapes(families: Iterable[str]) -> tuple[Shape, ...]:
    """Of all functions, with those that serve the connectors of these families."""
    served = tuple(families)
    return (
        *_SHAPES,
        *(Shape("activate", 30, "Bring a batch to its target", family) for family in served),
        *(Shape("revoke", 30, "Take a batch from its target", family) for family in served),
    )
