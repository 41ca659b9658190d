"""Tables, functions, machines, queues, schedules and outputs."""

import json
import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from accessflows.model.integration import Kind
from accessflows.ports import BatchReference
from cdk.organisation import reach_of
from cdk.shapes import shapes
from tests.cdk.conftest import CONFIG
from tests.cdk.template import Properties, Template, spell

ROOT = Path(__file__).parents[2]
MACHINES = ROOT / "statemachines"
FAMILIES = (Kind.AWS_IAM, Kind.LAMBDA, Kind.POSTGRESQL, Kind.WEBHOOK)
FUNCTIONS = {
    "activity-api",
    "activate-aws-iam",
    "activate-lambda",
    "activate-postgresql",
    "activate-webhook",
    "admin-api",
    "admin-pages",
    "oversight-pages",
    "people-pages",
    "api-document",
    "advance",
    "apply-config",
    "approvals-api",
    "approve-page",
    "approver-pages",
    "account-pages",
    "authorize",
    "clean-fallback",
    "dispatch",
    "notify",
    "inventory-api",
    "mfa-api",
    "links-api",
    "off-board",
    "portal",
    "asking-pages",
    "outsider-page",
    "requests-api",
    "revoke-aws-iam",
    "revoke-lambda",
    "revoke-postgresql",
    "revoke-webhook",
    "send-notice",
    "sweep",
    "pull-people",
    "scim-api",
    "settle-groups",
    "sweep-leavers",
    "tokens-api",
    "users-api",
    "sync-inventory",
}


def table(template: Template, name: str) -> Properties:
    (found,) = [
        properties
        for logical_id, properties in template.of_type("AWS::DynamoDB::Table").items()
        if logical_id.startswith(f"Tables{name}")
    ]
    return found


def test_functions_and_machines_have_fixed_names(either: Template) -> None:
    assert set(either.functions) == FUNCTIONS
    machines = either.of_type("AWS::StepFunctions::StateMachine").values()
    assert {machine["StateMachineName"] for machine in machines} == {
        "accessflows-approval",
        "accessflows-access",
        "accessflows-revocation",
    }
    assert FUNCTIONS | {"approval", "access", "revocation"} <= set(either.roles)


def test_a_family_is_deployed_where_the_files_have_an_integration_of_it() -> None:
    families = {"activate", "revoke"}
    assert reach_of(CONFIG).families == FAMILIES
    assert reach_of(ROOT / "cdk" / "config").families == ("aws_iam", "lambda")
    few, more = ({shape.name for shape in shapes(served)} for served in ((), ("webhook",)))
    assert more - few == {f"{family}_webhook" for family in families}


def test_an_organisation_with_every_kind_of_system_has_room(either: Template) -> None:
    # AWS takes 500 resources in a stack; a family has seven.
    others = len(set(Kind) - set(FAMILIES))
    assert either.size + 7 * others <= 500


def test_nothing_waits_for_itself(either: Template) -> None:
    order = list(TopologicalSorter(either.waits).static_order())
    assert len(order) == either.size
    roles = either.of_type("AWS::IAM::Role")
    assert all(either.waits[role] for role in roles if "Policies" in roles[role])


def test_every_function_runs_one_python_and_traces(either: Template) -> None:
    assert len({function["Runtime"] for function in either.functions.values()}) == 1
    for function in either.functions.values():
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_only_who_speaks_to_postgresql_has_its_driver(either: Template) -> None:
    more = {name for name, function in either.functions.items() if len(function["Layers"]) != 2}
    assert more == {"activate-postgresql", "revoke-postgresql", "sync-inventory"}
    (driver,) = {str(either.functions[name]["Layers"][2:]) for name in more}
    assert "LayersPostgresql" in driver


def test_on_aws_the_python_is_one_setting(aws: Template) -> None:
    assert aws.functions["advance"]["Runtime"] == "python3.13"


def test_every_function_knows_the_tables_and_its_stage(aws: Template) -> None:
    for function in aws.functions.values():
        told = function["Environment"]["Variables"]
        assert told["STAGE"] == "aws"
        for name in ("Requests", "Flows", "Directory", "Inventory"):
            assert spell(told[f"{name.upper()}_TABLE"]).startswith(f"Tables{name}")


@pytest.mark.parametrize(
    ("table_name", "indexes"),
    [
        (
            "Requests",
            {
                "by_due": ("due_shard", "due_at", "KEYS_ONLY"),
                "by_grantee": ("grantee_id", "id", "ALL"),
                "by_requester": ("requester_id", "id", "ALL"),
                "by_closed": ("grantee_id", "closed_at", "ALL"),
                "by_age": ("shard", "id", "ALL"),
                "by_open_flow": ("open_flow", "since", "KEYS_ONLY"),
                "by_open_status": ("open_status", "id", "ALL"),
                "by_unreviewed": ("unreviewed", "id", "INCLUDE"),
            },
        ),
        ("Flows", {}),
        ("Directory", {"by_value": ("attribute", "held", "KEYS_ONLY")}),
        ("Inventory", {}),
    ],
)
def test_tables_answer_the_questions_that_are_asked(
    either: Template, table_name: str, indexes: dict[str, tuple[str, str, str]]
) -> None:
    found = table(either, table_name)
    assert [key["AttributeName"] for key in found["KeySchema"]] == ["pk", "sk"]
    assert found["BillingMode"] == "PAY_PER_REQUEST"
    assert {
        index["IndexName"]: (
            *(key["AttributeName"] for key in index["KeySchema"]),
            index["Projection"]["ProjectionType"],
        )
        for index in found.get("GlobalSecondaryIndexes", [])
    } == indexes


@pytest.mark.parametrize("name", ["Requests", "Flows", "Directory", "Inventory"])
def test_tables_are_encrypted_with_our_key_and_can_be_restored(either: Template, name: str) -> None:
    found = table(either, name)
    assert found["SSESpecification"]["SSEType"] == "KMS"
    assert spell(found["SSESpecification"]["KMSMasterKeyId"]).startswith("TablesKey")
    restore = found["PointInTimeRecoverySpecification"]
    assert restore == {"PointInTimeRecoveryEnabled": True}


def test_only_rows_of_requests_and_sessions_expire_by_themselves(either: Template) -> None:
    for name in ("Requests", "Directory"):
        assert table(either, name)["TimeToLiveSpecification"] == {
            "AttributeName": "expires_at",
            "Enabled": True,
        }
    for name in ("Flows", "Inventory"):
        assert "TimeToLiveSpecification" not in table(either, name)


@pytest.mark.parametrize(
    "kind", ["AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Cognito::UserPool"]
)
def test_on_aws_data_outlives_the_stack(aws: Template, local: Template, kind: str) -> None:
    for template, policy in ((aws, "Retain"), (local, "Delete")):
        for logical_id in template.of_type(kind):
            assert template.resource(logical_id)["DeletionPolicy"] == policy


def test_dispatch_sees_only_fresh_event_rows(either: Template) -> None:
    (mapping,) = [
        mapping
        for mapping in either.of_type("AWS::Lambda::EventSourceMapping").values()
        if "StartingPosition" in mapping
    ]
    (given,) = mapping["FilterCriteria"]["Filters"]
    assert json.loads(given["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "EVENT#"}]}}},
    }
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRecordAgeInSeconds"] == 600
    assert spell(mapping["DestinationConfig"]["OnFailure"]["Destination"]).startswith("Outbox")
    assert table(either, "Requests")["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_queues_are_encrypted(either: Template) -> None:
    queues = either.of_type("AWS::SQS::Queue").values()
    assert len(queues) == 3
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues)


def test_on_aws_queues_refuse_plain_http(aws: Template) -> None:
    policies = aws.of_type("AWS::SQS::QueuePolicy").values()
    assert len(policies) == 3
    for policy in policies:
        (denied,) = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_notice_that_fails_waits_in_its_own_dead_letter_queue(either: Template) -> None:
    (queue,) = [q for q in either.of_type("AWS::SQS::Queue").values() if "RedrivePolicy" in q]
    where = spell(queue["RedrivePolicy"]["deadLetterTargetArn"])
    assert where.startswith("NoticesDeadLetters")


def test_machines_are_logged_without_their_data_and_traced(either: Template) -> None:
    for machine in either.of_type("AWS::StepFunctions::StateMachine").values():
        assert machine["LoggingConfiguration"]["Level"] == "ALL"
        assert machine["LoggingConfiguration"].get("IncludeExecutionData", False) is False
        assert machine["TracingConfiguration"] == {"Enabled": True}


def substitutions(template: Template, machine: str) -> dict[str, str]:
    (found,) = [
        properties["DefinitionSubstitutions"]
        for properties in template.of_type("AWS::StepFunctions::StateMachine").values()
        if properties["StateMachineName"] == f"accessflows-{machine}"
    ]
    return {name: spell(value) for name, value in found.items()}


@pytest.mark.parametrize(
    ("machine", "module"), [("approval", None), ("access", "activate"), ("revocation", "revoke")]
)
def test_a_machine_calls_functions_that_are_there_and_end_before_its_tasks(
    either: Template, machine: str, module: str | None
) -> None:
    ends_after = {name: function["Timeout"] for name, function in either.functions.items()}
    text = (MACHINES / f"{machine}.asl.json").read_text()
    given = substitutions(either, machine)
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(given)
    assert given.pop("AdvanceFunctionArn").startswith("FunctionsAdvance")
    called = [["advance"]]
    if module:
        assert given.pop("LambdaInvokeArn") == "arn:<AWS::Partition>:states:::lambda:invoke"
        prefix = given.pop(f"{module.capitalize()}FunctionPrefix").removeprefix("accessflows-")
        batches = [BatchReference(request_id="r", batch=1, family=family) for family in FAMILIES]
        called.append([prefix + batch.function for batch in batches])
        assert set(called[1]) == {name for name in FUNCTIONS if name.startswith(f"{module}-")}
    assert not given
    for task, names in zip(tasks(json.loads(text)), called, strict=True):
        assert all(ends_after[name] < task["TimeoutSeconds"] for name in names)


def tasks(machine: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for state in machine["States"].values():
        found += [state] if state["Type"] == "Task" else []
        found += tasks(state["ItemProcessor"]) if state["Type"] == "Map" else []
    return found


@pytest.mark.parametrize(
    "function",
    [
        "requests-api",
        "activity-api",
        "inventory-api",
        "mfa-api",
        "approvals-api",
        "approve-page",
        "approver-pages",
        "account-pages",
        "authorize",
        "portal",
        "admin-pages",
        "asking-pages",
        "oversight-pages",
        "people-pages",
        "links-api",
        "outsider-page",
    ],
)
def test_the_api_waits_longer_than_its_functions_take(either: Template, function: str) -> None:
    assert either.functions[function]["Timeout"] < 30


def test_the_clock_calls_the_sweeps_every_minute_and_the_inventory_every_five(
    either: Template,
) -> None:
    schedules = either.of_type("AWS::Scheduler::Schedule").values()
    assert {schedule["Name"]: schedule["ScheduleExpression"] for schedule in schedules} == {
        "accessflows-sweep": "rate(1 minute)",
        "accessflows-clean-fallback": "rate(1 minute)",
        "accessflows-sweep-leavers": "rate(5 minutes)",
        "accessflows-pull-people": "rate(15 minutes)",
        "accessflows-settle-groups": "rate(1 minute)",
        "accessflows-sync-inventory": "rate(5 minutes)",
    }
    assert all(schedule.get("State", "ENABLED") == "ENABLED" for schedule in schedules)


def test_notify_hears_of_requests_and_of_second_factors_on_our_bus(either: Template) -> None:
    rules = rules_for(either, "Notify")
    assert [rule["EventPattern"] for rule in rules] == [
        {
            "source": ["accessflows"],
            "detail": {"subject": [{"prefix": p} for p in ("request:", "change:", "limit:")]},
        },
        {"source": ["accessflows"], "detail-type": ["mfa_enrolled", "mfa_locked", "mfa_reset"]},
    ]
    assert all(spell(rule["EventBusName"]).startswith("OutboxBus") for rule in rules)


def test_off_board_hears_of_people_who_changed_and_of_nothing_else(either: Template) -> None:
    rule = rule_for(either, "OffBoard")
    assert rule["EventPattern"] == {
        "source": ["accessflows"],
        "detail-type": ["person_changed"],
        "detail": {"number": [{"numeric": [">", 1]}]},
    }
    assert spell(rule["EventBusName"]).startswith("OutboxBus")


def rule_for(template: Template, function: str) -> Properties:
    (found,) = rules_for(template, function)
    return found


def rules_for(template: Template, function: str) -> list[Properties]:
    return [
        rule
        for rule in template.of_type("AWS::Events::Rule").values()
        if spell(rule["Targets"][0]["Arn"]).startswith(f"Functions{function}")
    ]


def test_what_must_not_stay_unseen_has_an_alarm(either: Template) -> None:
    watched = {
        spell(alarm["Dimensions"][0]["Value"]).split(".")[0][:-8]
        for alarm in either.of_type("AWS::CloudWatch::Alarm").values()
    }
    assert watched == {
        "FunctionsOffBoard",
        "FunctionsPullPeople",
        "FunctionsSettleGroups",
        "FunctionsRevokeAwsIam",
        "FunctionsRevokeLambda",
        "FunctionsRevokePostgresql",
        "FunctionsRevokeWebhook",
        "FunctionsSweep",
        "FunctionsSweepLeavers",
        "NoticesDeadLetters",
        "OutboxDeadLetters",
    }


def test_the_stack_tells_what_people_and_tests_need(either: Template) -> None:
    assert either.outputs >= {
        "ApiId",
        "ApiUrl",
        "PortalUrl",
        "UserPoolId",
        "UserPoolClientId",
        "RequestsTable",
        "FlowsTable",
        "DirectoryTable",
        "InventoryTable",
        "ApprovalMachineArn",
        "AccessMachineArn",
        "RevocationMachineArn",
        "OutboxDeadLettersUrl",
        "NoticeDeadLettersUrl",
    }
