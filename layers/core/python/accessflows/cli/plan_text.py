"""A plan as lines for people. Pure: the same difference, the same lines."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from accessflows.notices.words import term_in_words
from accessflows.rules.policy import Part
from accessflows.rules.replay import Replay
from accessflows.rules.simulation import AccessChange, ApproverChange, Difference

_MOST = 20
_HEADING, _PLUS, _MINUS, _WARNING, _PLAIN = "bold", "green", "red", "yellow", ""
_DOES = {
    Part.FOR_ONESELF: "ask for themselves",
    Part.FOR_OTHERS: "ask for others",
    Part.BY_OTHERS: "receive what others ask for",
    Part.STANDING: "do without a request",
}
# What is said where another flow lets the same people, before or afterwards.
_ALSO = {"may": ", as before by another flow", "could": ", and still may by another flow"}

Line = tuple[str, str]


def lines(difference: Difference, replayed: Replay | None) -> Iterator[Line]:
    """(style, text), a line each. Long lists are cut, and say by how much."""
    told = False
    for part in _parts(difference, replayed):
        section = list(part)
        if section:
            if told:
                yield _PLAIN, ""
            yield from section
            told = True
    if replayed:
        yield from ([(_PLAIN, "")] if told else [])
        yield _PLAIN, _summary(replayed)
        told = True
    if not (difference.but(warnings=()) != Difference() or (replayed and replayed.different)):
        yield from ([(_PLAIN, "")] if told else [])
        yield _HEADING, "Nothing changes for anybody."


def _parts(difference: Difference, replayed: Replay | None) -> Iterator[Iterable[Line]]:
    yield _access("Gains", _PLUS, "+", "may", difference.gains)
    yield _access("Losses", _MINUS, "-", "could", difference.losses)
    yield _terms(difference)
    yield _approvers(difference.approvers)
    yield _decisions(replayed)
    yield _warnings(difference)


def _access(
    heading: str, style: str, sign: str, may: str, changes: Iterable[AccessChange]
) -> Iterator[Line]:
    for flow, of_flow in groupby(changes, key=lambda change: change.flow):
        if heading:
            yield _HEADING, heading
            heading = ""
        yield _PLAIN, f"  {flow}"
        for change in of_flow:
            also = _ALSO[may] if change.otherwise else ""
            yield style, f"    {sign} {_listed(change.people)} {may} {_DOES[change.part]}{also}"
            yield from ((_PLAIN, f"        {what}") for what in _cut(change.what))


def _terms(difference: Difference) -> Iterator[Line]:
    if difference.terms:
        yield _HEADING, "Terms"
    for flow, of_flow in groupby(difference.terms, key=lambda change: change.flow):
        yield _PLAIN, f"  {flow}"
        for change in of_flow:
            name, was, would_be = term_in_words(change)
            yield _PLAIN, f"    {name}: {was} -> {would_be}"


def _approvers(changes: Iterable[ApproverChange]) -> Iterator[Line]:
    for n, (flow, of_flow) in enumerate(groupby(changes, key=lambda change: change.flow)):
        if not n:
            yield _HEADING, "Who is asked"
        yield _PLAIN, f"  {flow}"
        for change in of_flow:
            if change.before == change.after:
                yield _PLAIN, f"    {change.place}: {change.after}"
            else:
                was, would_be = change.before or "nobody", change.after or "nobody"
                yield _PLAIN, f"    {change.place}: {was} -> {would_be}"
            if change.joined:
                yield _PLUS, f"      + {_listed(change.joined)}"
            if change.left:
                yield _MINUS, f"      - {_listed(change.left)}"


def _decisions(replayed: Replay | None) -> Iterator[Line]:
    if not replayed or not replayed.different:
        return
    yield _HEADING, "Requests that would be decided otherwise"
    for change in replayed.different[:_MOST]:
        whom = "" if change.requester_id == change.grantee_id else f" for {change.grantee_id}"
        at = f"{change.submitted_at:%Y-%m-%d %H:%M} UTC"
        yield _PLAIN, f"  {change.request_id}, {change.requester_id}{whom}, {at}"
        yield from ((_MINUS, f"    - {what}") for what in _cut(change.before))
        yield from ((_PLUS, f"    + {what}") for what in _cut(change.after))
    if len(replayed.different) > _MOST:
        yield _PLAIN, f"  and {len(replayed.different) - _MOST} more; --json lists them all"


def _warnings(difference: Difference) -> Iterator[Line]:
    if difference.warnings:
        yield _HEADING, "Warnings about the new configuration"
    for what in _cut([warning.message for warning in difference.warnings]):
        yield _WARNING, f"  {what}"


def _summary(replayed: Replay) -> str:
    counted = replayed.same + len(replayed.different)
    said = f"Of {counted} past requests {len(replayed.different)} would be decided otherwise"
    gone = len(replayed.unknown)
    more = f"; of {gone} more nobody can tell, since people or resources are gone" if gone else ""
    return f"{said}{more}."


def _listed(people: tuple[str, ...]) -> str:
    if len(people) <= _MOST:
        return ", ".join(people)
    return f"{', '.join(people[:_MOST])} and {len(people) - _MOST} more"


def _cut(items: tuple[str, ...] | list[str]) -> Iterator[str]:
    yield from items[:_MOST]
    if len(items) > _MOST:
        yield f"and {len(items) - _MOST} more; --json lists them all"
