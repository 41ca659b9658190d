"""Settings of a system behind a web address."""

from typing import Any

import pytest

from accessflows.connectors.own_system import OwnSystem
from accessflows.connectors.webhook import Webhook
from accessflows.model.integration import Integration, Kind, PrincipalMapping

SETTINGS: dict[str, Any] = {
    "url": "https://badges.example.com/access",
    "secret": "accessflows/badges",
    "resource_types": {"room": ["enter"]},
}
BADGES = Integration(
    id="badges",
    name="Badges",
    kind=Kind.WEBHOOK,
    settings=SETTINGS,
    principal=PrincipalMapping(attribute="badge"),
)
CONNECTOR = OwnSystem(Webhook())


@pytest.mark.req("R39.webhook")
def test_good_settings_have_no_faults() -> None:
    assert CONNECTOR.validate(BADGES) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": None}, "url is missing"),
        ({"url": "badges"}, "url is 'badges': write an address"),
        ({"url": "http://badges.example.com"}, "plain HTTP can be read"),
        ({"secret": None}, "secret is missing"),
        ({"secret": "accessflows/link-keys"}, "which is of Access Flows itself"),
        ({"resource_types": None}, "resource_types is missing"),
        ({"sekret": "x"}, "unknown setting 'sekret'; did you mean secret?"),
        ({"function": "x"}, "unknown setting 'function'"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, Any], words: str) -> None:
    settings = {k: v for k, v in {**SETTINGS, **changes}.items() if v is not None}
    said = CONNECTOR.validate(BADGES.but(settings=settings))
    assert any(words in message for message in said), said


@pytest.mark.req("R39.webhook")
@pytest.mark.parametrize(
    "changes", [{"url": "https://elsewhere.example.com"}, {"secret": "accessflows/other"}]
)
def test_the_api_sends_nothing_where_no_file_lets_it(changes: dict[str, Any]) -> None:
    assert CONNECTOR.undeployed(BADGES.but(id="second"), [BADGES]) == []
    other = BADGES.but(settings={**SETTINGS, **changes})
    (said,) = CONNECTOR.undeployed(other, [BADGES])
    assert "is beyond what this deployment may use" in said
