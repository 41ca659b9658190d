"""Two-person changes: what an admin sends by the API waits for another one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Configuration
from accessflows.model.event import first_broken
from accessflows.model.person import DirectoryGroup, Role
from accessflows.model.refusal import BadInput
from accessflows.ports import Ports
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.inventory import DynamoInventory
from accessflows.stores.leases import DynamoLeases
from accessflows.stores.requests import DynamoRequests
from accessflows.stores.second_factors import DynamoSecondFactors
from accessflows.stores.tries import DynamoTries
from functions import admin_api, notify, send_notice
from tests.doubles.mail import KEYS, SITE, MemoryMailer, Sent
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_bundle, a_flow, a_person, a_target, an_integration
from tests.functions.calls import CONTEXT, call
from tests.functions.test_notices import MemoryQueue

CHANGES = "/configuration/changes"
FLOWS = "/configuration/access-flows"
SETTINGS = "/configuration/settings"
ADA, ALF = (a_person(name, roles=(Role.ADMIN, Role.GRANTEE)) for name in ("ada", "alf"))
FILES = Configuration(
    flows=(a_flow("buckets", version=0),),
    integrations=(an_integration(),),
    people=(ADA, ALF, a_person("rita")),
    groups=(DirectoryGroup(id="engineers", name="Engineers", members=("rita",)),),
)


class Clock:
    """What the functions take for now."""

    now: datetime = NOON


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock, ids = Clock(), iter(f"{n:026d}" for n in range(1, 1_000))
    with mock_aws():
        create_tables()
        monkeypatch.setattr(wiring, "flows", lambda: DynamoFlows(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "directory", lambda: DynamoDirectory(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "requests", lambda: DynamoRequests(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "connectors", lambda: VALIDATORS)
        monkeypatch.setattr(wiring, "now", lambda: clock.now)
        monkeypatch.setattr(wiring, "new_id", lambda: next(ids))
        deploy(FILES)
        yield clock


def deploy(configuration: Configuration) -> None:
    apply_config(configuration, wiring.flows(), wiring.directory(), validators=VALIDATORS, now=NOON)


def send(
    method: str, path: str, body: Any = None, by: str = "ada", **headers: str
) -> tuple[int, Any]:
    return call(
        admin_api,
        method,
        path,
        body,
        caller=by,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def turn(on: bool, by: str = "ada") -> tuple[int, Any]:
    return send("PATCH", SETTINGS, {"two_person_changes": on}, by, if_match="*")


def written(flow_id: str = "made", **changes: Any) -> dict[str, Any]:
    data = a_flow(flow_id, version=0, **changes).to_data()
    return {name: value for name, value in data.items() if name != "version"}


def propose(**changes: Any) -> str:
    """The id of the change that Ada proposes: a new flow."""
    status, change = send("POST", FLOWS, written(**changes))
    assert (status, change["state"]) == (202, "proposed")
    return str(change["id"])


def decide(change_id: str, word: str = "approve", by: str = "alf", **said: Any) -> tuple[int, Any]:
    body = None if word == "approve" else said
    return send("POST", f"{CHANGES}/{change_id}/{word}", body, by)


def current() -> dict[str, int]:
    return {flow.id: flow.version for flow in wiring.flows().current()}


def test_a_change_counts_at_once_unless_the_account_says_otherwise() -> None:
    assert send("POST", FLOWS, written())[0] == 201
    assert current() == {"buckets": 1, "made": 1}


@pytest.mark.req("N17.proposed", "N17.second")
def test_a_new_flow_waits_and_counts_once_another_admin_approves_it() -> None:
    assert turn(on=True)[0] == 200
    change_id = propose()
    assert current() == {"buckets": 1}
    _, shown = send("GET", f"{CHANGES}/{change_id}", by="alf")
    assert (shown["section"], shown["action"], shown["entry_id"]) == ("flows", "create", "made")
    assert {k: v for k, v in shown["content"].items() if k != "version"} == written()
    status, problem = decide(change_id, by="ada")
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-yours")
    assert current() == {"buckets": 1}
    status, approved = decide(change_id)
    assert (status, approved["state"], approved["decided_by"]) == (200, "approved", "alf")
    assert current() == {"buckets": 1, "made": 1}
    status, problem = decide(change_id)
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:already-settled")


@pytest.mark.req("N17.proposed")
def test_changing_and_closing_an_entry_and_settings_wait_as_well() -> None:
    bundle = a_bundle(a_target()).to_data()
    send("POST", FLOWS, written())
    send("POST", "/configuration/bundles", bundle)
    turn(on=True)
    before = wiring.flows().current_set()
    sent = [
        ("PUT", f"{FLOWS}/made", written(priority=7)),
        ("DELETE", "/configuration/bundles/starter", None),
        ("PATCH", SETTINGS, {"fallback_flow": True}),
    ]
    for method, path, body in sent:
        assert send(method, path, body, if_match="*")[0] == 202
    assert wiring.flows().current_set() == before
    _, listed = send("GET", CHANGES)
    assert [(c.get("section"), c["action"]) for c in listed["changes"]] == [
        (None, "update"),
        ("bundles", "close"),
        ("flows", "update"),
    ]
    for change in listed["changes"]:
        assert decide(change["id"])[0] == 200
    after = wiring.flows().current_set()
    assert (after.flows["made"], after.bundles) == (2, {})
    assert after.settings == AccountSettings(two_person_changes=True, fallback_flow=True)


@pytest.mark.req("N17.second")
def test_it_takes_two_to_turn_it_off_and_a_second_admin_to_turn_it_on() -> None:
    turn(on=True)
    status, change = turn(on=False)
    assert status == 202
    assert wiring.flows().current_set().settings.two_person_changes
    assert decide(change["id"])[0] == 200
    assert not wiring.flows().current_set().settings.two_person_changes
    deploy(FILES.but(people=(ADA, ALF.but(roles=(Role.GRANTEE,)), FILES.people[2])))
    status, problem = turn(on=True)
    assert (status, problem["field"]) == (400, "two_person_changes")
    with pytest.raises(BadInput, match="second active admin"):
        deploy(
            FILES.but(
                people=(ADA, FILES.people[2]), settings=AccountSettings(two_person_changes=True)
            )
        )


@pytest.mark.req("N17.rejected")
def test_a_rejected_change_never_counts_and_keeps_the_reason() -> None:
    turn(on=True)
    change_id = propose()
    status, rejected = decide(change_id, "reject", reason="too wide")
    assert (status, rejected["state"], rejected["reason"]) == (200, "rejected", "too wide")
    assert decide(change_id)[0] == 409
    withdrawn = propose(name="Other")
    assert decide(withdrawn, "reject", by="ada")[1]["decided_by"] == "ada"
    assert current() == {"buckets": 1}


@pytest.mark.req("N17.rejected")
@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 409), (1, 409)])
def test_a_change_expires_after_seven_days(clock: Clock, seconds: int, status: int) -> None:
    turn(on=True)
    change_id = propose()
    clock.now = NOON + timedelta(days=7, seconds=seconds)
    _, shown = send("GET", f"{CHANGES}/{change_id}")
    assert shown["state"] == ("proposed" if status == 200 else "expired")
    assert decide(change_id)[0] == status
    assert ("made" in current()) is (status == 200)


@pytest.mark.req("N17.stale")
def test_a_change_of_what_moved_on_has_to_be_made_again() -> None:
    send("POST", FLOWS, written())
    turn(on=True)
    ids = [
        send("PUT", f"{FLOWS}/made", written(priority=priority), if_match='"1"')[1]["id"]
        for priority in (7, 8)
    ]
    ids += [propose(flow_id="new"), propose(flow_id="new", priority=5)]
    assert [decide(change_id)[0] for change_id in ids] == [200, 412, 200, 409]
    _, stale = send("GET", f"{CHANGES}/{ids[1]}")
    assert stale["state"] == "proposed"
    assert current() == {"buckets": 1, "made": 2, "new": 1}


def test_what_does_not_fit_is_refused_when_it_is_proposed_and_when_it_is_approved() -> None:
    send("POST", "/configuration/bundles", a_bundle(a_target()).to_data())
    turn(on=True)
    opening = {"targets": [{"bundle": "starter"}]}
    assert send("POST", FLOWS, {**written(), "targets": [{"bundle": "none"}]})[0] == 400
    _, closing = send("DELETE", "/configuration/bundles/starter", if_match="*")
    _, change = send("POST", FLOWS, {**written(), **opening})
    assert decide(change["id"])[0] == 200
    status, problem = decide(closing["id"])
    assert (status, problem["type"]) == (400, "urn:accessflows:problem:bad-input")
    assert wiring.flows().current_set().bundles == {"starter": 1}


def test_a_double_click_proposes_once() -> None:
    turn(on=True)
    sent = [send("POST", FLOWS, written(), idempotency_key="k") for _ in range(2)]
    assert [(status, change["id"]) for status, change in sent] == [(202, sent[0][1]["id"])] * 2
    assert send("POST", FLOWS, written(priority=3), idempotency_key="k")[0] == 409
    assert len(send("GET", CHANGES)[1]["changes"]) == 1


@pytest.mark.req("N17.files")
def test_a_deploy_of_files_is_not_held_up_and_turns_it_off_for_an_admin_who_is_alone() -> None:
    turn(on=True)
    deploy(FILES.but(flows=(*FILES.flows, a_flow("filed", version=0))))
    assert current() == {"buckets": 1, "filed": 1}
    deploy(FILES.but(settings=AccountSettings(two_person_changes=False)))
    assert send("POST", FLOWS, written())[0] == 201


@pytest.mark.req("N17.recorded")
def test_who_proposed_and_who_agreed_is_on_record() -> None:
    turn(on=True)
    change_id = propose()
    decide(change_id)
    record = DynamoRequests(TEST_SETTINGS)
    for subject, said in (
        (f"change:{change_id}", [("change_proposed", "ada"), ("change_approved", "alf")]),
        ("flow:made", [("flow_version_written", "ada")]),
    ):
        events = record.events(subject)
        assert first_broken(events) is None
        assert [(event.kind, event.actor) for event in events] == said
    agreed = {"change": change_id, "approved_by": "alf"}
    last = record.events("settings:account")[-1]
    assert agreed.items() <= last.details.items()
    _, history = send("GET", f"{FLOWS}/made/versions")
    assert [(v["changed_by"], v["approved_by"]) for v in history["versions"]] == [("ada", "alf")]


def mails_of(event_id: str, monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """What is mailed for an event, by way of the bus and the queue."""
    mailer, queue = MemoryMailer(), MemoryQueue()
    inventory = DynamoInventory(TEST_SETTINGS)
    factors = DynamoSecondFactors(TEST_SETTINGS)
    ports = Ports(
        wiring.requests(),
        wiring.flows(),
        wiring.directory(),
        inventory,
        {},
        factors,
        DynamoTries(TEST_SETTINGS),
        DynamoLeases(TEST_SETTINGS),
    )
    for name, value in {
        "ports": ports,
        "mailer": mailer,
        "notice_queue": queue,
        "link_keys": KEYS,
        "public_url": SITE,
    }.items():
        monkeypatch.setattr(wiring, name, lambda value=value: value)
    notify.handler({"detail": {"event_id": event_id}}, CONTEXT)
    bodies = [notice.model_dump_json() for notice in queue.notices]
    for _ in range(2 if bodies else 0):  # a queue may deliver twice
        records = [
            {"messageId": str(n), "body": body, "eventSource": "aws:sqs"}
            for n, body in enumerate(bodies)
        ]
        answer = send_notice.handler({"Records": records}, CONTEXT)
        assert answer == {"batchItemFailures": []}
    return mailer.sent


@pytest.mark.req("N17.told")
def test_the_other_admins_are_mailed_once_and_the_author_hears_what_became_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn(on=True)
    change_id = propose()
    (asked,) = mails_of(f"change:{change_id}#1", monkeypatch)
    assert (asked.to, asked.subject) == (
        "alf@example.com",
        "Please agree or reject: Ada wants to make access flow 'made'",
    )
    assert f"POST /configuration/changes/{change_id}/approve" in asked.text
    assert "expires on Monday 9 March 2026, 12:00 UTC" in asked.text
    decide(change_id, "reject", reason="too wide")
    (told,) = mails_of(f"change:{change_id}#2", monkeypatch)
    assert (told.to, told.subject) == (
        "ada@example.com",
        "Your change was rejected: access flow 'made'",
    )
    assert "Alf rejected it. It does not count." in told.text
    assert "too wide" in told.text
    withdrawn = propose(name="Other")
    decide(withdrawn, "reject", by="ada")
    assert mails_of(f"change:{withdrawn}#2", monkeypatch) == []
    # What asked for a decision comes too late now.
    assert mails_of(f"change:{withdrawn}#1", monkeypatch) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", CHANGES),
        ("GET", f"{CHANGES}/x"),
        ("POST", f"{CHANGES}/x/approve"),
        ("POST", f"{CHANGES}/x/reject"),
    ],
)
def test_only_admins_see_and_decide_changes(method: str, path: str) -> None:
    body: dict[str, str] | None = {} if path.endswith("reject") else None
    assert send(method, path, body, by="rita")[0] == 403
    assert send(method, path, body, by="ada")[0] in {200, 404}


def test_many_changes_are_listed_page_by_page() -> None:
    turn(on=True)
    ids = [propose(flow_id=f"f{n}", name=f"F{n}") for n in range(51)]
    _, first = send("GET", CHANGES)
    status, rest = call(admin_api, "GET", CHANGES, caller="alf", query={"cursor": first["cursor"]})
    assert status == 200
    assert [c["id"] for c in (*first["changes"], *rest["changes"])] == ids[::-1]
    assert rest["cursor"] is None


@pytest.mark.req("N17.second", "R114.services")
def test_a_service_proposes_nothing_since_its_owner_could_agree() -> None:
    turn(on=True)
    status, problem = call(
        admin_api,
        "POST",
        FLOWS,
        written(),
        caller="service-ci",
        scopes="admin:write",
        more={"service": "ci"},
    )
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-yours")
    assert "a change takes two people here, and a service is none of them" in problem["detail"]
    assert send("GET", CHANGES)[1]["changes"] == []
