"""Cookies of the portal. On HTTPS they are bound to the very host that set them."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

SESSION = "accessflows"
SIGN_IN = "accessflows-sign-in"


def sent(app: APIGatewayHttpResolver, name: str, portal_url: str) -> str:
    """The value that the browser sent, empty if none."""
    event, wanted = app.current_event, _named(name, portal_url)
    # API Gateway puts cookies into a list of their own.
    pairs = [*event.raw_event.get("cookies", ()), *event.headers.get("cookie", "").split(";")]
    split = (pair.strip().partition("=") for pair in pairs)
    return next((value for key, _, value in split if key == wanted), "")


def cookie(name: str, value: str, portal_url: str) -> Cookie:
    """Out of reach of scripts, sent by links from elsewhere but with no form from elsewhere."""
    return Cookie(
        _named(name, portal_url),
        value,
        path="/",
        secure=_is_https(portal_url),
        http_only=True,
        same_site=SameSite.LAX_MODE,
    )


def gone(name: str, portal_url: str) -> Cookie:
    """What makes the browser forget it."""
    known = cookie(name, "", portal_url)
    known.max_age = 0
    return known


def _named(name: str, portal_url: str) -> str:
    # Browsers take this prefix from HTTPS only, from the very host, for all of its paths.
    return f"__Host-{name}" if _is_https(portal_url) else name


def _is_https(portal_url: str) -> bool:
    return portal_url.startswith("https:")
