"""Request settings of resources in files: read, checked, and made flows of."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from moto import mock_aws

from accessflows.actions.apply_config import Applied, apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import ConfigurationErrors, check
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from tests.doubles.organisation import FLOWS, PEOPLE, written
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON

PAYROLL = """\
resource_access:
  - id: payroll
    integration: aws-demo
    resource_type: s3_bucket
    resource: acme-payroll
    permissions: [read]
    default: {presets: [PT1H, PT12H], approval: manual, reviewers: [engineers]}
    groups:
      - {group: engineers, access: {duration: custom, approval: automatic}}
"""


@pytest.fixture
def store() -> Iterator[DynamoFlows]:
    with mock_aws():
        create_tables()
        yield DynamoFlows(TEST_SETTINGS)


def refused(folder: Path, text: str, **files: str) -> list[str]:
    with pytest.raises(ConfigurationErrors) as caught:
        check(written(folder, access=text, **files), VALIDATORS)
    return [str(error).partition(" (line")[0] for error in caught.value.errors]


def apply(folder: Path, **files: str) -> Applied:
    return apply_config(
        check(written(folder, **files), VALIDATORS),
        DynamoFlows(TEST_SETTINGS),
        DynamoDirectory(TEST_SETTINGS),
        validators=VALIDATORS,
        now=NOON,
    )


@pytest.mark.req("R125.own", "R127.presets", "R127.custom")
def test_settings_become_ordinary_flows_and_close_with_their_entry(
    tmp_path: Path, store: DynamoFlows
) -> None:
    assert apply(tmp_path, access=PAYROLL).flows == 3
    assert apply(tmp_path, access=PAYROLL).written == 0
    flows = {flow.name: flow for flow in store.current()}
    assert set(flows) == {"Buckets", "Access to payroll", "Access to payroll for engineers"}
    assert flows["Access to payroll"].duration_presets == (timedelta(hours=1), timedelta(hours=12))
    assert flows["Access to payroll for engineers"].grant_duration == timedelta(days=7)
    assert apply(tmp_path, access="resource_access: []\n").closed == 3
    assert [flow.name for flow in store.current()] == ["Buckets"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "integration: aws-demo",
            "integration: aws-dem",
            "[0].integration: there is no integration 'aws-dem'; did you mean aws-demo?",
        ),
        (
            "resource_type: s3_bucket",
            "resource_type: s3_buckets",
            "[0].resource_type: 's3_buckets' is none of s3_bucket, dynamodb_table, secret; "
            "did you mean s3_bucket?",
        ),
        ("[read]", "[reed]", "[0].permissions[0]: 'reed' is none of"),
        (
            "reviewers: [engineers]",
            "reviewers: [engineer]",
            "[0].default.reviewers[0]: there is no group 'engineer'; did you mean engineers?",
        ),
        (
            "approval: manual, reviewers",
            "approval: automatic, reviewers",
            "[0].default.reviewers: nobody is asked where approval is automatic",
        ),
        (
            "group: engineers",
            "group: enginers",
            "[0].groups[0].group: there is no group 'enginers'; did you mean engineers?",
        ),
        ("PT12H", "P8D", "[0].default.presets[1]: is longer than P7D"),
        ("duration: custom", "duration: PT169H", "[0].groups[0].access.duration: is longer than"),
        (
            "duration: custom, ",
            "",
            "[0].groups[0].access: write how long: `duration: PT4H`, `duration: custom` or",
        ),
        (
            "duration: custom",
            "presets: [PT1H], duration: PT4H",
            "[0].groups[0].access: `presets` stand alone or beside `duration: custom`",
        ),
        (
            "{duration: custom, approval: automatic}",
            "inherits",
            "[0].groups[0].access: must be inherit or not_required, not 'inherits'",
        ),
        (
            "{duration: custom, approval: automatic}",
            "[]",
            "[0].groups[0].access: write `inherit`, `not_required` or a setting such as",
        ),
        (
            "duration: custom",
            "duration: often",
            "[0].groups[0].access.duration: 'often' is not an ISO 8601 duration",
        ),
        ("permissions: [read]\n", "permissions: []\n", "[0].permissions: needs 1 or more"),
        ("id: payroll", "id: Payroll", "[0].id: 'Payroll' is not 1 to 64 lower-case letters"),
    ],
)
def test_every_mistake_is_said_where_it_stands(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert PAYROLL.count(old) == 1
    (error,) = refused(tmp_path, PAYROLL.replace(old, new))
    assert error.startswith(f"access.yaml: resource_access{expected}"), error


def test_one_permission_of_a_resource_has_one_setting_and_a_group_one_entry(tmp_path: Path) -> None:
    again = PAYROLL.removeprefix("resource_access:\n").replace("id: payroll", "id: wages")
    twice = "      - {group: engineers, access: inherit}\n"
    assert refused(tmp_path, PAYROLL + twice + again) == [
        "access.yaml: resource_access[0].groups[1].group: 'engineers' is taken already, by an "
        "entry before",
        "access.yaml: resource_access[1].permissions[0]: 'read' is taken already, by payroll",
    ]
    other = again.replace("[read]", "[write]")
    assert len(check(written(tmp_path, access=PAYROLL + other), VALIDATORS).resource_access) == 2


def test_a_flow_may_not_carry_the_name_of_a_setting(tmp_path: Path) -> None:
    flows = FLOWS.replace("name: Buckets", "name: Access to payroll")
    (error,) = refused(tmp_path, PAYROLL, flows=flows)
    assert error == (
        "flows.yaml: flows[0].name: 'Access to payroll' is taken already, by request setting "
        "payroll"
    )


@pytest.mark.req("R128.manual")
def test_reviewers_have_somebody_active_among_them(tmp_path: Path) -> None:
    people = PEOPLE.replace("name: Rita", "name: Rita\n    active: false")
    (error,) = refused(tmp_path, PAYROLL, people=people)
    assert error == (
        "access.yaml: resource_access[0].default.reviewers[0]: the group holds nobody active who "
        "could review"
    )


def test_presets_only_needs_presets_and_standing_is_not_written(tmp_path: Path) -> None:
    flows = FLOWS.replace("require_justification", "require_preset").replace(
        "name: Buckets", "name: Buckets\n    standing: true"
    )
    errors = refused(tmp_path, PAYROLL, flows=flows)
    assert [error.partition(": ")[2] for error in errors] == [
        "flows[0].standing: follows from `access: not_required` under `resource_access`: leave it "
        "out",
        "flows[0].settings.require_preset: needs `duration_presets`: without one nothing could be "
        "asked for",
    ]
