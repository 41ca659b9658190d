"""What mails say."""

from datetime import timedelta

import pytest

from accessflows.actions.decide import decide
from accessflows.actions.end import cancel, revoke
from accessflows.actions.gather import gather
from accessflows.model.flow import Day, Mode, Timeframe
from accessflows.model.notice import PERSONAL, NoticeKind
from accessflows.model.request import AccessRequest, BatchState, Status
from accessflows.notices.letters import Letter, write
from tests.factories import NOON, a_flow, a_person, an_approval
from tests.worlds import World

ANNA = a_person("anna", groups=("leads",))
BEN = a_person("ben", groups=("security",))
GINA = a_person("gina")
OFFICE_HOURS = Timeframe.model_validate(
    {"days": tuple(Day)[:5], "from": "09:00", "to": "17:00", "time_zone": "Europe/Berlin"}
)


def a_world(**flow) -> World:
    flow = {"approval": an_approval("leads", "security"), **flow}
    return World(flows=[a_flow(**flow)], people=[ANNA, BEN, GINA])


def letter(world: World, request: AccessRequest, kind: NoticeKind, to: str, **more) -> Letter:
    dossier = gather(world.ports, world.request(request))
    return write(kind, dossier, world.directory.person(to), **more)


def said(letter: Letter) -> str:
    return " ".join((*letter.opening, *(line for fact in letter.facts for line in fact.lines)))


@pytest.mark.req("R124.approval_asked", "R16.shown")
def test_an_approver_reads_who_wants_what_why_how_long_and_until_when() -> None:
    world = a_world(timeframe=OFFICE_HOURS)
    request = world.submit(justification="Close the month", duration=timedelta(minutes=30))
    asked = letter(world, request, NoticeKind.APPROVAL_ASKED, "anna", url="https://x.test/a")
    facts = {fact.label: fact.lines for fact in asked.facts}
    assert facts == {
        "Asked by": ("Rita (rita@example.com)",),
        "For": ("their own use",),
        "What": ("read on S3 bucket invoices (Demo account)",),
        "Why": ("Close the month",),
        "How long": ("30 minutes",),
        "Decide until": ("Tuesday 3 March 2026, 12:00 UTC",),
        "Hours": (
            "Access can only begin Monday to Friday, 09:00 to 17:00, Europe/Berlin.",
            "Approving helps until Monday 2 March 2026, 16:00 UTC.",
        ),
    }
    assert asked.button is not None
    assert asked.button.url == "https://x.test/a"


def test_what_the_flow_wants_of_approvers_is_said_in_the_mail() -> None:
    world = a_world(settings={"require_approver_reason": True, "require_approver_sign_in": True})
    asked = letter(world, world.submit(), NoticeKind.APPROVAL_ASKED, "anna")
    assert "wants a short reason" in said(asked)
    assert "you have to be signed in" in said(asked)


@pytest.mark.parametrize(
    ("reader", "opening"),
    [
        ("rita", "You asked for access for Gina."),
        ("gina", "Rita asked for access for you."),
        ("anna", "Rita asked for access for Gina."),
    ],
)
def test_everyone_is_spoken_to_as_who_they_are(reader: str, opening: str) -> None:
    world = a_world()
    request = world.submit().but(grantee_id="gina")
    world.requests.requests[request.id] = request
    assert letter(world, request, NoticeKind.SUBMITTED, reader).opening[0] == opening


def test_a_submission_says_until_when_it_waits_or_that_it_need_not() -> None:
    waits, automatic = a_world(), a_world(approval=None)
    told = letter(waits, waits.submit(), NoticeKind.SUBMITTED, "rita")
    assert "until Tuesday 3 March 2026, 12:00 UTC" in said(told)
    told = letter(automatic, automatic.submit(), NoticeKind.SUBMITTED, "rita")
    assert "No approval is needed" in said(told)


@pytest.mark.req("N15.start", "R16.shown")
def test_letters_about_a_scheduled_request_say_when_it_begins() -> None:
    waits, automatic = a_world(timeframe=OFFICE_HOURS), a_world(approval=None)
    in_an_hour, tomorrow = NOON + timedelta(hours=1), NOON + timedelta(days=1)
    told = letter(automatic, automatic.submit(starts_at=tomorrow), NoticeKind.SUBMITTED, "rita")
    assert "No approval is needed: it begins on Tuesday 3 March 2026, 12:00 UTC." in said(told)
    request = waits.submit(starts_at=in_an_hour)
    asked = letter(waits, request, NoticeKind.APPROVAL_ASKED, "anna")
    assert {fact.label: fact.lines for fact in asked.facts}["Begins"] == (
        "Monday 2 March 2026, 13:00 UTC",
    )
    waits.approve(request, "anna")
    told = letter(waits, request, NoticeKind.APPROVED, "rita")
    assert "It begins on Monday 2 March 2026, 13:00 UTC." in said(told)


@pytest.mark.req("R16.shown")
def test_asked_while_the_hours_are_closed_an_approver_reads_from_when_it_helps() -> None:
    world = a_world(
        timeframe=OFFICE_HOURS, approval=an_approval("leads", timeout=timedelta(days=7))
    )
    request = world.submit()
    world.run(timedelta(hours=5))
    dossier = gather(world.ports, world.request(request))
    later = dossier.events[-1].but(at=world.now)
    asked = write(NoticeKind.APPROVAL_ASKED, dossier._replace(events=(later,)), ANNA)
    assert "approving helps from Tuesday 3 March 2026, 08:00 UTC on." in said(asked)


@pytest.mark.req("R124.decided")
def test_an_approval_names_everybody_who_approved_and_quotes_their_reasons() -> None:
    world = a_world(approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    request = world.submit()
    for approver, reason in (("anna", "Month end"), ("ben", None)):
        decide(world.ports, request.id, approver, approves=True, reason=reason, now=world.now)
    told = letter(world, request, NoticeKind.APPROVED, "rita")
    assert "Anna and Ben approved it on Monday 2 March 2026, 12:00 UTC." in said(told)
    assert [f.label for f in told.facts if f.quoted] == ["Reason of Anna"]


@pytest.mark.req("R124.decided")
def test_a_rejection_names_who_and_why() -> None:
    world = a_world()
    request = world.submit()
    decide(world.ports, request.id, "anna", approves=False, reason="Not today", now=world.now)
    told = letter(world, request, NoticeKind.REJECTED, "rita")
    assert "Anna rejected it on Monday 2 March 2026, 12:00 UTC." in said(told)
    assert "Not today" in said(told)


@pytest.mark.req("R124.decided")
def test_a_time_out_says_that_nobody_decided() -> None:
    world = a_world()
    request = world.submit()
    world.run(timedelta(hours=25))
    told = letter(world, request, NoticeKind.REJECTED, "rita")
    assert "Nobody decided in time" in said(told)


@pytest.mark.req("R124.active")
def test_active_access_says_until_when_and_how_to_use_it() -> None:
    world = a_world(approval=None)
    request = world.submit()
    world.run(timedelta(minutes=1))
    told = letter(world, request, NoticeKind.ACTIVE, "rita", access_details=("Use the console.",))
    assert "Your access is ready to use. It ends by itself on Monday 2 March 2026" in said(told)
    assert told.facts[1].lines == ("Use the console.",)


def test_active_access_says_what_could_not_be_granted() -> None:
    world = a_world(approval=None)
    request = world.submit()
    world.run(timedelta(minutes=1))
    batch = world.requests.batch(request.id, 1)
    refused = batch.but(
        number=2,
        state=BatchState.FAILED,
        entitlements=(batch.entitlements[0].but(resource="ledger"),),
    )
    dossier = gather(world.ports, world.request(request))
    told = write(NoticeKind.ACTIVE, dossier._replace(batches=(batch, refused)), a_person("rita"))
    facts = {fact.label: fact.lines for fact in told.facts}
    assert facts["What"] == ("read on S3 bucket invoices (Demo account)",)
    assert facts["Not granted"] == ("read on S3 bucket ledger (Demo account)",)


@pytest.mark.req("R124.ended")
def test_an_end_says_whether_time_or_a_person_brought_it() -> None:
    world = a_world(approval=None)
    expired, revoked = world.submit(), world.submit()
    world.run(timedelta(minutes=1))
    revoke(world.ports, revoked.id, a_person("rita"), "Done early", world.now)
    world.run(timedelta(hours=2))
    assert (world.status(expired), world.status(revoked)) == (Status.EXPIRED, Status.REVOKED)
    assert "The time was over" in said(letter(world, expired, NoticeKind.ENDED, "rita"))
    told = said(letter(world, revoked, NoticeKind.ENDED, "rita"))
    assert "Rita ended it on Monday 2 March 2026, 12:01 UTC." in told
    assert "Done early" in told


@pytest.mark.req("N16.reported")
def test_a_session_that_outlives_the_access_is_not_concealed() -> None:
    world = a_world(approval=None)
    request = world.submit()
    world.run(timedelta(hours=2))
    dossier = gather(world.ports, world.request(request))
    batches = tuple(b.but(residual_until=world.now) for b in dossier.batches)
    told = write(NoticeKind.ENDED, dossier._replace(batches=batches), a_person("rita"))
    assert "may still work until Monday 2 March 2026, 14:00 UTC." in said(told)


def test_a_cancellation_names_who_cancelled() -> None:
    world = a_world()
    request = world.submit()
    cancel(world.ports, request.id, a_person("rita"), world.now)
    told = letter(world, request, NoticeKind.CANCELLED, "gina")
    assert "Rita cancelled it on Monday 2 March 2026, 12:00 UTC." in said(told)


@pytest.mark.req("R124.failed")
def test_a_failure_says_that_nothing_was_left_and_what_to_do() -> None:
    world = a_world(approval=None)
    told = letter(world, world.submit(), NoticeKind.FAILED, "rita")
    assert "Nothing was left behind." in said(told)
    assert "Ask again" in said(told)


def test_a_long_list_is_cut_with_the_count() -> None:
    world = a_world()
    request = world.submit()
    dossier = gather(world.ports, request)
    (batch,) = dossier.batches
    many = tuple(batch.entitlements[0].but(resource=f"bucket-{n:03}") for n in range(100))
    long = dossier._replace(batches=tuple(batch.but(number=n, entitlements=many) for n in (1, 2)))
    told = write(NoticeKind.APPROVAL_ASKED, long, ANNA)
    assert told.subject == "Please decide: Rita asks for bucket-000 and 99 more"
    (what,) = (fact for fact in told.facts if fact.label == "What")
    assert (len(what.lines), what.lines[-1]) == (16, "and 85 more resources")


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind not in PERSONAL])
def test_subjects_are_one_short_line_whatever_people_are_called(kind: NoticeKind) -> None:
    world = a_world(approval=None)
    request = world.submit()
    world.run(timedelta(minutes=1))
    world.directory.change(a_person("rita", name="Rita\r\nBcc: all@example.com\u202e" + "x" * 200))
    told = letter(world, request, kind, "anna")
    assert len(told.subject) <= 120
    assert told.subject.isprintable()


def test_people_who_are_gone_go_by_their_id() -> None:
    world = a_world()
    request = world.submit()
    del world.directory.rows["rita"]
    told = letter(world, request, NoticeKind.APPROVAL_ASKED, "anna")
    assert told.facts[0].lines == ("rita",)
