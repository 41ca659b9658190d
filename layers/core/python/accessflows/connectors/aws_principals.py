"""Principals of AWS IAM: whom an integration's settings name, and who a person is. Pure.

A principal is `user/<name>` or `role/<name>`; paths are not supported. A pattern is one of these,
with `*` for the rest of the name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accessflows.connectors.principals import only_value
from accessflows.connectors.settings_checks import unknown
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import NoPrincipal

_KNOWN = ("account_id", "principals")
_ACCOUNT = re.compile(r"[0-9]{12}")
_NAME = r"[A-Za-z0-9_+=,.@-]{1,64}"
_PRINCIPAL = re.compile(rf"(user|role)/{_NAME}")
_PATTERN = re.compile(rf"(user|role)/{_NAME}\*?")
_ARN = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):(.+)")
_OUR_ROLES = "role/accessflows"


def problems(settings: dict[str, Any]) -> list[str]:
    """What is wrong with an integration's settings, in words."""
    return [*unknown(settings, _KNOWN), *_account(settings), *_principals(settings)]


def is_named(principal: str, settings: dict[str, Any]) -> bool:
    """Whether access may be given to this principal."""
    if not _PRINCIPAL.fullmatch(principal) or principal.casefold().startswith(_OUR_ROLES):
        return False
    patterns = settings.get("principals")
    if not isinstance(patterns, list | tuple):
        return False
    return any(_covers(pattern, principal) for pattern in patterns)


def undeployed(settings: dict[str, Any], deployed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which of the principals no deployed integration of the same account names, in words."""
    account = settings.get("account_id")
    reached = [
        pattern
        for other in deployed
        if other.get("account_id") == account
        for pattern in other.get("principals", ())
    ]
    return [
        f"principals: {pattern!r} of account {account} is beyond what this deployment may give "
        "access to: name it in an integration of the files and deploy"
        for pattern in settings.get("principals", ())
        if not any(_reaches(wider, pattern) for wider in reached)
    ]


def principal_of(integration: Integration, person: Person) -> str:
    """The one principal of the person; an ARN of the integration's account is shortened."""
    value = only_value(integration, person)
    principal = _shortened(value, integration)
    if not is_named(principal, integration.settings):
        raise NoPrincipal(
            f"{integration.principal.attribute} of {person.name} is {value}, and "
            f"{integration.name} may give access only to {_listed(integration.settings)}; ask an "
            "admin to correct one of the two"
        )
    return principal


def _shortened(value: str, integration: Integration) -> str:
    arn = _ARN.fullmatch(value)
    if arn and arn[1] == integration.settings.get("account_id"):
        return arn[2]
    return value


def _covers(pattern: object, principal: str) -> bool:
    if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
        return False
    if pattern.endswith("*"):
        return principal.startswith(pattern[:-1])
    return principal == pattern


def _reaches(wider: str, pattern: str) -> bool:
    """Whether whoever the pattern names is named by the wider one, too."""
    if wider.endswith("*"):
        return pattern.removesuffix("*").startswith(wider[:-1])
    return pattern == wider


def _listed(settings: dict[str, Any]) -> str:
    patterns = settings.get("principals") or ("nobody",)
    return ", ".join(str(pattern) for pattern in patterns)


def _account(settings: dict[str, Any]) -> Iterator[str]:
    account = settings.get("account_id")
    if account is None:
        yield "account_id is missing: write the 12 digits of the AWS account in quotes"
    elif not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
        yield f"account_id is {account!r}: write the 12 digits of the AWS account in quotes"


def _principals(settings: dict[str, Any]) -> Iterator[str]:
    patterns = settings.get("principals")
    if not isinstance(patterns, list | tuple) or not patterns:
        yield "principals is empty: name who may be given access, such as user/demo-* or role/app"
        return
    for pattern in patterns:
        yield from _pattern(pattern)


def _pattern(pattern: object) -> Iterator[str]:
    if isinstance(pattern, str) and pattern in {"*", "user/*", "role/*"}:
        yield f"principals: {pattern!r} names everybody; begin the name, such as user/demo-*"
    elif not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
        yield (
            f"principals: {pattern!r} is neither user/<name> nor role/<name>; a `*` may only end "
            "the name, and paths are not supported"
        )
    elif _reaches_us(pattern.casefold()):
        yield f"principals: {pattern!r} covers roles of Access Flows itself; name others"


def _reaches_us(pattern: str) -> bool:
    stem = pattern.removesuffix("*")
    open_ended = stem != pattern
    return stem.startswith(_OUR_ROLES) or (open_ended and _OUR_ROLES.startswith(stem))
