"""Every form is filled in and sent with scripts off, in Chromium, on the deployed stack."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import yaml

from local import own_system
from local.company import Company
from tests.browser.conftest import SignIn, Window, one_is_enough
from tests.browser.test_asking import note
from tests.browser.walker import Plan, Walk, Walker
from tests.functions.walk import served
from tests.pages import Page
from tests.stack.test_mfa import STEP, enrol
from tests.stack.test_outsiders import FUNCTION, LINKS

# By the last word of a bucket's name: who asks for it, and the flow that decides.
ASKED = {
    "closed": ("rita", "automatic"),
    "longer": ("rita", "extendable"),
    "cancelled": ("rita", "any-of"),
    "one": ("dora", "any-of"),
    "two": ("dora", "any-of"),
    "mailed": ("dora", "any-of"),
    "coded": ("rita", "mfa"),
}
# Asked for when its turn comes: it would time out.
LATE = "cancelled"
VISITOR = "vic@partner.example"
TARGET = (
    "{integration: aws-demo, resource_type: s3_bucket, permissions: [read], resources: {names: "
    "[acme-walk-free]}}"
)
# What admins write, by the path of its section. One that opens another comes after it.
TEXTS = {
    "spaces": "{id: walked, name: Walked, owners: [nina]}",
    "integrations": "{id: walked, name: Walked, kind: aws_iam, settings: {account_id: "
    "'000000000000', principals: [user/demo-walked]}, principal: {attribute: aws_principal}}",
    "on-call-schedules": "{id: walked, name: Walked, time_zone: Europe/Berlin, rotations: "
    "[{people: [nina], starts: '2026-01-05T09:00'}]}",
    "bundles": f"{{id: walked, name: Walked, targets: [{TARGET}]}}",
    "access-scopes": "{id: walked, name: Walked, query: 'permission = \"read\"'}",
    "access-flows": "{id: walked, name: Walked, requestors: {conditions: [{attribute: user, "
    f"values: [nina]}}]}}, targets: [{TARGET}]}}",
}
TOMORROW = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}"
PLAN = Plan(
    written={
        "GET /admin/audit": {"kind": "person", "id": "rita"},
        "POST /account/delegates": {
            "delegate": "dora@example.com",
            "to": TOMORROW,
            "reason": "a walk",
        },
        "POST /account/tokens": {"name": "Walking"},
        "POST /admin/access-flows/<flow_id>/links": {"name": "Walking"},
        "POST /admin/activity/revoke": {"reason": "walked on"},
        "POST /admin/beside/bundle": {"bundle": TEXTS["bundles"].replace("walked", "beside")},
        "POST /admin/beside/scope": {"scope": TEXTS["access-scopes"].replace("walked", "beside")},
        "POST /admin/changes/<change_id>/reject": {"reason": "walked out"},
        **{f"POST /admin/check/{path}": {"text": text} for path, text in TEXTS.items()},
        "POST /admin/check/resource-access": {"id": "walked", "default.presets": "1h"},
        "POST /admin/describe/<flow_id>": {"description": "Opens what is walked through."},
        "POST /admin/people/<person_id>": {"name": "Nora Walked"},
        "POST /admin/people/invite": {"email": "nora@example.com", "name": "Nora Walks"},
        "POST /admin/start": {"name": "Begun"},
        "POST /admin/start/check": {"name": "Begun"},
        "POST /approve/{token}": {"reason": "walked by"},
        "POST /ask/{token}": {"justification": "walking in"},
        "POST /inbox": {"reason": "walked by"},
        "POST /inbox/<request_id>": {"reason": "walked by"},
        "POST /join/{token}": {"name": "Vic Walker", "email": VISITOR},
        "POST /new": {"justification": "a walk"},
        "POST /requests/<request_id>/revoke": {"reason": "walked enough"},
    },
    pressed={"New Request": "Go on"},
    last=(
        "POST /requests/<request_id>/cancel",
        "POST /requests/<request_id>/revoke",
        "POST /account/delegates/<delegation_id>/end",
        "POST /account/tokens/<token_id>/revoke",
        "POST /admin/activity/revoke",
        "POST /admin/access-flows/<flow_id>/links/<link_id>/withdraw",
        "POST /admin/tokens/<token_id>/revoke",
        "POST /admin/close/resource-access/<entry_id>",
        *(f"POST /admin/close/{path}/<entry_id>" for path in reversed(TEXTS)),
        "POST /admin/people/<person_id>/deactivate",
        "POST /admin/people/<person_id>/activate",
        "POST /admin/people/<person_id>/delete",
        "POST /sign-out",
    ),
)
# Forms that the story has nothing of.
UNREACHED = {
    "POST /requests/<request_id>/access-details": "no system of the story tells a password",
}
# What is not told on the page that comes next.
UNTOLD = {"POST /inbox": "the list is of what still waits"}
SETTINGS = "/configuration/settings"
TOKEN = {"name": "Walking", "scopes": ["requests:read"], "lives_for": "P1D"}
OFF: dict[str, Any] = {"java_script_enabled": False}


class App:
    """An authenticator app: of the secret that a page shows, and after that a step ahead."""

    def __init__(self, app: pyotp.TOTP | None = None) -> None:
        self.app = app

    def __call__(self, page: Page) -> str:
        secret = page.document.xpath("string(//code[@class='secret'])")
        self.app = self.app or pyotp.TOTP(secret)
        return self.app.at(datetime.now(UTC) + (timedelta() if secret else STEP))


@pytest.fixture
def asked(company: Company) -> Iterator[dict[str, str]]:
    """Ids of requests, by the last word of the bucket's name: most wait, one is active, and one
    closed. What is asked for by pages ends with them."""
    own_system.install(company.stack, FUNCTION, {"desk_room": {"blue": {}}})
    tags = {f"acme-walk-{word}": {"flow": flow} for word, (_, flow) in ASKED.items()}
    company.open_buckets({**tags, "acme-walk-free": {}})
    company.sync_inventory()
    found = {}
    for word, (who, flow) in ASKED.items():
        if word == LATE:
            continue
        for_whom = {"grantee_id": "mia"} if flow == "mfa" else {}
        found[word] = company.ask(who, f"acme-walk-{word}", duration="PT5M", **for_whom)["id"]
    for word in ("closed", "longer"):
        company.wait_until("rita", found[word], "Active")
    company.call("rita", "POST", f"/access-requests/{found['closed']}/revoke", {})
    assert company.call("rita", "POST", "/me/tokens", TOKEN)[0] == 201
    yield found
    for who in ("rita", "leo"):
        note(company, who)


@pytest.fixture
def others(company: Company, second: str) -> Iterator[dict[str, Any]]:
    """What Ada may change of others: a token, an access link, a person. Spaces are on. All that
    she and the second admin make goes with the test."""
    before = settings_now(company)
    switch(company, spaces=True)
    invited = {"email": "wilma@example.com", "name": "Wilma Walks", "roles": ["grantee"]}
    bodies = {"/me/tokens": TOKEN, LINKS: {"name": "Walking"}, "/users": invited}
    made = {path: company.call("ada", "POST", path, body) for path, body in bodies.items()}
    assert {status for status, _ in made.values()} == {201}, made
    yield {path: answer for path, (_, answer) in made.items()}
    one_is_enough(company, second)
    for name in ("leo", "mia"):
        company.call("ada", "POST", f"/users/{name}/mfa/reset")
    for path in ("access-flows", "resource-access", *reversed(TEXTS)):
        for name in ("walked", "beside", "agreed"):
            company.call("ada", "DELETE", f"/configuration/{path}/{name}", **{"If-Match": "*"})
    for who, path, kind in (("leo", "/me/tokens", "tokens"), ("ada", LINKS, "links")):
        for one in company.call(who, "GET", path)[1][kind]:
            if one["name"] == "Walking":
                company.call(who, "DELETE", f"{path}/{one['id']}")
    for name in ("nora", "wilma"):
        for person in company.call("ada", "GET", f"/users?search={name}")[1]["users"]:
            company.call("ada", "DELETE", f"/users/{person['id']}")
    switch(company, spaces=False)
    assert settings_now(company) == before


def a_bundle(name: str) -> Any:
    return yaml.safe_load(TEXTS["bundles"].replace("walked", name))


def settings_now(company: Company) -> Any:
    status, found = company.call("ada", "GET", SETTINGS)
    assert status == 200, found
    return {name: value for name, value in found.items() if name != "version"}


def switch(company: Company, **settings: bool) -> None:
    status, done = company.call("ada", "PATCH", SETTINGS, settings, **{"If-Match": "*"})
    assert status in (200, 202), done


@pytest.mark.req("R77.forms")
def test_every_form_is_sent_by_its_button_without_any_script(
    company: Company,
    sign_in: SignIn,
    window: Window,
    second: str,
    asked: dict[str, str],
    others: dict[str, Any],
) -> None:
    walk = Walk(PLAN)
    visitor = Walker(window(**OFF), walk)
    visitor.go_through(others[LINKS]["url"])
    visitor.go_through(company.wait_for_mail(VISITOR, "/confirm/").link)
    visitor.go_through(company.wait_for_mail("anna@example.com", asked["mailed"]).link)
    leo = Walker(sign_in("leo", **OFF), walk, code=App())
    leo.go_through("/new", "/resources/aws-demo/s3_bucket?name=acme-walk-one")
    mia = Walker(sign_in("mia", **OFF), walk, code=App(enrol(company, "mia")))
    mia.go_through(f"/account/confirm/{asked['coded']}")
    anna = Walker(sign_in("anna", **OFF), walk)
    anna.go_through("/inbox", f"/inbox/{asked['two']}")
    asked[LATE] = company.ask("rita", f"acme-walk-{LATE}", duration="PT5M")["id"]
    rita = Walker(sign_in("rita", **OFF), walk)
    requests = (f"/requests/{asked[word]}" for word in ("longer", "cancelled", "closed"))
    rita.go_through("/account/tokens", *requests)
    mine = (*(f"/{one['id']}/" for one in others.values()), "/mia/reset-mfa/")
    ada = Walker(sign_in("ada", **OFF), walk, mine)
    ada.go_through(
        *("/admin", "/admin/access-flows/partners/links"),
        f"/admin/people/{others['/users']['id']}",
        *(f"/admin/new/{path}" for path in TEXTS),
        "/admin/resource?integration=aws-demo&type=s3_bucket&name=acme-walk-free",
        "/admin/people/mia",
    )
    switch(company, two_person_changes=True)
    proposed = [
        company.call("ada", "POST", "/configuration/bundles", a_bundle(name))[1]["id"]
        for name in ("agreed", "turned-down")
    ]
    alma = Walker(sign_in(second, **OFF), walk)
    alma.go_through(*(f"/admin/changes/{one}" for one in proposed))
    assert "\n".join(walk.flaws) == ""
    assert walk.untold == UNTOLD.keys()
    assert walk.gone - walk.sent.keys() == set()
    every = {route for route in served() if route.startswith("POST ")}
    assert every - walk.routes == UNREACHED.keys()
