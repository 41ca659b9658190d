"""What the API offers, as an OpenAPI document that was written when this was deployed.

It lies beside this file in the deployed code (cdk/api_document.py), and holds nothing secret."""

from functools import cache
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).with_name("openapi.json")


def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "public, max-age=300"},
        "body": _document(),
    }


@cache
def _document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")
