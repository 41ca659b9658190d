"""Links: the signature around the opaque id of a link's row.

The signature only proves that we minted the link. Whom it is for, what for and whether it still
stands is read from the row."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

from accessflows.model.refusal import LinkRefused

SHORTEST_KEY = 32
_LONGEST_TOKEN = 1_000


class Purpose(StrEnum):
    """What a link is for. Its value salts the signature: no link serves another purpose."""

    APPROVAL = "approval"
    SIGN_IN = "sign-in"
    ACCESS = "access"
    PROOF = "proof"
    VISIT = "visit"
    STATUS = "status"


def new_link_id() -> str:
    """An opaque id that cannot be guessed: 192 random bits."""
    return secrets.token_urlsafe(24)


def parse_keys(secret: str) -> tuple[str, ...]:
    """The keys in the stored secret, a JSON object from names to keys: `{"first": "...", ...}`.

    In the order written: the newest stands last. Raises ValueError where there is none, or one
    has less than 32 characters.
    """
    keys = tuple(str(key) for key in json.loads(secret).values())
    if not keys or min(map(len, keys)) < SHORTEST_KEY:
        raise ValueError(
            f"link keys: at least one key, each of {SHORTEST_KEY} characters or more, is due"
        )
    return keys


def sign(link_id: str, keys: Sequence[str], purpose: Purpose = Purpose.APPROVAL) -> str:
    """A URL-safe token around the id, signed by the newest key. The same id, the same token."""
    return str(_serializer(keys, purpose).dumps(link_id))


def read(token: str, keys: Sequence[str], purpose: Purpose = Purpose.APPROVAL) -> str:
    """The id inside a token that any of the keys signed for this purpose.

    Raises LinkRefused for a token that was cut, changed or made up.
    """
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        raise LinkRefused("this link is not one of ours")
    try:
        link_id = _serializer(keys, purpose).loads(token)
    except BadData as error:
        raise LinkRefused("this link is not one of ours, or is damaged") from error
    # base64 ignores the last bits of its last character: only the very token we made is good.
    if token not in {sign(link_id, (key,), purpose) for key in keys}:
        raise LinkRefused("this link is damaged")
    return str(link_id)


def _serializer(keys: Sequence[str], purpose: Purpose) -> URLSafeSerializer:
    if not keys:
        raise ValueError("there is no key to sign links with")
    return URLSafeSerializer(
        list(keys),
        salt=f"accessflows.{purpose}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
