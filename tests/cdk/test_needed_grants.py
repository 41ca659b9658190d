"""Whatever a role may do is shown to be needed: `tests/stack/privilege` takes every permission away
until something is denied. Here only: that no function is forgotten there."""

import re
from pathlib import Path

import pytest

from accessflows.model.integration import Kind
from cdk.grants import SHARING, TABLE_ACTIONS
from cdk.shapes import shapes

SHOWN_IN = Path(__file__).parents[1] / "stack" / "privilege"
# `stripped(company, "sweep")`, or a line of the tables of the functions that answer people.
SHOWN = re.compile(r'stripped\(company, "(\w+)"|^    "(\w+)": \($', re.MULTILINE)
_AS_FOR_LAMBDA = "it runs the file of the family `lambda` under the same grants"
_FOR_LEASES = "it reads leases besides, of systems that are not there on the emulator"
NOT_SHOWN = {
    # One file, and one set of grants, as the function of the family `lambda` has.
    **{
        f"{module}_{family}": _AS_FOR_LAMBDA
        for module in ("activate", "revoke")
        for family in Kind
        if family not in (Kind.AWS_IAM, Kind.LAMBDA)
        and TABLE_ACTIONS[f"{module}_{family}"] == TABLE_ACTIONS[f"{module}_lambda"]
    },
    **{
        f"{module}_{family}": _FOR_LEASES for module in ("activate", "revoke") for family in SHARING
    },
}


def shown() -> set[str]:
    return {
        name
        for file in SHOWN_IN.glob("test_*.py")
        for names in SHOWN.findall(file.read_text(encoding="utf-8"))
        for name in names
        if name
    }


@pytest.mark.parametrize("function", sorted(TABLE_ACTIONS))
def test_every_function_s_permissions_are_shown_to_be_needed(function: str) -> None:
    assert function in shown() | NOT_SHOWN.keys(), (
        f"{function} has grants that nothing shows to be needed. Add acts to {SHOWN_IN.name}/: one "
        "for each thing it does, under `stripped(company, ...)`"
    )


def test_what_is_not_shown_is_no_more_than_that() -> None:
    assert not shown() & NOT_SHOWN.keys()
    assert shown() | NOT_SHOWN.keys() <= {shape.name for shape in shapes(Kind)}
