"""Emergencies: access at once, everybody told, and a review before the next."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions import end
from accessflows.actions.answer import answer
from accessflows.actions.review import review
from accessflows.model.event import first_broken
from accessflows.model.notice import NoticeKind
from accessflows.model.person import Role
from accessflows.model.refusal import (
    AlreadySettled,
    BadInput,
    NotFound,
    NotYours,
    TargetRefused,
    UnreviewedEmergency,
)
from accessflows.model.request import AccessRequest, Status
from tests.doubles.mail import mails_of, notices_of
from tests.factories import a_flow, a_person
from tests.worlds import World

HOUR = timedelta(hours=1)
ADA = a_person("ada", roles=(Role.ADMIN, Role.GRANTEE), groups=("engineers",))
AL = a_person("al", roles=(Role.ADMIN,))
EVE = a_person("eve", groups=("engineers",))


def a_world() -> World:
    return World(flows=[a_flow(emergency=True)], people=[ADA, AL, EVE])


def used(world: World, by: str = "rita") -> AccessRequest:
    request = world.submit(by=by)
    world.run()
    assert world.status(request) is Status.ACTIVE
    return request


def reviewed(world: World, request: AccessRequest, by: str = "ada", text: str = "fine") -> Any:
    return review(world.ports, request.id, world.directory.person(by), text, world.now)


@pytest.mark.req("N13.loud")
def test_it_grants_at_once_and_tells_every_admin_at_once() -> None:
    world = a_world()
    request = world.submit()
    (submitted,) = world.requests.events(request.subject)
    told = [(n.recipient_id, n.kind) for n in notices_of(world, submitted)]
    assert told == [
        ("rita", NoticeKind.SUBMITTED),
        ("ada", NoticeKind.EMERGENCY),
        ("al", NoticeKind.EMERGENCY),
    ]
    mailer = mails_of(world, request)
    (mail,) = mailer.to("al")
    assert mail.subject == "Emergency access: Rita takes invoices"
    assert "write a review" in mail.text
    world.run()
    assert world.status(request) is Status.ACTIVE


def test_an_ordinary_flow_tells_no_admin() -> None:
    world = World(people=[ADA])
    (submitted,) = world.requests.events(world.submit().subject)
    assert [n.recipient_id for n in notices_of(world, submitted)] == ["rita"]


@pytest.mark.req("N13.review")
@pytest.mark.parametrize("ended", [False, True])
def test_an_unreviewed_use_blocks_the_next_and_names_it(ended: bool) -> None:
    world = a_world()
    request = used(world)
    if ended:
        world.run(2 * HOUR)
        assert world.status(request) is Status.EXPIRED
    with pytest.raises(UnreviewedEmergency, match=f"yet to review request {request.id}"):
        world.submit()
    used(world, by="eve")
    reviewed(world, request)
    assert world.submit().status is Status.GRANTING


def test_a_dry_run_says_so_beforehand() -> None:
    world = a_world()
    used(world)
    found = answer(world.ports, world.wish(), caller_id="rita", now=world.now)
    assert [refused.type for refused in found.refused] == ["unreviewed-emergency"]


@pytest.mark.req("N13.review")
def test_who_receives_is_blocked_as_is_who_asks() -> None:
    world = a_world()
    request = used(world)
    world.requests.requests[request.id] = world.request(request).but(grantee_id="eve")
    for person in ("rita", "eve"):
        with pytest.raises(UnreviewedEmergency):
            world.submit(by=person)


@pytest.mark.req("N13.review")
def test_a_review_is_kept_with_the_request_and_in_its_chain() -> None:
    world = a_world()
    request = used(world)
    world.run(2 * HOUR)
    after = reviewed(world, request, text="the database was down")
    assert (after.status, after.review.by, after.review.text) == (
        Status.EXPIRED,
        "ada",
        "the database was down",
    )
    events = world.requests.events(request.subject)
    assert events[-1].actor == "ada"
    assert first_broken(events) is None
    with pytest.raises(AlreadySettled, match="was reviewed on"):
        reviewed(world, request, by="al")


def test_a_review_does_not_disturb_the_end() -> None:
    world = a_world()
    request = used(world)
    reviewed(world, request)
    world.run(2 * HOUR)
    assert world.status(request) is Status.EXPIRED


@pytest.mark.req("N13.review")
def test_nobody_reviews_their_own_and_only_admins_review() -> None:
    world = a_world()
    request = used(world, by="ada")
    with pytest.raises(NotYours):
        reviewed(world, request, by="ada")
    with pytest.raises(NotFound):
        reviewed(world, request, by="eve")
    assert reviewed(world, request, by="al").review.by == "al"


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_review_is_none(text: str) -> None:
    world = a_world()
    with pytest.raises(BadInput, match="say what you found"):
        reviewed(world, used(world), text=text)


def test_what_never_became_access_needs_no_review() -> None:
    world = a_world()
    world.target.refuse = TargetRefused("no")
    request = world.submit()
    world.run(timedelta(minutes=11))
    assert world.status(request) is Status.FAILED
    with pytest.raises(AlreadySettled, match="no access that could be reviewed"):
        reviewed(world, request)
    world.target.refuse = None
    used(world)


def test_what_was_revoked_early_was_used_all_the_same() -> None:
    world = a_world()
    request = used(world)
    end.revoke(world.ports, request.id, world.directory.person("rita"), None, world.now)
    world.run()
    with pytest.raises(UnreviewedEmergency):
        world.submit()


def test_an_ordinary_request_has_nothing_to_review() -> None:
    world = World(people=[ADA])
    request = used(world)
    with pytest.raises(AlreadySettled, match="no emergency"):
        reviewed(world, request)
