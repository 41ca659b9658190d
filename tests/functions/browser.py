"""A browser without a screen: it keeps the portal's cookies and sends its forms."""

import base64
import importlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from cdk.routes import BY_SESSION, BY_SIGNED_LINK, UNKNOWN
from tests.functions.calls import CONTEXT


class Seen(NamedTuple):
    """What the portal answered."""

    status: int
    headers: dict[str, str]
    html: str

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def text(self) -> str:
        """What a reader sees, on one line."""
        reader = _Reader()
        reader.feed(self.html)
        return " ".join(" ".join(reader.parts).split())

    @property
    def form_token(self) -> str:
        found = re.search(r'name="form" value="([0-9a-f]{64})"', self.html)
        assert found, "the page holds no form"
        return found.group(1)


class Browser:
    """Cookies are kept by name, as the portal set them last."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []

    def get(self, address: str, **headers: str) -> Seen:
        """headers: underlines for hyphens."""
        return self._send("GET", address, headers=headers)

    def post(self, address: str, **fields: str | Sequence[str]) -> Seen:
        return self.send(address, urlencode(fields, doseq=True))

    def send(self, address: str, body: str) -> Seen:
        """Send a form as it is encoded."""
        return self._send("POST", address, body)

    def press(self, address: str, *, on: str = "/", **fields: str | Sequence[str]) -> Seen:
        """Send a form as the page `on` shows it."""
        return self.post(address, form=self.get(on).form_token, **fields)

    def _send(
        self,
        method: str,
        address: str,
        body: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Seen:
        parts = urlsplit(address)
        name, template = _route(method, parts.path)
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": f"{method} {template}" if template else "$default",
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "queryStringParameters": dict(parse_qsl(parts.query)),
            "pathParameters": _parameters(template, parts.path),
            "headers": {
                "accept": "text/html,*/*;q=0.8",
                "content-type": "application/x-www-form-urlencoded",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "requestContext": {
                "http": {"method": method, "path": parts.path, "sourceIp": "203.0.113.7"},
                "stage": "$default",
            },
            "body": base64.b64encode(body.encode()).decode() if body is not None else None,
            "isBase64Encoded": body is not None,
        }
        function = importlib.import_module(f"functions.{name}")
        answer = function.handler(event, CONTEXT)
        self.set = list(answer.get("cookies", ()))
        for line in self.set:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in line:
                del self.cookies[name]
        return Seen(answer["statusCode"], answer.get("headers", {}), answer["body"])


@cache
def _route(method: str, path: str) -> tuple[str, str]:
    """Which function API Gateway asks, and by which route: of those that fit, the one that says
    most.

    Whatever fits none is asked of the function for that.
    """
    fitting = {
        template: name
        for routes in (BY_SESSION, BY_SIGNED_LINK)
        for name, keys in routes.items()
        for route, template in (key.split(" ") for key in keys)
        if route == method and re.fullmatch(_pattern(template), path)
    }
    plainest = min(fitting, key=_reach, default="")
    return fitting.get(plainest, UNKNOWN), plainest


def _parameters(template: str, path: str) -> dict[str, str]:
    found = re.fullmatch(_pattern(template), path)
    names = re.findall(r"\{(\w+)", template)
    return dict(zip(names, found.groups(), strict=True)) if found else {}


def _reach(template: str) -> tuple[bool, int, int]:
    """The less of an address a template leaves open, the smaller."""
    return "+" in template, template.count("{"), -len(template)


def _pattern(template: str) -> str:
    return re.sub(r"\{\w+\}", "([^/]+)", template.replace("{proxy+}", "(.+)"))


class _Reader(HTMLParser):
    """The words outside tags."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
