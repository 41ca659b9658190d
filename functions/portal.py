"""The portal: sign-in by the hosted pages, a session, and the pages of whoever is signed in."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from accessflows import wiring
from accessflows.actions.session import begin_session, end_session, person_of
from accessflows.actions.sign_in import SignInRefused, sign_in
from accessflows.model.refusal import NotFound
from accessflows.web import cookies
from accessflows.web.portal import Portal, handle, logger, style_name, style_sheet
from accessflows.web.sign_in_ticket import new_ticket, seal, unseal

portal = Portal(
    url=lambda: wiring.public_url(),
    sign_in_url=lambda: wiring.hosted_pages().url,
    person_of=lambda secret: person_of(wiring.sessions(), wiring.directory(), secret, wiring.now()),
)
app = portal.app


@app.get("/")
def home() -> Response[str]:
    return portal.page("home.html", portal.visitor())


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


@app.get("/admin")
def admin() -> Response[str]:
    return portal.page("no_admin_page.html", portal.visitor(), HTTPStatus.FORBIDDEN)


@app.get("/assets/<name>")
def asset(name: str) -> Response[Any]:
    if name != style_name():
        raise NotFound("there is no such file")
    return style_sheet()


handler = handle(portal)
