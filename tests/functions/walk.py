"""A walk through all pages that links lead to, and what each page lets somebody send."""

import importlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from cdk.routes import BY_SESSION, BY_SIGNED_LINK
from tests.doubles.mfa import code_at
from tests.factories import NOON
from tests.functions.browser import Seen
from tests.functions.site import WRITTEN, Site
from tests.pages import Control, Form, Page, Sent, changed

# Who walks, and how many pages of one shape they look at; nobody has no session.
WALKERS = {"rita": 14, "ada": 4, "anna": 3, "alf": 1, "olga": 3, "eve": 2, None: 1}
MOST_PAGES = 1_000
MOST_FORMS = 200
# The pages of links are routed by API Gateway alone.
LINKED = {key for keys in BY_SIGNED_LINK.values() for key in keys if not key.startswith("HEAD")}

# What makes a form be taken, by route and field; whatever is not named here stays as it is offered.
DAY = f"{NOON + timedelta(days=1):%Y-%m-%dT%H:%M}"
ANOTHER = {
    path: text.replace("made", "other").replace("Made", "Other") for path, text in WRITTEN.items()
}
WELL: dict[str, dict[str, str]] = {
    "POST /account/confirm/<request_id>": {"code": code_at(NOON)},
    "POST /account/delegates": {"delegate": "olga@example.com", "to": DAY, "reason": "away"},
    "POST /account/mfa/confirm": {"code": code_at(NOON)},
    "POST /account/tokens": {"name": "Good"},
    "POST /admin/access-flows/<flow_id>/links": {"name": "Good"},
    "POST /admin/activity/revoke": {"reason": "moved on"},
    **{f"POST /admin/check/{path}": {"text": text} for path, text in ANOTHER.items()},
    "POST /admin/beside/bundle": {"bundle": ANOTHER["bundles"]},
    "POST /admin/beside/scope": {"scope": ANOTHER["access-scopes"]},
    "POST /admin/check/resource-access": {"id": "attic", "default.presets": "1h"},
    "POST /admin/people/invite": {"email": "new@example.com", "name": "New Person"},
    "POST /admin/start": {
        "name": "Night",
        "requestors.conditions[0].values": "engineers",
        "targets[0].what": "integration:aws-demo:s3_bucket",
        "targets[0].permissions": "read",
        "approval.groups[0].conditions[0].values": "leads",
        "escalation.tiers[0].conditions[0].values": "leads",
    },
    "POST /approve/{token}": {"reason": "month end"},
    "POST /ask/{token}": {"justification": "month end"},
    "POST /inbox": {"reason": "month end"},
    "POST /inbox/<request_id>": {"reason": "month end"},
    "POST /join/{token}": {"name": "Otto", "email": "otto@partner.example"},
    "POST /new": {
        "justification": "month end",
        "kind": '["aws-demo", "s3_bucket", "read"]',
        "unlisted": "attic",
    },
}
# Of boxes by these names the first is ticked.
TICKED = ("request", "scope", "want")


class Stop(NamedTuple):
    """A page that somebody came to. page: none for what is no page, such as a file."""

    who: str | None
    address: str
    seen: Seen
    page: Page | None


class Sendable(NamedTuple):
    """A button of a form, as somebody found it."""

    stop: Stop
    form: Form
    button: Control

    @property
    def target(self) -> str:
        return self.form.target(self.button) or urlsplit(self.stop.address).path

    @property
    def route(self) -> str:
        return route_of(self.form.method.upper(), self.target)

    @property
    def deed(self) -> str:
        """The route, with the section that an admin changes spelled out."""
        here = urlsplit(self.target).path.split("/")[3:4]
        return re.sub("<path>|<kind>", here[0], self.route) if here else self.route

    @property
    def what(self) -> str:
        """What it does: the same for all that differ in what they do it to alone."""
        word = _unnumbered(self.button.values[0].partition(":")[0])
        pressed = f" {self.button.name}={word}" if self.button.name else ""
        # What is being asked for stands in the form of each step, more or less of it.
        # A form with a row more is no other form.
        fields = {re.split(r"[\[.]", name)[0] for name in self.form.fields}
        shown = () if self.route == "POST /new" else sorted(fields)
        return f"{self.deed}{pressed} ({' '.join(shown)})"

    def filled(self) -> Sent:
        """What a browser sends of it once it is filled in well."""
        sent = self.form.untouched(self.button)
        for name, value in WELL.get(self.deed, {}).items():
            if name in self.form.fields:
                sent = changed(sent, name, value)
        for name in TICKED:
            boxes = [one for one in self.form.controls if one.name == name]
            if boxes and boxes[0].kind == "checkbox" and not any(box.sent for box in boxes):
                sent.append((name, boxes[0].values[0]))
        return sent

    def send(self, site: Site, sent: Sent) -> Seen:
        browser = site.visit(self.stop.who)
        if self.form.method == "get":
            return browser.get(f"{self.target}?{urlencode(sent)}")
        return browser.send(self.target, urlencode(sent))


def _unnumbered(name: str) -> str:
    """`drop=targets[1]` does what `drop=targets[0]` does."""
    return re.sub(r"\[\d+\]", "[]", name)


@cache
def served() -> dict[str, re.Pattern[str]]:
    """Every route that a page answers, with what its addresses look like."""
    routes = {key: re.compile(re.sub(r"\{\w+\}", "[^/]+", key)) for key in LINKED}
    for name in BY_SESSION:
        app = importlib.import_module(f"functions.{name}").app
        for route in (*app._static_routes, *app._dynamic_routes):
            key = f"{route.method} {route.path}"
            routes[key] = re.compile(re.sub(r"<\w+>", "[^/]+", key))
    return routes


def route_of(method: str, address: str) -> str:
    """The route that an address belongs to: of those that fit, the one that says most.

    Empty where nothing answers there.
    """
    return _route_of(f"{method} {urlsplit(address).path}")


@cache
def _route_of(key: str) -> str:
    fitting = [route for route, pattern in served().items() if pattern.fullmatch(key)]
    return min(fitting, key=lambda route: (len(re.findall("[<{]", route)), route), default="")


def walk(site: Site) -> list[Stop]:
    """Each walker's way from their first page on, by links, redirects and searches."""
    return [stop for who, most in WALKERS.items() for stop in _way(site, who, most)]


def _way(site: Site, who: str | None, most: int) -> Iterator[Stop]:
    browser = site.visit(who)
    ahead = ["/", *site.doors.get(who, ())]
    known, shapes = set(ahead), Counter[str]()
    while ahead:
        assert len(known) < MOST_PAGES, "the pages lead on for ever"
        address = ahead.pop(0)
        seen = browser.get(address)
        assert seen.status < 500, f"{who} at {address}: {seen.status}"
        stop = Stop(who, address, seen, page_of(seen))
        yield stop
        for found in _onward(stop):
            if found not in known and shapes[shape := _shape(found)] < most:
                known.add(found)
                shapes[shape] += 1
                ahead.append(found)


def page_of(seen: Seen) -> Page | None:
    is_page = seen.headers.get("Content-Type", "").startswith("text/html") and seen.html
    return Page(seen.html) if is_page else None


def _onward(stop: Stop) -> list[str]:
    """Where links of the page lead, its redirect, and its searches as they stand; not elsewhere."""
    found = [stop.seen.location] if stop.seen.location else []
    if stop.page:
        found += stop.page.links
        for form in stop.page.forms:
            if form.method == "get":
                found.append(
                    f"{form.action or stop.address}?{urlencode(form.untouched(form.buttons[0]))}"
                )
    there = [urljoin(stop.address, one) for one in found if not one.startswith("#")]
    return [one for one in there if one.startswith("/") and not one.startswith("/assets/")]


def _shape(address: str) -> str:
    query = sorted({name for name, value in parse_qsl(urlsplit(address).query) if value})
    return f"{route_of('GET', address)} {query}"


class Answered(NamedTuple):
    """What came of sending a form that was filled in well."""

    form: Sendable
    stop: Stop


def send_all(site: Site, stops: Sequence[Stop]) -> dict[str, Answered]:
    """Every form by each of its buttons, once, by what it does: those of the pages, and those of
    the pages that come of sending them."""
    found: dict[str, Answered] = {}
    ahead = [one for stop in stops for one in _forms(stop)]
    while ahead:
        one = ahead.pop(0)
        if one.what in found:
            continue
        assert len(found) < MOST_FORMS, f"forms lead on for ever: {one.what}"
        site.reset()
        seen = one.send(site, one.filled())
        found[one.what] = Answered(one, Stop(one.stop.who, one.target, seen, page_of(seen)))
        ahead += _forms(found[one.what].stop)
    site.reset()
    return found


def _forms(stop: Stop) -> Iterator[Sendable]:
    for form in stop.page.forms if stop.page else ():
        for button in form.buttons:
            yield Sendable(stop, form, button)
