"""What follows people needs every permission of its role: without one, it is denied."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import pyotp
import pytest

from local.company import Company
from tests.forms import Form
from tests.stack.driving import Act, answers, api, http_event, page, runs
from tests.stack.insides import as_it_is, change_person
from tests.stack.permissions import stripped
from tests.stack.privilege.world import ask, deliver

pytestmark = pytest.mark.every_grant

STEP = timedelta(seconds=30)
LINKS = "/configuration/access-flows/partners/links"


@pytest.fixture
def guest(company: Company) -> Iterator[str]:
    """Who is granted what goes with a group, and has lost the group."""
    company.asked.append(company.ask("leo", "acme-guarded")["id"])
    change_person(company, "leo", groups=("developers",))
    yield "leo"
    change_person(company, "leo", groups=("developers", "guests"))


def test_who_changed_is_off_boarded_with_all_that_it_may_do(company: Company, guest: str) -> None:
    event = {"detail": {"subject": f"person:{guest}"}}
    with stripped(company, "off_board") as role:
        role.learn(answers(runs(company, "off_board", event), ended=1))


def test_leavers_are_swept_with_all_that_it_may_do(company: Company, guest: str) -> None:
    with stripped(company, "sweep_leavers") as role:
        role.learn(answers(runs(company, "sweep_leavers", {}), ended=1, failed=0, finished=True))


def test_a_sign_in_needs_all_that_it_may_do(company: Company) -> None:
    company.hire("nina", "nina@example.com")
    event = {"headers": {"authorization": f"Bearer {company.token('nina')}"}}
    authorize = answers(runs(company, "authorize", event), isAuthorized=True)
    with stripped(company, "authorize") as role:
        for _ in ("bound now", "known already"):
            role.learn(authorize)


def test_one_time_codes_need_all_that_they_may_do(company: Company) -> None:
    made: dict[str, Any] = {}

    def begins() -> bool:
        answer = begin() or {"statusCode": 500}
        made.update(json.loads(answer.get("body") or "{}"))
        return bool(answer["statusCode"] == 201)

    def gives(path: str, ahead: timedelta = timedelta()) -> bool:
        code = pyotp.TOTP(made["secret"]).at(datetime.now(UTC) + ahead)
        return api(company, "mfa_api", Act("mia", "POST", path, {"code": code}))()

    def confirms_two() -> bool:
        """Anew at each try, since a code is used up first."""
        unused()
        first, _ = (ask(company, "mfa", grantee_id="mia") for _ in range(2))
        return gives(f"/access-requests/{first}/pass-mfa", STEP)

    begin = runs(company, "mfa_api", http_event(Act("mia", "POST", "/me/mfa")))
    with stripped(company, "mfa_api") as role:
        role.learn(begins)
        role.learn(lambda: gives("/me/mfa/confirm"))
        unused = as_it_is(company, "directory", "mfa:mia", "MFA")
        role.learn(confirms_two)
        role.learn(api(company, "mfa_api", Act("ada", "POST", "/users/mia/mfa/reset")))


def test_outsiders_pages_need_all_that_they_may_do(company: Company) -> None:
    link = company.call("ada", "POST", LINKS, {"name": "Partners"})[1]["url"]

    def post(address: str, **form: str) -> str:
        answer = company.http("POST", address, data=form)
        assert answer.status_code < 400, answer.text
        return urljoin(address, answer.headers.get("Location"))

    def comes(name: str) -> str:
        post(link, name=name, email=f"{name}@partner.example")
        deliver(company)
        return company.wait_for_mail(f"{name}@partner.example", "/confirm/").link

    form, proof = post(comes("olga")), comes("otto")
    offered = Form(company.http("GET", form).text).offered
    (key, again), (want,) = (offered["key"][0], "again"), offered["want"]
    status = post(form, key=again, want=want, duration="PT10M")
    with stripped(company, "outsider_page") as role:
        for method, address, filled in (
            ("GET", link, {}),
            ("POST", link, {"name": "oda", "email": "oda@partner.example"}),
            ("GET", proof, {}),
            ("POST", proof, {}),
            ("GET", form, {}),
            ("POST", form, {"key": key, "want": want, "duration": "PT10M"}),
            ("GET", status, {}),
            ("POST", status, {"do": "end"}),
        ):
            role.learn(page(company, "outsider_page", method, address, **filled))
