"""The portal: sign-in by the hosted pages, a session, and the pages of whoever is signed in.

Each page asks for the visitor; whatever a form does is decided by the action behind it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from accessflows import wiring
from accessflows.actions import access_links, ask_again, end, extend, my_access, read, use_access
from accessflows.actions.gather import gather, gather_listed
from accessflows.actions.session import begin_session, end_session
from accessflows.actions.sign_in import SignInRefused, sign_in
from accessflows.model.refusal import BadInput
from accessflows.model.request import CLOSED, OPEN, Status
from accessflows.notices.telling import Telling
from accessflows.notices.words import duration_in_words
from accessflows.web import cookies
from accessflows.web.assets import serve
from accessflows.web.cards import card_of, cards, parts, steps
from accessflows.web.explained import MOST_NAMED, asking, explained
from accessflows.web.invalid import NOTHING, problems_of
from accessflows.web.link_form import link_of, state_of
from accessflows.web.link_views import address_of
from accessflows.web.portal import Visitor, as_typed, handle, logger
from accessflows.web.request_filter import chosen, query
from accessflows.web.sign_in_ticket import new_ticket, own_path, seal, unseal

MOST_SAID = 1_000
# Seconds after which a request's page looks again by itself, while something is about to happen.
SECONDS_TO_REFRESH = {
    Status.PENDING_MFA: 15,
    Status.PENDING_APPROVAL: 15,
    Status.SCHEDULED: 60,
    Status.GRANTING: 2,
    Status.REVOKING: 2,
}

portal = wiring.portal()
app = portal.app


@app.get("/")
def home() -> Response[str]:
    """My Access."""
    visitor, now = portal.visitor(), wiring.now()
    held = my_access.my_access(wiring.ports(), visitor.person, now)
    active = [one.request for one in held.active]
    every = {request.id: request for request in (*active, *held.recent, *held.favourites)}
    listed = gather_listed(wiring.ports(), every.values())
    return portal.page(
        "home.html",
        visitor,
        active=cards(active, listed, visitor.person, now),
        details={one.request.id: one.access_details for one in held.active},
        recent=cards(held.recent, listed, visitor.person, now),
        favourites=cards(held.favourites, listed, visitor.person, now),
        starred={request.id for request in held.favourites},
        once=wiring.new_id(),
    )


@app.get("/requests")
def my_requests() -> Response[str]:
    """What one asked for, or what others asked for one, by status, page by page."""
    visitor, now, given = portal.visitor(), wiring.now(), portal.asked()
    statuses, for_me = chosen(given.get("status", ())), "for" in given
    page = read.list_requests(
        wiring.ports(),
        visitor.person,
        as_grantee=for_me,
        statuses=statuses,
        cursor=given.get("cursor", [None])[0],
    )
    listed = gather_listed(wiring.ports(), page.requests)
    return portal.page(
        "requests.html",
        visitor,
        cards=cards(page.requests, listed, visitor.person, now),
        for_me=for_me,
        chosen=statuses,
        open=[status for status in Status if status in OPEN],
        closed=[status for status in Status if status in CLOSED],
        more=query(for_me, statuses, page.cursor) if page.cursor else "",
        starred=starred(visitor),
        once=wiring.new_id(),
    )


@app.get("/requests/<request_id>")
def my_request(request_id: str) -> Response[str]:
    return panel(portal.visitor(), request_id, "request.html")


@app.get("/requests/<request_id>/revoke")
def ask_once_more(request_id: str) -> Response[str]:
    return panel(portal.visitor(), request_id, "revoke.html", reason="", problems=NOTHING)


@app.post("/requests/<request_id>/revoke")
def revoke(request_id: str) -> Response[str]:
    visitor = portal.visitor()
    reason = as_typed(portal.form(visitor).get("reason", ""))
    if len(reason) > MOST_SAID:
        said = f"The reason has {len(reason)} characters; write {MOST_SAID} at most."
        page = panel(visitor, request_id, "revoke.html", reason=reason, problems={"reason": said})
        page.status_code = int(HTTPStatus.UNPROCESSABLE_ENTITY)
        return page
    end.revoke(wiring.ports(), request_id, visitor.person, reason or None, wiring.now())
    return portal.go(f"/requests/{request_id}")


@app.post("/requests/<request_id>/access-details")
def show_access_details(request_id: str) -> Response[str]:
    """By a form, so that no page holds a password that its person did not want to see just now."""
    visitor = portal.visitor()
    portal.form(visitor)
    usage = use_access.use_access(
        wiring.ports(), wiring.login_seal(), request_id, visitor.person, wiring.now()
    )
    return portal.page("usage.html", visitor, usage=usage, request_id=request_id)


@app.post("/requests/<request_id>/cancel")
def cancel(request_id: str) -> Response[str]:
    visitor = portal.visitor()
    portal.form(visitor)
    end.cancel(wiring.ports(), request_id, visitor.person, wiring.now())
    return portal.go(f"/requests/{request_id}")


@app.post("/requests/<request_id>/extend")
def extend_it(request_id: str) -> Response[str]:
    visitor = portal.visitor()
    portal.form(visitor)
    extend.extend(wiring.ports(), request_id, visitor.person, wiring.now())
    return portal.go(f"/requests/{request_id}")


@app.post("/requests/<request_id>/request-again")
def request_again(request_id: str) -> Response[str]:
    """once: of the form, so that a double click asks once."""
    visitor = portal.visitor()
    once = portal.form(visitor).get("once") or None
    made = ask_again.ask_again(
        wiring.ports(),
        request_id,
        visitor.person,
        ask_again.Again(),
        idempotency_key=once,
        now=wiring.now(),
        new_id=wiring.new_id,
    )
    return portal.go(f"/requests/{made[0].id}" if len(made) == 1 else "/requests")


@app.post("/requests/<request_id>/star")
def star(request_id: str) -> Response[str]:
    visitor = portal.visitor()
    back = portal.form(visitor).get("back", "")
    my_access.star(wiring.ports(), request_id, visitor.person)
    return portal.go(own_path(back))


@app.post("/requests/<request_id>/unstar")
def unstar(request_id: str) -> Response[str]:
    visitor = portal.visitor()
    back = portal.form(visitor).get("back", "")
    my_access.unstar(wiring.ports(), request_id, visitor.person)
    return portal.go(own_path(back))


@app.get("/sign-in")
def go_to_sign_in() -> Response[str]:
    """On to the hosted pages; what this browser began with stays in a cookie."""
    (wanted, *_) = portal.asked().get("next", [""])
    ticket = new_ticket(wiring.new_secret(), wanted, wiring.now())
    address = wiring.hosted_pages().sign_in_url(
        state=ticket.state, nonce=ticket.nonce, verifier=ticket.verifier
    )
    return portal.go(address, (cookies.SIGN_IN, seal(ticket, wiring.link_keys())))


@app.get("/callback")
def come_back() -> Response[str]:
    """From the hosted pages with a code: what it is worth, whose it is, and a session for them."""
    now = wiring.now()
    ticket = unseal(portal.cookie(cookies.SIGN_IN), wiring.link_keys(), now)
    code, state = (portal.asked().get(name, [""])[0] for name in ("code", "state"))
    if state != ticket.state:
        raise SignInRefused("the answer belongs to another sign-in")
    if not code:
        raise SignInRefused("the hosted pages gave no code")
    given = wiring.hosted_pages().tokens(code, ticket.verifier)
    account = wiring.access_tokens().account(given.access)
    wiring.access_tokens().check_nonce(given.id, ticket.nonce, account.subject)
    person = sign_in(account, wiring.directory(), wiring.verified_email, now)
    # A secret of its own for each sign-in, so that none that was there before becomes worth it.
    end_session(wiring.sessions(), portal.cookie(cookies.SESSION))
    secret = wiring.new_secret()
    begin_session(wiring.sessions(), person, secret, now)
    logger.info("signed in", person_id=person.id)
    return portal.go(ticket.next, (cookies.SIGN_IN, ""), (cookies.SESSION, secret))


@app.post("/sign-out")
def sign_out() -> Response[str]:
    visitor = portal.visitor()
    portal.form(visitor)
    end_session(wiring.sessions(), visitor.secret)
    logger.info("signed out", person_id=visitor.person.id)
    return portal.go(wiring.hosted_pages().sign_out_url(), (cookies.SESSION, ""))


@app.get("/signed-out")
def signed_out() -> Response[str]:
    return portal.page("signed_out.html")


@app.get("/admin/access-flows/<flow_id>/links")
def access_links_of(flow_id: str) -> Response[str]:
    """Here and not among the pages of admins: whoever signs links could sign approvals, too."""
    return links_page(portal.admin(), flow_id)


@app.post("/admin/access-flows/<flow_id>/links")
def make_link(flow_id: str) -> Response[str]:
    visitor = portal.admin()
    form = portal.form(visitor)
    try:
        access_links.make(
            wiring.flows(),
            wiring.access_links(),
            flow_id,
            link_of(form),
            actor=visitor.person.id,
            idempotency_key=form.get("once") or None,
            now=wiring.now(),
            new_id=wiring.new_id,
        )
    except BadInput as refusal:
        return links_page(visitor, flow_id, form, problems_of(refusal))
    return portal.go(f"/admin/access-flows/{flow_id}/links")


@app.post("/admin/access-flows/<flow_id>/links/<link_id>/withdraw")
def withdraw_link(flow_id: str, link_id: str) -> Response[str]:
    visitor = portal.admin()
    portal.form(visitor)
    access_links.revoke(
        wiring.access_links(), flow_id, link_id, actor=visitor.person.id, now=wiring.now()
    )
    return portal.go(f"/admin/access-flows/{flow_id}/links")


@app.get("/assets/<name>")
def asset(name: str) -> Response[str]:
    return serve(name)


def panel(visitor: Visitor, request_id: str, template: str, **more: Any) -> Response[str]:
    """A page about one request, for whoever may see it. more: what the template takes besides."""
    ports, now = wiring.ports(), wiring.now()
    detail = read.show(ports, request_id, visitor.person, now)
    telling = Telling._make(gather(ports, detail.request))
    card = card_of(telling, visitor.person, now)
    names = {flow.id: flow.name for flow in ports.flows.current()}
    asked_of = {one for group in detail.trace.approvers for one in group.people[:MOST_NAMED]}
    people = ports.directory.people(sorted(asked_of))
    return portal.page(
        template,
        visitor,
        card=card,
        telling=telling,
        detail=detail,
        parts=parts(telling),
        steps=steps(telling),
        explained=explained(detail.trace, names, telling.integrations),
        asking=asking(detail.trace, {key: one.name for key, one in people.items()}),
        duration=duration_in_words(detail.request.duration),
        extension=duration_in_words(detail.extension_for),
        has_logins=use_access.has_login(detail.batches),
        refresh=SECONDS_TO_REFRESH.get(card.status),
        starred=starred(visitor),
        most_characters=MOST_SAID,
        once=wiring.new_id(),
        **more,
    )


def links_page(
    visitor: Visitor,
    flow_id: str,
    form: Mapping[str, str] = NOTHING,
    problems: Mapping[str, str] = NOTHING,
) -> Response[str]:
    """A flow's access links with their addresses, and a form for a new one."""
    (cursor, *_) = portal.asked().get("cursor", [None])
    page = access_links.list_links(wiring.flows(), wiring.access_links(), flow_id, cursor)
    now, keys, url = wiring.now(), wiring.link_keys(), wiring.public_url()
    return portal.page(
        "admin/links.html",
        visitor,
        HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        flow=access_links.open_flow(wiring.flows(), flow_id),
        links=[(link, address_of(link, keys, url), state_of(link, now)) for link in page.links],
        cursor=page.cursor,
        form=form,
        problems=problems,
        once=wiring.new_id(),
    )


def starred(visitor: Visitor) -> frozenset[str]:
    return frozenset(wiring.ports().requests.favourites(visitor.person.id))


handler = handle(portal)
