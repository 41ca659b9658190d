"""Pictures of the portal's pages, on a stack of its own: wide and narrow, light and dark.

`make screenshots`, on port $PORT. They come to `.local/screenshots`, by page and look. The stack
has the sample configuration and a little of everything in it, and ends with the pictures."""

import html
import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urljoin

from playwright.sync_api import Page, expect

from local import own_system
from local.chromium import chromium, sign_in
from local.company import Company
from local.demo import CONFIG, Story, set_up
from local.emulator import ROOT
from local.stack import LocalStack

FOLDER = ROOT / ".local" / "screenshots"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
LOOKS = {"wide": (WIDE, "light"), "dark": (WIDE, "dark"), "phone": (PHONE, "light")}
AT = "integration=aws-demo"
DESK = "acme-desk-access"
# Beside the sample configuration: what people without an account ask for, and a second admin.
BESIDE = {
    "integrations": [
        {
            "id": "shared-desk",
            "name": "Shared desk",
            "kind": "lambda",
            "settings": {
                "function": DESK,
                "resource_types": {"desk_room": ["read", "write", "admin"]},
            },
            "principal": {"attribute": "email"},
            "access_details": "The room is opened by the app of your telephone.",
        }
    ],
    "flows": [
        {
            "id": "partners",
            "name": "Partners",
            "trigger": "access_link",
            "description": "Rooms for those who work with us, by the day.",
            "targets": [
                {
                    "integration": "shared-desk",
                    "resource_type": "desk_room",
                    "permissions": ["read", "write"],
                }
            ],
            "approval": {
                "groups": [{"conditions": [{"attribute": "group", "values": ["platform"]}]}]
            },
            "grant_duration": "PT8H",
            "settings": {"max_extensions": 1},
        }
    ],
    "people": [
        {
            "id": "alma",
            "name": "Alma Second",
            "emails": ["alma@example.com"],
            "roles": ["admin", "grantee"],
        }
    ],
}
# A flow that an admin writes here, so that there are pages to change it by.
GUARDED = {
    "id": "guarded",
    "name": "Guarded",
    "requestors": {"conditions": [{"attribute": "group", "values": ["developers"]}]},
    "targets": [
        {
            "integration": "aws-demo",
            "resource_type": "s3_bucket",
            "permissions": ["read"],
            "resources": {"names": ["acme-vault"]},
        }
    ],
    "settings": {"require_mfa": True},
}


class Way(NamedTuple):
    """How a page is come to. deeds: what is pressed or ticked there by its name, or written into
    the field of a label; the picture is of the page after them."""

    address: str
    deeds: tuple[str | tuple[str, str], ...] = ()


def _way(address: str, *deeds: str | tuple[str, str]) -> Way:
    return Way(address, deeds)


# Whose page, what it is called, how it is come to; braces are filled with what `live_a_little`
# made. Nobody has no account.
PAGES: dict[str | None, dict[str, Way]] = {
    "rita": {
        "my-access": _way("/"),
        "my-requests": _way("/requests"),
        "my-requests-filter": _way("/requests?status=Rejected"),
        "request-active": _way("/requests/{active}"),
        "request-pending": _way("/requests/{pending}"),
        "request-rejected": _way("/requests/{rejected}"),
        "request-revoked": _way("/requests/{ended}"),
        "give-back": _way("/requests/{active}/revoke"),
        "new-request": _way("/new"),
        "new-request-bundles": _way("/new?at=bundles"),
        "new-request-flows": _way("/new?at=flows"),
        "new-request-chosen": _way("/new", "write on acme-drafts", "read on acme-invoices"),
        "new-request-nothing": _way("/new", "Go on"),
        "new-request-details": _way("/new", "read on acme-invoices", "Go on"),
        "new-request-check": _way(
            "/new", "read on acme-invoices", "Go on", ("What for", "closing the month"), "Check"
        ),
        "new-request-missing": _way("/new", "read on acme-invoices", "Go on", "Check"),
        "resource": _way("/resources/aws-demo/s3_bucket?name=acme-invoices"),
        "account": _way("/account"),
        "account-app": _way("/account/mfa"),
        "account-app-code": _way("/account/mfa", "Set it up"),
        "account-app-wrong": _way("/account/mfa", "Begin again", ("Six digits", "12"), "Confirm"),
        "account-confirm": _way("/account/confirm/{guarded}"),
        "account-delegates": _way("/account/delegates"),
        "account-tokens": _way("/account/tokens"),
        "account-token-made": _way(
            "/account/tokens",
            ("What it is for", "Nightly report"),
            "See my requests and access requests:read",
            "Make the token",
        ),
        "no-admin": _way("/admin"),
        "no-such-page": _way("/account/nowhere"),
        "no-such-request": _way("/requests/01J00000000000000000000000"),
    },
    "tom": {
        "empty-access": _way("/"),
        "empty-requests": _way("/requests"),
        "empty-inbox": _way("/inbox"),
    },
    "anna": {
        "inbox": _way("/inbox"),
        "inbox-request": _way("/inbox/{pending}"),
        "mailed": _way("/approve/{token}"),
        "signed-out": _way("/signed-out"),
    },
    "ada": {
        "admin": _way("/admin"),
        "admin-activity": _way("/admin/activity"),
        "admin-activity-filter": _way("/admin/activity?grantee=rita&status=Active"),
        "admin-activity-end": _way(
            "/admin/activity", "Choose acme-orders of Rita Quest, {active}", "End what is chosen…"
        ),
        "admin-audit": _way("/admin/audit"),
        "admin-audit-request": _way("/admin/audit?subject=request:{active}"),
        "admin-graph": _way("/admin/graph"),
        "admin-graph-found": _way("/admin/graph?name=a"),
        "admin-graph-resource": _way(
            f"/admin/graph?{AT}&resource_type=s3_bucket&resource=acme-orders"
        ),
        "admin-graph-person": _way("/admin/graph?person=rita"),
        "admin-people": _way("/admin/people"),
        "admin-person": _way("/admin/people/rita"),
        "admin-person-delete": _way("/admin/people/rita/delete"),
        "admin-invite": _way("/admin/people/invite"),
        "admin-invite-wrong": _way("/admin/people/invite", ("Mail address", "nobody"), "Invite"),
        "admin-groups": _way("/admin/groups"),
        "admin-tokens": _way("/admin/tokens"),
        "admin-flows": _way("/admin/access-flows"),
        "admin-flow": _way("/admin/access-flows/production-buckets"),
        "admin-flow-here": _way("/admin/access-flows/guarded"),
        "admin-flow-version": _way("/admin/access-flows/production-buckets/versions/1"),
        "admin-flow-links": _way("/admin/access-flows/partners/links"),
        "admin-flow-edit": _way("/admin/edit/access-flows/guarded"),
        "admin-flow-plan": _way("/admin/edit/access-flows/guarded", "Show what would change"),
        "admin-flow-mistake": _way(
            "/admin/edit/access-flows/guarded",
            ("The access flow, as YAML or JSON", "id: guarded\nname: [\n"),
            "Show what would change",
        ),
        "admin-flow-close": _way("/admin/close/access-flows/guarded"),
        "admin-flow-start": _way("/admin/start"),
        "admin-flow-start-wrong": _way("/admin/start", "Check it"),
        "admin-flow-editor": _way("/admin/new/access-flows"),
        "admin-bundles": _way("/admin/bundles"),
        "admin-bundle": _way("/admin/bundles/staging"),
        "admin-scopes": _way("/admin/access-scopes"),
        "admin-integrations": _way("/admin/integrations"),
        "admin-integration": _way("/admin/integrations/aws-demo"),
        "admin-resources": _way("/admin/resources"),
        "admin-resource": _way(f"/admin/resource?{AT}&type=s3_bucket&name=acme-orders"),
        "admin-request-settings": _way("/admin/resource-access"),
        "admin-request-settings-new": _way(
            f"/admin/resource?{AT}&type=s3_bucket&name=acme-orders",
            "Set how to ask for read, write, admin",
        ),
        "admin-on-call": _way("/admin/on-call-schedules"),
        "admin-on-call-schedule": _way("/admin/on-call-schedules/platform"),
        "admin-spaces": _way("/admin/spaces"),
        "admin-changes": _way("/admin/changes"),
        "admin-change-own": _way("/admin/changes/{change}"),
        "admin-settings": _way("/admin/settings"),
        "admin-settings-wrong": _way(
            "/admin/settings",
            ("Wrong codes that lock for a quarter of an hour", "many"),
            "Propose these settings",
        ),
    },
    "alma": {"admin-change": _way("/admin/changes/{change}")},
    None: {
        "outsider-link": _way("/join/{link}"),
        "outsider-link-wrong": _way(
            "/join/{link}",
            ("Your name", "Eve"),
            ("Your mail address", "eve@evil.example"),
            "Send me the link",
        ),
        "outsider-mail-sent": _way(
            "/join/{link}",
            ("Your name", "Otto Outside"),
            ("Your mail address", "otto@partner.example"),
            "Send me the link",
        ),
        "outsider-confirm": _way("/confirm/{proof}"),
        "outsider-ask": _way("/ask/{visit}"),
        "outsider-status": _way("/status/{status}"),
        "outsider-forged": _way("/join/nonsense"),
        "mailed-again": _way("/approve/{decided}"),
        "mailed-decided": _way("/approve/{token}", "Approve"),
        "sign-in-refused": _way("/callback?code=none&state=none"),
    },
}


def main() -> int:
    stack = LocalStack(announced=False)
    try:
        company = begin(stack)
        made = live_a_little(company)
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        with chromium() as browser:
            for person, pages in PAGES.items():
                window = browser.new_page(base_url=company.stack.outputs["portal_url"])
                take(sign_in(window, company, person) if person else window, pages, made)
    finally:
        stack.stop()
    print(f"\n{len(list(FOLDER.iterdir()))} pictures are in {FOLDER.relative_to(ROOT)}")
    return 0


def begin(stack: LocalStack) -> Company:
    """A stack of which nothing is left from before."""
    stack.forget()
    stack.start()
    # The first sync comes with the deployment, and asks it.
    own_system.install(stack, DESK, {"desk_room": {"blue": {}, "green": {}}})
    with TemporaryDirectory() as folder:
        return set_up(Story(), stack, _configured(Path(folder)))


def _configured(folder: Path) -> Path:
    """The sample configuration in a folder, and what is beside it."""
    shutil.copytree(CONFIG, folder, dirs_exist_ok=True)
    (folder / "pictures.yaml").write_text(json.dumps(BESIDE))
    return folder


def live_a_little(company: Company) -> dict[str, str]:
    """Requests of every kind, a change that waits and a visit; ids and tokens by what they are."""
    why = "closing the month"
    rejected = company.ask("rita", "acme-orders", justification="just looking")
    path = f"/approvals/{rejected['id']}/reject"
    company.call("anna", "POST", path, {"reason": "Please name a ticket."})
    pending = company.ask("rita", "acme-invoices", justification=why, duration="PT30M")
    active = company.ask("rita", "acme-orders", justification=why, duration="PT45M")
    decided = _token(company.wait_for_mail("anna@example.com", active["id"]).link)
    approve = {"decision": "approve", "reason": "Month end."}
    url = company.stack.outputs["portal_url"]
    company.http("POST", f"{url}/approve/{decided}", data=approve)
    company.wait_until("rita", active["id"], "Active")
    ended = company.ask("rita", "acme-drafts", duration="PT15M")
    company.wait_until("rita", ended["id"], "Active")
    company.call("rita", "POST", f"/access-requests/{ended['id']}/revoke", {"reason": "Done."})
    company.wait_until("rita", ended["id"], "Revoked")
    company.open_buckets({"acme-vault": {}})
    company.sync_inventory()
    _written(company.call("ada", "POST", "/configuration/access-flows", GUARDED))
    made = {
        "rejected": rejected,
        "pending": pending,
        "active": active,
        "ended": ended,
        "guarded": company.ask("rita", "acme-vault"),
        "change": _propose(company),
    }
    mail = company.wait_for_mail("anna@example.com", pending["id"])
    return {
        "token": _token(mail.link),
        "decided": decided,
        **_visit(company),
        **{how: one["id"] for how, one in made.items()},
    }


def _propose(company: Company) -> dict[str, Any]:
    """A change that waits, from now on as each does."""
    anyway = {"If-Match": "*"}
    two = {"two_person_changes": True}
    _written(company.call("ada", "PATCH", "/configuration/settings", two, **anyway))
    changed = {**GUARDED, "grant_duration": "PT30M"}
    path = f"/configuration/access-flows/{GUARDED['id']}"
    return _written(company.call("ada", "PUT", path, changed, **anyway))


def _visit(company: Company) -> dict[str, str]:
    """Olga comes by an access link and gets in; Oscar has not opened his mail yet."""
    links = "/configuration/access-flows/partners/links"
    limits = {"name": "Fair in Lisbon", "domains": ["partner.example"], "uses": 20}
    link = _written(company.call("ada", "POST", links, limits))["url"]

    def mailed(name: str) -> str:
        email = f"{name.lower()}@partner.example"
        company.http("POST", link, data={"name": f"{name} Outside", "email": email})
        return company.wait_for_mail(email, "/confirm/").link

    confirm = mailed("Olga")
    ask = urljoin(confirm, company.http("POST", confirm).headers["Location"])
    form = company.http("GET", ask).text
    key, want = (
        html.unescape(re.findall(f'name="{name}" value="([^"]*)"', form)[0])
        for name in ("key", "want")
    )
    wish = {"key": key, "want": want, "duration": "PT4H", "justification": "the fair"}
    status = company.http("POST", ask, data=wish).headers["Location"]
    awaiting = company.call("anna", "GET", "/approvals")[1]["requests"]
    (asked,) = (one for one in awaiting if one["flow"]["id"] == "partners")
    welcome = {"reason": "Welcome."}
    _written(company.call("anna", "POST", f"/approvals/{asked['id']}/approve", welcome))
    company.wait_until("ada", asked["id"], "Active")
    return {
        "link": _token(link),
        "proof": _token(mailed("Oscar")),
        "visit": _token(ask),
        "status": _token(status),
    }


def _token(address: str) -> str:
    return address.rpartition("/")[2]


def _written(answered: tuple[int, Any]) -> dict[str, Any]:
    """What the API answered. Raises RuntimeError where it refused."""
    status, answer = answered
    if status not in (200, 201, 202):
        raise RuntimeError(f"{status}: {answer}")
    return dict(answer)


def take(page: Page, pages: Mapping[str, Way], made: Mapping[str, Any]) -> None:
    for name, way in pages.items():
        _size(page, WIDE)
        answer = page.goto(way.address.format_map(made))
        if answer is None or answer.status >= 500:
            raise RuntimeError(f"{way.address}: {answer and answer.status}")
        for deed in way.deeds:
            _do(page, deed, made)
        for look, (size, scheme) in LOOKS.items():
            _size(page, size)
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
            page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
        print(f"  {name}")


def _size(page: Page, size: Mapping[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]  # width and height, as it says


def _do(page: Page, deed: str | tuple[str, str], made: Mapping[str, Any]) -> None:
    if isinstance(deed, tuple):
        label, text = deed
        page.get_by_label(label).fill(text)
        return
    name = deed.format_map(made)
    button = page.get_by_role("button", name=name, exact=True)
    box = page.get_by_role("checkbox", name=name, exact=True)
    link = page.get_by_role("link", name=name, exact=True)
    button.or_(box).or_(link).click()
    # What the page loads by itself after a deed is part of what comes of it.
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.wait_for_load_state()


if __name__ == "__main__":
    sys.exit(main())
