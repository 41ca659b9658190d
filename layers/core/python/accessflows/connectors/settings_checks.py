"""What settings of several kinds of integration have in common, checked. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def unknown(settings: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    """A message for each setting that is none, with the one that was likely meant."""
    for key in settings:
        if key not in known:
            nearest = get_close_matches(str(key), known, n=1)
            meant = f"; did you mean {nearest[0]}?" if nearest else ""
            yield f"unknown setting {key!r}{meant} (there are {', '.join(known)})"


def unnameable(where: str, words: Iterable[object]) -> Iterator[str]:
    """A message for each that flows could not name."""
    for word in words:
        if not isinstance(word, str) or not _IDENTIFIER.fullmatch(word):
            yield (
                f"{where}: {word!r} is no name: lower case letters, digits, `_` and `-`, at most 64"
            )
