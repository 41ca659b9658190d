"""The command that checks a configuration."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from accessflows.cli.app import app
from accessflows.configuration import SECTIONS
from tests.doubles.organisation import spoiled, written

SAMPLE = Path(__file__).parent / "config"


def run(*arguments: object):
    return CliRunner().invoke(app, ["validate", *map(str, arguments)])


@pytest.mark.req("R2.validate")
def test_the_command_says_what_there_is() -> None:
    done = run(SAMPLE)
    assert (done.exit_code, done.output) == (
        0,
        "ok: 4 flows, 1 integration, 5 people, 4 groups, 1 bundle, 1 access scope\n",
    )


@pytest.mark.req("R2.validate")
def test_as_json_it_counts_what_is_not_there_too(tmp_path: Path) -> None:
    done = run(written(tmp_path), "--json")
    counts = {"flows": 1, "integrations": 1, "people": 2, "groups": 1}
    assert json.loads(done.output) == {
        "errors": [],
        "warnings": [],
        **dict.fromkeys(SECTIONS, 0),
        **counts,
    }


@pytest.mark.req("R2.validate")
def test_the_command_fails_with_every_mistake(tmp_path: Path) -> None:
    folder = spoiled(tmp_path, "flows", "name: Buckets", "nam: Buckets")
    done = run(folder)
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "flows.yaml: flows[0].name: is missing (line 2)",
        "flows.yaml: flows[0].nam: unknown field; did you mean name? (line 3)",
    ]
    done = run(folder, "--json")
    assert done.exit_code == 1
    assert json.loads(done.output)["errors"][1] == {
        "file": "flows.yaml",
        "line": 3,
        "path": "flows[0].nam",
        "message": "unknown field; did you mean name?",
    }


@pytest.mark.req("N5.warnings")
def test_what_is_hardly_meant_is_a_warning_and_no_error(tmp_path: Path) -> None:
    folder = spoiled(tmp_path, "people", "groups:\n", "groups:\n  - {id: guests, name: Guests}\n")
    done = run(folder)
    assert done.exit_code == 0
    assert done.output.splitlines()[1:] == ["warning: nobody active is in group 'guests'"]
    (told,) = json.loads(run(folder, "--json").output)["warnings"]
    assert told == {
        "concern": "empty group",
        "flows": [],
        "message": "nobody active is in group 'guests'",
    }


def test_a_command_that_is_not_understood_is_no_answer() -> None:
    assert run().exit_code == 2
