"""Rules that every state machine of the product keeps, checked on its definition as JSON."""

import re
from collections.abc import Iterator
from typing import Any

# Longer than any function a machine calls: those end after 30 s.
SHORTEST_TIME_OUT = 31
SUBSTITUTION = re.compile(r"\$\{[A-Za-z]+FunctionArn\}")
# A function that is called by the end of its name, which the batch tells; the rest is substituted.
BY_NAME = "${LambdaInvokeArn}"
NAME = re.compile(r"States\.Format\('\$\{[A-Za-z]+FunctionPrefix\}\{\}', \$\.function\)")
ENDS = ("Succeed", "Fail")


def broken_rules(definition: dict[str, Any]) -> list[str]:
    """What is wrong, as `state: what`; empty for a definition that keeps every rule."""
    return [
        *(f"{name}: {wrong}" for name, state in states(definition) for wrong in _task(state)),
        *(f"{name}: {wrong}" for name, state in states(definition) for wrong in _choice(state)),
        *(f"{name}: {wrong}" for name, state in states(definition) for wrong in _branch(state)),
        *_no_dead_ends(definition),
    ]


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state, those inside a Map after it."""
    for name, state in machine["States"].items():
        yield name, state
        if state["Type"] == "Map":
            yield from states(state["ItemProcessor"])


def _task(state: dict[str, Any]) -> Iterator[str]:
    if state["Type"] != "Task":
        return
    given = dict(state.get("Parameters", {}))
    if state["Resource"] == BY_NAME:
        if not NAME.fullmatch(given.get("FunctionName.$", "")):
            yield "the function it calls is not named by the batch"
        given = dict(given.get("Payload", {}))
    elif not SUBSTITUTION.fullmatch(state["Resource"]):
        yield "its resource is not a substitution"
    if state.get("TimeoutSeconds", 0) < SHORTEST_TIME_OUT:
        yield "its time-out is not longer than the function's"
    retried = {error for rule in state.get("Retry", []) for error in rule["ErrorEquals"]}
    if not {"States.Timeout", "States.TaskFailed"} <= retried:
        yield "it is not retried"
    if any(rule.get("JitterStrategy") != "FULL" for rule in state.get("Retry", [])):
        yield "it is retried without jitter"
    # Which work the machine can carry out is written in it, and is no state of its own.
    can = given.pop("can", "activate")
    ids = {"request_id.$", "batch.$", "family.$"}
    if not given or not set(given) <= ids or can not in ("activate", "revoke"):
        yield "it is given more than ids"


def _choice(state: dict[str, Any]) -> Iterator[str]:
    # No choice that matches is an error that nothing catches.
    if state["Type"] == "Choice" and "Default" not in state:
        yield "it has no default"


def _branch(state: dict[str, Any]) -> Iterator[str]:
    """A branch of a Map catches its own errors and returns its id; the Map keeps the request's."""
    if state["Type"] != "Map":
        return
    branch = state["ItemProcessor"]["States"]
    for name, inner in branch.items():
        if inner["Type"] not in ("Task", "Map", "Parallel"):
            continue
        caught = _caught_by(inner)
        if caught is None:
            yield f"its branch does not catch the errors of {name}"
        elif not {"request_id.$", "batch.$"} <= set(branch[caught].get("Parameters", {})):
            yield f"its branch does not return its id when {name} fails"
    if state.get("ResultPath", "$") is not None:
        yield "its results replace the request's id"


def _no_dead_ends(definition: dict[str, Any]) -> Iterator[str]:
    """Whatever can be caught at a state that asks or acts leads back to Advance."""
    for name, state in definition["States"].items():
        if state["Type"] not in ("Task", "Map", "Parallel"):
            continue
        caught = _caught_by(state)
        if caught is None:
            yield f"{name}: not every error of it is caught"
        elif not _always_reaches_advance(definition, caught):
            yield f"{name}: an error of it does not lead to Advance"
        if any(rule.get("ResultPath", "$") == "$" for rule in state.get("Catch", [])):
            yield f"{name}: an error of it replaces the request's id"


def _caught_by(state: dict[str, Any]) -> str | None:
    """The state that takes every error of this one."""
    for rule in state.get("Catch", []):
        if rule["ErrorEquals"] == ["States.ALL"]:
            return str(rule["Next"])
    return None


def _always_reaches_advance(definition: dict[str, Any], start: str) -> bool:
    """Whether every way from `start` meets Advance before the machine ends."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name == "Advance" or name in seen:
            continue
        seen.add(name)
        state = definition["States"][name]
        if state["Type"] in ENDS or state.get("End"):
            return False
        ahead += [state["Next"]] if "Next" in state else []
        ahead += [choice["Next"] for choice in state.get("Choices", [])]
        ahead += [state["Default"]] if "Default" in state else []
    return "Advance" in definition["States"]
