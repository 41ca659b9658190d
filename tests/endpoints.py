"""docs/endpoints.md as data: which caller is answered what."""

import re
from pathlib import Path

from cdk.routes import CONFIGURED

_DOCUMENT = Path(__file__).parents[1] / "docs" / "endpoints.md"
_HEAD = re.compile(r"\| Route \|(.+)\|")
_ROW = re.compile(r"\| `([A-Z]+ /\S*)` \|(.+)\|")


def table() -> dict[str, dict[str, int]]:
    """Route -> caller -> status. `{section}` is spelled out, section by section."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    (head,) = _HEAD.findall(text)
    rows = {}
    for route, cells in _ROW.findall(text):
        row = dict(zip(_cells(head), map(int, _cells(cells)), strict=True))
        for section in CONFIGURED if "{section}" in route else ("",):
            rows[route.replace("{section}", section)] = row
    return rows


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]
