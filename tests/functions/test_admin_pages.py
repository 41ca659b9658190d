"""The pages of admins: what they show to whom, and what their forms do."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.actions.session import begin_session
from accessflows.cli.validators import VALIDATORS
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Configuration
from accessflows.model.person import DirectoryGroup, Role
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.requests import DynamoRequests
from accessflows.web.cookies import SESSION
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_flow, a_person, an_integration
from tests.functions.browser import Browser
from tests.functions.calls import portal_at

SITE = "https://access.example.com"
FILES = Configuration(
    flows=(a_flow("buckets", version=0),),
    integrations=(an_integration(),),
    people=(
        *(a_person(name, roles=(Role.ADMIN, Role.GRANTEE)) for name in ("ada", "alf")),
        *map(a_person, ("rita", "olga", "max")),
    ),
    groups=(DirectoryGroup(id="engineers", name="Engineers", members=("rita",)),),
)


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        create_tables()
        flows, directory = DynamoFlows(TEST_SETTINGS), DynamoDirectory(TEST_SETTINGS)
        requests = DynamoRequests(TEST_SETTINGS)
        monkeypatch.setattr(wiring, "flows", lambda: flows)
        monkeypatch.setattr(wiring, "directory", lambda: directory)
        monkeypatch.setattr(wiring, "requests", lambda: requests)
        monkeypatch.setattr(wiring, "connectors", lambda: VALIDATORS)
        monkeypatch.setattr(wiring, "now", lambda: NOON)
        portal_at(SITE, monkeypatch)
        deploy(FILES)
        yield


def deploy(configuration: Configuration) -> None:
    apply_config(configuration, wiring.flows(), wiring.directory(), validators=VALIDATORS, now=NOON)


def visit(person_id: str = "ada") -> Browser:
    """Somebody who is signed in."""
    browser, secret = Browser(), f"the secret of {person_id}"
    begin_session(wiring.sessions(), wiring.directory().person(person_id), secret, NOON)
    browser.cookies[f"__Host-{SESSION}"] = secret
    return browser


@pytest.mark.req("R117")
def test_whoever_is_no_admin_is_told_so_on_an_admin_page() -> None:
    seen = visit("rita").get("/admin")
    assert seen.status == 403
    assert "This part is for admins" in seen.text


def test_who_looks_after_a_space_is_let_in() -> None:
    deploy(
        FILES.but(
            settings=AccountSettings(spaces=True),
            spaces=({"id": "shop", "name": "Shop", "owners": ["olga"]},),
        )
    )
    assert visit("olga").get("/admin").status == 303
    assert visit("max").get("/admin").status == 403
