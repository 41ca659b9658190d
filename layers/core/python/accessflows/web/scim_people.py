"""SCIM users in our words: profile, keys and the address that the source vouches for."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from scim2_models import EnterpriseUser, InvalidValueException, User

from accessflows.model.person import Profile
from accessflows.model.source_entry import (
    DISPLAY_NAME,
    EMAIL,
    EXTERNAL_ID,
    USER_NAME,
    SourceUser,
)

ScimUser = User[EnterpriseUser]

# Longer values fit into no index key.
MOST_BYTES = 700


def source_user(user: ScimUser) -> SourceUser:
    """Raises InvalidValueException for what the directory cannot keep."""
    emails = tuple(dict.fromkeys(_emails(user)))
    login = user.user_name if _is_address(user.user_name) else (emails[0] if emails else None)
    enterprise = user[EnterpriseUser]
    manager = enterprise.manager.value if enterprise and enterprise.manager else None
    active = True if user.active is None else user.active
    try:
        profile = Profile(
            name=_name(user),
            emails=emails,
            active=active,
            manager=manager or None,
            attributes={name: (value,) for name, value in _attributes(user) if value},
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidValueException(detail=f"{field}: {first['msg']}") from None
    return SourceUser(
        document=document(user),
        profile=profile,
        login=login,
        found_by=_short(
            {
                USER_NAME: ((user.user_name or "").casefold(),),
                EXTERNAL_ID: (user.external_id,) if user.external_id else (),
                DISPLAY_NAME: (user.display_name.casefold(),) if user.display_name else (),
                EMAIL: tuple(dict.fromkeys(email.casefold() for email in emails)),
            }
        ),
    )


def document(resource: Any) -> dict[str, Any]:
    """As stored: without what stands beside it. A password is for nobody to keep."""
    dumped: dict[str, Any] = resource.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {k: v for k, v in dumped.items() if k not in ("id", "meta", "members", "password")}


def _name(user: ScimUser) -> str:
    name = user.name
    spelled = f"{name.given_name or ''} {name.family_name or ''}".strip() if name else ""
    formatted = name.formatted if name else None
    return user.display_name or formatted or spelled or user.user_name or ""


def _emails(user: ScimUser) -> Iterator[str]:
    """The primary one first, a user name that is an address last."""
    listed = sorted(user.emails or (), key=lambda email: not email.primary)
    yield from (email.value for email in listed if email.value)
    if user.user_name and _is_address(user.user_name):
        yield user.user_name


def _is_address(text: str | None) -> bool:
    local, at, domain = (text or "").partition("@")
    return bool(local and at and "." in domain.strip(".")) and " " not in (text or "")


def _attributes(user: ScimUser) -> Iterator[tuple[str, str | None]]:
    """Attribute -> value, named as conditions name them."""
    yield "user_name", user.user_name
    yield "external_id", user.external_id
    yield "nick_name", user.nick_name
    yield "title", user.title
    yield "user_type", user.user_type
    yield "preferred_language", user.preferred_language
    yield "locale", user.locale
    yield "time_zone", user.timezone
    enterprise = user[EnterpriseUser]
    if enterprise:
        yield "employee_number", enterprise.employee_number
        yield "cost_center", enterprise.cost_center
        yield "organization", enterprise.organization
        yield "division", enterprise.division
        yield "department", enterprise.department
    work = next((a for a in user.addresses or () if a.type == "work"), None)
    address = work or next(iter(user.addresses or ()), None)
    if address:
        yield "city", address.locality
        yield "region", address.region
        yield "country", address.country


def _short(keys: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for name, values in keys.items():
        if any(len(value.encode()) > MOST_BYTES for value in values):
            raise InvalidValueException(detail=f"{name} may take {MOST_BYTES} bytes at most")
    return {name: values for name, values in keys.items() if values}
