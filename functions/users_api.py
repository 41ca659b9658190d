"""The API of people, for admins: invite, look up, change, shut out, delete; and the groups."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from accessflows import wiring
from accessflows.actions import manage_people
from accessflows.web.api import IdempotencyKey, admin, handle, resolver
from accessflows.web.user_views import groups_view, user_view, users_view

app = resolver()

Cursor = Annotated[str | None, Query()]


@app.post("/users", status_code=HTTPStatus.CREATED)
def invite(
    invitation: Annotated[manage_people.Invitation, Body()], idempotency_key: IdempotencyKey = None
) -> tuple[dict[str, Any], int]:
    """The person gets one mail that says how to sign in."""
    person_id = manage_people.invite(
        wiring.users(),
        wiring.user_pool(),
        invitation,
        idempotency_key=idempotency_key,
        actor=admin(app, wiring.users()).id,
        now=wiring.now(),
        new_id=wiring.new_id,
    )
    return _shown(person_id), HTTPStatus.CREATED


@app.get("/users")
def list_users(
    search: Annotated[
        str | None, Query(description="How a word of the name, or an address, begins.")
    ] = None,
    cursor: Cursor = None,
) -> dict[str, Any]:
    admin(app, wiring.users())
    users = wiring.users()
    return users_view(*(users.called(search, cursor) if search else users.everybody(cursor)))


@app.get("/users/<person_id>")
def show(person_id: str) -> dict[str, Any]:
    admin(app, wiring.users())
    return _shown(person_id)


@app.put("/users/<person_id>")
def change(person_id: str, changes: Annotated[manage_people.Changes, Body()]) -> dict[str, Any]:
    """Only what is named changes."""
    actor = admin(app, wiring.users()).id
    manage_people.change(wiring.users(), person_id, changes, actor=actor, now=wiring.now())
    return _shown(person_id)


@app.delete("/users/<person_id>")
def delete(person_id: str) -> dict[str, Any]:
    """Whom an admin invited; their id stays."""
    actor = admin(app, wiring.users()).id
    manage_people.delete(
        wiring.users(), wiring.user_pool(), person_id, actor=actor, now=wiring.now()
    )
    return _shown(person_id)


@app.post("/users/<person_id>/invite")
def invite_again(person_id: str) -> dict[str, Any]:
    """Mails an invitation once more, to whoever has not signed in by it."""
    actor = admin(app, wiring.users()).id
    manage_people.invite_again(
        wiring.users(), wiring.user_pool(), person_id, actor=actor, now=wiring.now()
    )
    return _shown(person_id)


@app.post("/users/<person_id>/deactivate")
def deactivate(person_id: str) -> dict[str, Any]:
    return _set_deactivated(person_id, deactivated=True)


@app.post("/users/<person_id>/activate")
def activate(person_id: str) -> dict[str, Any]:
    return _set_deactivated(person_id, deactivated=False)


@app.get("/groups")
def list_groups(cursor: Cursor = None) -> dict[str, Any]:
    admin(app, wiring.users())
    return groups_view(*wiring.users().groups(cursor))


def _set_deactivated(person_id: str, *, deactivated: bool) -> dict[str, Any]:
    actor = admin(app, wiring.users()).id
    manage_people.set_deactivated(
        wiring.users(), person_id, deactivated, actor=actor, now=wiring.now()
    )
    return _shown(person_id)


def _shown(person_id: str) -> dict[str, Any]:
    return user_view(wiring.users().person(person_id))


handler = handle(app)
