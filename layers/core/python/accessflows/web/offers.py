"""Offers: what would come of asking, in words, and what stands in its way.

Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from accessflows.actions.answer import Answer, Prospect
from accessflows.model.flow import AccessFlow, Mode
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import BadInput, DurationNotOffered, DurationTooLong, OutsideWindow
from accessflows.model.value import GrantDuration, format_duration, parse_duration
from accessflows.notices.words import Asked, asked, duration_in_words, joined, one_line
from accessflows.rules.extension import extension_for
from accessflows.rules.planning import Ask, longest, missing_from
from accessflows.web.views import asks_for_code

# Of an approver group.
_MOST_NAMES = 8
_DURATION = re.compile(r"\bP(?=[\dT])(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?\b")
# Where the form says what it is about.
_FIELDS: Mapping[str, str] = {
    DurationTooLong.type(): "length",
    DurationNotOffered.type(): "length",
    OutsideWindow.type(): "starts",
}


class Group(NamedTuple):
    """People who could approve."""

    condition: str
    names: str


class Offer(NamedTuple):
    """A request that asking would make, with the terms of its flow.

    more: resources that `what` does not list. needs: what the flow wants to be told.
    """

    flow: AccessFlow
    what: tuple[Asked, ...]
    more: int
    duration: str
    longest: str
    groups: tuple[Group, ...]
    all_of: bool
    asks_for_code: bool
    extension: str


class Hindrance(NamedTuple):
    """What cannot be asked for like this, and why."""

    said: str
    what: tuple[Asked, ...]
    more: int


class Wanted(NamedTuple):
    """What the form has to ask for, whatever flows take it. presets: (ISO 8601, words)."""

    justification: bool
    duration: bool
    only_presets: bool
    presets: tuple[tuple[str, str], ...]
    longest: tuple[str, ...]
    tickets: tuple[tuple[str, str], ...]


def offers(answer: Answer, integrations: Mapping[str, Integration], most: int) -> tuple[Offer, ...]:
    """most: resources that are listed of each."""
    return tuple(_offer(answer, each, integrations, most) for each in answer.prospects)


def hindrances(
    answer: Answer, integrations: Mapping[str, Integration], most: int
) -> tuple[Hindrance, ...]:
    """Refusals but those of what is only left to be written."""
    found = []
    for refused in answer.refused:
        if refused.type != BadInput.type():
            what = asked(refused.entitlements, integrations)
            found.append(Hindrance(sentence(refused.message), what[:most], len(what[most:])))
    return tuple(found)


def complaints(answer: Answer) -> dict[str, str]:
    """What is missing or wrong in the form, by field."""
    found: dict[str, str] = {}
    for refused in answer.refused:
        if field := _FIELDS.get(refused.type):
            found.setdefault(field, sentence(refused.message))
    for prospect in answer.prospects:
        flow = prospect.portion.flow
        said = missing_from(answer.ask, flow)
        if said:
            found.setdefault(_field(answer.ask, flow), sentence(said))
    return found


def wanted(answer: Answer) -> Wanted:
    """What the flows that would take it want to be told."""
    flows = [prospect.portion.flow for prospect in answer.prospects]
    settings = [flow.settings for flow in flows]
    presets = sorted({preset for flow in flows for preset in flow.duration_presets})
    rules = {one.ticket.type: one.ticket.pattern for one in settings if one.ticket}
    return Wanted(
        justification=any(one.require_justification for one in settings),
        duration=any(one.require_duration for one in settings),
        only_presets=bool(flows) and all(one.require_preset for one in settings),
        presets=tuple((format_duration(each), duration_in_words(each)) for each in presets),
        longest=tuple(dict.fromkeys(_lasting(longest(flow)) for flow in flows)),
        tickets=tuple(rules.items()),
    )


def sentence(said: str) -> str:
    """A refusal as people read it on a page."""
    words = _DURATION.sub(lambda found: _in_words(found[0]), said).replace("`starts_at`", "start")
    return words[:1].upper() + words[1:].rstrip(".") + "."


def _offer(
    answer: Answer, prospect: Prospect, integrations: Mapping[str, Integration], most: int
) -> Offer:
    flow = prospect.portion.flow
    what = asked(prospect.portion.entitlements, integrations)
    approval = flow.approval
    groups = zip(approval.groups, prospect.approvers, strict=True) if approval else ()
    times = flow.settings.max_extensions
    return Offer(
        flow=flow,
        what=what[:most],
        more=len(what[most:]),
        duration=_lasting(prospect.portion.duration),
        longest=_lasting(longest(flow)),
        groups=tuple(Group(str(group), _names(people)) for group, people in groups),
        all_of=approval is not None and approval.mode is Mode.ALL_OF,
        asks_for_code=asks_for_code(answer, flow),
        extension=f"{times} x {duration_in_words(extension_for(flow))}" if times else "",
    )


def _field(ask: Ask, flow: AccessFlow) -> str:
    if flow.settings.require_justification and not (ask.justification or "").strip():
        return "justification"
    if flow.settings.require_duration and ask.duration is None:
        return "length"
    return "ticket"


def _names(people: Sequence[Person]) -> str:
    named = (one_line(person.name) for person in people[:_MOST_NAMES])
    more = len(people[_MOST_NAMES:])
    return joined([*named, *([f"{more} more"] if more else [])])


def _lasting(duration: GrantDuration) -> str:
    return "without an end" if duration == "indefinite" else duration_in_words(duration)


def _in_words(iso: str) -> str:
    try:
        return duration_in_words(parse_duration(iso))
    except ValueError:
        return iso
