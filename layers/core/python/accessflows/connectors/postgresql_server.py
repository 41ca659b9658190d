"""A PostgreSQL server: signing in to it, as the role that makes and ends others.

Only by TLS that proves the server's name, and by SCRAM, which tells the password to nobody.
Source: PostgreSQL documentation, Database Connection Control Functions (sslmode, require_auth)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import NamedTemporaryFile
from typing import Any

import psycopg

from accessflows.connectors.postgresql_settings import Place

Session = psycopg.Connection[tuple[Any, ...]]

# A grant and its observation, or a revocation, fit into the 30 s of the function; what the
# server still does once it was left alone is over well before a call counts as landed.
_CONNECT_SECONDS = 4
_MOST_MILLISECONDS = 5_000
_LOCK_MILLISECONDS = 3_000


@contextmanager
def session(
    place: Place, secret: Mapping[str, Any], database: str | None = None
) -> Iterator[Session]:
    """A session that commits each statement by itself. database: none for the place's own.

    secret: username, password, and `ca`, the certificates (PEM) that the server's is signed by.
    Raises psycopg.OperationalError where the server cannot be reached or says no.
    """
    with _trusted(place, secret) as trusted:
        opened = psycopg.connect(
            host=place.host,
            port=place.port,
            dbname=database or place.database,
            user=secret["username"],
            password=secret["password"],
            sslmode=place.sslmode,
            require_auth="scram-sha-256",
            gssencmode="disable",
            connect_timeout=_CONNECT_SECONDS,
            tcp_user_timeout=_MOST_MILLISECONDS,
            application_name="accessflows",
            autocommit=True,
            **trusted,
        )
    with opened:
        # Nothing that people put into a schema is taken for what the server has by itself.
        opened.execute(
            "SELECT set_config('search_path', '', false),"
            " set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)",
            (str(_MOST_MILLISECONDS), str(_LOCK_MILLISECONDS)),
        )
        yield opened


@contextmanager
def _trusted(place: Place, secret: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if place.sslmode == "disable":
        yield {}
        return
    # The driver takes certificates from a file only, and reads it while it connects.
    with NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(secret["ca"])
        file.flush()
        yield {"sslrootcert": file.name}
