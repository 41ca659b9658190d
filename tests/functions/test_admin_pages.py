"""The pages of admins: what they show to whom, and what their forms do."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Configuration, Section
from accessflows.model.flow import AccessFlow, FlowVersion
from accessflows.model.person import DirectoryGroup, Role
from accessflows.model.rating import Opinion, Rating, Thumb
from accessflows.ports import Ports
from accessflows.stores.access_links import DynamoAccessLinks
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.inventory import DynamoInventory
from accessflows.stores.leases import DynamoLeases
from accessflows.stores.ratings import DynamoRatings
from accessflows.stores.requests import DynamoRequests
from accessflows.stores.second_factors import DynamoSecondFactors
from accessflows.stores.tries import DynamoTries
from accessflows.stores.users import DynamoUsers
from tests.doubles.kept_rows import build_once
from tests.doubles.mail import KEYS
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import (
    NOON,
    a_bundle,
    a_flow,
    a_link_flow,
    a_person,
    a_resource,
    a_scope,
    a_target,
    an_integration,
)
from tests.functions.browser import Browser, Seen
from tests.functions.calls import portal_at
from tests.functions.signed_in import browser_of

SITE = "https://access.example.com"
FILES = Configuration(
    flows=(a_flow("buckets", version=0),),
    integrations=(an_integration(),),
    people=(
        *(a_person(name, roles=(Role.ADMIN, Role.GRANTEE)) for name in ("ada", "alf")),
        *map(a_person, ("rita", "olga", "max")),
    ),
    groups=(DirectoryGroup(id="engineers", name="Engineers", members=("rita",)),),
)


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        create_tables()
        flows, users = DynamoFlows(TEST_SETTINGS), DynamoUsers(TEST_SETTINGS)
        requests, inventory = DynamoRequests(TEST_SETTINGS), DynamoInventory(TEST_SETTINGS)
        factors = DynamoSecondFactors(TEST_SETTINGS)
        tries, leases = DynamoTries(TEST_SETTINGS), DynamoLeases(TEST_SETTINGS)
        ports = Ports(requests, flows, users, inventory, {}, factors, tries, leases)
        adapters = {
            "flows": flows,
            "directory": users,
            "users": users,
            "requests": requests,
            "inventory": inventory,
            "ports": ports,
            "ratings": DynamoRatings(TEST_SETTINGS),
            "access_links": DynamoAccessLinks(TEST_SETTINGS),
            "connectors": VALIDATORS,
            "link_keys": KEYS,
        }
        for name, adapter in adapters.items():
            monkeypatch.setattr(wiring, name, lambda adapter=adapter: adapter)
        monkeypatch.setattr(wiring, "now", lambda: NOON)
        portal_at(SITE, monkeypatch)
        build_once(__name__, lambda: deploy(FILES))
        yield


def deploy(configuration: Configuration) -> None:
    apply_config(configuration, wiring.flows(), wiring.directory(), validators=VALIDATORS, now=NOON)


def visit(person_id: str = "ada") -> Browser:
    """Somebody who is signed in."""
    return browser_of(wiring.directory().person(person_id), wiring.sessions(), NOON)


@pytest.mark.req("R117")
def test_whoever_is_no_admin_is_told_so_on_an_admin_page() -> None:
    seen = visit("rita").get("/admin/access-flows")
    assert seen.status == 403
    assert "This part is for admins" in seen.text


@pytest.mark.req("R122.roles")
def test_who_looks_after_a_space_is_led_there_from_everywhere_and_let_in() -> None:
    space = {"id": "shop", "name": "Shop", "owners": ["olga"], "managers": ["max"]}
    deploy(FILES.but(settings=AccountSettings(spaces=True), spaces=(space,)))
    for who in ("olga", "max"):
        browser = visit(who)
        for path in ("/", "/requests", "/new", "/inbox", "/account"):
            assert '<a href="/admin">Admin</a>' in browser.get(path).html, (who, path)
        assert browser.get("/admin").location == "/admin/access-flows"
        let_in = browser.get("/admin/access-flows")
        assert let_in.status == 200
        assert '<a href="/admin" aria-current="true">Admin</a>' in let_in.html
    refused = visit("rita").get("/admin/access-flows")
    assert refused.status == 403
    assert ">Admin</a>" not in refused.html


MADE = """id: made
name: Made
requestors: {conditions: [{attribute: group, values: [engineers]}]}
targets: [{integration: aws-demo, resource_type: s3_bucket, permissions: [read]}]
grant_duration: PT2H
settings: {labels: [urgent]}
"""


def written(entry_id: str = "made") -> str:
    return MADE.replace("id: made", f"id: {entry_id}")


def make(browser: Browser, text: str = MADE, path: str = "access-flows") -> Seen:
    return browser.press(f"/admin/new/{path}", on=f"/admin/new/{path}", text=text, once=text)


def current() -> dict[str, int]:
    return {flow.id: flow.version for flow in wiring.flows().current()}


def settings_number() -> str:
    return str(wiring.flows().current_set().settings_number)


def turn_on(**settings: Any) -> None:
    deploy(FILES.but(settings=AccountSettings(**settings)))


@pytest.mark.req("R12", "R62.tile")
def test_flows_are_tiles_with_their_labels_and_are_found_by_name_or_label() -> None:
    browser = visit()
    make(browser)
    tiles = browser.get("/admin/access-flows")
    assert tiles.html.count('<li class="card">') == 2
    for part in ("Buckets", "Made", "urgent", "from files", "made here"):
        assert part in tiles.text
    for text in ("MAD", "urg"):
        found = browser.get(f"/admin/access-flows?q={text}")
        assert "/admin/access-flows/made" in found.html
        assert "/admin/access-flows/buckets" not in found.html
    assert "Nothing is called like “zzz”" in browser.get("/admin/access-flows?q=zzz").text


def test_a_thousand_flows_are_read_page_by_page() -> None:
    many = tuple(a_flow(f"flow-{n:04d}", name=f"Flow {n}", version=0) for n in range(60))
    deploy(FILES.but(flows=many))
    first = visit().get("/admin/access-flows")
    assert first.html.count('<li class="card">') == 50
    (more,) = re.findall(r'href="(/admin/access-flows\?[^"]+)"', first.html)
    rest = visit().get(more.replace("&amp;", "&"))
    assert rest.html.count('<li class="card">') == 10


@pytest.mark.req("R11.pages", "R114.catalogue")
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("access-flows", MADE),
        (
            "bundles",
            "{id: made, name: Made, targets: [{integration: aws-demo, resource_type: s3_bucket, "
            "permissions: [read]}]}",
        ),
        ("access-scopes", "{id: made, name: Made, query: 'permission = \"read\"'}"),
        (
            "integrations",
            '{id: made, name: Made, kind: aws_iam, settings: {account_id: "000000000000", '
            "principals: [user/demo-x]}, principal: {attribute: aws_principal}, "
            "owner: {attribute: user, values: [ada]}}",
        ),
    ],
)
def test_what_is_looked_after_is_made_seen_changed_and_closed(path: str, text: str) -> None:
    browser = visit()
    made = make(browser, text, path)
    assert (made.status, made.location) == (303, f"/admin/{path}/made")
    shown = browser.get(made.location)
    assert "Made" in shown.text
    assert "Ada" in shown.text
    edit = f"/admin/edit/{path}/made"
    changed = browser.press(
        edit, on=edit, version="1", text=text.replace("name: Made", "name: Changed")
    )
    assert (changed.status, changed.location) == (303, f"/admin/{path}/made")
    assert "Changed" in browser.get(f"/admin/{path}/made").text
    assert "name: Made" in browser.get(f"/admin/{path}/made/versions/1").text
    close = f"/admin/close/{path}/made"
    assert browser.press(close, on=close, version="2").location == f"/admin/{path}"
    assert browser.get(f"/admin/{path}/made").status == 404


def test_what_files_write_is_shown_with_the_reason_why_it_cannot_be_changed_here() -> None:
    browser = visit()
    shown = browser.get("/admin/access-flows/buckets")
    assert "written in the configuration files" in shown.text
    assert "/admin/edit/" not in shown.html
    assert browser.get("/admin/edit/access-flows/buckets").location == "/admin/access-flows/buckets"
    for deed in ("edit", "close"):
        path = f"/admin/{deed}/access-flows/buckets"
        refused = browser.press(path, on="/admin/settings", version="1", text=written("buckets"))
        assert refused.status in (303, 409)
    assert current() == {"buckets": 1}


def test_a_draft_is_checked_by_path_and_line_and_nothing_is_saved() -> None:
    browser = visit()

    def check(text: str, **more: str) -> Seen:
        return browser.press(
            "/admin/check/access-flows", on="/admin/new/access-flows", text=text, **more
        )

    wrong = check(MADE.replace("PT2H", "2 hours").replace("name: Made", "nam: Made"))
    assert wrong.status == 200
    for part in ("Line 2, nam: unknown field", "Line 5, grant_duration", "cannot be saved yet"):
        assert part in wrong.text
    assert "did you mean name" in wrong.text
    assert "Line 4" in check(MADE.replace("aws-demo", "aws-demi")).text
    assert "Line 2" in check("id: made\ntargets: [\n").text
    good = check(MADE)
    assert "In words: Made lets people whose group is engineers ask for themselves" in good.text
    assert "Save it" not in good.text
    planned = check(MADE, plan="yes")
    for part in ("1 person could ask: Rita", "Gains", "Save it"):
        assert part in planned.text
    assert current() == {"buckets": 1}


def test_a_plan_tells_who_loses_what_and_under_which_terms() -> None:
    browser = visit()
    make(
        browser,
        MADE.replace(
            "aws-demo, resource_type: s3_bucket", "aws-demo, resource_type: dynamodb_table"
        ),
    )
    text = MADE.replace("values: [engineers]", "values: [olga]").replace("group", "user")
    text = text.replace("s3_bucket", "dynamodb_table").replace("PT2H", "PT4H")
    path = "/admin/edit/access-flows/made"
    planned = browser.press(
        "/admin/check/access-flows/made", on=path, version="1", text=text, plan="yes"
    ).text
    gains, losses = planned.partition("Gains")[2].partition("Losses")[::2]
    assert "Olga" in gains
    assert "Rita" in losses
    assert "grant duration: 2 hours → 4 hours" in planned


def test_what_others_changed_meanwhile_is_not_written_over() -> None:
    browser, other = visit(), visit("alf")
    make(browser)
    path = "/admin/edit/access-flows/made"
    ours, theirs = MADE.replace("PT2H", "PT3H"), MADE.replace("PT2H", "PT4H")
    assert other.press(path, on=path, version="1", text=theirs).status == 303
    refused = browser.press(path, on=path, version="1", text=ours)
    assert refused.status == 412
    assert "is at version 2" in refused.text
    assert "PT3H" in refused.html
    assert 'name="version" value="1"' in refused.html
    assert current()["made"] == 2


def test_an_id_stays() -> None:
    browser = visit()
    make(browser)
    path = "/admin/edit/access-flows/made"
    refused = browser.press(path, on=path, version="1", text=written("other"))
    assert refused.status == 400
    assert "must stay made" in refused.text


def test_a_double_click_makes_one_flow() -> None:
    browser = visit()
    assert make(browser).location == make(browser).location == "/admin/access-flows/made"
    assert current()["made"] == 1


NIGHT = {
    "name": "Night shift",
    "requestors.operator": "or",
    "requestors.conditions[0].attribute": "group",
    "requestors.conditions[0].operator": "starts_with",
    "requestors.conditions[0].values": "eng, ops",
    "requestors.conditions[1].attribute": "user",
    "requestors.conditions[1].values": "olga",
    "targets[0].what": "integration:aws-demo:s3_bucket",
    "targets[0].permissions": "read, write",
    "targets[0].resources": "invoices",
    "targets[1].what": "bundle:starter",
    "grant_duration": "90",
    "unit": "minutes",
    "approved": "yes",
    "approval.mode": "all_of",
    "approval.groups[0].conditions[0].attribute": "user",
    "approval.groups[0].conditions[0].values": "ada",
    "approval.groups[1].conditions[0].attribute": "user",
    "approval.groups[1].conditions[0].values": "alf",
    "escalation.tiers[0].conditions[0].attribute": "group",
    "escalation.tiers[0].conditions[0].values": "engineers",
    "escalation.tiers[1].conditions[0].attribute": "grantee_manager",
    "labels": "night",
    "known_labels": ["urgent"],
    "switches": ["require_justification"],
}


def with_starter() -> None:
    deploy(FILES.but(bundles=(a_bundle(a_target()),)))


@pytest.mark.req("R8.or", "R24.mixed", "R62.choose")
def test_the_form_of_the_common_parts_leads_to_a_flow_that_fits() -> None:
    with_starter()
    browser = visit()
    make(browser)
    begun = browser.get("/admin/start")
    assert '<input type="checkbox" name="known_labels" value="urgent">' in begun.html
    drafted = browser.press("/admin/start", on="/admin/start", **NIGHT)
    text = html.unescape(drafted.html.partition('id="text"')[2].partition(">")[2]).partition(
        "</textarea>"
    )[0]
    assert make(browser, text).location == "/admin/access-flows/night-shift"
    flow = next(flow for flow in wiring.flows().current() if flow.id == "night-shift")
    assert flow == AccessFlow.model_validate(
        {
            "id": "night-shift",
            "version": 1,
            "name": "Night shift",
            "requestors": {
                "operator": "or",
                "conditions": [
                    {"attribute": "group", "operator": "starts_with", "values": ["eng", "ops"]},
                    {"attribute": "user", "values": ["olga"]},
                ],
            },
            "targets": [
                {
                    "integration": "aws-demo",
                    "resource_type": "s3_bucket",
                    "permissions": ["read", "write"],
                    "resources": {"names": ["invoices"]},
                },
                {"bundle": "starter"},
            ],
            "grant_duration": "PT90M",
            "approval": {
                "mode": "all_of",
                "groups": [
                    {"conditions": [{"attribute": "user", "values": ["ada"]}]},
                    {"conditions": [{"attribute": "user", "values": ["alf"]}]},
                ],
            },
            "escalation": {
                "tiers": [
                    {"conditions": [{"attribute": "group", "values": ["engineers"]}]},
                    {"conditions": [{"attribute": "grantee_manager"}]},
                ]
            },
            "settings": {"labels": ["urgent", "night"], "require_justification": True},
        }
    )


CHECK_START = "/admin/start/check"


@pytest.mark.parametrize(
    ("button", "there", "gone"),
    [
        ({"add": "requestors.conditions"}, "requestors.conditions[2].values", None),
        ({"add": "targets"}, "targets[2].what", None),
        ({"add": "approval.groups"}, "approval.groups[2].conditions[0].values", None),
        (
            {"add": "approval.groups[0].conditions"},
            "approval.groups[0].conditions[1].values",
            None,
        ),
        ({"add": "escalation.tiers"}, "escalation.tiers[2].conditions[0].values", None),
        ({"drop": "targets[0]"}, "targets[0].what", "targets[1].what"),
        ({"drop": "escalation.tiers[1]"}, "escalation.tiers[0]", "escalation.tiers[1]"),
    ],
)
def test_rows_come_and_go_and_what_was_typed_stays(
    button: dict[str, str], there: str, gone: str | None
) -> None:
    with_starter()
    seen = visit().press(CHECK_START, on="/admin/start", **NIGHT, **button)
    assert seen.status == 200
    assert f'name="{there}' in seen.html
    assert gone is None or f'name="{gone}' not in seen.html
    assert field_of(seen, "name") == "Night shift"
    assert field_of(seen, "approval.groups[1].conditions[0].values") == "alf"
    assert current() == {"buckets": 1}


@pytest.mark.req("R31.page", "R37.page")
def test_a_target_shows_what_it_takes_in_before_it_is_chosen() -> None:
    wiring.inventory().replace("aws-demo", [a_resource("invoices"), a_resource("ledger")], NOON)
    deploy(FILES.but(access_scopes=(a_scope('resource_name = "ledger"'),)))
    browser = visit()
    sent = {"targets[0].what": "access_scope:found", "targets[1].what": "bundle:none"}
    seen = browser.press(CHECK_START, on="/admin/start", **sent, preview="targets[0]").text
    assert "It takes in now: ledger" in seen
    assert "invoices" not in seen
    other = browser.press(CHECK_START, on="/admin/start", **sent, preview="targets[1]").text
    assert "something about this target is missing" in other


def test_the_form_tells_beside_its_fields_what_is_wrong_before_it_is_gone_on() -> None:
    with_starter()
    browser = visit()
    for changes, field, said in [
        ({"targets[0].permissions": "reed"}, "targets[0].permissions", "'reed' is none of"),
        ({"requestors.conditions[1].values": ""}, "requestors.conditions[1]", "values"),
        (
            {"approval.groups[1].conditions[0].values": "nobody"},
            "approval.groups[1].conditions[0].values",
            "there is no person 'nobody'",
        ),
        ({"name": ""}, "name", "is empty: write 1 to 64 letters"),
    ]:
        seen = browser.press(CHECK_START, on="/admin/start", **{**NIGHT, **changes})
        assert seen.status == 200
        (told,) = re.findall(rf'id="{re.escape(field)}-problem">([^<]*)<', seen.html)
        assert said in html.unescape(told)
        assert 'id="id-problem"' not in seen.html
    well = browser.press(CHECK_START, on="/admin/start", **NIGHT)
    assert "In words: Night shift lets people" in well.text


def test_who_looks_after_a_space_sees_of_the_account_neither_labels_nor_contents() -> None:
    wiring.inventory().replace("aws-demo", [a_resource("invoices")], NOON)
    deploy(
        FILES.but(
            settings=AccountSettings(spaces=True),
            spaces=({"id": "shop", "name": "Shop", "owners": ["olga"]},),
            bundles=(a_bundle(a_target()),),
            flows=(a_flow("buckets", version=0, settings={"labels": ["secret"]}),),
        )
    )
    browser = visit("olga")
    browser.press(
        "/admin/new/access-scopes",
        on="/admin/new/access-scopes",
        text="{id: ours, name: Ours, space: shop, query: 'permission = \"read\"'}",
    )
    assert "secret" not in browser.get("/admin/start").text
    for what in ("bundle:starter", "integration:aws-demo:s3_bucket"):
        sent = {"targets[0].what": what, "targets[0].permissions": "read"}
        seen = browser.press(CHECK_START, on="/admin/start", **sent, preview="targets[0]").text
        assert "invoices" not in seen


@pytest.mark.req("R32", "R38")
@pytest.mark.parametrize(
    ("kind", "named", "text"),
    [
        (
            "bundle",
            "bundle",
            "{id: aside, name: Aside, targets: [{integration: aws-demo, "
            "resource_type: s3_bucket, permissions: [read]}]}",
        ),
        ("scope", "access_scope", "{id: aside, name: Aside, query: 'permission = \"read\"'}"),
    ],
)
def test_bundle_and_scope_are_made_without_leaving_the_editor(
    kind: str, named: str, text: str
) -> None:
    browser = visit()
    draft = MADE.partition("targets:")[0] + "targets:\n- bundle: other\ngrant_duration: PT2H\n"
    address, on = f"/admin/beside/{kind}", "/admin/new/access-flows"
    wrong = browser.press(address, on=on, text=draft, **{kind: text.replace("name", "nam")})
    assert "unknown field" in wrong.text
    assert "bundle: other" in wrong.html
    made = browser.press(address, on=on, text=draft, **{kind: text})
    assert f"targets:\n- {named}: aside\n- bundle: other" in made.html
    sections = {"bundle": Section.BUNDLES, "scope": Section.ACCESS_SCOPES}
    assert wiring.flows().current_set().open(sections[kind]) == {"aside": 1}


@pytest.mark.req("R36.page", "R37.page")
def test_scopes_are_searched_and_show_what_they_find_before_they_are_saved_and_after() -> None:
    wiring.inventory().replace(
        "aws-demo", [a_resource("invoices"), a_resource("reports", permissions=("write",))], NOON
    )
    browser = visit()
    text = "{id: readable, name: Readable things, query: 'permission = \"read\"'}"
    drafted = browser.press(
        "/admin/check/access-scopes", on="/admin/new/access-scopes", text=text
    ).text
    assert "invoices" in drafted
    assert "reports" not in drafted
    wrong = browser.press(
        "/admin/check/access-scopes", on="/admin/new/access-scopes", text=text.replace("=", "~")
    )
    assert "query" in wrong.text
    make(browser, text, "access-scopes")
    assert "invoices" in browser.get("/admin/access-scopes/readable").text
    assert "Readable things" in browser.get("/admin/access-scopes?q=ABLE").text
    assert "Readable things" not in browser.get("/admin/access-scopes?q=nothing").text


def test_an_integration_tells_how_its_syncs_went() -> None:
    browser, inventory = visit(), wiring.inventory()
    assert "not synced yet" in browser.get("/admin/integrations").text
    inventory.replace("aws-demo", [], NOON)
    assert "synced last on" in browser.get("/admin/integrations").text
    inventory.note_failure("aws-demo", "AccessDenied: no", NOON)
    assert "last sync failed" in browser.get("/admin/integrations").text
    shown = browser.get("/admin/integrations/aws-demo").text
    assert "AccessDenied: no" in shown
    assert "Last read in full on" in shown
    inventory.replace("aws-demo", [], NOON)
    assert "failed" not in browser.get("/admin/integrations/aws-demo").text


def test_a_description_is_put_by_hand_and_written_anew() -> None:
    browser, path = visit(), "/admin/access-flows/made"
    make(browser)
    described = "/admin/describe/made"
    assert browser.press(described, on=path, version="1", description="For the night.").text == ""
    assert "For the night." in browser.get(path).text
    browser.press(described, on=path, version="2", description="ignored", again="yes")
    assert "For the night." not in browser.get(path).html.partition("Versions")[0]
    assert current()["made"] == 3


def test_ratings_of_a_description_are_shown_to_admins() -> None:
    rating = Rating(
        flow=FlowVersion(id="buckets", version=1),
        text="Buckets lets people ask.",
        person_id="rita",
        opinion=Opinion(thumb=Thumb.DOWN, comment="Which buckets?"),
        at=NOON,
    )
    wiring.ratings().put(rating)
    shown = visit().get("/admin/access-flows/buckets").text
    assert "does not help" in shown
    assert "Which buckets?" in shown


@pytest.mark.req("N17.proposed", "N17.second")
def test_a_change_that_needs_two_is_approved_on_its_page_by_the_other_one() -> None:
    turn_on(two_person_changes=True)
    ada, alf = visit(), visit("alf")
    proposed = make(ada)
    assert proposed.location.startswith("/admin/changes/")
    assert current() == {"buckets": 1}
    assert "proposed" in alf.get("/admin/changes").text
    seen = alf.get(proposed.location)
    for part in ("Create access flow 'made'", "Proposed by Ada", "Rita", "id: made"):
        assert part in seen.text
    assert "/approve" not in ada.get(proposed.location).html
    refused = ada.press(f"{proposed.location}/approve", on="/admin/settings")
    assert refused.status == 403
    assert current() == {"buckets": 1}
    alf.press(f"{proposed.location}/approve", on=proposed.location)
    assert current() == {"buckets": 1, "made": 1}
    assert "approved by Alf" in ada.get(proposed.location).text


def test_a_change_is_rejected_with_a_reason() -> None:
    turn_on(two_person_changes=True)
    ada, alf = visit(), visit("alf")
    path = make(ada).location
    alf.press(f"{path}/reject", on=path, reason="too wide")
    shown = ada.get(path).text
    assert "rejected by Alf" in shown
    assert "too wide" in shown
    assert current() == {"buckets": 1}


@pytest.mark.req("R111")
def test_the_fallback_flow_is_switched_in_the_settings() -> None:
    browser = visit()
    path = "/admin/settings"
    assert not wiring.flows().settings().fallback_flow
    done = browser.press(
        path, on=path, version=settings_number(), fallback_flow="yes", mfa_valid_for="PT30M"
    )
    assert (done.status, done.location) == (303, path)
    assert wiring.flows().settings().fallback_flow
    assert wiring.flows().settings().mfa_valid_for == timedelta(minutes=30)
    browser.press(path, on=path, version=settings_number())
    assert not wiring.flows().settings().fallback_flow
    refused = browser.press(path, on=path, mfa_valid_for="soon", version="9", fallback_flow="yes")
    assert refused.status == 400
    assert "'soon' is not an ISO 8601 duration" in refused.text
    assert 'value="soon"' in refused.html


def test_settings_of_files_are_marked_and_left_alone() -> None:
    turn_on(fallback_flow=True)
    browser, path = visit(), "/admin/settings"
    assert "from files" in browser.get(path).text
    assert browser.press(path, on=path, version=settings_number(), mfa_tries="3").status == 303
    assert wiring.flows().settings().fallback_flow
    assert wiring.flows().settings().mfa_tries == 3
    limits = {"submissions_per_hour": "7", "link_posts_per_quarter_hour": "8"}
    assert browser.press(path, on=path, version=settings_number(), **limits).status == 303
    settings = wiring.flows().settings()
    assert (settings.submissions_per_hour, settings.link_posts_per_quarter_hour) == (7, 8)


SHOP = {"id": "shop", "name": "Shop", "owners": ["olga"], "managers": []}


@pytest.mark.req("R122.roles")
def test_an_owner_of_a_space_works_on_what_is_theirs_and_sees_nothing_else() -> None:
    deploy(FILES.but(settings=AccountSettings(spaces=True), spaces=(SHOP,)))
    olga = visit("olga")
    bundle = (
        "{id: tools, name: Tools, space: shop, targets: [{integration: aws-demo, "
        "resource_type: s3_bucket, permissions: [read]}]}"
    )
    assert make(olga, bundle, "bundles").location == "/admin/bundles/tools"
    tiles = olga.get("/admin/access-flows")
    assert "/admin/access-flows/buckets" not in tiles.html
    assert "/admin/settings" not in tiles.html
    assert olga.get("/admin/access-flows/buckets").status == 404
    for path in ("settings", "changes", "resources", "integrations", "on-call-schedules"):
        assert olga.get(f"/admin/{path}").status == 403
    assert make(olga).status == 403
    draft = MADE.replace("grant_duration", "space: shop\ngrant_duration")
    draft = re.sub("targets: .*", "targets: [{bundle: tools}]", draft)
    assert make(olga, draft).location == "/admin/access-flows/made"


@pytest.mark.req("R121.end", "R121.uses", "R121.domains")
def test_access_links_are_made_with_limits_shown_and_withdrawn() -> None:
    settings = {"function": "acme-desk-access", "resource_types": {"s3_bucket": ["read", "write"]}}
    mail = an_integration(principal={"attribute": "email"}, kind="lambda", settings=settings)
    deploy(FILES.but(flows=(a_link_flow("partners", version=0),), integrations=(mail,)))
    browser, path = visit(), "/admin/access-flows/partners/links"
    assert "There is no link yet" in browser.get(path).text
    wrong = browser.press(path, on=path, name="Partner", uses="many")
    assert (wrong.status, "How often it may be used must be a whole number" in wrong.text) == (
        400,
        True,
    )
    made = browser.press(
        path,
        on=path,
        name="Partner",
        uses="3",
        domains="partner.example",
        ends_at="2026-04-01T18:00",
    )
    assert made.location == path
    shown = browser.get(path)
    (url,) = re.findall(rf'value="({SITE}/join/[^"]+)"', shown.html)
    assert "Used 0 of 3 times" in shown.text
    (link_id,) = re.findall(r"/links/(\w+)/withdraw", shown.html)
    browser.press(f"{path}/{link_id}/withdraw", on=path)
    assert "withdrawn" in browser.get(path).text
    assert url not in browser.get(path).html
    assert visit("rita").get(path).status == 403


def test_a_resource_shows_its_request_settings_and_the_flows_that_open_it() -> None:
    wiring.inventory().replace("aws-demo", [a_resource("invoices"), a_resource("reports")], NOON)
    access = {
        "id": "invoices",
        "integration": "aws-demo",
        "resource_type": "s3_bucket",
        "resource": "invoices",
        "permissions": ["read"],
        "default": {"duration": "custom", "presets": ["PT12H"], "approval": "manual"},
        "groups": [{"group": "engineers", "access": "not_required"}],
    }
    deploy(FILES.but(resource_access=(access,)))
    browser = visit()
    assert "reports" not in browser.get("/admin/resources?q=INVO").text
    address = "/admin/resource?integration=aws-demo&type=s3_bucket&name="
    shown = browser.get(f"{address}invoices").text
    settings, others = shown.partition("Access flows that open it")[::2]
    for part in ("no request needed", "manual", "12 hours", "resource_access"):
        assert part in settings
    assert "Buckets" in others
    assert "none of its own" in browser.get(f"{address}reports").text
    assert browser.get(f"{address}nothing").status == 404


AT = "integration=aws-demo&type=s3_bucket&name=invoices"
NEW_SETTINGS = f"/admin/new/resource-access?{AT}"
ASKED = {
    "id": "invoices",
    "integration": "aws-demo",
    "resource_type": "s3_bucket",
    "resource": "invoices",
    "permissions": ["read", "write"],
    "default.how": "presets",
    "default.presets": "30 min, 12h",
    "default.approval": "manual",
    "default.reviewers": "engineers",
}
OF_ENGINEERS = {
    "groups[0].group": "engineers",
    "groups[0].access.word": "own",
    "groups[0].access.how": "custom",
    "groups[0].access.approval": "automatic",
}


@pytest.fixture
def invoices() -> None:
    wiring.inventory().replace("aws-demo", [a_resource("invoices")], NOON)


def settings_flows() -> dict[str, AccessFlow]:
    return {flow.name: flow for flow in wiring.flows().current() if flow.made_from}


def field_of(page: Seen, name: str) -> str:
    (tag,) = re.findall(rf'<input[^>]* name="{re.escape(name)}"[^>]*>', page.html)
    (value,) = re.findall(r' value="([^"]*)"', tag)
    return html.unescape(value)


@pytest.mark.usefixtures("invoices")
@pytest.mark.req("R125.own", "R127.presets", "R127.custom", "R128.automatic", "R128.manual")
def test_request_settings_are_made_planned_changed_and_closed_by_a_form_without_scripts() -> None:
    browser = visit()
    assert NEW_SETTINGS.replace("&", "&amp;") in browser.get(f"/admin/resource?{AT}").html
    begun = browser.get(NEW_SETTINGS)
    assert field_of(begun, "id") == "invoices"
    sent = {**ASKED, **OF_ENGINEERS}
    check = "/admin/check/resource-access"
    planned = browser.press(check, on=NEW_SETTINGS, **sent, plan="yes")
    assert planned.status == 200
    for part in ("What would change", "Gains", "Rita", "Save it", "Access to invoices for"):
        assert part in planned.text
    assert settings_flows() == {}

    new = "/admin/new/resource-access"
    saved = browser.press(new, on=NEW_SETTINGS, **sent, once="x")
    assert (saved.status, saved.location) == (303, "/admin/resource-access/invoices")
    everybody = settings_flows()["Access to invoices"]
    engineers = settings_flows()["Access to invoices for engineers"]
    assert everybody.duration_presets == (timedelta(minutes=30), timedelta(hours=12))
    assert everybody.approval
    assert (engineers.grant_duration, engineers.approval) == (timedelta(days=7), None)
    shown = browser.get(f"/admin/resource?{AT}")
    assert "/admin/edit/resource-access/invoices" in shown.html
    assert "Set how to ask for admin" in shown.text

    edit = "/admin/edit/resource-access/invoices"
    form = browser.get(edit)
    assert field_of(form, "default.presets") == "30m, 12h"
    assert field_of(form, "groups[0].group") == "engineers"
    changed = {**sent, "groups[0].access.word": "not_required", "version": "1"}
    assert browser.press(edit, on=edit, **changed).status == 303
    assert set(settings_flows()) == {"Access to invoices", "Standing access to invoices"}
    made = settings_flows()["Standing access to invoices"]
    follows = browser.get(f"/admin/access-flows/{made.id}")
    assert "follows from the request settings invoices" in follows.text
    assert "/admin/edit/" not in follows.html
    close = "/admin/close/resource-access/invoices"
    assert browser.press(close, on=close, version="2").location == "/admin/resource-access"
    assert settings_flows() == {}


@pytest.mark.usefixtures("invoices")
def test_groups_are_added_and_taken_out_again_with_what_was_typed() -> None:
    browser = visit()
    check = "/admin/check/resource-access"
    one = browser.press(check, on=NEW_SETTINGS, **ASKED, add="groups")
    assert field_of(one, "groups[0].group") == ""
    assert field_of(one, "default.presets") == "30m, 12h"
    assert "cannot be saved" not in one.text
    two = browser.press(check, on=NEW_SETTINGS, **ASKED, **OF_ENGINEERS, add="groups")
    assert field_of(two, "groups[0].group") == "engineers"
    assert field_of(two, "groups[1].group") == ""
    second = {"groups[1].group": "leads", "groups[1].access.word": "inherit"}
    less = browser.press(
        check, on=NEW_SETTINGS, **ASKED, **OF_ENGINEERS, **second, drop="groups[0]"
    )
    assert field_of(less, "groups[0].group") == "leads"
    assert "groups[1].group" not in less.html


@pytest.mark.usefixtures("invoices")
@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"id": "In Voices"}, "id", "'In Voices' is not 1 to 64"),
        ({"permissions": ""}, "permissions", "needs 1 or more"),
        ({"permissions": "erase"}, "permissions", "'erase' is none of"),
        ({"default.presets": "often"}, "default.presets", "'often' is not an ISO 8601"),
        ({"default.presets": ""}, "default", "write how long"),
        (
            {"default.how": "longest", "default.duration": "8d"},
            "default.duration",
            "is longer than P7D",
        ),
        ({"default.reviewers": "nobody"}, "default.reviewers", "there is no group 'nobody'"),
        ({"groups[0].group": "enginers"}, "groups[0].group", "there is no group 'enginers'"),
        (
            {"groups[0].access.presets": "8d"},
            "groups[0].access.presets",
            "is longer than P7D",
        ),
    ],
)
def test_what_is_wrong_with_request_settings_is_told_beside_its_field(
    changes: dict[str, str], field: str, said: str
) -> None:
    sent = {**ASKED, **OF_ENGINEERS, **changes}
    refused = visit().press("/admin/new/resource-access", on=NEW_SETTINGS, **sent)
    assert refused.status == 400
    (told,) = re.findall(rf'id="{re.escape(field)}-problem">([^<]*)<', refused.html)
    assert said in html.unescape(told)
    kept = {name: value for name, value in changes.items() if "." in name and "how" not in name}
    assert {name: field_of(refused, name) for name in kept} == kept
    assert settings_flows() == {}


@pytest.mark.usefixtures("invoices")
def test_request_settings_of_files_or_changed_meanwhile_are_not_written_over() -> None:
    browser, other = visit(), visit("alf")
    browser.press("/admin/new/resource-access", on=NEW_SETTINGS, **ASKED, once="x")
    edit = "/admin/edit/resource-access/invoices"
    theirs = {**ASKED, "default.presets": "2h"}
    assert other.press(edit, on=edit, **theirs, version="1").status == 303
    refused = browser.press(edit, on=edit, **ASKED, version="1")
    assert refused.status == 412
    assert 'name="version" value="1"' in refused.html
    access = {k: v for k, v in ASKED.items() if "." not in k} | {
        "id": "filed",
        "resource": "ledger",
        "default": {"duration": "PT1H", "approval": "automatic"},
    }
    deploy(FILES.but(resource_access=(access,)))
    filed = browser.get("/admin/resource-access/filed")
    assert "written in the configuration files" in filed.text
    assert "/admin/edit/" not in filed.html
    assert browser.get("/admin/edit/resource-access/filed").location.endswith("/filed")
    assert browser.press(
        "/admin/edit/resource-access/filed", on=edit, **{**ASKED, "id": "filed"}, version="1"
    ).status in (303, 409)
    assert wiring.flows().current_set().resource_access == {"invoices": 2, "filed": 1}


@pytest.mark.usefixtures("invoices")
@pytest.mark.req("N17.proposed")
def test_request_settings_wait_for_a_second_admin_where_the_account_wants_that() -> None:
    turn_on(two_person_changes=True)
    browser, other = visit(), visit("alf")
    planned = browser.press("/admin/check/resource-access", on=NEW_SETTINGS, **ASKED, plan="yes")
    assert "Propose it" in planned.text
    proposed = browser.press("/admin/new/resource-access", on=NEW_SETTINGS, **ASKED, once="x")
    assert proposed.location.startswith("/admin/changes/")
    assert settings_flows() == {}
    assert "Gains" in other.get(proposed.location).text
    other.press(f"{proposed.location}/approve", on=proposed.location)
    assert set(settings_flows()) == {"Access to invoices"}


@pytest.mark.parametrize(
    "address",
    [
        "new/access-flows",
        "new/resource-access",
        "edit/access-flows/made",
        "close/access-flows/made",
        "describe/made",
        "check/access-flows",
        "beside/bundle",
        "start",
        "settings",
        "changes/01ARZ3NDEKTSV4RRFFQ69G5FAV/approve",
    ],
)
def test_no_form_of_somebody_elses_page_changes_anything(address: str) -> None:
    browser = visit()
    make(browser)
    before = wiring.flows().current_set()
    foreign = visit("alf").get("/admin/settings").form_token
    for token in (foreign, ""):
        sent = {"text": written("more"), "version": "1", "fallback_flow": "yes"}
        assert browser.post(f"/admin/{address}", form=token, **sent).status in (403, 404)
    assert wiring.flows().current_set() == before


def test_what_admins_wrote_is_never_markup() -> None:
    browser = visit()
    text = MADE + 'description: "<script>alert(1)</script>\\u202e"\n'
    make(browser, text)
    for path in ("/admin/access-flows", "/admin/access-flows/made"):
        seen = browser.get(path).html
        assert "<script>" not in seen
        assert "&lt;script&gt;" in seen


def test_every_page_says_where_one_is() -> None:
    browser = visit()
    for path in ("bundles", "access-scopes", "on-call-schedules", "spaces", "changes", "settings"):
        seen = browser.get(f"/admin/{path}")
        assert seen.status == 200, path
        assert f'href="/admin/{path}" aria-current="page"' in seen.html
