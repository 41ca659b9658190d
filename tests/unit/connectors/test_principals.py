"""Who a person is at a target."""

import pytest

from accessflows.connectors.principals import only_value
from accessflows.model.person import Person
from tests.factories import a_person, an_integration, an_outsider

BY_ADDRESS = an_integration(principal={"attribute": "email"})


@pytest.mark.req("R120")
@pytest.mark.parametrize(
    ("person", "principal"),
    [
        (an_outsider(), "olga@partner.example"),
        (a_person(emails=("rita@example.com", "r@example.com")), "rita@example.com"),
        (a_person(attributes={"email": ("crm+rita@example.com",)}), "crm+rita@example.com"),
    ],
)
def test_everybody_is_known_by_address_unless_a_source_says_another(
    person: Person, principal: str
) -> None:
    assert only_value(BY_ADDRESS, person) == principal
