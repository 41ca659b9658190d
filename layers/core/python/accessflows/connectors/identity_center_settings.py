"""Settings of IAM Identity Center: which accounts, by which permission sets, and whose ids. Pure.

instance_arn; region, where it is not the product's own; accounts: {"111122223333": Sandbox};
permission_sets: {read_only: arn:aws:sso:::permissionSet/ssoins-.../ps-...}."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accessflows.connectors.principals import only_value
from accessflows.connectors.settings_checks import unknown, unnameable
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import NoPrincipal

_KNOWN = ("instance_arn", "region", "accounts", "permission_sets")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_INSTANCE = re.compile(r"arn:aws[a-z-]*:sso:::instance/((?:sso)?ins-[a-zA-Z0-9.-]{16})")
_SET = re.compile(
    r"arn:aws[a-z-]*:sso:::permissionSet/((?:sso)?ins-[a-zA-Z0-9.-]{16})/ps-[a-zA-Z0-9./-]{16}"
)
# Of users and groups of an identity store.
STORE_ID = re.compile(
    r"([0-9a-f]{10}-)?[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
)


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong, in words."""
    return [
        *unknown(settings, _KNOWN),
        *_instance(settings.get("instance_arn")),
        *region_problems(settings),
        *_accounts(settings.get("accounts")),
        *_permission_sets(settings),
    ]


def accounts(settings: Mapping[str, Any]) -> dict[str, str]:
    """The name of each account, by its id; nothing where it is wrongly written."""
    return _texts(settings.get("accounts"))


def permission_sets(settings: Mapping[str, Any]) -> dict[str, str]:
    """The ARN behind each permission; nothing where it is wrongly written."""
    return _texts(settings.get("permission_sets"))


def undeployed(settings: Mapping[str, Any], deployed: Sequence[Mapping[str, Any]]) -> list[str]:
    """What no deployed integration of the same instance names, in words."""
    same = [one for one in deployed if one.get("instance_arn") == settings.get("instance_arn")]
    reached = {account for one in same for account in accounts(one)}
    reached |= {arn for one in same for arn in permission_sets(one).values()}
    wanted = (*accounts(settings), *permission_sets(settings).values())
    return [
        f"{what} is beyond what this deployment may give access to: name it in an integration of "
        "the files and deploy"
        for what in wanted
        if what not in reached
    ]


def user_of(integration: Integration, person: Person) -> str:
    """The id of the person as a user of the identity store. Raises NoPrincipal."""
    value = only_value(integration, person)
    if not STORE_ID.fullmatch(value):
        raise NoPrincipal(
            f"{integration.principal.attribute} of {person.name} is {value}, which is no user id "
            f"of an identity store; {integration.name} needs that, not a name: ask an admin to "
            "correct it"
        )
    return value


def region_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    region = settings.get("region")
    if region is not None and (not isinstance(region, str) or not _REGION.fullmatch(region)):
        yield f"region is {region!r}: write one such as eu-central-1, or leave it out"


def _texts(declared: object) -> dict[str, str]:
    if not isinstance(declared, Mapping):
        return {}
    return {str(key): value for key, value in declared.items() if isinstance(value, str)}


def _instance(instance: object) -> Iterator[str]:
    if instance is None:
        yield "instance_arn is missing: write arn:aws:sso:::instance/ssoins-..."
    elif not isinstance(instance, str) or not _INSTANCE.fullmatch(instance):
        yield f"instance_arn is {instance!r}: write arn:aws:sso:::instance/ssoins-..."


def _accounts(declared: object) -> Iterator[str]:
    if not isinstance(declared, Mapping) or not declared:
        yield 'accounts is missing: name those to give access to, such as {"111122223333": Sandbox}'
        return
    for account, name in declared.items():
        if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
            yield f"accounts: {account!r} is no account: write its 12 digits in quotes"
        elif not isinstance(name, str) or not name:
            yield f"accounts.{account} is {name!r}: write the name that people know it by"


def _permission_sets(settings: Mapping[str, Any]) -> Iterator[str]:
    declared = settings.get("permission_sets")
    if not isinstance(declared, Mapping) or not declared:
        yield (
            "permission_sets is missing: name those that may be assigned, such as {read_only: "
            "arn:aws:sso:::permissionSet/ssoins-.../ps-...}"
        )
        return
    yield from unnameable("permission_sets", declared)
    instance = _INSTANCE.fullmatch(str(settings.get("instance_arn")))
    for name, arn in declared.items():
        found = _SET.fullmatch(arn) if isinstance(arn, str) else None
        if not found:
            yield (
                f"permission_sets.{name} is {arn!r}: write its ARN, "
                "arn:aws:sso:::permissionSet/ssoins-.../ps-..."
            )
        elif instance and found[1] != instance[1]:
            yield f"permission_sets.{name} is one of another instance than instance_arn"
    doubled = {a for a in _texts(declared).values() if list(_texts(declared).values()).count(a) > 1}
    for arn in sorted(doubled):
        yield f"permission_sets: {arn} has two names; what is one assignment needs one name"
