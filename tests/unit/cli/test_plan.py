"""The command that tells what a change of the configuration would do."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from accessflows.cli.app import app
from accessflows.cli.exported import write
from accessflows.model.past_request import PastRequest
from accessflows.model.person import Person
from accessflows.model.target import Resource
from tests.factories import NOON, a_resource

ROOT = Path(__file__).parents[3]
# An organisation of its own, so that what the plan says changes with the plan only.
SAMPLE = Path(__file__).parent / "config"

Changed = Callable[..., Path]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """A configuration, some words of a file replaced."""

    def change(*replacements: tuple[str, str, str], of: Path = SAMPLE) -> Path:
        folder = shutil.copytree(of, tmp_path / "new")
        for name, old, new in replacements:
            file = folder / f"{name}.yaml"
            assert old in file.read_text()
            file.write_text(file.read_text().replace(old, new))
        return folder

    return change


def run(*arguments: object):
    return CliRunner().invoke(app, ["plan", *map(str, arguments)])


WIDER = ("flows", "values: [engineering, support]", "values: [engineering, security]")
LONGER = ("flows", "grant_duration: PT30M", "grant_duration: PT2H")
SWAPPED = ("people", "members: [anna, ada]", "members: [anna, tom]")
IDLE = ("people", "groups:\n", "groups:\n  - {id: guests, name: Guests}\n")

GOLDEN = """\
Gains
  staging-buckets
    + ben may ask for themselves
        read on s3_bucket in aws-demo, tagged env=staging
        write on s3_bucket in aws-demo, tagged env=staging

Losses
  staging-buckets
    - tom could ask for themselves
        read on s3_bucket in aws-demo, tagged env=staging
        write on s3_bucket in aws-demo, tagged env=staging

Terms
  secrets
    grant duration: 30 minutes -> 2 hours

Who is asked
  production-buckets
    group 1: group is 'platform'
      + tom
      - ada
  secrets
    group 1: group is 'platform'
      + tom
      - ada
  tables
    group 1: department is 'engineering' and group is 'platform'
      - ada

Warnings about the new configuration
  nobody active is in group 'guests'
"""


@pytest.mark.req("N5.access", "N5.approvers", "N5.warnings")
def test_a_plan_reads_like_this(changed: Changed) -> None:
    done = run(SAMPLE, changed(WIDER, LONGER, SWAPPED, IDLE))
    assert (done.output, done.exit_code) == (GOLDEN, 3)


@pytest.mark.req("N5.access")
def test_where_nothing_changes_the_plan_says_so(changed: Changed) -> None:
    reworded = ("flows", "name: Secrets", "name: Secrets\n    description: In other words")
    done = run(SAMPLE, changed(reworded))
    assert (done.output, done.exit_code) == ("Nothing changes for anybody.\n", 0)


@pytest.mark.req("N5.access")
def test_the_plan_is_json_too(changed: Changed) -> None:
    told = json.loads(run(SAMPLE, changed(WIDER), "--json").output)
    assert [(each["flow"], each["people"]) for each in told["gains"]] == [
        ("staging-buckets", ["ben"])
    ]
    assert (told["terms"], told["decisions"]) == ([], None)


@pytest.mark.parametrize(
    ("matters", "exit_code"), [(["gains"], 0), (["terms"], 3), (["gains", "terms"], 3)]
)
def test_a_pipeline_chooses_what_stops_it(
    changed: Changed, matters: list[str], exit_code: int
) -> None:
    options = [part for matter in matters for part in ("--fail-on", matter)]
    assert run(SAMPLE, changed(LONGER), *options).exit_code == exit_code


def test_warnings_stop_a_pipeline_only_where_it_asks(changed: Changed) -> None:
    folder = changed(IDLE)
    done = run(SAMPLE, folder)
    assert done.exit_code == 0
    assert "nobody active is in group 'guests'" in done.output
    assert run(SAMPLE, folder, "--fail-on", "warnings").exit_code == 3


def test_a_configuration_that_could_not_count_has_no_plan(changed: Changed) -> None:
    done = run(SAMPLE, changed(("flows", "grant_duration: PT30M", "grant_duration: 30")))
    assert done.exit_code == 2
    assert "flows.yaml: flows[1].grant_duration: " in done.stderr


def test_people_from_elsewhere_are_counted_in(changed: Changed, tmp_path: Path) -> None:
    outsider = Person(
        id="zoe",
        name="Zoe",
        emails=("zoe@example.com",),
        attributes={"department": ("security",)},
        source="scim",
    )
    file = tmp_path / "people.jsonl"
    write(file, [outsider])
    done = run(SAMPLE, changed(WIDER), "--people", file)
    assert "    + ben, zoe may ask for themselves\n" in done.output


def test_what_other_sources_say_of_people_of_the_files_counts(
    changed: Changed, tmp_path: Path
) -> None:
    tom = Person(
        id="tom",
        name="Tom",
        emails=("tom@example.com",),
        by_source={"scim": {"department": ("security",)}},
    )
    file = tmp_path / "people.jsonl"
    write(file, [tom])
    done = run(SAMPLE, changed(WIDER), "--people", file)
    assert "    + ben may ask for themselves\n" in done.output
    assert "Losses" not in done.output


ORDERS = a_resource("orders", resource_type="dynamodb_table", permissions=("read",))
PAYROLL = a_resource("payroll", resource_type="dynamodb_table", permissions=("read",))


def a_past_request(request_id: str, resource: Resource = ORDERS, **changes) -> PastRequest:
    return PastRequest.model_validate(
        {
            "id": request_id,
            "requester_id": "rita",
            "grantee_id": "rita",
            "flow": {"id": "tables", "version": 1},
            "status": "Expired",
            "submitted_at": NOON,
            "duration": "P1D",
            "entitlements": (
                {
                    "integration": resource.integration,
                    "resource_type": resource.resource_type,
                    "resource": resource.name,
                    "permission": "read",
                },
            ),
            **changes,
        }
    )


@pytest.fixture
def exported(tmp_path: Path) -> list[object]:
    inventory, requests = tmp_path / "inventory.jsonl", tmp_path / "requests.jsonl"
    write(inventory, [ORDERS, PAYROLL])
    gone = a_past_request("gone", a_resource("gone", resource_type="dynamodb_table"))
    write(requests, [a_past_request("old"), a_past_request("short", duration="PT1H"), gone])
    return ["--inventory", inventory, "--requests", requests]


@pytest.mark.req("N5.replay")
def test_requests_that_would_be_decided_otherwise_are_listed(
    changed: Changed, exported: list[object]
) -> None:
    shorter = ("flows", "grant_duration: P1D", "grant_duration: PT8H")
    done = run(SAMPLE, changed(shorter), *exported, "--fail-on", "decisions")
    assert done.exit_code == 3
    assert done.output == (
        """\
Terms
  tables
    grant duration: 1 day -> 8 hours

Requests that would be decided otherwise
  old, rita, 2026-03-02 12:00 UTC
    - tables for P1D, asking ada, anna
    + refused: duration-too-long

Of 2 past requests 1 would be decided otherwise; of 1 more nobody can tell, since people or \
resources are gone.
"""
    )


@pytest.mark.req("N5.replay")
def test_no_request_is_decided_otherwise_by_the_same_configuration(
    changed: Changed, exported: list[object]
) -> None:
    done = run(SAMPLE, changed(), *exported)
    assert done.exit_code == 0
    assert done.output.startswith("Of 2 past requests 0 would be decided otherwise; of 1 more")
    assert done.output.endswith("Nothing changes for anybody.\n")


def test_requests_without_an_inventory_are_refused(exported: list[object]) -> None:
    done = run(SAMPLE, SAMPLE, *exported[2:])
    assert done.exit_code == 2
    assert "--requests needs --inventory" in done.stderr


def test_a_file_that_was_not_exported_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "inventory.jsonl"
    write(file, [ORDERS])
    file.write_text(file.read_text() + '{"name": "x"}\n')
    done = run(SAMPLE, SAMPLE, "--inventory", file)
    assert done.exit_code == 2
    assert f"{file}: line 2 is not as `accessflows export` writes it" in done.stderr


@pytest.mark.req("N5.access")
def test_the_command_itself_answers_a_pipeline_by_its_exit_code(changed: Changed) -> None:
    """As a process, so that what a pipeline sees is what is tested."""
    ours = ROOT / "cdk" / "config"
    folder = changed(WIDER, of=ours)
    codes = [
        subprocess.run(
            [sys.executable, "-m", "accessflows", "plan", *places],
            env={**os.environ, "PYTHONPATH": str(ROOT / "layers" / "core" / "python")},
            capture_output=True,
            check=False,
        ).returncode
        for places in ((ours, ours), (ours, folder), (ours, ROOT / "docs"))
    ]
    assert codes == [0, 3, 2]


def test_the_installed_command_is_this_one() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, name = scripts["accessflows"].partition(":")
    assert getattr(import_module(module), name) is app
