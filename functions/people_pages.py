"""The pages by which admins look after people: who they are, what they hold, groups, API tokens."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import ValidationError

from accessflows import wiring
from accessflows.actions import manage_people
from accessflows.actions.gather import gather_listed
from accessflows.actions.reset_mfa import reset_mfa
from accessflows.actions.tokens import revoke_token
from accessflows.model.person import Role
from accessflows.model.refusal import AddressTaken
from accessflows.web.cards import cards
from accessflows.web.invalid import NOTHING, complaints
from accessflows.web.portal import Visitor, handle
from accessflows.web.user_views import changeable

# Those that an admin may give by hand.
ROLES = tuple(role for role in Role if role is not Role.EXTERNAL)
CALLED = {
    "email": "The mail address",
    "name": "The full name",
    "phone": "The phone",
    "roles": "The choice of roles",
}

portal = wiring.portal()
app = portal.app


@app.get("/admin/people")
def list_people() -> Response[str]:
    visitor, users = portal.admin(), wiring.users()
    search, cursor = portal.one("search"), portal.one("cursor")
    people, more = users.called(search, cursor) if search else users.everybody(cursor)
    return portal.page("people/list.html", visitor, search=search or "", people=people, more=more)


@app.get("/admin/people/invite")
def show_invitation() -> Response[str]:
    return _invitation(portal.admin(), {"once": wiring.new_id(), "roles": [Role.GRANTEE]})


@app.post("/admin/people/invite")
def invite() -> Response[str]:
    """once: of the form, so that a double click invites once."""
    visitor = portal.admin()
    sent = portal.fields(visitor)
    fields = ("email", "name", "phone", "once")
    typed: dict[str, Any] = {name: sent.get(name, [""])[0].strip() for name in fields}
    typed["roles"] = sent.get("roles", [])
    wanted = {k: v for k, v in typed.items() if k != "once" and (v or k != "phone")}
    try:
        invitation = manage_people.Invitation.model_validate(wanted)
        person_id = manage_people.invite(
            wiring.users(),
            wiring.user_pool(),
            invitation,
            idempotency_key=typed["once"] or None,
            actor=visitor.person.id,
            now=wiring.now(),
            new_id=wiring.new_id,
        )
    except ValidationError as error:
        problems = complaints(error, manage_people.Invitation, wanted, CALLED)
        return _invitation(visitor, typed, problems)
    except AddressTaken as refusal:
        return _invitation(visitor, typed, {"email": f"{refusal}."})
    return portal.go(f"/admin/people/{person_id}")


@app.get("/admin/people/<person_id>")
def show(person_id: str) -> Response[str]:
    return _person(portal.admin(), person_id)


@app.post("/admin/people/<person_id>")
def change(person_id: str) -> Response[str]:
    """Roles, and of invited people name and phone."""
    visitor = portal.admin()
    sent = portal.fields(visitor)
    typed = {name: sent.get(name, [""])[0].strip() for name in ("name", "phone")}
    # An empty field is left alone: a name there must be, and no phone is taken away by a slip.
    wanted: dict[str, Any] = {name: value for name, value in typed.items() if value}
    if "roles_shown" in sent:
        wanted["roles"] = sent.get("roles", [])
    try:
        changes = manage_people.Changes.model_validate(wanted)
    except ValidationError as error:
        problems = complaints(error, manage_people.Changes, wanted, CALLED)
        return _person(visitor, person_id, problems)
    manage_people.change(
        wiring.users(), person_id, changes, actor=visitor.person.id, now=wiring.now()
    )
    return portal.go(f"/admin/people/{person_id}")


@app.post("/admin/people/<person_id>/deactivate")
def deactivate(person_id: str) -> Response[str]:
    return _set_deactivated(person_id, deactivated=True)


@app.post("/admin/people/<person_id>/activate")
def activate(person_id: str) -> Response[str]:
    return _set_deactivated(person_id, deactivated=False)


@app.post("/admin/people/<person_id>/invite-again")
def invite_again(person_id: str) -> Response[str]:
    visitor = portal.admin()
    portal.form(visitor)
    manage_people.invite_again(
        wiring.users(),
        wiring.user_pool(),
        person_id,
        actor=visitor.person.id,
        now=wiring.now(),
    )
    return portal.go(f"/admin/people/{person_id}")


@app.get("/admin/people/<person_id>/delete")
def ask_once_more(person_id: str) -> Response[str]:
    visitor = portal.admin()
    return portal.page("people/delete.html", visitor, subject=wiring.users().person(person_id))


@app.post("/admin/people/<person_id>/delete")
def delete(person_id: str) -> Response[str]:
    visitor = portal.admin()
    portal.form(visitor)
    manage_people.delete(
        wiring.users(),
        wiring.user_pool(),
        person_id,
        actor=visitor.person.id,
        now=wiring.now(),
    )
    return portal.go("/admin/people")


@app.post("/admin/people/<person_id>/reset-mfa")
def forget_app(person_id: str) -> Response[str]:
    visitor = portal.admin()
    portal.form(visitor)
    reset_mfa(wiring.ports(), visitor.person, person_id, wiring.now())
    return portal.go(f"/admin/people/{person_id}")


@app.get("/admin/groups")
def list_groups() -> Response[str]:
    visitor = portal.admin()
    groups, more = wiring.users().groups(portal.one("cursor"))
    return portal.page("people/groups.html", visitor, groups=groups, more=more)


@app.get("/admin/tokens")
def list_tokens() -> Response[str]:
    visitor, now = portal.admin(), wiring.now()
    tokens, more = wiring.tokens().every(portal.one("cursor"))
    named = {p for known in tokens for p in (known.token.person_id, known.token.owner_id) if p}
    return portal.page(
        "people/tokens.html",
        visitor,
        tokens=tokens,
        people=wiring.users().people(sorted(named)),
        more=more,
        now=now,
    )


@app.post("/admin/tokens/<token_id>/revoke")
def revoke(token_id: str) -> Response[str]:
    visitor = portal.admin()
    portal.form(visitor)
    revoke_token(wiring.tokens(), None, token_id, actor=visitor.person.id, now=wiring.now())
    return portal.go("/admin/tokens")


def _invitation(
    visitor: Visitor, typed: Mapping[str, object], problems: Mapping[str, str] = NOTHING
) -> Response[str]:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    blank = {"email": "", "name": "", "phone": ""}
    return portal.page(
        "people/invite.html",
        visitor,
        status,
        typed={**blank, **typed},
        problems=problems,
        roles=ROLES,
    )


def _person(
    visitor: Visitor, person_id: str, problems: Mapping[str, str] = NOTHING
) -> Response[str]:
    ports, now = wiring.ports(), wiring.now()
    subject = wiring.users().person(person_id)
    held = ports.requests.open_of_grantee(person_id)
    managers = wiring.users().people([subject.manager] if subject.manager else [])
    return portal.page(
        "people/person.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        subject=subject,
        manager=managers.get(subject.manager or ""),
        changeable=changeable(subject),
        roles=ROLES,
        factor=ports.second_factors.get(person_id),
        cards=cards(held, gather_listed(ports, held), visitor.person, now),
        problems=problems,
    )


def _set_deactivated(person_id: str, *, deactivated: bool) -> Response[str]:
    visitor = portal.admin()
    portal.form(visitor)
    manage_people.set_deactivated(
        wiring.users(), person_id, deactivated, actor=visitor.person.id, now=wiring.now()
    )
    return portal.go(f"/admin/people/{person_id}")


handler = handle(portal)
