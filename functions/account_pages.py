"""The pages of one's own account: authenticator app, delegates, and tokens for programs.

Besides `mfa_api` the only function that can read what one-time codes are made of."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from accessflows import wiring
from accessflows.actions import tokens
from accessflows.actions.delegate import delegate, delegations, end_delegation
from accessflows.actions.enrol import begin_enrolment, confirm_enrolment
from accessflows.actions.gather import gather
from accessflows.actions.pass_mfa import pass_mfa
from accessflows.actions.realm import realm_of
from accessflows.model.refusal import (
    AlreadyEnrolled,
    AlreadyExists,
    AlreadySettled,
    BadInput,
    MfaLocked,
    NotEnrolled,
    NotYours,
    Refusal,
    WrongCode,
)
from accessflows.model.request import Status
from accessflows.model.second_factor import Enrolment, SecondFactor
from accessflows.notices.telling import Telling
from accessflows.rules.lifecycle import standing
from accessflows.rules.mfa import refuse_unless_grantee
from accessflows.rules.second_factor import passed_at
from accessflows.web.account_forms import (
    LIVES,
    MOST_REASON,
    SCOPES,
    code_of,
    period_of,
    scopes_for,
    token_of,
)
from accessflows.web.invalid import NOTHING, problems_of, sentence
from accessflows.web.mfa_views import secret_view
from accessflows.web.portal import Visitor, handle, logger
from accessflows.web.sign_in_ticket import own_path

MFA = "/account/mfa"

portal = wiring.portal()
app = portal.app


@app.get("/account")
def account() -> Response[str]:
    visitor = portal.visitor()
    return portal.page("account.html", visitor, factor=_factor(visitor), spaces=_spaces(visitor))


@app.get("/account/mfa")
def show_mfa() -> Response[str]:
    visitor, now, ports = portal.visitor(), wiring.now(), wiring.ports()
    factor = _factor(visitor)
    valid_for = ports.flows.settings().mfa_valid_for
    passed = passed_at(factor, valid_for, now)
    return portal.page(
        "account_mfa.html",
        visitor,
        factor=factor,
        passed_until=passed and passed + valid_for,
        locked_until=_locked_until(factor),
        next="",
    )


@app.post("/account/mfa")
def begin_mfa() -> Response[str]:
    """A new secret, on this page and never again. next: where to go on once it is confirmed."""
    visitor, secret = portal.visitor(), wiring.new_mfa_secret()
    wanted = portal.form(visitor).get("next", "")
    try:
        factor = begin_enrolment(wiring.ports(), wiring.seal(), visitor.person, secret)
    except AlreadyEnrolled:
        return portal.go(MFA)
    return portal.page(
        "account_app.html",
        visitor,
        shown=secret_view(factor, visitor.person, secret),
        next=own_path(wanted),
        problems=NOTHING,
    )


@app.post("/account/mfa/confirm")
def confirm_mfa() -> Response[str]:
    visitor = portal.visitor()
    sent = portal.form(visitor)
    wanted = own_path(sent.get("next", ""))
    try:
        code = code_of(sent.get("code", ""))
        confirm_enrolment(wiring.ports(), wiring.seal(), visitor.person, code, wiring.now())
    except (BadInput, WrongCode, MfaLocked) as refusal:
        return portal.page(
            "account_app.html",
            visitor,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            shown=None,
            next=wanted,
            problems={"code": sentence(refusal)},
        )
    except (NotEnrolled, AlreadyEnrolled):
        return portal.go(MFA)
    logger.info("authenticator app confirmed", person_id=visitor.person.id)
    return portal.go(MFA if wanted == "/" else wanted)


@app.get("/account/confirm/<request_id>")
def ask_for_code(request_id: str) -> Response[str]:
    return confirmation(portal.visitor(), request_id)


@app.post("/account/confirm/<request_id>")
def take_code(request_id: str) -> Response[str]:
    """One code confirms all that waits for the visitor, as long as it counts."""
    visitor = portal.visitor()
    given = portal.form(visitor).get("code", "")
    try:
        code = code_of(given)
        pass_mfa(wiring.ports(), wiring.seal(), request_id, visitor.person, code, wiring.now())
    except (BadInput, WrongCode, MfaLocked) as refusal:
        return confirmation(visitor, request_id, {"code": sentence(refusal)})
    except NotEnrolled:
        return portal.go(f"/account/confirm/{request_id}")
    except AlreadySettled:
        # Its page says what became of it.
        return portal.go(f"/requests/{request_id}")
    logger.info("request confirmed by code", request_id=request_id)
    return portal.go(f"/requests/{request_id}")


@app.get("/account/delegates")
def show_delegates() -> Response[str]:
    return delegates(portal.visitor())


@app.post("/account/delegates")
def name_delegate() -> Response[str]:
    visitor = portal.visitor()
    sent = portal.form(visitor)
    try:
        _delegate(visitor, sent)
    except (BadInput, AlreadyExists) as refusal:
        return delegates(visitor, sent, refusal)
    logger.info("delegate named by page", person_id=visitor.person.id)
    return portal.go("/account/delegates")


@app.post("/account/delegates/<delegation_id>/end")
def end_it(delegation_id: str) -> Response[str]:
    visitor = portal.visitor()
    portal.form(visitor)
    end_delegation(
        wiring.delegations(), wiring.directory(), visitor.person, delegation_id, wiring.now()
    )
    return portal.go("/account/delegates")


@app.get("/account/tokens")
def show_tokens() -> Response[str]:
    return token_list(portal.visitor(), {}, None)


@app.post("/account/tokens")
def make_token() -> Response[str]:
    """The token, on this page and never again."""
    visitor, now = portal.visitor(), wiring.now()
    sent = portal.fields(visitor)
    try:
        made = tokens.make_personal_token(
            wiring.tokens(),
            visitor.person,
            token_of(sent),
            actor=visitor.person.id,
            now=now,
            new_id=wiring.new_id,
        )
    except BadInput as refusal:
        return token_list(visitor, sent, refusal)
    return portal.page("account_token.html", visitor, token=made.token, text=made.text)


@app.post("/account/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> Response[str]:
    visitor = portal.visitor()
    portal.form(visitor)
    holder = f"person:{visitor.person.id}"
    tokens.revoke_token(
        wiring.tokens(), holder, token_id, actor=visitor.person.id, now=wiring.now()
    )
    return portal.go("/account/tokens")


def confirmation(
    visitor: Visitor, request_id: str, problems: Mapping[str, str] = NOTHING
) -> Response[str]:
    """Where the grantee of a request gives a code for it. Raises NotFound, NotYours."""
    ports, now = wiring.ports(), wiring.now()
    request = ports.requests.get(request_id)
    refuse_unless_grantee(request, visitor.person)
    if standing(request, now)[0] is not Status.PENDING_MFA:
        return portal.go(f"/requests/{request_id}")
    factor = _factor(visitor)
    return portal.page(
        "account_confirm.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        telling=Telling._make(gather(ports, request)),
        is_enrolled=factor.enrolment is Enrolment.ENROLLED,
        locked_until=_locked_until(factor),
        next=f"/account/confirm/{request_id}",
        problems=problems,
    )


def delegates(
    visitor: Visitor, sent: Mapping[str, str] | None = None, refusal: Refusal | None = None
) -> Response[str]:
    """Who decides in whose place. sent: what was typed, refusal: what is wrong with it."""
    now, directory = wiring.now(), wiring.directory()
    both = delegations(wiring.delegations(), visitor.person, now)
    named = {i for one in (*both.given, *both.taken) for i in (one.delegator_id, one.delegate_id)}
    return portal.page(
        "account_delegates.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        both=both,
        people=directory.people(named),
        now=now,
        sent=sent or {},
        problems=problems_of(refusal) if refusal else NOTHING,
        most_characters=MOST_REASON,
    )


def token_list(
    visitor: Visitor, sent: Mapping[str, list[str]], refusal: Refusal | None
) -> Response[str]:
    """One's own tokens. sent: what was chosen, refusal: what is wrong with it."""
    now = wiring.now()
    known = wiring.tokens().of(f"person:{visitor.person.id}")
    stand = [one for one in known if one.token.revoked_at is None and now < one.token.expires_at]
    return portal.page(
        "account_tokens.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        tokens=stand,
        gone=len(known) - len(stand),
        words=SCOPES,
        scopes=scopes_for(visitor.person.roles),
        lives=LIVES,
        sent=sent,
        problems=problems_of(refusal) if refusal else NOTHING,
    )


def _spaces(visitor: Visitor) -> list[str]:
    """The ids of those that the visitor looks after."""
    try:
        return sorted(realm_of(wiring.flows(), visitor.person).roles)
    except NotYours:
        return []


def _factor(visitor: Visitor) -> SecondFactor:
    return wiring.ports().second_factors.get(visitor.person.id)


def _locked_until(factor: SecondFactor) -> datetime | None:
    """Until when no code is taken, if it is so now."""
    until = factor.locked_until
    return until if until and wiring.now() < until else None


def _delegate(visitor: Visitor, sent: Mapping[str, str]) -> None:
    """Raises BadInput, AlreadyExists."""
    address = sent.get("delegate", "")
    if not address:
        raise BadInput("say who, by their mail address", field="delegate_id")
    found = wiring.directory().person_with_email(address)
    if found is None:
        raise BadInput(f"nobody active has the address {address}", field="delegate_id")
    delegate(
        wiring.delegations(),
        wiring.directory(),
        visitor.person,
        period_of(sent, found.id),
        delegation_id=wiring.new_id(),
        now=wiring.now(),
    )


handler = handle(portal)
