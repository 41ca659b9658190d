"""The pages of visitors: what an access link shows, step by step.

Rendering only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import NamedTuple

from accessflows.actions.browse import Found
from accessflows.actions.expand import Holding
from accessflows.actions.visit import OpenedLink, Visit
from accessflows.model.access_link import Proof
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import MOST_JUSTIFICATION_CHARACTERS, PROOF_FOR, VISIT_FOR
from accessflows.model.refusal import Refusal
from accessflows.model.request import AccessRequest
from accessflows.model.target import Resource
from accessflows.model.value import format_duration
from accessflows.notices.words import duration_in_words
from accessflows.web.invalid import NOTHING, sentence
from accessflows.web.pages import Page, page
from accessflows.web.visit_form import NOBODY, AskForm, Who, want_value

# What may be chosen where a flow has no presets, besides the longest that it grants.
_STEPS = (
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)
_ASK_ANEW = "If you still need access, ask whoever gave you the link."


class Choice(NamedTuple):
    """A permission of a resource, as the form calls it."""

    permission: str
    value: str


class Offer(NamedTuple):
    """A resource with what may be chosen of it."""

    resource: Resource
    choices: tuple[Choice, ...]


class Looked(NamedTuple):
    """What a visitor looks at: what was found by a part of the name, and names of integrations."""

    name: str
    found: Found
    integrations: Mapping[str, str]


def turned_away(refusal: Refusal, advice: str = _ASK_ANEW) -> Page:
    """Why a genuine link is not good any more."""
    return page(HTTPStatus.GONE, "turned_away.html", why=sentence(refusal), advice=advice)


def visit_page(
    opened: OpenedLink,
    *,
    who: Who = NOBODY,
    problems: Mapping[str, str] = NOTHING,
    status: HTTPStatus = HTTPStatus.OK,
) -> Page:
    """What the link is for, and who comes. who: as typed before; problems: with it, by field."""
    return page(status, "visit.html", opened=opened, problems=problems, **who._asdict())


def proof_sent_page(email: str) -> Page:
    """The same whether a mail was sent now, or a moment ago."""
    return page(HTTPStatus.OK, "proof_sent.html", email=email, within=PROOF_FOR)


def confirm_page(proof: Proof) -> Page:
    return page(HTTPStatus.OK, "confirm.html", proof=proof)


def ask_page(
    visit: Visit,
    looked: Looked,
    form: AskForm,
    *,
    problems: Mapping[str, str] = NOTHING,
    status: HTTPStatus = HTTPStatus.OK,
) -> Page:
    """The request form. form: as sent before, or empty; problems: with it, by field."""
    proved_at = visit.proof.proved_at or visit.proof.asked_at
    return page(
        status,
        "ask.html",
        visit=visit,
        name=looked.name,
        holdings=tuple(_offers(looked.found.holdings)),
        cursor=looked.found.cursor,
        integrations=looked.integrations,
        form=form,
        problems=problems,
        durations=_durations(visit.flow),
        most_characters=MOST_JUSTIFICATION_CHARACTERS,
        until=proved_at + VISIT_FOR,
    )


def asked_page(asked: Sequence[tuple[str, AccessRequest]]) -> Page:
    """Several requests came of one form. asked: the address of each one's page, and the request."""
    return page(HTTPStatus.OK, "asked.html", asked=asked)


def _offers(holdings: Iterable[Holding]) -> Iterator[Offer]:
    for holding in holdings:
        choices = (Choice(e.permission, want_value(e)) for e in holding.entitlements)
        yield Offer(holding.resource, tuple(choices))


def _durations(flow: AccessFlow) -> list[tuple[str, str]]:
    """What may be chosen, the longest first, so that it is chosen unless another is."""
    longest = flow.grant_duration
    chosen = set(flow.duration_presets)
    if not chosen:
        chosen = {step for step in _STEPS if longest == "indefinite" or step < longest}
    if not flow.settings.require_preset and longest != "indefinite":
        chosen.add(longest)
    offered = [(format_duration(d), duration_in_words(d)) for d in sorted(chosen, reverse=True)]
    if longest == "indefinite" and not flow.settings.require_preset:
        offered.insert(0, ("indefinite", "without end"))
    return offered
