"""A real PostgreSQL on this machine, which asks everybody but its owner for a password."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql

ADMIN = {"username": "accessflows_admin", "password": "not-a-real-password"}

_HBA = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
# What a DBA prepares, as docs/integrations.md tells them.
_PREPARED = """
CREATE ROLE accessflows_admin LOGIN CREATEROLE PASSWORD 'not-a-real-password';
CREATE ROLE shop_reader; CREATE ROLE shop_writer; CREATE ROLE "odd ""role"" ' --";
GRANT shop_reader, shop_writer, "odd ""role"" ' --" TO accessflows_admin WITH ADMIN OPTION;
"""
_IN_SHOP = """
CREATE TABLE orders (number int); INSERT INTO orders VALUES (1);
GRANT SELECT ON orders TO shop_reader, shop_writer; GRANT INSERT ON orders TO shop_writer;
GRANT CREATE ON SCHEMA public TO shop_writer;
"""


class Server(NamedTuple):
    """port: of 127.0.0.1. folder: where its socket is."""

    port: int
    folder: Path

    def owner(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        """A session that may do anything."""
        return psycopg.connect(
            host=str(self.folder),
            port=self.port,
            user="postgres",
            dbname=database,
            autocommit=True,
        )

    def sign_in(
        self, user: str, password: str, database: str = "shop"
    ) -> "psycopg.Connection[Any]":
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=password,
            dbname=database,
            autocommit=True,
        )

    def do(self, statements: str, database: str = "postgres") -> None:
        with self.owner(database) as session:
            session.execute(sql.SQL(statements))

    def roles(self) -> list[str]:
        """Those that are Access Flows' own."""
        with self.owner() as session:
            query = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'accessflows-%' ORDER BY 1"
            return [name for (name,) in session.execute(query)]


@contextmanager
def running() -> Iterator[Server]:
    """A server for the time of the block, with the databases `shop` and `shop "eu" '--`."""
    with TemporaryDirectory(prefix="postgres-") as made:
        folder, port = Path(made), _free_port()
        programs, user = _programs(folder)

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / "bin" / program), "-D", str(folder / "data"), *arguments]
            # No pipe: the server would keep it open.
            subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL)

        run("initdb", "--username=postgres", "--auth=trust", "--encoding=utf8", "--no-sync")
        (folder / "data" / "pg_hba.conf").write_text(_HBA)
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=30"
        run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            server = Server(port, folder)
            server.do(_PREPARED)
            for database in ("shop", """shop "eu" '--"""):
                with server.owner() as session:
                    session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
            server.do(_IN_SHOP, "shop")
            yield server
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


def _programs(folder: Path) -> tuple[Path, str | None]:
    """Where PostgreSQL's programs are, and as whom they run."""
    found = find_spec("pgserver")
    if found is None or found.submodule_search_locations is None:
        pytest.skip("there is no PostgreSQL in a wheel for this version of Python")
    package = Path(found.submodule_search_locations[0])
    if os.geteuid() != 0:
        return package / "pginstall", None
    # It refuses to run as root; and where root has installed it, nobody else may look.
    for name in ("pgserver/pginstall", "pgserver.libs"):
        shutil.copytree(package.parent / name, folder / name)
    shutil.chown(folder, "nobody")
    return folder / "pgserver" / "pginstall", "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
