"""PostgreSQL: a login role for each grant, member of the roles that its database's permissions are.

Its password ends with the grant (`VALID UNTIL`); sessions that are open then end when the role is
revoked. Only roles named `accessflows-{grant id}` are ever made, changed or dropped."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from accessflows.connectors import credentials
from accessflows.connectors.credentials import Secrets
from accessflows.connectors.postgresql_settings import (
    MOST_NAME_BYTES,
    OURS,
    RESOURCE_TYPE,
    place_of,
    problems,
    roles_of,
)
from accessflows.connectors.principals import only_value
from accessflows.model.integration import Integration
from accessflows.model.limits import MOST_ENTITLEMENTS_OF_A_BATCH
from accessflows.model.person import Person
from accessflows.model.refusal import NoPrincipal, TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.ports import Capabilities, Login, Observation, Seal

if TYPE_CHECKING:
    from accessflows.connectors.postgresql_server import Session


class NotMoved(Exception):
    """The server would not change a role that is there. What it holds, it holds on."""


def _new_password() -> str:
    return token_urlsafe(24)


class Postgresql:
    """seal: what keeps passwords from view. secrets: where the way into servers is read."""

    def __init__(
        self,
        seal: Callable[[], Seal],
        secrets: Secrets | None = None,
        new_password: Callable[[], str] = _new_password,
    ) -> None:
        self._seal = seal
        self._secrets = secrets or Secrets()
        self._new_password = new_password

    def capabilities(self, integration: Integration) -> Capabilities:
        roles = roles_of(integration.settings)
        permissions = sorted({permission for of_one in roles.values() for permission in of_one})
        return Capabilities(
            native_expiry=True,
            batch_size=MOST_ENTITLEMENTS_OF_A_BATCH,
            resource_types={RESOURCE_TYPE: tuple(permissions)},
        )

    def validate(self, integration: Integration) -> list[str]:
        return problems(integration.settings)

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        of_this_kind = [one.settings for one in deployed if one.kind is integration.kind]
        # Whoever chose the server freely would be handed the way into another one.
        return credentials.undeployed(integration.settings, of_this_kind, "host", "port")

    def principal(self, integration: Integration, person: Person) -> str:
        """What the server is told of whom a role is for; no role is named so.

        Raises NoPrincipal for outsiders, too: they have no page that would show a password.
        """
        if person.is_external:
            raise NoPrincipal(
                f"{integration.name} shows its passwords to people who sign in, and {person.name} "
                "does not; ask whoever gave you the link to open another system"
            )
        return only_value(integration, person)

    def size(self, batch: Batch) -> int:
        """In entitlements."""
        return len(batch.entitlements)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """A server has none for roles."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        """As for the quota."""

    def discover(self, integration: Integration) -> Iterator[Resource]:
        """The databases that the settings name and the server has, with the roles it has."""
        from accessflows.connectors import postgresql_roles as roles

        declared = roles_of(integration.settings)
        named = {role for of_one in declared.values() for role in of_one.values()}
        with self._session(integration) as session:
            owners = roles.databases(session, declared)
            usable = roles.existing(session, named) - set(roles.lasting(session, named))
        for name, owner in owners.items():
            permissions = tuple(p for p, role in declared[name].items() if role in usable)
            if permissions:
                yield Resource(
                    integration=integration.id,
                    resource_type=RESOURCE_TYPE,
                    name=name,
                    tags={"owner": owner},
                    permissions=permissions,
                )

    def grant(
        self, integration: Integration, batch: Batch, until: datetime | None
    ) -> dict[str, Any]:
        """A password that is sealed in the batch stays; one whose answer was lost is replaced."""
        import psycopg

        from accessflows.connectors import postgresql_roles as roles

        role, password = role_name(batch), self._new_password()
        with self._session(integration) as session, session.transaction():
            roles.lock(session, role)
            is_there = roles.read(session, role) is not None
            try:
                groups = _groups(session, integration, batch)
                label = f"Access Flows made this for {batch.principal}; it goes by itself"
                roles.put(session, role, groups, until, label)
                if is_there and batch.connector_state:
                    return batch.connector_state
                roles.set_password(session, role, password)
            except (TargetRefused, psycopg.errors.InsufficientPrivilege) as refusal:
                if is_there:
                    raise NotMoved(f"{role} stays as it is: {refusal}") from refusal
                raise TargetRefused(
                    f"{integration.name} refused this: {refusal}"[:500]
                ) from refusal
        login = Login(username=role, password=self._seal().close(password, batch.grant_id))
        return {"login": login.to_data()}

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        """A role that owns something outlives its grant, and holds nothing: nobody can use it."""
        from accessflows.connectors import postgresql_roles as roles

        role = role_name(batch)
        with self._session(integration) as session:
            found = roles.read(session, role)
        evidence: dict[str, Any] = {"role": role, "found": found is not None}
        if found is None:
            return Observation(holds=False, evidence=evidence)
        until = found.until if found.is_usable else None
        evidence |= found._asdict() | {"until": found.until and found.until.isoformat()}
        evidence |= {"member_of": list(found.member_of), "members": list(found.members)}
        return Observation(holds=found.is_usable, until=until, evidence=evidence)

    def revoke(self, integration: Integration, batch: Batch) -> None:
        """The way in is closed before all else, and no session outlives it.

        What the person made stays theirs, and the role with it, empty: handed over to another
        role, a function of theirs would run with that role's rights from then on.
        Raises StillConnected, or what the server says: then it is tried again.
        """
        from accessflows.connectors import postgresql_roles as roles

        role = role_name(batch)
        with self._session(integration) as session:
            if not roles.shut(session, role):
                return
            traces = roles.traces(session, role)
            for database in (name for name, owns in traces.items() if not owns):
                with self._session(integration, database) as there:
                    roles.take_privileges(there, role)
            if not roles.dropped(session, role):
                label = f"Access of {batch.principal} has ended; see {', '.join(traces)}"
                roles.empty(session, role, label)

    def access_details(self, integration: Integration, batch: Batch) -> str:
        """Without the password, which is sealed."""
        place = place_of(integration.settings)
        names = {entitlement.resource for entitlement in batch.entitlements}
        where = f"database {min(names)}" if len(names) == 1 else f"{len(names)} databases"
        return (
            f"Sign in to {place.host}, port {place.port}, {where}, as {role_name(batch)}. The "
            "password is shown with the request."
        )[:400]

    def _session(
        self, integration: Integration, database: str | None = None
    ) -> "AbstractContextManager[Session]":
        from accessflows.connectors.postgresql_server import session

        place = place_of(integration.settings)
        return session(place, self._secrets.fields(place.secret, *place.needed), database)


def role_name(batch: Batch) -> str:
    """Raises TargetRefused where PostgreSQL would cut it short."""
    name = f"{OURS}{batch.grant_id}"
    if len(name.encode()) > MOST_NAME_BYTES:
        raise TargetRefused(f"{name} is longer than a role's name may be")
    return name


def _groups(session: "Session", integration: Integration, batch: Batch) -> list[str]:
    """The roles to be a member of, in order, each once. Raises TargetRefused."""
    from accessflows.connectors import postgresql_roles as roles

    declared = roles_of(integration.settings)
    groups: set[str] = set()
    for entitlement in batch.entitlements:
        role = declared.get(entitlement.resource, {}).get(entitlement.permission)
        if role is None:
            raise TargetRefused(
                f"its settings name no role for {entitlement.permission} in {entitlement.resource}"
            )
        groups.add(role)
    if gone := groups - roles.existing(session, groups):
        raise TargetRefused(f"the server has no role {', '.join(sorted(gone))}")
    names = {entitlement.resource for entitlement in batch.entitlements}
    if gone := names - set(roles.databases(session, names)):
        raise TargetRefused(f"the server has no database {', '.join(sorted(gone))}")
    if unsafe := roles.lasting(session, groups):
        raise TargetRefused(
            f"a member of {', '.join(unsafe)} could make a way in that outlives the grant; map a "
            "role that may neither make nor grant roles"
        )
    return sorted(groups)
