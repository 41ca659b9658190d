"""Pictures of the portal's pages, on a stack of its own: wide and narrow, light and dark.

`make screenshots`, on port $PORT. They come to `.local/screenshots`, by page and look. The stack
has the sample configuration and a little of everything in it, and ends with the pictures."""

import shutil
import sys
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from local.chromium import chromium, sign_in
from local.company import Company
from local.demo import Story, set_up
from local.emulator import ROOT
from local.stack import LocalStack

FOLDER = ROOT / ".local" / "screenshots"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
LOOKS = {"wide": (WIDE, "light"), "dark": (WIDE, "dark"), "phone": (PHONE, "light")}
AT = "integration=aws-demo"
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
# Whose page, what it is called, where it is; braces are filled with what `live_a_little` made.
PAGES = {
    "rita": {
        "my-access": "/",
        "my-requests": "/requests",
        "request-active": "/requests/{active}",
        "request-pending": "/requests/{pending}",
        "request-rejected": "/requests/{rejected}",
        "give-back": "/requests/{active}/revoke",
        "new-request": "/new",
        "new-request-bundles": "/new?at=bundles",
        "resource": "/resources/aws-demo/s3_bucket?name=acme-invoices",
        "account": "/account",
        "account-app": "/account/mfa",
        "account-confirm": "/account/confirm/{guarded}",
        "account-delegates": "/account/delegates",
        "account-tokens": "/account/tokens",
        "no-admin": "/admin",
    },
    "anna": {
        "inbox": "/inbox",
        "inbox-request": "/inbox/{pending}",
        "mailed": "/approve/{token}",
        "signed-out": "/signed-out",
    },
    "ada": {
        "admin": "/admin",
        "admin-activity": "/admin/activity",
        "admin-audit": "/admin/audit",
        "admin-graph": "/admin/graph",
        "admin-graph-resource": f"/admin/graph?{AT}&resource_type=s3_bucket&resource=acme-orders",
        "admin-people": "/admin/people",
        "admin-person": "/admin/people/rita",
        "admin-person-delete": "/admin/people/rita/delete",
        "admin-invite": "/admin/people/invite",
        "admin-groups": "/admin/groups",
        "admin-tokens": "/admin/tokens",
        "admin-flows": "/admin/access-flows",
        "admin-flow": "/admin/access-flows/production-buckets",
        "admin-flow-version": "/admin/access-flows/production-buckets/versions/1",
        "admin-flow-edit": "/admin/edit/access-flows/guarded",
        "admin-flow-close": "/admin/close/access-flows/guarded",
        "admin-flow-start": "/admin/start",
        "admin-flow-editor": "/admin/new/access-flows",
        "admin-graph-person": "/admin/graph?person=rita",
        "admin-bundles": "/admin/bundles",
        "admin-scopes": "/admin/access-scopes",
        "admin-integrations": "/admin/integrations",
        "admin-resources": "/admin/resources",
        "admin-resource": f"/admin/resource?{AT}&type=s3_bucket&name=acme-orders",
        "admin-on-call": "/admin/on-call-schedules",
        "admin-spaces": "/admin/spaces",
        "admin-changes": "/admin/changes",
        "admin-settings": "/admin/settings",
    },
}


def main() -> int:
    stack = LocalStack(announced=False)
    stack.forget()
    try:
        company = set_up(Story(), stack)
        made = live_a_little(company)
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        with chromium() as browser:
            for person, pages in PAGES.items():
                window = browser.new_page(base_url=company.stack.outputs["portal_url"])
                take(sign_in(window, company, person), pages, made)
    finally:
        stack.stop()
    print(f"\n{len(list(FOLDER.iterdir()))} pictures are in {FOLDER.relative_to(ROOT)}")
    return 0


def live_a_little(company: Company) -> dict[str, str]:
    """Requests of every kind; their ids by how they stand."""
    why = "closing the month"
    rejected = company.ask("rita", "acme-orders", justification="just looking")
    path = f"/approvals/{rejected['id']}/reject"
    company.call("anna", "POST", path, {"reason": "Please name a ticket."})
    pending = company.ask("rita", "acme-invoices", justification=why, duration="PT30M")
    active = company.ask("rita", "acme-orders", justification=why, duration="PT45M")
    company.call("anna", "POST", f"/approvals/{active['id']}/approve", {"reason": "Month end."})
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
    }
    mail = company.wait_for_mail("anna@example.com", pending["id"])
    token = mail.link.rpartition("/")[2]
    return {"token": token} | {how: request["id"] for how, request in made.items()}


def _written(answered: tuple[int, Any]) -> dict[str, Any]:
    """What the API answered. Raises RuntimeError where it refused."""
    status, answer = answered
    if status not in (200, 201, 202):
        raise RuntimeError(f"{status}: {answer}")
    return dict(answer)


def take(page: Page, pages: Mapping[str, str], made: Mapping[str, Any]) -> None:
    for name, path in pages.items():
        for look, (size, scheme) in LOOKS.items():
            page.set_viewport_size(size)  # type: ignore[arg-type]  # width and height, as it says
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
            answer = page.goto(path.format_map(made))
            if answer is None or answer.status not in (200, 403):
                raise RuntimeError(f"{path}: {answer and answer.status}")
            page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
        print(f"  {name}")


if __name__ == "__main__":
    sys.exit(main())
