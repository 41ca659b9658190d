"""Signing in: bound once by the verified address, never looked at again."""

from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws

from accessflows.actions.sign_in import Account, SignInRefused, sign_in
from accessflows.model.person import OUTSIDER
from accessflows.ports import Lost
from accessflows.stores.directory import DynamoDirectory
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import NOON, a_person, an_outsider

ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_pool"
RITA = Account(ISSUER, "subject-rita", "rita-in-the-pool")
STRANGER = Account(ISSUER, "subject-x", "x")


@pytest.fixture
def directory() -> Iterator[DynamoDirectory]:
    with mock_aws():
        create_tables()
        store = DynamoDirectory(TEST_SETTINGS)
        put_people(store, a_person("rita"))
        put_people(store, a_person("anna"))
        yield store


def says(email: str | None) -> Callable[[str], str | None]:
    return lambda _username: email


def unasked(_username: str) -> str | None:
    raise AssertionError("the pool must not be asked")


def test_the_first_sign_in_binds_by_the_verified_address(directory: DynamoDirectory) -> None:
    assert sign_in(RITA, directory, says("Rita@example.com"), NOON).id == "rita"
    assert directory.bound_person(ISSUER, RITA.subject) == "rita"


def test_a_changed_address_makes_nobody_else_of_a_person(directory: DynamoDirectory) -> None:
    sign_in(RITA, directory, says("rita@example.com"), NOON)
    assert sign_in(RITA, directory, unasked, NOON).id == "rita"
    with pytest.raises(SignInRefused, match="another account"):
        sign_in(STRANGER, directory, says("rita@example.com"), NOON)
    assert directory.bound_person(ISSUER, STRANGER.subject) is None


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        (None, "no verified address"),
        ("stranger@example.com", "nobody active"),
        ("rita", "nobody active"),
    ],
)
def test_who_is_not_known_is_refused(
    directory: DynamoDirectory, email: str | None, reason: str
) -> None:
    with pytest.raises(SignInRefused, match=reason):
        sign_in(STRANGER, directory, says(email), NOON)
    assert directory.bound_person(ISSUER, STRANGER.subject) is None


def test_who_is_deactivated_is_refused_bound_or_not(directory: DynamoDirectory) -> None:
    sign_in(RITA, directory, says("rita@example.com"), NOON)
    put_people(directory, a_person("rita", active=False))
    put_people(directory, a_person("anna", active=False))
    with pytest.raises(SignInRefused, match="deactivated"):
        sign_in(RITA, directory, unasked, NOON)
    with pytest.raises(SignInRefused, match="nobody active"):
        sign_in(STRANGER, directory, says("anna@example.com"), NOON)


def test_two_first_calls_at_once_are_both_let_in(directory: DynamoDirectory) -> None:
    def other_call_first(_username: str) -> str:
        directory.bind(ISSUER, RITA.subject, "rita", NOON)
        return "rita@example.com"

    assert sign_in(RITA, directory, other_call_first, NOON).id == "rita"


def test_a_binding_never_moves(directory: DynamoDirectory) -> None:
    directory.bind(ISSUER, RITA.subject, "rita", NOON)
    with pytest.raises(Lost):
        directory.bind(ISSUER, RITA.subject, "anna", NOON)
    assert directory.bound_person(ISSUER, RITA.subject) == "rita"


@pytest.mark.req("R112.external")
def test_an_outsider_never_signs_in_and_keeps_nobody_from_it(directory: DynamoDirectory) -> None:
    olga = an_outsider(source=OUTSIDER)
    put_people(directory, olga)
    with pytest.raises(SignInRefused, match="nobody active"):
        sign_in(STRANGER, directory, says(olga.email), NOON)
    directory.bind(ISSUER, STRANGER.subject, olga.id, NOON)
    with pytest.raises(SignInRefused, match="who asks by access link"):
        sign_in(STRANGER, directory, unasked, NOON)
    put_people(directory, a_person("olga", emails=(olga.email,)))
    assert sign_in(Account(ISSUER, "later", "olga"), directory, says(olga.email), NOON).id == "olga"
