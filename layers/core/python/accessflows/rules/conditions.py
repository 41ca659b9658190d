"""Conditions: does this person meet what the admin wrote, and what was seen.

Pure. An attribute that the directory does not know for a person cannot be evaluated, which never
helps anybody in: not under AND, not under OR, not through a negative operator. No group means
outsiders, whatever it says: whoever can choose an address must not become an approver by it."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from accessflows.model.condition import NEGATIVE, Condition, Group, Junction, Operator
from accessflows.model.person import Person
from accessflows.model.roll import Held
from accessflows.model.trace import Finding, Outcome

Matches = Callable[[str, str], bool]

# A negative operator is the exact negation of its positive.
MATCHES: Mapping[Operator, Matches] = {
    Operator.IS: lambda held, listed: held == listed,
    Operator.IS_NOT: lambda held, listed: held == listed,
    Operator.CONTAINS: lambda held, listed: listed in held,
    Operator.DOES_NOT_CONTAIN: lambda held, listed: listed in held,
    Operator.STARTS_WITH: lambda held, listed: held.startswith(listed),
}


class Verdict(NamedTuple):
    """Whether a group of conditions holds, with a finding for each condition in order."""

    holds: bool
    findings: tuple[Finding, ...]

    @property
    def first_failure(self) -> Finding | None:
        if self.holds:
            return None
        return next((f for f in self.findings if f.outcome is not Outcome.MET), None)


def examine(condition: Condition, person: Person) -> Finding:
    """Put one condition to one person, as all sources hold them or the one it names.

    Compared casefolded; `seen` is sorted.
    """
    held = person.held(condition.attribute, condition.source)
    seen = tuple(sorted(held.values)) if held else ()
    return Finding(condition=str(condition), outcome=_outcome(condition, held), seen=seen)


def _outcome(condition: Condition, held: Held | None) -> Outcome:
    if held is None:
        return Outcome.CANNOT_EVALUATE
    matched = names_any(condition, held.values)
    if not matched and names_any(condition, held.in_doubt):
        return Outcome.CANNOT_EVALUATE
    return Outcome.MET if matched != (condition.operator in NEGATIVE) else Outcome.NOT_MET


def names_any(condition: Condition, values: Iterable[str]) -> bool:
    """Whether one of the casefolded values is among those that a condition lists.

    A negative operator is taken for its positive twin.
    """
    matches = MATCHES[condition.operator]
    listed = [value.casefold() for value in condition.values]
    return any(matches(value, wanted) for value in values for wanted in listed)


def judge(group: Group, person: Person) -> Verdict:
    """Put every condition of a group to one person."""
    if person.is_external:
        return Verdict(False, ())
    findings = tuple(examine(condition, person) for condition in group.conditions)
    return Verdict(_joined(group, (finding.outcome for finding in findings)), findings)


def holds(group: Group, person: Person) -> bool:
    """Whether the person meets the group: what `judge` says, without what was seen."""
    outcomes = (
        _outcome(condition, person.held(condition.attribute, condition.source))
        for condition in group.conditions
    )
    return not person.is_external and _joined(group, outcomes)


def _joined(group: Group, outcomes: Iterable[Outcome]) -> bool:
    met = (outcome is Outcome.MET for outcome in outcomes)
    return all(met) if group.operator is Junction.AND else any(met)
