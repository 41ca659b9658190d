"""Login roles of a PostgreSQL server, one a grant: making, reading and ending them.

Names and values reach SQL quoted by the driver; the password as its SCRAM verifier only.
Source: PostgreSQL documentation of version 14 and later: CREATE ROLE, DROP OWNED, pg_shdepend,
Server Signaling Functions."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg
from psycopg import sql

from accessflows.connectors.postgresql_server import Session

_TERMINATE_MILLISECONDS = 1_000

_READ = """
SELECT r.rolcanlogin,
  CASE WHEN isfinite(r.rolvaliduntil) THEN r.rolvaliduntil END,
  ARRAY(SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
    WHERE m.member = r.oid ORDER BY 1),
  ARRAY(SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.member
    WHERE m.roleid = r.oid AND g.rolname <> current_user ORDER BY 1),
  (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid),
  (SELECT count(*) FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass
    AND d.refobjid = r.oid AND d.deptype = 'o' AND d.classid <> 'pg_default_acl'::regclass)
FROM pg_roles r WHERE r.rolname = %s
"""

# By database: whether the role owns something there, or only has privileges of its own.
_TRACES = """
SELECT coalesce(b.datname, current_database())::text,
  bool_or(d.deptype = 'o' AND d.classid <> 'pg_default_acl'::regclass)
FROM pg_shdepend d LEFT JOIN pg_database b ON b.oid = d.dbid
WHERE d.refclassid = 'pg_authid'::regclass
  AND d.refobjid = (SELECT oid FROM pg_roles WHERE rolname = %s)
GROUP BY 1 ORDER BY 1
"""

# Whoever is a member of these could make a way in for themselves that outlives the grant.
_LASTING = """
SELECT g.rolname::text FROM pg_roles g WHERE g.rolname = ANY(%s) AND (
  EXISTS (SELECT FROM pg_roles p WHERE pg_has_role(g.oid, p.oid, 'MEMBER') AND (p.rolsuper
    OR p.rolcreaterole OR p.rolname IN ('pg_execute_server_program', 'pg_write_server_files')))
  OR EXISTS (SELECT FROM pg_auth_members m
    WHERE m.admin_option AND pg_has_role(g.oid, m.member, 'MEMBER')))
ORDER BY 1
"""


class StillConnected(Exception):
    """Sessions of a role did not end when they were told to."""


class Standing(NamedTuple):
    """A role as the server has it. members: who may become it, but for ourselves.

    until: when its password ends. owns: how many objects.
    """

    can_log_in: bool
    until: datetime | None
    member_of: tuple[str, ...]
    members: tuple[str, ...]
    sessions: int
    owns: int

    @property
    def is_usable(self) -> bool:
        return bool(self.can_log_in or self.member_of or self.members or self.sessions)


def read(session: Session, role: str) -> Standing | None:
    """The role; none where there is none."""
    row = session.execute(_READ, (role,)).fetchone()
    if row is None:
        return None
    can_log_in, until, member_of, members, sessions, owns = row
    return Standing(
        can_log_in,
        until.astimezone(UTC) if until else None,
        tuple(member_of),
        tuple(members),
        sessions,
        owns,
    )


def lasting(session: Session, groups: Collection[str]) -> list[str]:
    """Those of these roles that would let a member give themselves more, or for longer."""
    return [name for (name,) in session.execute(_LASTING, (list(groups),))]


def put(
    session: Session, role: str, groups: Collection[str], until: datetime | None, label: str
) -> None:
    """Make the role, if it is not there, a member of these groups that may log in until then.

    Within a transaction of the caller's, which has locked it. label: what the server says of it.
    """
    name, end = sql.Identifier(role), until.isoformat() if until else "infinity"
    if read(session, role) is None:
        session.execute(sql.SQL("CREATE ROLE {}").format(name))
    session.execute(sql.SQL("ALTER ROLE {} LOGIN VALID UNTIL {}").format(name, sql.Literal(end)))
    session.execute(
        sql.SQL("GRANT {} TO {}").format(sql.SQL(", ").join(map(sql.Identifier, groups)), name)
    )
    _label(session, role, label)


def set_password(session: Session, role: str, password: str) -> None:
    verifier = session.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    session.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(role), sql.Literal(verifier.decode())
        )
    )


def lock(session: Session, role: str) -> None:
    """Nobody else of us touches the role until the transaction ends."""
    session.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (role,))


def shut(session: Session, role: str) -> bool:
    """Let nobody log in as the role any more, and end its sessions; whether there is one.

    What follows may fail and be tried again: the way in is closed first, for good.
    Raises StillConnected.
    """
    name = sql.Identifier(role)
    with session.transaction():
        lock(session, role)
        if read(session, role) is None:
            return False
        session.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(name))
    # Who belongs to the role may end its sessions and take its privileges away.
    session.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
    _end_sessions(session, role)
    return True


def traces(session: Session, role: str) -> dict[str, bool]:
    """The databases where the role owns something (true), or has privileges of its own (false)."""
    return dict(session.execute(_TRACES, (role,)).fetchall())


def take_privileges(session: Session, role: str) -> None:
    """In the session's database, where it owns nothing that could go with them."""
    session.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))


def dropped(session: Session, role: str) -> bool:
    """Drop the role; false where it owns something still, or somebody else gave it privileges."""
    try:
        session.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
    except psycopg.errors.DependentObjectsStillExist:
        return False
    return True


def empty(session: Session, role: str, label: str) -> None:
    """Leave a role that cannot be dropped, with nobody who uses it and nothing to use."""
    name = sql.Identifier(role)
    with session.transaction():
        standing = read(session, role)
        if standing is None:
            return
        for group in standing.member_of:
            session.execute(sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(group), name))
        for member in standing.members:
            session.execute(sql.SQL("REVOKE {} FROM {}").format(name, sql.Identifier(member)))
        _label(session, role, label)


def databases(session: Session, names: Collection[str]) -> dict[str, str]:
    """Those of these databases that take sessions, each with its owner."""
    query = (
        "SELECT datname::text, pg_get_userbyid(datdba)::text FROM pg_database"
        " WHERE datname = ANY(%s) AND datallowconn ORDER BY 1"
    )
    return dict(session.execute(query, (list(names),)).fetchall())


def existing(session: Session, roles: Collection[str]) -> set[str]:
    query = "SELECT rolname::text FROM pg_roles WHERE rolname = ANY(%s)"
    return {name for (name,) in session.execute(query, (list(roles),))}


def _end_sessions(session: Session, role: str) -> None:
    theirs = " FROM pg_stat_activity WHERE usesysid = (SELECT oid FROM pg_roles WHERE rolname = %s)"
    session.execute("SELECT pg_terminate_backend(pid)" + theirs, (role,))
    session.execute(
        f"SELECT pg_terminate_backend(pid, {_TERMINATE_MILLISECONDS})" + theirs, (role,)
    )
    left = session.execute("SELECT count(*)" + theirs, (role,)).fetchone()
    if left and left[0]:
        raise StillConnected(f"{left[0]} sessions of {role} have not ended yet")


def _label(session: Session, role: str, label: str) -> None:
    session.execute(
        sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(role), sql.Literal(label))
    )
