"""Answer whoever holds the link to a request's status page: no account, one request."""

from http import HTTPStatus

from accessflows.actions.end import end
from accessflows.actions.extend import extend
from accessflows.actions.gather import gather
from accessflows.actions.read import show
from accessflows.model.limits import STATUS_FOR
from accessflows.model.person import Person
from accessflows.model.refusal import LinkRefused, NotFound, Refusal
from accessflows.model.request import AccessRequest
from accessflows.notices.links import Purpose, read
from accessflows.ports import Lost
from accessflows.web.answer_visit import Answer, Call, Desk, count_form, forged
from accessflows.web.invalid import sentence
from accessflows.web.pages import Page, onward
from accessflows.web.status_page import status_page
from accessflows.web.visit_form import parse_step
from accessflows.web.visit_pages import turned_away


def answer_status(desk: Desk, call: Call) -> Answer:
    """How the request stands; its form gives back or extends what it speaks of."""
    try:
        request_id = read(call.token, desk.keys, Purpose.STATUS)
    except LinkRefused:
        return forged(desk, call)
    about = {"request_id": request_id}
    try:
        person = _holder(desk, desk.ports.requests.get(request_id))
    except (LinkRefused, NotFound) as refusal:
        return Answer(turned_away(refusal), "refused", about)
    count_form(desk, call, person.id)
    if call.body is None:
        return Answer(_page(desk, request_id, person), "shown", about)
    try:
        step = parse_step(call.body)
        if step == "extend":
            extend(desk.ports, request_id, person, desk.now)
        else:
            end(desk.ports, request_id, person, None, desk.now)
    except Lost:
        status, complaint = HTTPStatus.CONFLICT, "Something happened at the same moment; try again."
    except Refusal as refusal:
        status, complaint = HTTPStatus.UNPROCESSABLE_ENTITY, sentence(refusal)
    else:
        return Answer(onward(f"/status/{call.token}"), step, {**about, "person": person.id})
    shown = _page(desk, request_id, person, complaint=complaint, status=status)
    return Answer(shown, "sent back", about)


def _holder(desk: Desk, request: AccessRequest) -> Person:
    """The outsider whose request it is. Raises LinkRefused where the page is not shown any more."""
    if request.closed_at is not None and desk.now >= request.closed_at + STATUS_FOR:
        raise LinkRefused("this request was closed long ago, and is not shown any more")
    person = desk.ports.directory.people([request.requester_id]).get(request.requester_id)
    if person is None or not person.active or not person.is_external:
        raise LinkRefused("this address may not look at the request any more")
    return person


def _page(
    desk: Desk,
    request_id: str,
    person: Person,
    *,
    complaint: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Page:
    detail = show(desk.ports, request_id, person, desk.now)
    dossier = gather(desk.ports, detail.request)
    return status_page(dossier, detail, desk.now, complaint=complaint, status=status)
