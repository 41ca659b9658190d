"""The examples in the documentation are such as the connectors take."""

from typing import Any

import pytest

from accessflows.connectors.by_kind import Connectors
from accessflows.model.integration import Integration
from tests.documented import examples


@pytest.mark.parametrize("example", examples(), ids=lambda example: example["kind"])
def test_an_example_is_taken_as_it_stands(example: dict[str, Any]) -> None:
    integration = Integration.model_validate(example)
    connector = Connectors()[integration.kind]
    assert connector.validate(integration) == []
    assert connector.capabilities(integration).resource_types
    assert connector.undeployed(integration, [integration]) == []
    assert connector.undeployed(integration, []) != []
