"""docs/endpoints.md as data: which caller is answered what, and which scope a token needs."""

import re
from pathlib import Path
from typing import NamedTuple

from cdk.routes import CONFIGURED

_DOCUMENT = Path(__file__).parents[1] / "docs" / "endpoints.md"
_HEAD = re.compile(r"\| Route \|(.+)\| scope \|")
_ROW = re.compile(r"\| `([A-Z]+ /\S*)` \|(.+)\| (\S+) \|")


class Row(NamedTuple):
    """answers: caller -> status. scope: that lets a token call it; none where no token may."""

    answers: dict[str, int]
    scope: str | None


def table() -> dict[str, Row]:
    """By route. `{section}` is spelled out, section by section."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    (head,) = _HEAD.findall(text)
    rows = {}
    for route, cells, scope in _ROW.findall(text):
        answers = dict(zip(_cells(head), map(int, _cells(cells)), strict=True))
        row = Row(answers, None if scope == "-" else scope)
        for section in CONFIGURED if "{section}" in route else ("",):
            rows[route.replace("{section}", section)] = row
    return rows


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]
