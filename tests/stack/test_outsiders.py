"""Somebody without an account, from an access link to access and its end, on the deployed stack."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import pytest

from local import own_system
from local.company import Company, wait_for
from tests.forms import Form

FUNCTION = "acme-desk-access"
LINKS = "/configuration/access-flows/partners/links"
OLGA = "olga@partner.example"
SIGN_IN = f"Sign in as {OLGA}."


def make_link(company: Company, **limits: Any) -> str:
    status, link = company.call("ada", "POST", LINKS, {"name": "Partners", **limits})
    assert status == 201, link
    return str(link["url"])


def send(company: Company, address: str, **form: str) -> str:
    """Post a form; the address of the page that follows."""
    answer = company.http("POST", address, data=form)
    assert answer.status_code == 303, answer.text
    return urljoin(address, answer.headers["Location"])


def ask_for_mail(company: Company, link: str, email: str) -> tuple[int, str]:
    answer = company.http("POST", link, data={"name": "Olga", "email": email})
    return answer.status_code, answer.text


@pytest.mark.req("R119", "R121.proof", "R121.end", "R121.uses", "R121.domains")
def test_an_outsider_comes_by_a_link_and_it_closes_behind_her(company: Company) -> None:
    own_system.install(company.stack, FUNCTION, {"desk_room": {"blue": {}}})
    company.sync_inventory()
    link = make_link(company, uses=1, domains=["partner.example"])
    assert company.http("GET", link).status_code == 200
    # Made when the functions are awake: the end is soon.
    ends_at = datetime.now(UTC) + timedelta(seconds=8)
    short = make_link(company, ends_at=ends_at.isoformat())
    assert company.http("GET", short).status_code == 200

    status, page = ask_for_mail(company, link, "eve@evil.example")
    assert (status, "for addresses at partner.example" in page) == (422, True)
    assert ask_for_mail(company, link, OLGA)[0] == 200
    form_at = send(company, company.wait_for_mail(OLGA, "/confirm/").link)
    offered = Form(company.http("GET", form_at).text).offered
    (key,), (want,) = offered["key"], offered["want"]
    status_at = send(company, form_at, key=key, want=want, duration="PT10M")
    closed = company.http("GET", link)
    assert (closed.status_code, "as often as it may be" in closed.text) == (410, True)

    (awaited,) = [
        request
        for request in company.call("anna", "GET", "/approvals")[1]["requests"]
        if request["flow"]["id"] == "partners"
    ]
    company.asked.append(awaited["id"])
    assert own_system.held(company.stack, FUNCTION) == []
    mail = company.wait_for_mail("anna@example.com", awaited["id"])
    assert company.http("POST", mail.link, data={"decision": "approve"}).status_code == 200
    company.wait_until("ada", awaited["id"], "Active")
    assert own_system.held(company.stack, FUNCTION) == [f"{awaited['id']}-1"]
    assert company.http("GET", company.wait_for_mail(OLGA, SIGN_IN).link).status_code == 200
    assert SIGN_IN in company.http("GET", status_at).text

    assert send(company, status_at, do="end") == status_at
    company.wait_until("ada", awaited["id"], "Revoked")
    assert own_system.held(company.stack, FUNCTION) == []
    assert SIGN_IN not in company.http("GET", status_at).text
    assert company.mails("eve@evil.example") == []

    wait_for("the end of the link", lambda: datetime.now(UTC) > ends_at)
    for answer in (company.http("GET", short).status_code, ask_for_mail(company, short, OLGA)[0]):
        assert answer == 410
