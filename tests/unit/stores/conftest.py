"""Tables in moto, empty for every test."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.doubles.tables import create_tables


@pytest.fixture
def tables() -> Iterator[None]:
    with mock_aws():
        create_tables()
        yield
