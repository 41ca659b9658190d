"""What each function may do at the tables: one line, one permission.

Indexes are named beside their table, the stream too. None may Scan, none has a wildcard."""

from accessflows.model.integration import Kind

# Those whose grants of the same thing share an artefact: they read leases, too.
SHARING = (Kind.AWS_IDENTITY_CENTER, Kind.DIRECTORY_GROUP, Kind.AZURE)

TABLE_ACTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "requests_api": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"),
        "requests/by_closed": ("Query",),
        "requests/by_grantee": ("Query",),
        "requests/by_requester": ("Query",),
        "requests/by_unreviewed": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "Query"),
        "directory/by_value": ("Query",),
        "inventory": ("GetItem", "BatchGetItem", "Query"),
    },
    "mfa_api": {
        "requests": ("GetItem", "BatchGetItem", "PutItem"),
        "requests/by_closed": ("Query",),
        "flows": ("GetItem",),
        "directory": ("GetItem", "BatchGetItem", "PutItem"),
    },
    "inventory_api": {
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem"),
        "inventory": ("GetItem", "BatchGetItem", "Query"),
    },
    "activity_api": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem"),
        "requests/by_age": ("Query",),
        "requests/by_closed": ("Query",),
        "requests/by_grantee": ("Query",),
        "requests/by_open_status": ("Query",),
        "requests/by_requester": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "Query"),
        "directory/by_value": ("Query",),
        "inventory": ("GetItem", "BatchGetItem", "Query"),
    },
    "approvals_api": {
        "requests": ("GetItem", "PutItem"),
        "requests/by_open_status": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem"),
    },
    "admin_api": {
        "requests": ("GetItem", "Query", "PutItem"),
        "flows": ("GetItem", "BatchGetItem", "PutItem", "Query"),
        "directory": ("GetItem", "BatchGetItem"),
        "directory/by_value": ("Query",),
    },
    "users_api": {
        "requests": ("PutItem",),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem", "BatchWriteItem"),
        "directory/by_value": ("Query",),
    },
    "tokens_api": {
        "requests": ("PutItem",),
        "flows": ("GetItem",),
        "directory": ("GetItem", "BatchGetItem", "PutItem"),
        "directory/by_value": ("Query",),
    },
    # What a source says of a person, and the event of it, is one transaction.
    "scim_api": {
        "requests": ("PutItem",),
        "flows": ("GetItem",),
        "directory": (
            "BatchGetItem",
            "Query",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "BatchWriteItem",
        ),
        "directory/by_value": ("Query",),
    },
    "pull_people": {
        "requests": ("PutItem",),
        "flows": ("GetItem",),
        "directory": (
            "BatchGetItem",
            "Query",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "BatchWriteItem",
        ),
        "directory/by_value": ("Query",),
    },
    "settle_groups": {
        "requests": ("PutItem",),
        "directory": (
            "BatchGetItem",
            "Query",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "BatchWriteItem",
        ),
        "directory/by_value": ("Query",),
    },
    "approve_page": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"),
        "requests/by_grantee": ("Query",),
        "requests/by_open_status": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "Query"),
    },
    # What `requests_api` does for programs, and `authorize`; of the directory, only sessions go.
    "portal": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"),
        "requests/by_closed": ("Query",),
        "requests/by_grantee": ("Query",),
        "requests/by_requester": ("Query",),
        "requests/by_unreviewed": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem"),
        "directory/by_value": ("Query",),
        "inventory": ("BatchGetItem",),
    },
    # What `admin_api` does for programs, with the session; and the inventory, which scopes search.
    "admin_pages": {
        "requests": ("GetItem", "Query", "PutItem"),
        "flows": ("GetItem", "BatchGetItem", "PutItem", "Query"),
        "directory": ("GetItem", "BatchGetItem", "PutItem"),
        "directory/by_value": ("Query",),
        "inventory": ("GetItem", "BatchGetItem", "Query"),
    },
    # What `requests_api` and `inventory_api` do for programs that ask.
    "asking_pages": {
        "requests": ("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "BatchWriteItem"),
        "requests/by_closed": ("Query",),
        "requests/by_unreviewed": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "PutItem"),
        "directory/by_value": ("Query",),
        "inventory": ("GetItem", "BatchGetItem", "Query"),
    },
    # It ends requests.
    "oversight_pages": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem"),
        "requests/by_age": ("Query",),
        "requests/by_closed": ("Query",),
        "requests/by_due": ("Query",),
        "requests/by_grantee": ("Query",),
        "requests/by_open_status": ("Query",),
        "requests/by_requester": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem"),
        "directory/by_value": ("Query",),
        "inventory": ("GetItem", "BatchGetItem", "Query"),
    },
    # What `users_api` does for programs, and a look at what somebody holds.
    "people_pages": {
        "requests": ("BatchGetItem", "PutItem"),
        "requests/by_closed": ("Query",),
        "flows": ("GetItem",),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem", "BatchWriteItem"),
        "directory/by_value": ("Query",),
    },
    # As `approvals_api`, with all that a page tells of a request. Of the directory it writes when
    # a session was used.
    "approver_pages": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem"),
        "requests/by_grantee": ("Query",),
        "requests/by_open_status": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem"),
    },
    # As `mfa_api` and `tokens_api`; delegates are found by their address.
    "account_pages": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem"),
        "requests/by_closed": ("Query",),
        "flows": ("GetItem",),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem"),
        "directory/by_value": ("Query",),
    },
    "links_api": {
        "requests": ("GetItem", "Query", "PutItem"),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem"),
    },
    "outsider_page": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"),
        "requests/by_closed": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem", "BatchWriteItem"),
        "directory/by_value": ("Query",),
        "inventory": ("GetItem", "BatchGetItem", "Query"),
    },
    "advance": {
        "requests": ("GetItem", "BatchGetItem", "PutItem", "ConditionCheckItem"),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem"),
        "inventory": ("BatchGetItem",),
    },
    # The sweeps only move on what is overdue. That asks nothing of flows, people or inventory,
    # but where a start has come: then the sweep looks again whether access is still allowed.
    "sweep": {
        "requests": ("GetItem", "BatchGetItem", "PutItem"),
        "requests/by_due": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("GetItem", "BatchGetItem"),
        "inventory": ("BatchGetItem",),
    },
    "clean_fallback": {
        "requests": ("GetItem", "BatchGetItem", "PutItem"),
        "requests/by_open_flow": ("Query",),
    },
    "off_board": {
        "requests": ("GetItem", "BatchGetItem", "PutItem"),
        "requests/by_grantee": ("Query",),
        "requests/by_requester": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("BatchGetItem",),
        "inventory": ("BatchGetItem",),
    },
    "sweep_leavers": {
        "requests": ("GetItem", "BatchGetItem", "PutItem"),
        "requests/by_open_status": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("BatchGetItem",),
        "inventory": ("BatchGetItem",),
    },
    "dispatch": {
        "requests": ("GetItem",),
        "requests/stream": ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"),
    },
    **{
        f"activate_{family}": {
            "requests": ("GetItem", "PutItem", "ConditionCheckItem"),
            "flows": ("GetItem",),
        }
        for family in Kind
    },
    **{
        f"activate_{family}": {
            "requests": ("GetItem", "BatchGetItem", "PutItem", "ConditionCheckItem"),
            "flows": ("GetItem",),
        }
        for family in SHARING
    },
    # Where there is no room at AWS, it depends on a request's other batches what is refused.
    "activate_aws_iam": {
        "requests": ("GetItem", "BatchGetItem", "PutItem", "ConditionCheckItem"),
        "flows": ("GetItem",),
    },
    **{
        f"revoke_{family}": {
            "requests": ("GetItem", "PutItem"),
            "flows": ("GetItem",),
        }
        for family in Kind
    },
    **{
        f"revoke_{family}": {
            "requests": ("GetItem", "BatchGetItem", "PutItem"),
            "flows": ("GetItem",),
        }
        for family in SHARING
    },
    "notify": {
        "requests": ("GetItem",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("BatchGetItem",),
        "directory/by_value": ("Query",),
    },
    "send_notice": {
        "requests": ("GetItem", "BatchGetItem", "Query", "PutItem"),
        "requests/by_grantee": ("Query",),
        "requests/by_open_status": ("Query",),
        "flows": ("GetItem", "BatchGetItem"),
        "directory": ("BatchGetItem", "Query"),
    },
    "apply_config": {
        "requests": ("PutItem",),
        "requests/by_open_status": ("Query",),
        "flows": ("GetItem", "BatchGetItem", "PutItem"),
        "directory": ("BatchGetItem", "Query", "PutItem", "BatchWriteItem"),
        "directory/by_value": ("Query",),
    },
    "sync_inventory": {
        "inventory": ("GetItem", "Query", "PutItem", "BatchWriteItem"),
        "flows": ("GetItem",),
    },
    "authorize": {
        "requests": ("PutItem",),
        "directory": ("GetItem", "BatchGetItem", "Query", "PutItem"),
        "directory/by_value": ("Query",),
    },
}

# Rows of the directory that a function may write, where that is not all of them, by how their
# first key begins. AWS holds to it; the emulator knows no such condition and takes it as met.
WRITES_ONLY: dict[str, tuple[str, ...]] = {
    "account_pages": ("mfa:", "person:", "session:", "token:"),
    "approver_pages": ("session:",),
    "mfa_api": ("mfa:", "person:"),
    "outsider_page": ("person:outsider-",),
    "oversight_pages": ("session:",),
}
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"})
