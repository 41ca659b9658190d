"""What the portal's pages load besides themselves: a style sheet and two scripts.

Their names hold their digests: another text is another file, so that each may be kept for ever.
htmx comes from npm; `make setup` puts it beside our own script."""

import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from aws_lambda_powertools.event_handler import Response

from accessflows.model.refusal import NotFound
from accessflows.web.templating import style

_FOLDER = Path(__file__).parent / "assets"


class Asset(NamedTuple):
    """A file as browsers get it."""

    name: str
    content_type: str
    text: str

    @property
    def href(self) -> str:
        return f"/assets/{self.name}"


@cache
def assets() -> Mapping[str, Asset]:
    """By what a page calls them: `style`, `htmx` and `script`. Read once."""
    return {
        "style": _asset("portal", "css", style("portal.css")),
        "htmx": _asset("htmx", "js", _read("htmx.min.js")),
        "script": _asset("portal", "js", _read("portal.js")),
    }


def serve(name: str) -> Response[str]:
    """The file of that name, to be kept for a year. Raises NotFound."""
    for asset in assets().values():
        if asset.name == name:
            return Response(
                status_code=int(HTTPStatus.OK),
                content_type=asset.content_type,
                headers={
                    "Cache-Control": "public, max-age=31536000, immutable",
                    "X-Content-Type-Options": "nosniff",
                },
                body=asset.text,
            )
    raise NotFound("there is no such file")


def _asset(stem: str, suffix: str, text: str) -> Asset:
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    kind = "css" if suffix == "css" else "javascript"
    return Asset(f"{stem}-{digest}.{suffix}", f"text/{kind}; charset=utf-8", text)


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
