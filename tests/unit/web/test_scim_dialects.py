"""Filters as Entra ID writes them, and what is left as it is."""

import pytest

from accessflows.web.scim_dialects import meant

MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("externalId eq jyoung", 'externalId eq "jyoung"'),
        ('id eq "a" and manager eq "b"', f'id eq "a" and {MANAGER}.value eq "b"'),
        ("manager eq b and id eq a-1", f'{MANAGER}.value eq "b" and id eq "a-1"'),
        (f'{MANAGER} eq "b"', f'{MANAGER}.value eq "b"'),
        ("emails[type eq work].value eq a@b.c", 'emails[type eq "work"].value eq "a@b.c"'),
    ],
)
def test_what_entra_leaves_out_of_a_filter_is_put_in(written: str, means: str) -> None:
    assert meant(written) == means


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "manager eq x"',
        r'displayName eq "a \" manager eq b"',
        'active eq true and title co "x"',
        f'{MANAGER}.value eq "b"',
        'displayName eq "unfinished',
        "",
    ],
)
def test_any_other_filter_stays_as_it_is(text: str) -> None:
    assert meant(text) == text
