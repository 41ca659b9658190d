"""Reach: a deploy may not lose the way to access that still has to be ended.

The roles that take access away are made from the integrations of the files. Were one removed or
narrowed while access stands there, the deploy that forgets it would leave nobody who may end it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from accessflows.actions.page_through import page_through
from accessflows.actions.standing import FlowReader
from accessflows.model.configuration import Configuration, Section
from accessflows.model.integration import Integration, Kind
from accessflows.model.refusal import BadInput
from accessflows.model.request import Status
from accessflows.ports import Page, Requests
from accessflows.rules.origin import served_kinds
from accessflows.rules.validation import Validator

_AT_A_TARGET = (Status.GRANTING, Status.ACTIVE, Status.REVOKING)


def refuse_stranding(
    configuration: Configuration,
    flows: FlowReader,
    requests: Requests,
    validators: Mapping[Kind, Validator],
) -> None:
    """Raises BadInput where access stands at an integration that the files reach less far now."""
    lost = _lost(configuration, flows, validators)
    if not lost:
        return
    held = Counter(name for name in _places(requests) if name in lost)
    if held:
        listed = "; ".join(f"{name}: {count}" for name, count in sorted(held.items()))
        raise BadInput(
            "access stands at integrations that these files no longer name, or name less of, and "
            f"nobody could end it after this deploy ({listed} requests). End it first, as "
            "POST /activity/revoke does, or keep the integration as it was until it has ended",
            held=dict(held),
        )


def _lost(
    configuration: Configuration, flows: FlowReader, validators: Mapping[Kind, Validator]
) -> frozenset[str]:
    """The integrations, closed ones too, of which something is out of reach by the new files."""
    placed = flows.current_set().integrations
    versions = {name: integration.version for name, integration in placed.items()}
    before = flows.entries(Section.INTEGRATIONS, versions)
    return frozenset(
        one.id
        for one in before
        if isinstance(one, Integration) and _is_lost(one, configuration.integrations, validators)
    )


def _is_lost(
    before: Integration, now: Sequence[Integration], validators: Mapping[Kind, Validator]
) -> bool:
    if before.kind not in served_kinds(now):
        return True
    of_this_kind = [one for one in now if one.kind is before.kind]
    return bool(validators[before.kind].undeployed(before, of_this_kind))


def _places(requests: Requests) -> Iterator[str]:
    """The integrations of each request that is, or may be, at a target."""
    for status in _AT_A_TARGET:
        for page in page_through(partial(_with_status, requests, status)):
            for request in page:
                yield from {batch.integration for batch in request.batches}


def _with_status(requests: Requests, status: Status, cursor: str | None) -> Page:
    return requests.open_with(status, cursor=cursor)
