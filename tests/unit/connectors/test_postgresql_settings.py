"""Settings of PostgreSQL servers: what is taken, what is refused and in which words."""

from typing import Any

import pytest

from accessflows.connectors import postgresql_settings
from accessflows.connectors.by_kind import Connectors
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import NoPrincipal, TargetRefused
from tests.factories import a_person, an_outsider
from tests.unit.connectors.batches import a_batch

SETTINGS: dict[str, Any] = {
    "host": "db.example.org",
    "secret": "accessflows/shop-db",
    "databases": {"shop": {"read": "shop_reader", "write": "shop_writer"}, "hr": {"read": "hr"}},
}
SHOP = Integration(
    id="shop-db",
    name="Shop database",
    kind=Kind.POSTGRESQL,
    settings=SETTINGS,
    principal=PrincipalMapping(attribute="email"),
)
CONNECTOR = Connectors()[Kind.POSTGRESQL]


@pytest.mark.req("R39.postgresql")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": None}, "host is missing"),
        ({"host": "/var/run/postgresql"}, "host is '/var/run/postgresql': write one name"),
        ({"host": "db.example.org,evil.example.org"}, "write one name or address"),
        ({"port": 0}, "port is 0: write a number from 1 to 65535"),
        ({"port": True}, "port is True"),
        ({"secret": None}, "secret is missing"),
        ({"secret": "shop-db"}, "begins with accessflows/"),
        ({"sslmode": "require"}, "sslmode is 'require': leave it at verify-full"),
        ({"sslmode": "disable"}, "only a server on localhost may do without"),
        ({"database": ""}, "database: '' is no name"),
        ({"databases": None}, "databases is missing"),
        ({"databases": {"shop": {}}}, "databases.shop: give each permission its role"),
        ({"databases": {"shop": {"Read all": "reader"}}}, "'Read all' is no name"),
        ({"databases": {"shop": {"read": 7}}}, "databases.shop.read: 7 is no name"),
        ({"databases": {"shop": {"read": "r" * 64}}}, "longer than the 63 bytes"),
        ({"databases": {"shop": {"read": "ä" * 32}}}, "longer than the 63 bytes"),
        ({"databases": {"shop": {"read": "accessflows-1"}}}, "name a role of your own"),
        ({"hosts": "x"}, "unknown setting 'hosts'; did you mean host?"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, Any], words: str) -> None:
    settings = {k: v for k, v in {**SETTINGS, **changes}.items() if v is not None}
    said = CONNECTOR.validate(SHOP.but(settings=settings))
    assert [message for message in said if words in message], said


@pytest.mark.req("R39.postgresql")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"port": 6432, "database": "postgres", "sslmode": "verify-full"},
        {"host": "localhost", "sslmode": "disable"},
        {"host": "2001:db8::1"},
        {"databases": {'Shop "EU" \'--': {"read-all": 'odd "role"'}}},
    ],
)
def test_what_a_server_may_need_is_taken(changes: dict[str, Any]) -> None:
    assert CONNECTOR.validate(SHOP.but(settings=SETTINGS | changes)) == []


def test_permissions_of_all_databases_are_those_of_the_type() -> None:
    can = CONNECTOR.capabilities(SHOP)
    assert can.resource_types == {"database": ("read", "write")}
    assert can.native_expiry


@pytest.mark.req("R39.postgresql")
@pytest.mark.parametrize("changes", [{"host": "evil.example.org"}, {"port": 6432}])
def test_the_api_points_no_secret_at_another_server(changes: dict[str, Any]) -> None:
    other = SHOP.but(id="other", settings=SETTINGS | changes)
    assert CONNECTOR.undeployed(SHOP, [SHOP]) == []
    (said,) = CONNECTOR.undeployed(other, [SHOP])
    assert "'accessflows/shop-db'" in said
    assert "beyond what this deployment" in said


def test_further_databases_of_a_server_need_no_deployment() -> None:
    more = SHOP.but(settings=SETTINGS | {"databases": {"stock": {"read": "stock_reader"}}})
    assert CONNECTOR.undeployed(more, [SHOP]) == []


def test_outsiders_have_no_page_that_would_show_them_a_password() -> None:
    rita = a_person("rita")
    assert CONNECTOR.principal(SHOP, rita) == rita.email
    with pytest.raises(NoPrincipal, match="people who sign in"):
        CONNECTOR.principal(SHOP, an_outsider())


def test_a_name_that_the_server_would_cut_short_is_refused() -> None:
    batch = a_batch(integration="shop-db", family=Kind.POSTGRESQL, request_id="x" * 60)
    with pytest.raises(TargetRefused, match="longer than a role's name may be"):
        CONNECTOR.access_details(SHOP, batch)


def test_settings_that_say_too_little_still_say_where_the_server_is() -> None:
    place = postgresql_settings.place_of({"host": "db.example.org", "secret": "accessflows/x"})
    assert (place.port, place.database, place.sslmode) == (5432, "postgres", "verify-full")
