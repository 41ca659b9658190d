"""Stories on the deployed stack. Every test asks for its own bucket: none depends on another."""

from collections.abc import Iterator

import pytest

from local.company import Company


@pytest.fixture(autouse=True)
def tidy(company: Company) -> Iterator[None]:
    """What a test asked for ends with it: a principal has room for a few policies only."""
    yield
    company.end_all("ada")


@pytest.fixture
def bucket(company: Company, request: pytest.FixtureRequest) -> str:
    """A bucket of this test's own, in the flow that `@pytest.mark.flow` names."""
    marker = request.node.get_closest_marker("flow")
    assert marker is not None, "name the bucket's flow with @pytest.mark.flow"
    name = "acme-" + request.node.originalname.removeprefix("test_").replace("_", "-")[:50].strip(
        "-"
    )
    company.open_buckets({name: {"flow": marker.args[0]}})
    company.sync_inventory()
    return name
