"""Answer visitors: whoever follows an access link, proves an address and asks.

Reading shows; only posted forms change something."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from accessflows.actions.access_links import Links
from accessflows.actions.browse import Search, find_in_flow
from accessflows.actions.visit import (
    OutsiderStore,
    Visit,
    ask_for_proof,
    open_access_link,
    open_proof,
    open_visit,
    prove,
    submit_visit,
)
from accessflows.model.refusal import BadInput, Contended, LinkRefused, Refusal, TooOften
from accessflows.notices.links import Purpose, read, sign
from accessflows.ports import Lost, NoticeQueue, Ports
from accessflows.rules.guard import of_address, of_person
from accessflows.web.invalid import problems_of
from accessflows.web.pages import Page, forged_page, onward
from accessflows.web.posts import count_post, too_often_page, waiting
from accessflows.web.problems import STATUS
from accessflows.web.visit_form import NOBODY, AskForm, parse_ask, parse_who
from accessflows.web.visit_pages import (
    Looked,
    ask_page,
    asked_page,
    confirm_page,
    proof_sent_page,
    turned_away,
    visit_page,
)

_LONGEST_SEARCH = 200
_CONTENDED = "others did something at the same moment; press the button again"


class Desk(NamedTuple):
    """What answering a visitor takes. new_link_id: opaque ones."""

    ports: Ports
    links: Links
    people: OutsiderStore
    queue: NoticeQueue
    keys: Sequence[str]
    now: datetime
    new_id: Callable[[], str]
    new_link_id: Callable[[], str]


class Call(NamedTuple):
    """What a browser sent to a page.

    source: the network address that it came from. body: none where it only reads.
    """

    token: str
    query: dict[str, str]
    source: str
    body: str | None = None


class Answer(NamedTuple):
    """A page, and what may be logged of it. about: ids, never what was typed."""

    page: Page
    outcome: str
    about: dict[str, str]


def unless_too_often(answer: Callable[[Desk, Call], Answer], desk: Desk, call: Call) -> Answer:
    """The answer, or the page for whoever sent too many forms."""
    try:
        return answer(desk, call)
    except TooOften as refusal:
        return Answer(too_often_page(refusal), "too often", {})


def count_form(desk: Desk, call: Call, person_id: str | None = None) -> None:
    """Count what was sent, if anything was: as the person's or, where nobody is known yet, as its
    sender's. Raises TooOften."""
    if call.body is not None:
        who = of_person(person_id) if person_id else of_address(call.source)
        count_post(desk.ports, who, desk.new_id, desk.now)


def forged(desk: Desk, call: Call) -> Answer:
    """Raises TooOften."""
    count_form(desk, call)
    return Answer(forged_page(), "forged", {})


def answer_link(desk: Desk, call: Call) -> Answer:
    """The access link itself: who comes? A mail goes to the address that is given."""
    try:
        place = read(call.token, desk.keys, Purpose.ACCESS)
    except LinkRefused:
        return forged(desk, call)
    count_form(desk, call)
    try:
        opened = open_access_link(desk.ports, desk.links, place, desk.now)
    except LinkRefused as refusal:
        return Answer(turned_away(refusal), "closed", {})
    about = {"link_id": opened.link.id, "flow": opened.flow.id}
    if call.body is None:
        return Answer(visit_page(opened), "shown", about)
    who = NOBODY
    try:
        who = parse_who(call.body)
        name, email = who.checked()
        sent = ask_for_proof(
            desk.ports,
            desk.links,
            desk.queue,
            opened,
            name=name,
            email=email,
            now=desk.now,
            new_id=desk.new_link_id,
        )
    except (BadInput, LinkRefused) as refusal:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        shown = visit_page(opened, who=who, problems=problems_of(refusal), status=status)
        return Answer(shown, "sent back", about)
    return Answer(proof_sent_page(email), "proof asked" if sent else "asked a moment ago", about)


def answer_proof(desk: Desk, call: Call) -> Answer:
    """The mailed link: one button confirms the address, once, and the visit begins."""
    try:
        proof_id = read(call.token, desk.keys, Purpose.PROOF)
    except LinkRefused:
        return forged(desk, call)
    count_form(desk, call)
    advice = "Open the access link again, and have another mail sent."
    try:
        if call.body is None:
            proof = open_proof(desk.ports, desk.links, proof_id, desk.now)
            return Answer(confirm_page(proof), "shown", {"link_id": proof.link_id})
        proof = prove(desk.ports, desk.links, desk.people, proof_id, desk.now)
    except LinkRefused as refusal:
        return Answer(turned_away(refusal, advice), "refused", {})
    about = {"link_id": proof.link_id, "person": proof.person_id or ""}
    return Answer(onward(f"/ask/{sign(proof.id, desk.keys, Purpose.VISIT)}"), "proved", about)


def answer_visit(desk: Desk, call: Call) -> Answer:
    """The request form of somebody who proved an address."""
    try:
        proof_id = read(call.token, desk.keys, Purpose.VISIT)
    except LinkRefused:
        return forged(desk, call)
    try:
        visit = open_visit(desk.ports, desk.links, proof_id, desk.now)
    except LinkRefused as refusal:
        return Answer(turned_away(refusal), "refused", {})
    count_form(desk, call, visit.person.id)
    about = {"link_id": visit.link.id, "person": visit.person.id}
    form = AskForm(key=desk.new_id())
    if call.body is None:
        return Answer(ask_page(visit, _looked(desk, visit, call), form), "shown", about)
    try:
        form = parse_ask(call.body)
        return _submitted(desk, visit, form, about)
    except LinkRefused as refusal:
        # It closed between reading and asking.
        return Answer(turned_away(refusal), "refused", about)
    except Lost:
        status, problems = HTTPStatus.CONFLICT, problems_of(Contended(_CONTENDED))
    except TooOften as refusal:
        # The form stays: it can be sent again.
        shown = _sent_back(desk, visit, call, form, problems_of(refusal), STATUS[TooOften])
        return Answer(waiting(shown, refusal), "too often", about)
    except Refusal as refusal:
        status, problems = HTTPStatus.UNPROCESSABLE_ENTITY, problems_of(refusal)
    return Answer(_sent_back(desk, visit, call, form, problems, status), "sent back", about)


def _sent_back(
    desk: Desk,
    visit: Visit,
    call: Call,
    form: AskForm,
    problems: Mapping[str, str],
    status: HTTPStatus,
) -> Page:
    looked = _looked(desk, visit, call)
    return ask_page(visit, looked, form, problems=problems, status=status)


def _submitted(desk: Desk, visit: Visit, form: AskForm, about: dict[str, str]) -> Answer:
    requests = submit_visit(
        desk.ports,
        desk.links,
        visit,
        form.wish(visit.flow),
        idempotency_key=form.key,
        now=desk.now,
        new_id=desk.new_id,
    )
    asked = [(f"/status/{sign(r.id, desk.keys, Purpose.STATUS)}", r) for r in requests]
    told = {**about, "requests": " ".join(request.id for request in requests)}
    if len(asked) == 1:
        return Answer(onward(asked[0][0]), "asked", told)
    return Answer(asked_page(asked), "asked", told)


def _looked(desk: Desk, visit: Visit, call: Call) -> Looked:
    """A cursor that no page gave begins anew: the form must not be lost by it."""
    name = call.query.get("name", "")[:_LONGEST_SEARCH]
    search = Search(name=name.strip())
    try:
        found = find_in_flow(desk.ports, visit.flow, search, call.query.get("cursor"))
    except BadInput:
        found = find_in_flow(desk.ports, visit.flow, search, None)
    named = {key: one.name for key, one in desk.ports.flows.integrations().items()}
    return Looked(name, found, named)
