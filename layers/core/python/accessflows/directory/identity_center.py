"""IAM Identity Center: the users and groups of its identity store. Reads only."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from accessflows.model.person import Profile
from accessflows.model.source_entry import (
    DISPLAY_NAME,
    EXTERNAL_ID,
    USER_NAME,
    SourceGroup,
    SourceUser,
)

if TYPE_CHECKING:
    from mypy_boto3_identitystore import IdentityStoreClient

# Attribute of ours -> field of theirs.
_ATTRIBUTES = {
    "identity_center_id": "UserId",
    "user_name": "UserName",
    "title": "Title",
    "user_type": "UserType",
    "nick_name": "NickName",
    "locale": "Locale",
    "preferred_language": "PreferredLanguage",
    "time_zone": "Timezone",
}
_ADDRESS = {"city": "Locality", "region": "Region", "country": "Country"}


class IdentityCenter:
    """One identity store."""

    def __init__(self, client: "IdentityStoreClient", identity_store_id: str) -> None:
        self._client = client
        self._store = identity_store_id

    def users(self) -> Iterator[SourceUser]:
        pages = self._client.get_paginator("list_users").paginate(IdentityStoreId=self._store)
        for page in pages:
            yield from (_user(dict(user)) for user in page["Users"])

    def groups(self) -> Iterator[SourceGroup]:
        pages = self._client.get_paginator("list_groups").paginate(IdentityStoreId=self._store)
        for page in pages:
            for group in page["Groups"]:
                group_id, name = group["GroupId"], group.get("DisplayName", "")
                document = {"GroupId": group_id, "DisplayName": name}
                if name:
                    yield SourceGroup(group_id, name, document, self._members(group_id))

    def _members(self, group_id: str) -> frozenset[str]:
        pages = self._client.get_paginator("list_group_memberships").paginate(
            IdentityStoreId=self._store, GroupId=group_id
        )
        return frozenset(
            membership["MemberId"]["UserId"]
            for page in pages
            for membership in page["GroupMemberships"]
        )


def _user(user: Mapping[str, Any]) -> SourceUser:
    """What is kept of a user: no more than conditions may ask."""
    kept = (*_ATTRIBUTES.values(), "UserId", "DisplayName", "Emails", "Addresses", "UserStatus")
    document = {name: user[name] for name in kept if user.get(name)}
    emails = sorted(user.get("Emails") or (), key=lambda email: not email.get("Primary"))
    addresses = tuple(dict.fromkeys(email["Value"] for email in emails if email.get("Value")))
    name = str(user.get("UserName") or user["UserId"])
    profile = Profile(
        name=user.get("DisplayName") or name,
        emails=addresses,
        active=user.get("UserStatus", "ENABLED") == "ENABLED",
        attributes={key: (value,) for key, value in _attributes(user).items() if value},
    )
    return SourceUser(
        document=document,
        profile=profile,
        login=name if "@" in name else next(iter(addresses), None),
        found_by={
            USER_NAME: (name.casefold(),),
            EXTERNAL_ID: (user["UserId"],),
            DISPLAY_NAME: (profile.name.casefold(),),
        },
    )


def _attributes(user: Mapping[str, Any]) -> dict[str, str | None]:
    address: Mapping[str, Any] = next(iter(user.get("Addresses") or ()), {})
    return {
        **{key: user.get(field) for key, field in _ATTRIBUTES.items()},
        **{key: address.get(field) for key, field in _ADDRESS.items()},
    }
