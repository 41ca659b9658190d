"""Settings of PostgreSQL servers: where one is, and which of its roles open what. Pure.

host: db.example.org; port: 5432; database: postgres (where to sign in); sslmode: verify-full;
secret: accessflows/shop-db; databases: {shop: {read: shop_reader, write: shop_writer}}."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from accessflows.connectors import credentials
from accessflows.connectors.settings_checks import unknown, unnameable

RESOURCE_TYPE = "database"
OURS = "accessflows-"
# PostgreSQL cuts longer names short, so that two could become one.
MOST_NAME_BYTES = 63

_KNOWN = ("host", "port", "database", credentials.SECRET, "sslmode", "databases")
_HERE = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")


class Place(NamedTuple):
    """Where a server is. database: the one to sign in to."""

    host: str
    port: int
    database: str
    sslmode: str
    secret: str

    @property
    def needed(self) -> tuple[str, ...]:
        """Fields of the secret. ca: certificates (PEM) by which the server's is believed."""
        login = ("username", "password")
        return login if self.sslmode == "disable" else (*login, "ca")


def place_of(settings: Mapping[str, Any]) -> Place:
    """Of settings that may lack all but host and secret."""
    return Place(
        str(settings["host"]),
        int(settings.get("port", 5432)),
        str(settings.get("database", "postgres")),
        str(settings.get("sslmode", "verify-full")),
        str(settings[credentials.SECRET]),
    )


def roles_of(settings: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The role of each permission, by database; what is wrongly written is left out."""
    declared = settings.get("databases")
    if not isinstance(declared, Mapping):
        return {}
    return {
        str(database): {str(permission): str(role) for permission, role in roles.items()}
        for database, roles in declared.items()
        if isinstance(roles, Mapping)
    }


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong, in words."""
    return [
        *unknown(settings, _KNOWN),
        *_host(settings.get("host")),
        *_port(settings.get("port", 5432)),
        *_name("database", settings.get("database", "postgres")),
        *_sslmode(settings.get("sslmode", "verify-full"), settings.get("host")),
        *credentials.problems(settings),
        *_databases(settings.get("databases")),
    ]


def _host(host: object) -> Iterator[str]:
    if host is None:
        yield "host is missing: name the server, such as db.example.org"
    elif not isinstance(host, str) or not _HOST.fullmatch(host):
        yield f"host is {host!r}: write one name or address, without port"


def _port(port: object) -> Iterator[str]:
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65_535:
        yield f"port is {port!r}: write a number from 1 to 65535"


def _sslmode(sslmode: object, host: object) -> Iterator[str]:
    if sslmode == "verify-full" or (sslmode == "disable" and host in _HERE):
        return
    yield (
        f"sslmode is {sslmode!r}: leave it at verify-full; only a server on localhost may do "
        "without, by disable"
    )


def _databases(declared: object) -> Iterator[str]:
    if not isinstance(declared, Mapping) or not declared:
        yield (
            "databases is missing: name those that can be asked for, each with its permissions "
            "and the role that gives each, such as {shop: {read: shop_reader}}"
        )
        return
    for database, roles in declared.items():
        yield from _name("databases", database)
        if not isinstance(roles, Mapping) or not roles:
            yield f"databases.{database}: give each permission its role, such as read: shop_reader"
            continue
        yield from unnameable(f"databases.{database}", roles)
        for permission, role in roles.items():
            yield from _name(f"databases.{database}.{permission}", role)


def _name(where: str, name: object) -> Iterator[str]:
    if not isinstance(name, str) or not name or "\0" in name:
        yield f"{where}: {name!r} is no name of PostgreSQL"
    elif len(name.encode()) > MOST_NAME_BYTES:
        yield f"{where}: {name!r} is longer than the {MOST_NAME_BYTES} bytes of PostgreSQL's names"
    elif name.startswith(OURS):
        yield f"{where}: {name!r} is named as what Access Flows makes; name a role of your own"
