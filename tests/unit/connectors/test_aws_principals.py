"""Who may be given access at AWS: only principals that the integration's settings name."""

from typing import Any

import pytest

from accessflows.connectors.aws_iam import AwsIam
from accessflows.model.refusal import NoPrincipal
from tests.factories import a_person, an_integration

GOOD = {"account_id": "111122223333", "principals": ["user/demo-*", "role/app"]}


def principal(*values: str, **settings: Any) -> str:
    integration = an_integration(settings=GOOD | settings)
    return AwsIam().principal(integration, a_person(attributes={"aws_principal": values}))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("user/demo-rita", "user/demo-rita"),
        ("role/app", "role/app"),
        ("arn:aws:iam::111122223333:user/demo-rita", "user/demo-rita"),
        ("arn:aws-us-gov:iam::111122223333:role/app", "role/app"),
    ],
)
def test_a_principal_is_a_name_or_an_arn_of_the_account(value: str, found: str) -> None:
    assert principal(value) == found


@pytest.mark.parametrize(
    "value",
    [
        "user/rita",
        "user/Demo-rita",
        "role/app2",
        "role/demo-rita",
        "demo-rita",
        "user/demo-*",
        "user/demo-x/rita",
        "group/demo-admins",
        "arn:aws:iam::999999999999:user/demo-rita",
        "arn:aws:sts::111122223333:assumed-role/app/rita",
    ],
)
def test_a_principal_that_the_settings_do_not_name_is_refused(value: str) -> None:
    with pytest.raises(NoPrincipal, match=r"aws_principal of Rita is .*user/demo-\*, role/app"):
        principal(value)


def test_two_values_are_one_too_many() -> None:
    with pytest.raises(NoPrincipal, match="several values of aws_principal"):
        principal("user/demo-rita", "user/demo-rina")


def test_the_products_own_roles_are_never_principals() -> None:
    with pytest.raises(NoPrincipal):
        principal("role/accessflows-activate-aws-iam", principals=["role/acc*"])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, ["account_id is missing", "principals is empty"]),
        (GOOD, []),
        (GOOD | {"principals": []}, ["principals is empty"]),
        (GOOD | {"principals": "user/demo-*"}, ["principals is empty"]),
        (GOOD | {"principals": ["*"]}, ["names everybody"]),
        (GOOD | {"principals": ["user/*"]}, ["names everybody"]),
        (GOOD | {"principals": ["role/*"]}, ["names everybody"]),
        (GOOD | {"principals": ["user/de*mo"]}, ["a `*` may only end"]),
        (GOOD | {"principals": ["group/demo-*"]}, ["neither user/<name> nor role/<name>"]),
        (GOOD | {"principals": ["user/team/rita"]}, ["paths are not supported"]),
        (GOOD | {"principals": ["role/a*"]}, ["covers roles of Access Flows"]),
        (GOOD | {"principals": ["role/AccessFlows-sweep"]}, ["covers roles of Access Flows"]),
        (GOOD | {"principals": ["role/app*"]}, []),
        (GOOD | {"principals": [7]}, ["neither user/<name> nor role/<name>"]),
        (GOOD | {"account_id": 111122223333}, ["in quotes"]),
        (GOOD | {"account_id": "1111-2222-3333"}, ["in quotes"]),
        (GOOD | {"principls": ["user/x"]}, ["did you mean principals?"]),
        (GOOD | {"colour": "blue"}, ["unknown setting 'colour' (there are"]),
    ],
    ids=str,
)
def test_settings_are_checked_and_every_fault_is_said(
    settings: dict[str, Any], said: list[str]
) -> None:
    messages = AwsIam().validate(an_integration(settings=settings))
    assert len(messages) == len(said)
    assert all(words in message for words, message in zip(said, messages, strict=True))
