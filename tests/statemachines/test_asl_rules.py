"""The state machines keep the rules of design.md, and the rules notice when one does not."""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accessflows.model.limits import (
    ACTIVATION_LIMIT,
    FIRST_RETRY_AFTER,
    MOST_BATCHES_OF_A_REQUEST,
    REVOCATION_MACHINE_FOR,
)
from tests.statemachines.asl_rules import broken_rules, states

FOLDER = Path(__file__).parents[2] / "statemachines"
MACHINES = ("approval", "access", "revocation")

Definition = dict[str, Any]


def definition(name: str) -> Definition:
    read: Definition = json.loads((FOLDER / f"{name}.asl.json").read_text())
    return read


def test_every_machine_is_checked() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {f"{name}.asl.json" for name in MACHINES}


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_keeps_every_rule(name: str) -> None:
    assert broken_rules(definition(name)) == []


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_is_written_in_jsonpath(name: str) -> None:
    machine = definition(name)
    assert machine.get("QueryLanguage", "JSONPath") == "JSONPath"
    assert not [state for state, what in states(machine) if "QueryLanguage" in what]


@pytest.mark.parametrize("name", MACHINES)
def test_an_unknown_answer_ends_the_machine_and_leaves_the_rest_to_the_sweep(name: str) -> None:
    machine = definition(name)
    assert machine["States"]["ChooseNext"]["Default"] == "Done"
    assert machine["States"]["Done"] == {"Type": "Succeed"}


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_waits_for_the_instant_that_advance_gave(name: str) -> None:
    assert definition(name)["States"]["WaitUntil"] == {
        "Type": "Wait",
        "TimestampPath": "$.wait_until",
        "Next": "Advance",
    }


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("approval", {"wait": "WaitUntil"}),
        ("access", {"activate": "ActivateBatches", "wait": "WaitUntil"}),
        ("revocation", {"revoke": "RevokeBatches", "wait": "WaitUntil"}),
    ],
)
def test_a_machine_does_what_advance_answers(name: str, answers: dict[str, str]) -> None:
    choices = definition(name)["States"]["ChooseNext"]["Choices"]
    assert {choice["StringEquals"]: choice["Next"] for choice in choices} == answers
    assert {choice["Variable"] for choice in choices} == {"$.next"}


def most_events(name: str, batches: int, rounds: int) -> int:
    """Of an execution's history, where every Task of every branch fails as often as it is tried.

    A try takes three events (scheduled, started, ended), a state two, a branch two more.
    """
    found = dict(states(definition(name)))
    branch = next(state for state in found.values() if state["Type"] == "Map")["ItemProcessor"]
    task = next(state for state in branch["States"].values() if state["Type"] == "Task")
    tries = 1 + task["Retry"][0]["MaxAttempts"]
    advance = 2 + 3 * (1 + found["Advance"]["Retry"][0]["MaxAttempts"])
    return rounds * (batches * (2 + 3 * 2 + 3 * tries) + 2 * advance + 3 * 2)


def tries_of_a_revocation() -> int:
    """How often its machine revokes before it leaves the rest to the sweep."""
    after, wait, count = timedelta(0), FIRST_RETRY_AFTER, 1
    while after + wait < REVOCATION_MACHINE_FOR:
        after, wait, count = after + wait, wait * 2, count + 1
    return count


def tries_of_a_grant(batches: int) -> int:
    """How often its machine activates before Granting ends by itself, with waits of mean length."""
    found = dict(states(definition("access")))
    retry = found["ActivateBatch"]["Retry"][0]
    at_once = found["ActivateBatches"]["MaxConcurrency"]
    waits = [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** n, retry["MaxDelaySeconds"]) / 2
        for n in range(retry["MaxAttempts"])
    ]
    return 1 + int(ACTIVATION_LIMIT.total_seconds() / (batches / at_once * sum(waits)))


@pytest.mark.parametrize(
    ("name", "rounds"),
    [
        ("access", tries_of_a_grant(MOST_BATCHES_OF_A_REQUEST)),
        ("revocation", tries_of_a_revocation()),
    ],
)
def test_f19_the_history_of_fifty_batches_that_all_fail_fits(name: str, rounds: int) -> None:
    assert most_events(name, MOST_BATCHES_OF_A_REQUEST, rounds) < 25_000


def map_branch(machine: Definition) -> Definition:
    inner: Definition = machine["States"]["ActivateBatches"]["ItemProcessor"]["States"]
    return inner


# What is done to `access`, and what must be said of it.
FAULTS: dict[str, tuple[Callable[[Definition], Any], str]] = {
    "a Task without a time-out": (
        lambda m: m["States"]["Advance"].pop("TimeoutSeconds"),
        "Advance: its time-out is not longer than the function's",
    ),
    "a time-out shorter than the function's": (
        lambda m: map_branch(m)["ActivateBatch"].update(TimeoutSeconds=30),
        "ActivateBatch: its time-out is not longer than the function's",
    ),
    "a Task that is not retried": (
        lambda m: map_branch(m)["ActivateBatch"].pop("Retry"),
        "ActivateBatch: it is not retried",
    ),
    "a retry without jitter": (
        lambda m: m["States"]["Advance"]["Retry"][0].pop("JitterStrategy"),
        "Advance: it is retried without jitter",
    ),
    "an address written out": (
        lambda m: m["States"]["Advance"].update(Resource="arn:aws:lambda:eu-west-1:1:function:f"),
        "Advance: its resource is not a substitution",
    ),
    "a payload that is the whole state": (
        lambda m: m["States"]["Advance"].pop("Parameters"),
        "Advance: it is given more than ids",
    ),
    "a function that the batch does not name": (
        lambda m: map_branch(m)["ActivateBatch"]["Parameters"].update(
            {"FunctionName.$": "$.function"}
        ),
        "ActivateBatch: the function it calls is not named by the batch",
    ),
    "a payload that is the whole batch": (
        lambda m: map_branch(m)["ActivateBatch"].update(
            Parameters={
                "FunctionName.$": map_branch(m)["ActivateBatch"]["Parameters"]["FunctionName.$"],
                "Payload.$": "$",
            }
        ),
        "ActivateBatch: it is given more than ids",
    ),
    "a branch that lets its error out": (
        lambda m: map_branch(m)["ActivateBatch"].pop("Catch"),
        "ActivateBatches: its branch does not catch the errors of ActivateBatch",
    ),
    "a branch that catches some errors only": (
        lambda m: map_branch(m)["ActivateBatch"]["Catch"][0].update(ErrorEquals=["States.Timeout"]),
        "ActivateBatches: its branch does not catch the errors of ActivateBatch",
    ),
    "a branch that forgets its id": (
        lambda m: (
            map_branch(m).update(Forget={"Type": "Pass", "End": True}),
            map_branch(m)["ActivateBatch"]["Catch"][0].update(Next="Forget"),
        ),
        "ActivateBatches: its branch does not return its id when ActivateBatch fails",
    ),
    "a Map whose results replace the state": (
        lambda m: m["States"]["ActivateBatches"].pop("ResultPath"),
        "ActivateBatches: its results replace the request's id",
    ),
    "a Map whose failure ends the machine": (
        lambda m: m["States"]["ActivateBatches"].pop("Catch"),
        "ActivateBatches: not every error of it is caught",
    ),
    "an error that leads to the end": (
        lambda m: m["States"]["ActivateBatches"]["Catch"][0].update(Next="Done"),
        "ActivateBatches: an error of it does not lead to Advance",
    ),
    "an error of Advance that leads to a choice": (
        lambda m: m["States"]["Advance"]["Catch"][0].update(Next="ChooseNext"),
        "Advance: an error of it does not lead to Advance",
    ),
    "an error that replaces the state": (
        lambda m: m["States"]["Advance"]["Catch"][0].pop("ResultPath"),
        "Advance: an error of it replaces the request's id",
    ),
    "a choice without a default": (
        lambda m: m["States"]["ChooseNext"].pop("Default"),
        "ChooseNext: it has no default",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_rule_is_noticed(fault: str) -> None:
    do, said = FAULTS[fault]
    broken = copy.deepcopy(definition("access"))
    do(broken)
    assert broken_rules(broken) == [said]
