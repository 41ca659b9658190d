"""Who a person is at a target."""

import pytest

from accessflows.connectors.principals import only_value
from accessflows.model.person import Person
from accessflows.model.refusal import NoPrincipal
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


def test_an_outsider_is_not_told_to_ask_an_admin_for_an_attribute() -> None:
    by_user = an_integration(principal={"attribute": "aws_user"})
    with pytest.raises(NoPrincipal, match=r"known by an address only, and .* by aws_user") as no:
        only_value(by_user, an_outsider())
    assert "ask an admin" not in str(no.value)
    with pytest.raises(NoPrincipal, match=r"has no aws_user, .* ask an admin to add it"):
        only_value(by_user, a_person())
