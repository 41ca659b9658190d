"""Admins look after people on pages: they find, invite, change, shut out; and see all tokens."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from accessflows import wiring
from accessflows.actions.tokens import WantedToken, make_personal_token
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import Role
from accessflows.model.second_factor import Enrolment, SecondFactor
from accessflows.model.token import TokenScope
from tests.doubles.sessions import MemorySessions
from tests.doubles.tables import put_people
from tests.factories import NOON, a_person
from tests.functions.browser import Browser
from tests.functions.calls import portal_at, user_pool
from tests.functions.signed_in import browser_of

EVE = {"email": "eve@example.com", "name": "Eve Adams", "phone": "", "roles": "grantee"}
INVITE = "/admin/people/invite"


@pytest.fixture(autouse=True)
def sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemorySessions]:
    with user_pool(
        monkeypatch,
        a_person("ada", roles=(Role.ADMIN, Role.GRANTEE), source="okta"),
        a_person("rita", source="okta", groups=("engineers",), manager="ada"),
        a_person("finn"),
    ):
        yield portal_at("https://access.example.com", monkeypatch)


def visit(sessions: MemorySessions, person_id: str = "ada") -> Browser:
    return browser_of(wiring.users().person(person_id), sessions, NOON)


@pytest.mark.req("R117")
@pytest.mark.parametrize("path", ["people", "people/rita", "people/invite", "groups", "tokens"])
def test_whoever_is_no_admin_sees_no_people(sessions: MemorySessions, path: str) -> None:
    seen = visit(sessions, "rita").get(f"/admin/{path}")
    assert (seen.status, "This part is for admins" in seen.text) == (403, True)


@pytest.mark.req("R114.people")
def test_people_are_found_by_name_page_by_page(sessions: MemorySessions) -> None:
    put_people(
        wiring.users(),
        *(a_person(f"p{n:03d}", name=f"Max Muster{n:03d}") for n in range(PAGE_SIZE + 1)),
    )
    browser = visit(sessions)
    found = browser.get("/admin/people?search=muster")
    assert found.text.count("Max Muster") == PAGE_SIZE
    further = found.html.split("Further people")[0].rpartition('href="')[2].partition('"')[0]
    assert browser.get(further.replace("&amp;", "&")).text.count("Max Muster") == 1
    assert "Nobody is called so" in browser.get("/admin/people?search=zoe").text
    assert "Rita" in browser.get("/admin/people?search=RITA@").text


@pytest.mark.req("R113.invite", "R114.people")
def test_somebody_is_invited_once_whatever_is_clicked_twice(sessions: MemorySessions) -> None:
    browser = visit(sessions)
    form = browser.get(INVITE).form_token
    made = browser.post(INVITE, form=form, once="1", **EVE)
    assert made.status == 303
    assert browser.post(INVITE, form=form, once="1", **EVE).location == made.location
    seen = browser.get(made.location)
    for part in ("Eve Adams", "eve@example.com", "Known from invited", "Nothing at the moment"):
        assert part in seen.text


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"email": "nobody"}, "email", "is not an address such as"),
        ({"name": ""}, "name", "The full name is empty."),
        ({"phone": "030"}, "phone", "is not a number with its country"),
        ({"roles": []}, "roles", "The choice of roles needs 1 or more"),
        ({"email": "RITA@example.com"}, "email", "is the address of rita already"),
    ],
)
def test_what_is_no_invitation_is_shown_again_with_the_reason_at_its_field(
    sessions: MemorySessions, changed: dict[str, str], field: str, said: str
) -> None:
    seen = visit(sessions).press(INVITE, on=INVITE, **{**EVE, "once": "1", **changed})
    assert seen.status == 422
    told = seen.html.partition(f'id="{field}-problem"')[2].partition("</p>")[0]
    assert said in told
    assert f'value="{changed.get("name", "Eve Adams")}"' in seen.html
    assert wiring.users().called("eve", None)[0] == ()


@pytest.mark.req("R114.people")
def test_roles_of_synced_people_are_changed_and_nothing_else_is_offered(
    sessions: MemorySessions,
) -> None:
    browser, path = visit(sessions), "/admin/people/rita"
    seen = browser.get(path)
    for part in ("Engineers", "rita@example.com", "come from okta and are changed there"):
        assert part in seen.text
    assert 'name="name"' not in seen.html
    both = ["grantee", "access_reviewer"]
    assert browser.press(path, on=path, roles_shown="yes", roles=both).location == path
    assert set(wiring.users().person("rita").roles) == {Role.GRANTEE, Role.ACCESS_REVIEWER}
    none = browser.press(path, on=path, roles_shown="yes")
    assert (none.status, "The choice of roles needs 1 or more" in none.text) == (422, True)
    assert "come from the files" in browser.get("/admin/people/finn").text
    refused = browser.press(path, on=path, name="Rita the Great")
    assert (refused.status, "comes from okta" in refused.text) == (409, True)


@pytest.mark.req("R114.people")
def test_invited_people_are_changed_deactivated_let_in_and_deleted(
    sessions: MemorySessions,
) -> None:
    browser = visit(sessions)
    path = browser.press(INVITE, on=INVITE, once="1", **EVE).location
    browser.press(path, on=path, name="Eve Brown", phone="+4930123456")
    assert "Eve Brown" in browser.get(path).text
    person_id = path.rpartition("/")[2]
    before = wiring.users().known(person_id).number
    assert browser.press(f"{path}/invite-again", on=path).location == path
    assert wiring.users().known(person_id).number == before + 1
    browser.press(f"{path}/deactivate", on=path)
    refused = browser.press(f"{path}/invite-again", on=path)
    assert (refused.status, "activate them first" in refused.text) == (409, True)
    assert "Let in again" in browser.get(path).text
    browser.press(f"{path}/activate", on=path)
    assert "Deactivate" in browser.get(path).text
    assert "Delete Eve Brown?" in browser.get(f"{path}/delete").text
    assert browser.press(f"{path}/delete", on=f"{path}/delete").location == "/admin/people"
    assert "Deleted person" in browser.get(path).text


def test_the_last_admin_stays_one(sessions: MemorySessions) -> None:
    browser, path = visit(sessions), "/admin/people/ada"
    refused = browser.press(path, on=path, roles_shown="yes", roles="grantee")
    assert (refused.status, "the last active admin" in refused.text) == (409, True)


def test_a_lost_app_is_forgotten_but_not_ones_own(sessions: MemorySessions) -> None:
    factors = wiring.ports().second_factors
    for person_id in ("ada", "rita"):
        factors.put(
            SecondFactor(person_id=person_id),
            SecondFactor(person_id=person_id, version=1, sealed_secret="x", confirmed_at=NOON),
        )
    browser = visit(sessions)
    browser.press("/admin/people/rita/reset-mfa", on="/admin/people/rita")
    assert factors.get("rita").enrolment is Enrolment.NONE
    assert "Forget their" not in browser.get("/admin/people/ada").text
    assert browser.press("/admin/people/ada/reset-mfa", on="/admin/people/ada").status == 403


@pytest.mark.req("R114.tokens")
def test_admins_see_everybodys_tokens_and_revoke_any(sessions: MemorySessions) -> None:
    browser = visit(sessions)
    assert "Nobody has made a token yet" in browser.get("/admin/tokens").text
    made = make_personal_token(
        wiring.tokens(),
        wiring.users().person("rita"),
        WantedToken(
            name="Nightly", scopes=(TokenScope.REQUESTS_READ,), lives_for=timedelta(days=1)
        ),
        actor="rita",
        now=NOON,
        new_id=lambda: "t1",
    )
    seen = browser.get("/admin/tokens")
    for part in ("Nightly Good", "Rita", "requests:read", "never used"):
        assert part in seen.text
    assert made.text not in seen.html
    browser.press("/admin/tokens/t1/revoke", on="/admin/tokens")
    assert "Nightly Revoked" in browser.get("/admin/tokens").text


def test_groups_are_listed_with_their_source_and_files_to_take_along(
    sessions: MemorySessions,
) -> None:
    seen = visit(sessions).get("/admin/groups")
    assert "Engineers engineers · from okta" in seen.text
    assert 'href="/admin/reports?group=engineers&amp;format=csv"' in seen.html


@pytest.mark.parametrize("deed", ["", "/deactivate", "/activate", "/delete", "/reset-mfa"])
def test_no_form_of_another_session_changes_anybody(sessions: MemorySessions, deed: str) -> None:
    before = wiring.users().known("rita").number
    for form in ("", "0" * 64):
        assert visit(sessions).post(f"/admin/people/rita{deed}", form=form).status == 403
    assert wiring.users().known("rita").number == before
