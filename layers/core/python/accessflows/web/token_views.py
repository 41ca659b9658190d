"""Tokens as the API shows them: all but the hash, and the token itself once."""

from collections.abc import Iterable
from typing import Any

from accessflows.actions.tokens import NewToken
from accessflows.model.token import KnownToken


def made_view(made: NewToken) -> dict[str, Any]:
    """The only answer that holds what the bearer sends."""
    return {**token_view(KnownToken(made.token, None)), "token": made.text}


def tokens_view(tokens: Iterable[KnownToken], cursor: str | None = None) -> dict[str, Any]:
    return {"tokens": [token_view(token) for token in tokens], "cursor": cursor}


def token_view(known: KnownToken) -> dict[str, Any]:
    shown = {name: value for name, value in known.token.to_data().items() if name != "hash"}
    used = {"used_at": known.used_at.isoformat()} if known.used_at else {}
    return {**shown, **used}
