"""What each role may do, and what nobody may."""

import pytest

from accessflows.connectors.aws_catalogue import every_action
from cdk.network import INTERFACES
from tests.cdk.template import Properties, Statement, Template, spell

ACTIVATE, REVOKE = "activate-aws-iam", "revoke-aws-iam"
USERS = frozenset(
    {
        "arn:<AWS::Partition>:iam::000000000000:user/demo-*",
        "arn:<AWS::Partition>:iam::111111111111:user/exact",
    }
)
ROLES = frozenset({"arn:<AWS::Partition>:iam::000000000000:role/demo-*"})
# AWS appends six characters to a secret's name.
LINK_KEYS = (
    "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>"
    ":secret:accessflows/link-keys-??????"
)
ON_CALL_KEYS = LINK_KEYS.replace("link-keys", "pagerduty")
DESK_KEYS = LINK_KEYS.replace("link-keys", "desk")
SPEAK_TO_THE_DESK = {"activate-webhook", "revoke-webhook", "sync-inventory"}
SHOP_KEYS = LINK_KEYS.replace("link-keys", "shop-db")
SPEAK_TO_THE_SHOP = {"activate-postgresql", "revoke-postgresql", "sync-inventory"}
JUDGES = {
    "requests-api",
    "portal",
    "asking-pages",
    "oversight-pages",
    "approver-pages",
    "activity-api",
    "inventory-api",
    "approvals-api",
    "approve-page",
    "outsider-page",
    "advance",
    "sweep",
    "off-board",
    "sweep-leavers",
    "notify",
    "send-notice",
}
READS = {"BatchGetItem", "GetItem", "Query", "Scan", "DescribeStream", "ListStreams"}
READS |= {"GetRecords", "GetShardIterator"}
READERS_OF_TARGETS = {
    "dynamodb:ListTables",
    "dynamodb:ListTagsOfResource",
    "s3:GetBucketTagging",
    "s3:ListAllMyBuckets",
    "secretsmanager:ListSecrets",
}
# Actions that AWS offers for no smaller resource.
WITHOUT_RESOURCE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    *INTERFACES,
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}


def iam_statements(template: Template, role: str) -> list[Statement]:
    return [s for s in template.roles[role] if any(a.startswith("iam:") for a in s.actions)]


def pairs(statements: list[Statement]) -> set[tuple[str, frozenset[str]]]:
    return {(action, s.resources) for s in statements for action in s.actions}


def writers(template: Template, table: str) -> set[str]:
    return {
        role
        for role in template.roles
        for action in template.actions_on(role, f"Tables{table}")
        if action.removeprefix("dynamodb:") not in READS
    }


def test_only_activate_puts_policies_and_only_on_the_principals_named(either: Template) -> None:
    assert either.who_may("iam:Put") == {ACTIVATE}
    assert pairs(iam_statements(either, ACTIVATE)) == {
        ("iam:PutUserPolicy", USERS),
        ("iam:GetUserPolicy", USERS),
        ("iam:ListUserPolicies", USERS),
        ("iam:PutRolePolicy", ROLES),
        ("iam:GetRolePolicy", ROLES),
        ("iam:ListRolePolicies", ROLES),
    }


def test_only_revoke_deletes_policies_and_only_on_the_principals_named(either: Template) -> None:
    assert either.who_may("iam:Delete") == {REVOKE}
    assert pairs(iam_statements(either, REVOKE)) == {
        ("iam:DeleteUserPolicy", USERS),
        ("iam:GetUserPolicy", USERS),
        ("iam:DeleteRolePolicy", ROLES),
        ("iam:GetRolePolicy", ROLES),
    }


def test_nobody_else_touches_iam(either: Template) -> None:
    assert either.who_may("iam:", "sts:", "organizations:") == {ACTIVATE, REVOKE}


@pytest.mark.req("R39.lambda")
def test_own_functions_are_invoked_only_where_the_files_name_them(either: Template) -> None:
    named = {
        "arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:acme-crm",
        "arn:aws:lambda:eu-west-1:111111111111:function:acme-erp",
    }
    reached = {
        role: {r for s in found for r in s.resources if "lambda:InvokeFunction" in s.actions}
        for role, found in either.roles.items()
    }
    callers = {role for role, functions in reached.items() if functions & named}
    assert callers == {"activate-lambda", "revoke-lambda", "sync-inventory"}
    assert all(reached[role] == named for role in callers)


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        ("account-pages", ["mfa:*", "person:*", "session:*", "token:*"]),
        ("approver-pages", ["session:*"]),
        ("mfa-api", ["mfa:*", "person:*"]),
        ("outsider-page", ["person:outsider-*"]),
        ("oversight-pages", ["session:*"]),
    ],
)
def test_who_writes_few_kinds_of_rows_of_the_directory_writes_no_others(
    either: Template, role: str, keys: list[str]
) -> None:
    written = [
        statement
        for statement in either.roles[role]
        if any("TablesDirectory" in resource for resource in statement.resources)
        and not {action.removeprefix("dynamodb:") for action in statement.actions} <= READS
    ]
    assert [statement.conditions for statement in written] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}
    ]


def test_on_aws_policies_are_put_only_on_principals_with_our_boundary(aws: Template) -> None:
    (boundary,) = aws.of_type("AWS::IAM::ManagedPolicy")
    puts = [s for s in aws.roles[ACTIVATE] if any("Put" in a and "iam" in a for a in s.actions)]
    assert len(puts) == 2
    for statement in puts:
        assert statement.conditions == {
            "StringEquals": {"iam:PermissionsBoundary": {"Ref": boundary}}
        }


def test_the_boundary_leaves_iam_keys_and_our_own_resources_out(aws: Template) -> None:
    (boundary,) = aws.of_type("AWS::IAM::ManagedPolicy").values()
    denied = [s for s in boundary["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert {"iam:*", "sts:*", "kms:*"} <= set(denied[0]["Action"])
    assert denied[0]["Resource"] == "*"
    assert denied[1]["Action"] == "*"
    tables, keys = map(str, denied[1]["Resource"])
    assert "table/AccessFlows-*" in tables
    assert "secret:accessflows/*" in keys


def test_the_boundary_allows_what_the_catalogue_can_grant_and_no_more(aws: Template) -> None:
    (boundary,) = aws.of_type("AWS::IAM::ManagedPolicy").values()
    (allowed,) = [s for s in boundary["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    assert set(allowed["Action"]) == every_action()


def test_the_emulator_knows_no_boundary(local: Template) -> None:
    assert local.of_type("AWS::IAM::ManagedPolicy") == {}


def test_no_role_has_a_wildcard_action_or_scans(either: Template) -> None:
    actions = {a for statements in either.roles.values() for s in statements for a in s.actions}
    assert {a for a in actions if "*" in a} == set()
    assert "dynamodb:Scan" not in actions
    assert len(actions) > 20


def test_only_actions_without_a_resource_are_allowed_on_everything(aws: Template) -> None:
    broad = {
        (role, action)
        for role, statements in aws.roles.items()
        for statement in statements
        if "*" in statement.resources
        for action in statement.actions - WITHOUT_RESOURCE
    }
    assert broad == {("sync-inventory", action) for action in READERS_OF_TARGETS} | {
        ("pull-people", f"identitystore:List{what}")
        for what in ("GroupMemberships", "Groups", "Users")
    }


def test_no_role_has_a_policy_of_aws(either: Template) -> None:
    ours = {n: r for n, r in either.of_type("AWS::IAM::Role").items() if "RoleName" in r}
    assert len(ours) > len(either.functions)
    assert {n for n, role in ours.items() if role.get("ManagedPolicyArns")} == set()


def test_each_function_has_a_role_of_its_own_with_its_name(either: Template) -> None:
    roles = either.of_type("AWS::IAM::Role")
    for name, function in either.functions.items():
        role = function["Role"]["Fn::GetAtt"][0]
        assert roles[role]["RoleName"] == f"accessflows-{name}"


def test_each_function_writes_only_its_own_log(either: Template) -> None:
    for role in either.functions:
        logged = {
            resource
            for statement in either.roles[role]
            if any(action.startswith("logs:") for action in statement.actions)
            for resource in statement.resources
        }
        (log,) = logged
        group = either.of_type("AWS::Logs::LogGroup")[log.removesuffix(".Arn")]
        assert group["LogGroupName"] == f"/aws/lambda/accessflows-{role}"


def test_only_send_notice_sends_mail(either: Template) -> None:
    assert either.who_may("ses:") == {"send-notice"}


def test_on_aws_mail_is_sent_from_our_identity_only(aws: Template) -> None:
    (sent,) = [s for s in aws.roles["send-notice"] if "ses:SendEmail" in s.actions]
    (resource,) = sent.resources
    assert resource.startswith("arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/")
    assert "*" not in resource


def who_reads(template: Template, secret: str) -> set[str]:
    return {
        role
        for role, statements in template.roles.items()
        for s in statements
        if "secretsmanager:GetSecretValue" in s.actions and secret in s.resources
    }


def test_only_who_signs_or_reads_links_and_sign_ins_reads_their_keys(either: Template) -> None:
    signing, reading = {"send-notice", "links-api", "portal"}, {"approve-page", "outsider-page"}
    assert who_reads(either, LINK_KEYS) == signing | reading


def test_only_who_judges_conditions_reads_the_keys_to_on_call_services(either: Template) -> None:
    assert who_reads(either, ON_CALL_KEYS) == JUDGES
    others = {"send-notice", "links-api"} | SPEAK_TO_THE_DESK | SPEAK_TO_THE_SHOP
    assert either.who_may("secretsmanager:Get") == JUDGES | others
    read = {
        resource
        for statements in either.roles.values()
        for s in statements
        if "secretsmanager:GetSecretValue" in s.actions
        for resource in s.resources
    }
    assert read == {LINK_KEYS, ON_CALL_KEYS, DESK_KEYS, SHOP_KEYS}


@pytest.mark.req("R39.webhook", "R39.postgresql")
def test_only_who_speaks_to_a_system_reads_the_secret_it_takes(either: Template) -> None:
    assert who_reads(either, DESK_KEYS) == SPEAK_TO_THE_DESK
    assert who_reads(either, SHOP_KEYS) == SPEAK_TO_THE_SHOP


@pytest.mark.req("R39.postgresql")
def test_who_makes_passwords_reads_none_and_only_who_shows_them_does(either: Template) -> None:
    by_key = {role: either.actions_on(role, "LoginsKey") for role in either.roles}
    assert {role: actions for role, actions in by_key.items() if actions} == {
        "activate-postgresql": {"kms:Encrypt"},
        "portal": {"kms:Decrypt"},
        "requests-api": {"kms:Decrypt"},
    }
    told = {
        n for n, f in either.functions.items() if "LOGIN_KEY_ID" in f["Environment"]["Variables"]
    }
    assert told == {"activate-postgresql", "portal", "requests-api"}


def test_sync_inventory_only_reads_at_targets(either: Template) -> None:
    at_targets = {
        action
        for statement in either.roles["sync-inventory"]
        if "*" in statement.resources
        for action in statement.actions - WITHOUT_RESOURCE
    }
    assert at_targets == READERS_OF_TARGETS
    assert all(action.split(":")[1].startswith(("Get", "List")) for action in at_targets)
    assert "sync-inventory" not in either.who_may("iam:", "states:", "sqs:", "events:")


@pytest.mark.parametrize(
    ("table", "by"),
    [
        ("Flows", {"admin-api", "admin-pages", "apply-config"}),
        (
            "Directory",
            {
                "admin-pages",
                "apply-config",
                "approvals-api",
                "asking-pages",
                "account-pages",
                "approver-pages",
                "authorize",
                "mfa-api",
                "portal",
                "outsider-page",
                "oversight-pages",
                "people-pages",
                "pull-people",
                "scim-api",
                "settle-groups",
                "tokens-api",
                "users-api",
            },
        ),
        ("Inventory", {"sync-inventory"}),
        (
            "Requests",
            {
                "activate-aws-iam",
                "activate-lambda",
                "activate-postgresql",
                "activate-webhook",
                "activity-api",
                "admin-api",
                "admin-pages",
                "advance",
                "apply-config",
                "approvals-api",
                "approve-page",
                "asking-pages",
                "account-pages",
                "approver-pages",
                "authorize",
                "clean-fallback",
                "mfa-api",
                "links-api",
                "off-board",
                "portal",
                "outsider-page",
                "oversight-pages",
                "people-pages",
                "requests-api",
                "revoke-aws-iam",
                "revoke-lambda",
                "revoke-postgresql",
                "revoke-webhook",
                "pull-people",
                "scim-api",
                "send-notice",
                "settle-groups",
                "sweep",
                "sweep-leavers",
                "tokens-api",
                "users-api",
            },
        ),
    ],
)
def test_a_table_is_written_by_few(either: Template, table: str, by: set[str]) -> None:
    assert writers(either, table) == by


def test_the_sweep_reads_what_a_scheduled_start_is_checked_against(either: Template) -> None:
    tables = ("TablesFlows", "TablesDirectory", "TablesInventory")
    assert [either.actions_on("sweep", table) for table in tables] == [
        {"dynamodb:GetItem", "dynamodb:BatchGetItem"},
        {"dynamodb:GetItem", "dynamodb:BatchGetItem"},
        {"dynamodb:BatchGetItem"},
    ]


def test_inventory_api_only_reads_and_sees_no_request(either: Template) -> None:
    assert either.actions_on("inventory-api", "TablesRequests") == set()
    actions = {action for s in either.roles["inventory-api"] for action in s.actions}
    data = {a.removeprefix("dynamodb:") for a in actions if a.startswith("dynamodb:")}
    assert data == {"GetItem", "BatchGetItem", "Query"}


@pytest.mark.parametrize(
    ("role", "indexes"),
    [
        ("off-board", {"by_grantee", "by_requester"}),
        ("sweep-leavers", {"by_open_status"}),
    ],
)
def test_who_ends_what_leavers_had_looks_by_index_and_writes_requests_only(
    either: Template, role: str, indexes: set[str]
) -> None:
    queried = {
        resource.rpartition("/")[2]
        for statement in either.roles[role]
        if "dynamodb:Query" in statement.actions
        for resource in statement.resources
    }
    assert queried == indexes
    for table in ("Flows", "Directory", "Inventory"):
        actions = either.actions_on(role, f"Tables{table}")
        assert actions <= {"dynamodb:GetItem", "dynamodb:BatchGetItem"}


def test_nobody_deletes_a_row_of_requests(either: Template) -> None:
    for role in either.roles:
        assert "dynamodb:DeleteItem" not in either.actions_on(role, "TablesRequests")


def test_only_who_signs_people_in_asks_the_pool_about_them(either: Template) -> None:
    assert either.who_may("cognito-idp:AdminGetUser") == {"authorize", "portal"}
    asked = {a for s in either.roles["portal"] for a in s.actions if a.startswith("cognito-idp:")}
    assert asked == {"cognito-idp:AdminGetUser"}


def test_only_who_invites_makes_sign_ins_and_it_sets_no_password(either: Template) -> None:
    assert either.who_may("cognito-idp:") == {"authorize", "people-pages", "portal", "users-api"}
    for role in ("users-api", "people-pages"):
        may = {a for s in either.roles[role] for a in s.actions if a.startswith("cognito-idp:")}
        assert may == {"cognito-idp:AdminCreateUser", "cognito-idp:AdminDeleteUser"}


def test_only_dispatch_starts_machines_and_only_ours(either: Template) -> None:
    assert either.who_may("states:Start") == {"dispatch"}
    (started,) = [s for s in either.roles["dispatch"] if "states:StartExecution" in s.actions]
    assert len(started.resources) == 3
    assert all(name.startswith("Machines") for name in started.resources)


def invoked(template: Template, role: str) -> set[str]:
    return {
        name.split(".")[0].removeprefix("Functions")[:-8]
        for statement in template.roles[role]
        if "lambda:InvokeFunction" in statement.actions
        for name in statement.resources
    }


@pytest.mark.parametrize(
    ("role", "functions"),
    [
        ("approval", {"Advance"}),
        (
            "access",
            {
                "Advance",
                "ActivateAwsIam",
                "ActivateLambda",
                "ActivatePostgresql",
                "ActivateWebhook",
            },
        ),
        (
            "revocation",
            {"Advance", "RevokeAwsIam", "RevokeLambda", "RevokePostgresql", "RevokeWebhook"},
        ),
        ("sweep", {"RevokeAwsIam", "RevokeLambda", "RevokePostgresql", "RevokeWebhook"}),
        ("clean-fallback", {"RevokeAwsIam", "RevokeLambda", "RevokePostgresql", "RevokeWebhook"}),
        ("off-board", set()),
        ("sweep-leavers", set()),
        ("advance", set()),
        ("requests-api", set()),
    ],
)
def test_a_caller_invokes_only_what_it_must(
    either: Template, role: str, functions: set[str]
) -> None:
    assert invoked(either, role) == functions


def test_the_key_serves_through_the_database_only(either: Template) -> None:
    (key,) = [
        key for name, key in either.of_type("AWS::KMS::Key").items() if name.startswith("TablesKey")
    ]
    for_everyone = [s for s in statements_of(key) if s["Principal"] == {"AWS": "*"}]
    assert len(for_everyone) == 1
    assert set(for_everyone[0]["Condition"]["StringEquals"]) == {
        "kms:CallerAccount",
        "kms:ViaService",
    }


@pytest.mark.req("R64.enrol")
def test_only_what_takes_codes_uses_the_key_that_seals_secrets(either: Template) -> None:
    takers = {"mfa-api", "account-pages"}
    assert {role for role in either.roles if either.actions_on(role, "MfaKey")} == takers
    uses = [s for name in takers for s in either.roles[name] if "kms:Decrypt" in s.actions]
    assert len(uses) == len(takers)
    used = uses[0]
    assert {(each.actions, each.resources) for each in uses} == {(used.actions, used.resources)}
    assert used.actions == {"kms:Decrypt", "kms:Encrypt"}
    (key,) = used.resources
    assert key.startswith("MfaKey")
    sealing = either.of_type("AWS::KMS::Key")[key.removesuffix(".Arn")]
    assert sealing["EnableKeyRotation"] is True
    # Nobody but by a role's own policy, as the account's root says for every key.
    (root,) = statements_of(sealing)
    assert spell(root["Principal"]["AWS"]).endswith(":root")


def statements_of(key: Properties) -> list[Properties]:
    found: list[Properties] = key["KeyPolicy"]["Statement"]
    return found
