"""The portal needs every permission of its roles: without one, it is denied."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pyotp
import pytest

from local.company import Company
from tests.forms import Form
from tests.stack.driving import Act, http_event, runs
from tests.stack.insides import as_it_is, leave_session
from tests.stack.permissions import stripped
from tests.stack.privilege.world import PLACE, TOKENS, WHY, ask, bucket, end, granted

pytestmark = pytest.mark.every_grant

SESSION = "accessflows"
RESOURCE = "aws-demo/s3_bucket?name="
ROW = f"integration=aws-demo&type=s3_bucket&name={bucket('automatic')}"
FLOW = json.dumps(
    {
        "id": "by-page",
        "name": "By page",
        "requestors": {"conditions": [{"attribute": "group", "values": ["developers"]}]},
        "targets": [
            {"integration": "aws-demo", "resource_type": "s3_bucket", "permissions": ["read"]}
        ],
        "active": False,
    }
)
EMERGENCY = json.dumps(["aws-demo", "s3_bucket", bucket("emergency"), "read"])
GREG = {"email": "greg@example.com", "name": "Greg Guest"}
A_WHILE = timedelta(minutes=10)
CODE_LASTS = timedelta(seconds=30)
STANDS_IN = {"delegate": "anna@example.com", "zone": "UTC"}
A_TOKEN = {"name": "Least privilege", "scope": "requests:read", "lives_for": "7"}


# Who visits, and the pages; with fields, where a form is sent.
VISITS: dict[str, tuple[str, tuple[tuple[str, dict[str, str] | None], ...]]] = {
    "admin_pages": (
        "ada",
        (
            ("/admin/access-flows", None),
            ("/admin/integrations", None),
            ("/admin/access-flows/automatic", None),
            ("/admin/changes", None),
            ("/admin/resources?q=acme", None),
            (f"/admin/resource?{ROW}", None),
            ("/admin/check/access-flows", {"text": FLOW, "plan": "yes"}),
            ("/admin/new/access-flows", {"text": FLOW}),
        ),
    ),
    "approver_pages": (
        "anna",
        (
            ("/inbox", None),
            ("/inbox/{asked}", None),
            ("/inbox/{asked}", {"decision": "approve"}),
            ("/inbox/{on_call}", {"decision": "approve"}),
        ),
    ),
    "asking_pages": (
        "rita",
        (
            ("/new", None),
            (f"/resources/{RESOURCE}{bucket('extendable')}", None),
            ("/new", {"do": "submit", "key": "1", "want": EMERGENCY, "justification": WHY}),
        ),
    ),
    "oversight_pages": (
        "ada",
        (
            ("/admin", None),
            ("/admin/activity", None),
            ("/admin/activity?grantee=rita", None),
            ("/admin/activity?requester=rita@example.com", None),
            ("/admin/audit?kind=request&id={active}", None),
            ("/admin/audit?kind=person&id=rita", None),
            ("/admin/graph?name=rita", None),
            ("/admin/graph?person=rita", None),
            (f"/admin/graph?{PLACE}", None),
            ("/admin/reports?group=developers", None),
            ("/admin/activity/revoke", {"request": "ends", "reason": WHY, "confirmed": "yes"}),
        ),
    ),
    "people_pages": (
        "ada",
        (
            ("/admin/people", None),
            ("/admin/people/rita", None),
            ("/admin/people/invite", {**GREG, "roles": "grantee", "once": "1"}),
            ("/admin/people/{invited}/delete", {}),
            ("/admin/tokens", None),
            ("/admin/tokens/{token}/revoke", {}),
        ),
    ),
}


class Browser:
    """What a person sees of the portal, whose functions are called directly.

    page: what came last. led_to: the address of the page that was to follow, if any.
    """

    def __init__(self, company: Company, person_id: str) -> None:
        self._company = company
        self._person_id = person_id
        self._function = "portal"
        self._cookies: dict[str, str] = {}
        self._own: dict[str, str] = {}
        self.page = self.led_to = ""

    def turns_to(self, function: str) -> None:
        self._function = function

    def signs_in(self) -> bool:
        """Whether the hosted pages bring the person back into a session."""
        if not self.reads("/sign-in"):
            return False
        address = self.led_to
        fields = _offered(self._company.http("GET", address).text)
        fields["username"] = f"{self._person_id}@example.com"
        fields["password"] = self._company.passwords[self._person_id]
        answer = self._company.http("POST", urljoin(address, "/login"), data=fields)
        back = urlsplit(answer.headers["Location"])
        return self.reads(f"{back.path}?{back.query}") and SESSION in self._cookies

    def comes_back(self) -> None:
        """After a while, but before the session has ended."""
        leave_session(self._company, self._cookies[SESSION], A_WHILE)

    def reads(self, path: str) -> bool:
        return self._goes(Act(None, "GET", path))

    def sends(self, path: str, fields: dict[str, str] | None = None) -> bool:
        """With what makes a form the person's own, and once, as a page of the portal offers it."""
        own = {name: value for name, value in self._own.items() if name in {"form", "once"}}
        sent = own | (fields or {})
        return self._goes(Act(None, "POST", path, urlencode(sent)))

    def finds(self, pattern: str) -> str:
        """What stands at the group of a pattern in the page that came last."""
        found = re.search(pattern, self.page)
        assert found, f"{pattern} is not on the page"
        return found[1]

    def goes(self, path: str, fields: dict[str, str] | None) -> bool:
        return self.reads(path) if fields is None else self.sends(path, fields)

    def _goes(self, act: Act) -> bool:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        event = http_event(act._replace(headers={"cookie": cookies}))
        answer: dict[str, Any] = runs(self._company, self._function, event)() or {}
        if answer.get("statusCode", 500) >= 400:
            return False
        for cookie in answer.get("cookies", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        self.page = answer["body"]
        self._own |= _offered(self.page)
        self.led_to = answer["headers"].get("Location", "")
        return True


def test_the_portal_needs_all_that_it_may_do(company: Company) -> None:
    used = granted(company, "emergency", justification=WHY)
    end(company, used)
    assert company.call("ada", "POST", f"/access-requests/{used}/review", {"text": WHY})[0] == 200
    sue, rita = Browser(company, "sue"), Browser(company, "rita")
    with stripped(company, "portal") as role:
        # Sue for the first time, and so she is bound to her sign-in.
        role.learn(sue.signs_in)
        role.learn(rita.signs_in)
        for path in ("/requests", "/requests?for=me", f"/requests/{used}", "/"):
            role.learn(partial(rita.reads, path))
        role.learn(partial(rita.sends, f"/requests/{used}/request-again"))
        company.asked.append(rita.led_to.rpartition("/")[2])
        role.learn(partial(rita.reads, "/"))
        role.learn(partial(rita.sends, "/sign-out"))


def test_one_s_account_needs_all_that_it_may_do(company: Company) -> None:
    mia, asked = Browser(company, "mia"), ask(company, "mfa", grantee_id="mia")
    assert mia.signs_in()
    assert mia.reads("/")
    mia.turns_to("account_pages")
    mia.comes_back()

    def gives(path: str, ahead: timedelta = timedelta()) -> bool:
        code = pyotp.TOTP(secret).at(datetime.now(UTC) + ahead)
        return mia.sends(path, {"code": code})

    def confirms() -> bool:
        """Anew at each try, since a code is used up first."""
        unused()
        return gives(f"/account/confirm/{asked}", CODE_LASTS)

    with stripped(company, "account_pages") as role:
        role.learn(partial(mia.sends, "/account/mfa"))
        secret = mia.finds(r'class="secret">([A-Z2-7 ]+)<').replace(" ", "")
        role.learn(partial(gives, "/account/mfa/confirm"))
        unused = as_it_is(company, "directory", "mfa:mia", "MFA")
        role.learn(partial(mia.reads, f"/account/confirm/{asked}"))
        role.learn(confirms)
        role.learn(partial(mia.sends, "/account/delegates", {**STANDS_IN, "to": _tomorrow()}))
        role.learn(partial(mia.reads, "/account/delegates"))
        role.learn(partial(mia.sends, mia.finds(r'action="(/account/delegates/[^"]+/end)"')))
        role.learn(partial(mia.sends, "/account/tokens", A_TOKEN))
        role.learn(partial(mia.reads, "/account/tokens"))
        role.learn(partial(mia.sends, mia.finds(r'action="(/account/tokens/[^"]+/revoke)"')))
    assert company.call("ada", "POST", "/users/mia/mfa/reset")[0] == 200


@pytest.fixture(scope="module")
def made(company: Company) -> dict[str, str]:
    """What the visits are about, by name."""

    def make(path: str, **body: Any) -> str:
        status, made = company.call("ada", "POST", path, body)
        assert status == 201, made
        return str(made["id"])

    return {
        "asked": ask(company, "any-of", "dora"),
        "on_call": ask(company, "on-call"),
        "active": granted(company, "extendable"),
        "ends": granted(company, "automatic", "dora"),
        "token": make(TOKENS, name="Unused", lives_for="PT1H"),
        "invited": make("/users", name="Ivan Invited", email="ivan@example.com"),
    }


@pytest.mark.parametrize("function", VISITS)
def test_all_that_its_pages_may_do_is_needed(
    company: Company, made: dict[str, str], function: str
) -> None:
    person_id, visits = VISITS[function]
    browser = Browser(company, person_id)
    assert browser.signs_in()
    assert browser.reads("/")
    browser.turns_to(function)
    browser.comes_back()
    with stripped(company, function) as role:
        for path, fields in visits:
            role.learn(partial(browser.goes, path.format(**made), _about(fields, made)))
    if browser.led_to.startswith("/requests/"):
        company.asked.append(browser.led_to.rpartition("/")[2])


def _tomorrow() -> str:
    """As a browser writes the value of a field for a date and a time."""
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}"


def _about(fields: dict[str, str] | None, made: Mapping[str, str]) -> dict[str, str] | None:
    return fields and {name: made.get(value, value) for name, value in fields.items()}


def _offered(page: str) -> dict[str, str]:
    return {name: values[0] for name, values in Form(page).offered.items()}
