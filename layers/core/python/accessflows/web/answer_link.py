"""Answer whoever follows a mailed approval link: reading shows, only the posted form decides."""

from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from accessflows.actions.decide import decide
from accessflows.actions.open_link import LinkState, OpenedLink, known_link, open_link
from accessflows.model.refusal import (
    AlreadySettled,
    BadInput,
    LinkRefused,
    NotAnApprover,
    SignInNeeded,
    TooOften,
)
from accessflows.notices.links import read
from accessflows.ports import ApprovalLink, Lost, Ports
from accessflows.rules.guard import of_address, of_person
from accessflows.web.approve_form import Form, parse_form
from accessflows.web.approve_page import decided_page, form_page, link_page
from accessflows.web.invalid import problems_of
from accessflows.web.pages import Page, forged_page
from accessflows.web.posts import count_post, too_often_page


class Answer(NamedTuple):
    """A page, and what may be logged of it. outcome: `approved`, `rejected` or why not."""

    page: Page
    outcome: str
    link: ApprovalLink | None = None

    @property
    def decided(self) -> bool:
        return self.outcome in {"approved", "rejected"}


class Post(NamedTuple):
    """A form that was sent. source: the network address that it came from."""

    body: str
    source: str


def show_link(ports: Ports, keys: Sequence[str], *, token: str, now: datetime) -> Answer:
    """What the link comes to, however often it is read. Changes nothing."""
    try:
        opened = open_link(ports, read(token, keys), now)
    except LinkRefused:
        return Answer(forged_page(), "forged")
    return _shown(opened, now)


def post_link(
    ports: Ports,
    keys: Sequence[str],
    *,
    token: str,
    post: Post,
    now: datetime,
    new_id: Callable[[], str],
) -> Answer:
    """Decide as the form says, if the link still stands; else say why it does not.

    Forms are counted, those of a forged link as its sender's.
    """
    link = _genuine(ports, keys, token)
    who = of_person(link.approver_id) if link else of_address(post.source)
    try:
        count_post(ports, who, new_id, now)
    except TooOften as refusal:
        return Answer(too_often_page(refusal), "too often", link)
    if link is None:
        return Answer(forged_page(), "forged")
    opened = open_link(ports, link.id, now)
    if opened.state is not LinkState.OPEN:
        return _shown(opened, now)
    reason = ""
    try:
        form = parse_form(post.body)
        reason = form.reason or ""
        return _decided(ports, opened, form, now)
    except BadInput as refusal:
        status, problems = HTTPStatus.UNPROCESSABLE_ENTITY, problems_of(refusal)
    except Lost:
        status = HTTPStatus.CONFLICT
        problems = {"": "Others decided at the same moment; press the button again."}
    page = form_page(opened, now, problems=problems, reason=reason, status=status)
    return Answer(page, "sent back", opened.link)


def _genuine(ports: Ports, keys: Sequence[str], token: str) -> ApprovalLink | None:
    try:
        return known_link(ports, read(token, keys))
    except LinkRefused:
        return None


def _decided(ports: Ports, opened: OpenedLink, form: Form, now: datetime) -> Answer:
    link = opened.link
    try:
        request = decide(
            ports,
            link.request_id,
            link.approver_id,
            approves=form.approves,
            reason=form.reason,
            now=now,
            link=link,
        )
    except (AlreadySettled, NotAnApprover, SignInNeeded, LinkRefused):
        # Between reading and deciding something happened: tell what.
        return _shown(open_link(ports, link.id, now), now)
    outcome = "approved" if form.approves else "rejected"
    return Answer(decided_page(opened, request), outcome, link)


def _shown(opened: OpenedLink, now: datetime) -> Answer:
    return Answer(link_page(opened, now), opened.state, opened.link)
