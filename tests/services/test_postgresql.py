"""PostgreSQL as a target: a real server, and people who sign in to it with a password."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from accessflows.connectors import postgresql_roles
from accessflows.connectors.credentials import CredentialsMissing
from accessflows.connectors.postgresql import NotMoved, Postgresql
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from tests.doubles.mfa import PaperSeal
from tests.doubles.postgres import ADMIN, Server, running
from tests.doubles.secrets import holding
from tests.doubles.tls import Authority, tls_in_front
from tests.factories import NOON, a_person
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import Conformance, Target

RITA = a_person(attributes={"db_label": ("rita@example.com",)})
ODD_DATABASE, ODD_ROLE = """shop "eu" '--""", """odd "role" ' --"""
SEAL = PaperSeal()
# The server has a clock of its own: what must be open to somebody ends far ahead.
LATER = NOON.replace(year=2100)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def tidy(server: Server) -> Iterator[None]:
    yield
    for role in server.roles():
        for database in ("shop", ODD_DATABASE, "postgres"):
            server.do(f'DROP OWNED BY "{role}" CASCADE', database)
        server.do(f'DROP ROLE "{role}"')


def shop(server: Server, **settings: Any) -> Integration:
    given = {
        "host": "127.0.0.1",
        "port": server.port,
        "sslmode": "disable",
        "secret": "accessflows/shop-db",
        "databases": {
            "shop": {"read": "shop_reader", "write": "shop_writer"},
            ODD_DATABASE: {"read": ODD_ROLE},
        },
    }
    return Integration(
        id="shop-db",
        name="Shop database",
        kind=Kind.POSTGRESQL,
        settings={**given, **settings},
        principal=PrincipalMapping(attribute="db_label"),
    )


def connector(**changes: Any) -> Postgresql:
    return Postgresql(lambda: SEAL, holding({"accessflows/shop-db": {**ADMIN, **changes}}))


def a_grant(permission: str = "read", database: str = "shop", **changes: Any) -> Batch:
    wanted = Entitlement(
        integration="shop-db", resource_type="database", resource=database, permission=permission
    )
    given = {"integration": "shop-db", "family": Kind.POSTGRESQL, "principal": "rita@example.com"}
    return a_batch(wanted, **{**given, **changes})


def opened(state: dict[str, Any], batch: Batch) -> tuple[str, str]:
    """User name and password, as the grantee is told them."""
    login = state["login"]
    return login["username"], SEAL.open(login["password"], batch.grant_id)


@pytest.mark.req("R39.postgresql", "N2.own")
class TestPostgresql(Conformance):
    @pytest.fixture
    def target(self, server: Server) -> Target:
        least = {"host": "127.0.0.1", "port": server.port, "sslmode": "disable"}
        return Target(
            connector=connector(),
            integration=shop(server),
            person=RITA,
            batch=a_grant(),
            other=a_grant(number=2),
            has_quota=False,
            least_settings={**least, "secret": "accessflows/shop-db"},
        )


@pytest.mark.req("R39.postgresql")
def test_who_was_granted_reads_and_cannot_write_and_is_out_once_revoked(server: Server) -> None:
    batch = a_grant()
    user, password = opened(connector().grant(shop(server), batch, LATER), batch)
    assert user == f"accessflows-{batch.grant_id}"
    with server.sign_in(user, password) as session:
        assert session.execute("SELECT number FROM orders").fetchall() == [(1,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("INSERT INTO orders VALUES (2)")
    connector().revoke(shop(server), batch)
    assert server.roles() == []
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        server.sign_in(user, password)


@pytest.mark.req("N1.postgresql")
def test_the_server_itself_refuses_the_password_once_the_end_has_passed(server: Server) -> None:
    batch = a_grant()
    state = connector().grant(shop(server), batch, LATER)
    user, password = opened(state, batch)
    server.sign_in(user, password).close()
    with_state = batch.but(connector_state=state)
    connector().grant(shop(server), with_state, NOON.replace(year=2000))
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        server.sign_in(user, password)


def test_the_person_cannot_move_the_end(server: Server) -> None:
    batch = a_grant("write")
    user, password = opened(connector().grant(shop(server), batch, LATER), batch)
    with server.sign_in(user, password) as session:
        for sentence in ("VALID UNTIL 'infinity'", "CREATEROLE", "CONNECTION LIMIT 9"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(f'ALTER ROLE "{user}" {sentence}')
        session.execute(f"ALTER ROLE \"{user}\" PASSWORD 'another-that-is-no-secret'")
    connector().revoke(shop(server), batch)
    for tried in (password, "another-that-is-no-secret"):
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            server.sign_in(user, tried)


@pytest.mark.req("R39.postgresql")
def test_a_session_that_is_open_ends_with_the_grant_in_the_middle_of_its_work(
    server: Server,
) -> None:
    batch = a_grant()
    user, password = opened(connector().grant(shop(server), batch, LATER), batch)
    session = server.sign_in(user, password)
    session.execute("BEGIN")
    session.execute("DECLARE half_read CURSOR FOR SELECT * FROM orders")
    assert connector().observe(shop(server), batch).evidence["sessions"] == 1
    connector().revoke(shop(server), batch)
    with pytest.raises(psycopg.OperationalError):
        session.execute("FETCH ALL FROM half_read")


def test_an_extension_keeps_the_password_and_a_lost_answer_replaces_it(server: Server) -> None:
    batch = a_grant()
    lost = opened(connector().grant(shop(server), batch, LATER), batch)
    state = connector().grant(shop(server), batch, LATER)
    user, password = opened(state, batch)
    assert password != lost[1]
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        server.sign_in(*lost)
    later = LATER + timedelta(hours=1)
    assert connector().grant(shop(server), batch.but(connector_state=state), later) == state
    server.sign_in(user, password).close()
    assert connector().observe(shop(server), batch).until == later


def test_a_role_that_somebody_dropped_comes_back_with_a_password_of_its_own(
    server: Server,
) -> None:
    batch = a_grant()
    state = connector().grant(shop(server), batch, LATER)
    server.do(f'DROP ROLE "accessflows-{batch.grant_id}"')
    again = connector().grant(shop(server), batch.but(connector_state=state), LATER)
    assert again != state
    server.sign_in(*opened(again, batch)).close()


@pytest.mark.req("R39.postgresql")
def test_the_password_is_nowhere_but_sealed(server: Server) -> None:
    batch = a_grant()
    server.do("ALTER ROLE accessflows_admin SET log_statement = 'all'")
    state = connector().grant(shop(server), batch, LATER)
    _, password = opened(state, batch)
    evidence = connector().observe(shop(server), batch).evidence
    logged = (server.folder / "log").read_text()
    server.do("ALTER ROLE accessflows_admin RESET log_statement")
    assert "SCRAM-SHA-256$" in logged
    assert password not in logged + json.dumps(evidence)
    with pytest.raises(AssertionError, match="is opened for"):
        SEAL.open(state["login"]["password"], a_grant(number=2).grant_id)


def test_what_a_person_made_stays_theirs_and_nobody_can_use_it_by_their_role(
    server: Server,
) -> None:
    batch = a_grant("write")
    user, password = opened(connector().grant(shop(server), batch, LATER), batch)
    with server.sign_in(user, password) as session:
        session.execute("CREATE TABLE public.found (number int)")
        session.execute("INSERT INTO public.found VALUES (7)")
    connector().revoke(shop(server), batch)
    observed = connector().observe(shop(server), batch)
    assert (observed.holds, observed.until) == (False, None)
    assert {k: observed.evidence[k] for k in ("can_log_in", "member_of", "sessions", "owns")} == {
        "can_log_in": False,
        "member_of": [],
        "sessions": 0,
        # The table and its type's array come with it.
        "owns": observed.evidence["owns"],
    }
    assert observed.evidence["owns"] >= 1
    with server.owner("shop") as session:
        assert session.execute("SELECT number FROM found").fetchall() == [(7,)]
        (said,) = session.execute(
            "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s", (user,)
        ).fetchone() or ("",)
    assert said == "Access of rita@example.com has ended; see shop"
    connector().revoke(shop(server), batch)
    # Once what they made has another owner, the next revocation takes the role.
    server.do(f'REASSIGN OWNED BY "{user}" TO postgres', "shop")
    connector().revoke(shop(server), batch)
    assert server.roles() == []
    server.do("DROP TABLE found", "shop")


def test_privileges_that_were_given_to_the_role_itself_do_not_keep_it(server: Server) -> None:
    batch = a_grant("write")
    user, password = opened(connector().grant(shop(server), batch, LATER), batch)
    with server.sign_in("accessflows_admin", ADMIN["password"], ODD_DATABASE) as session:
        session.execute("CREATE TABLE IF NOT EXISTS pg_temp.hers (number int)")
        session.execute(f'GRANT SELECT ON pg_temp.hers TO "{user}"')
        with server.sign_in(user, password) as theirs:
            theirs.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO shop_reader")
        connector().revoke(shop(server), batch)
    assert server.roles() == []


def test_a_role_that_cannot_go_for_what_others_gave_it_is_empty(server: Server) -> None:
    batch = a_grant("write")
    user, _ = opened(connector().grant(shop(server), batch, LATER), batch)
    server.do(f'GRANT INSERT ON orders TO "{user}"', "shop")
    server.do(f'GRANT CONNECT ON DATABASE shop TO "{user}"')
    connector().revoke(shop(server), batch)
    observed = connector().observe(shop(server), batch)
    assert (server.roles(), observed.holds) == ([user], False)
    assert (observed.evidence["can_log_in"], observed.evidence["member_of"]) == (False, [])


def test_whoever_was_let_into_a_role_is_out_with_it_or_it_is_not_gone(server: Server) -> None:
    batch = a_grant("write")
    server.do("CREATE ROLE mallory LOGIN")
    user, _ = opened(connector().grant(shop(server), batch, LATER), batch)
    server.do(f'GRANT "{user}" TO mallory')
    connector().revoke(shop(server), batch)
    assert server.roles() == []
    user, _ = opened(connector().grant(shop(server), batch, LATER), batch)
    server.do(f'GRANT "{user}" TO mallory')
    server.do(f'GRANT INSERT ON orders TO "{user}"', "shop")
    connector().revoke(shop(server), batch)
    observed = connector().observe(shop(server), batch)
    assert (observed.holds, observed.evidence["members"]) == (True, ["mallory"])
    server.do("DROP ROLE mallory")
    assert not connector().observe(shop(server), batch).holds


def test_f03_a_revocation_that_breaks_off_has_closed_the_way_in_first(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = a_grant()
    user, password = opened(connector().grant(shop(server), batch, LATER), batch)

    def broken(*_: Any) -> None:
        raise OSError("the network is gone")

    with monkeypatch.context() as patched:
        patched.setattr(postgresql_roles, "_end_sessions", broken)
        with pytest.raises(OSError, match="network"):
            connector().revoke(shop(server), batch)
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        server.sign_in(user, password)
    assert connector().observe(shop(server), batch).holds
    connector().revoke(shop(server), batch)
    assert not connector().observe(shop(server), batch).holds


@pytest.mark.req("R39.postgresql")
def test_names_that_would_be_sql_are_names(server: Server) -> None:
    batch = a_grant(database=ODD_DATABASE, principal="""rita'); DROP ROLE shop_reader; --""")
    user, password = opened(connector().grant(shop(server), batch, LATER), batch)
    server.sign_in(user, password, ODD_DATABASE).close()
    evidence = connector().observe(shop(server), batch).evidence
    assert evidence["member_of"] == [ODD_ROLE]
    connector().revoke(shop(server), batch)
    assert server.roles() == []
    found = {resource.name: resource for resource in connector().discover(shop(server))}
    assert found[ODD_DATABASE].permissions == ("read",)


@pytest.mark.req("R39.postgresql")
def test_only_what_is_there_and_safe_to_give_is_listed(server: Server) -> None:
    server.do("CREATE ROLE maker CREATEROLE; CREATE ROLE of_makers IN ROLE maker")
    settings = {
        "shop": {"read": "shop_reader", "write": "of_makers", "own": "postgres", "see": "nobody"},
        "gone": {"read": "shop_reader"},
        "template1": {"read": "shop_writer"},
        ODD_DATABASE: {"read": "accessflows_admin"},
    }
    found = {r.name: r for r in connector().discover(shop(server, databases=settings))}
    assert {name: resource.permissions for name, resource in found.items()} == {
        "shop": ("read",),
        "template1": ("read",),
    }
    assert found["shop"].tags == {"owner": "postgres"}
    server.do("DROP ROLE of_makers; DROP ROLE maker")


@pytest.mark.parametrize(
    ("databases", "words"),
    [
        ({"shop": {"write": "shop_writer"}}, "name no role for read in shop"),
        ({"shop": {"read": "nobody"}}, "the server has no role nobody"),
        ({"shop": {"read": "postgres"}}, "a member of postgres could make a way in"),
        ({"shop": {"read": "accessflows_admin"}}, "could make a way in that outlives"),
        ({"shop": {"read": "pg_read_all_data"}}, "permission denied to grant role"),
    ],
)
def test_what_the_server_would_not_give_is_refused_in_words_and_leaves_nothing(
    server: Server, databases: dict[str, dict[str, str]], words: str
) -> None:
    with pytest.raises(TargetRefused, match=words):
        connector().grant(shop(server, databases=databases), a_grant(), LATER)
    assert server.roles() == []


def test_a_database_that_is_gone_is_refused(server: Server) -> None:
    there = shop(server, databases={"gone": {"read": "shop_reader"}})
    with pytest.raises(TargetRefused, match="the server has no database gone"):
        connector().grant(there, a_grant(database="gone"), LATER)


def test_what_cannot_be_moved_is_not_said_to_be_refused(server: Server) -> None:
    batch = a_grant()
    connector().grant(shop(server), batch, LATER)
    elsewhere = shop(server, databases={"shop": {"read": "nobody"}})
    with pytest.raises(NotMoved, match="stays as it is"):
        connector().grant(elsewhere, batch, LATER + timedelta(hours=1))
    assert connector().observe(elsewhere, batch).until == LATER


def test_how_to_use_it_says_where_and_as_whom_and_no_password(server: Server) -> None:
    batch = a_grant()
    state = connector().grant(shop(server), batch, LATER)
    _, password = opened(state, batch)
    said = connector().access_details(shop(server), batch.but(connector_state=state))
    assert said == (
        f"Sign in to 127.0.0.1, port {server.port}, database shop, as "
        f"accessflows-{batch.grant_id}. The password is shown with the request."
    )
    assert password not in said


@pytest.mark.parametrize("field", ["username", "password"])
def test_a_secret_that_lacks_something_is_named(server: Server, field: str) -> None:
    with pytest.raises(CredentialsMissing, match=f"lacks the field '{field}'"):
        connector(**{field: ""}).observe(shop(server), a_grant())


@pytest.mark.req("R39.postgresql")
def test_the_server_proves_its_name_before_it_is_told_anything(
    server: Server, tmp_path: Path
) -> None:
    ours, other = Authority("ours"), Authority("other")
    with tls_in_front(server.port, ours.certificate("localhost", tmp_path)) as port:
        there = {"port": port, "sslmode": "verify-full"}
        named = shop(server, **there, host="localhost")
        assert not connector(ca=ours.pem).observe(named, a_grant()).holds
        unnamed = shop(server, **there, host="127.0.0.1")
        with pytest.raises(psycopg.OperationalError, match="does not match host name"):
            connector(ca=ours.pem).observe(unnamed, a_grant())
        with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
            connector(ca=other.pem).observe(named, a_grant())
        with pytest.raises(CredentialsMissing, match="lacks the field 'ca'"):
            connector().observe(named, a_grant())
    plain = shop(server, sslmode="verify-full")
    with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
        connector(ca=ours.pem).observe(plain, a_grant())
