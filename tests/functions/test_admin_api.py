"""The API of admins, through its handler, over tables."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.configuration import Configuration
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import DirectoryGroup, Role
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from functions import admin_api
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_flow, a_person, an_integration
from tests.functions.calls import call

FILES = Configuration(
    flows=(a_flow("buckets", version=0), a_flow("tables", version=0)),
    integrations=(an_integration(),),
    people=(a_person("ada", roles=(Role.ADMIN, Role.GRANTEE)), a_person("rita")),
    groups=(DirectoryGroup(id="engineers", name="Engineers", members=("rita",)),),
)


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        create_tables()
        monkeypatch.setattr(wiring, "flows", lambda: DynamoFlows(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "directory", lambda: DynamoDirectory(TEST_SETTINGS))
        deploy(FILES)
        yield


def deploy(configuration: Configuration) -> None:
    apply_config(configuration, wiring.flows(), wiring.directory(), validators=VALIDATORS, now=NOON)


def get(path: str, *, caller: str = "ada", **query: str) -> tuple[int, Any]:
    return call(admin_api, "GET", path, caller=caller, query=query)


def test_only_admins_are_let_in() -> None:
    status, problem = get("/configuration/access-flows", caller="rita")
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-yours")
    assert get("/configuration/access-flows")[0] == 200


def test_an_admin_sees_every_flow_as_files_write_it() -> None:
    _, answer = get("/configuration/access-flows")
    assert answer["cursor"] is None
    assert [flow["id"] for flow in answer["access_flows"]] == ["buckets", "tables"]
    assert answer["access_flows"][0]["grant_duration"] == "PT1H"


def test_a_long_list_comes_in_pages() -> None:
    flows = tuple(a_flow(f"flow-{n:03d}", version=0) for n in range(PAGE_SIZE + 1))
    deploy(FILES.but(flows=flows))
    _, first = get("/configuration/access-flows")
    _, second = get("/configuration/access-flows", cursor=first["cursor"])
    shown = [flow["id"] for flow in first["access_flows"] + second["access_flows"]]
    assert shown == [flow.id for flow in flows]
    assert second["cursor"] is None
