"""Style, types and the one-way arrows are tests like any other: `make lint` runs the same."""

import ast
import importlib.util
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    ["ruff check --quiet .", "ruff format --check --quiet .", "mypy", "lint-imports"],
)
def test_the_linters_find_nothing(command: str) -> None:
    program, *arguments = command.split()
    done = subprocess.run(
        [PROGRAMS / program, *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": "layers/core/python", "PATH": str(PROGRAMS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_of_the_cdk_that_is_used_is_read_for_its_types() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    overrides = project["tool"]["mypy"]["overrides"]
    (read,) = (each["module"] for each in overrides if each.get("follow_imports") == "normal")
    assert set(read) == set(_used_of_the_cdk())


def test_no_worker_imports_what_only_one_needs(collected: frozenset[str]) -> None:
    """Each collects all tests. What takes seconds to import, a fixture or a test imports."""
    assert not {"aws_cdk", "cdk_nag"} & collected


def _used_of_the_cdk() -> Iterator[str]:
    # Importing it would start Node.
    found = importlib.util.find_spec("aws_cdk")
    assert found
    assert found.submodule_search_locations
    (library,) = map(Path, found.submodule_search_locations)
    for file in (ROOT / "cdk").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "aws_cdk":
                yield "aws_cdk"
                modules = (alias.name for alias in node.names if (library / alias.name).is_dir())
                yield from (f"aws_cdk.{module}" for module in modules)
