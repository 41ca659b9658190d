"""Letters: what each notice says to its reader, before it becomes mail.

Pure. A letter is plain data, so that HTML and text never say different things."""

from collections.abc import Callable, Mapping, Sequence

from accessflows.model.dossier import Dossier
from accessflows.model.impact import Impact
from accessflows.model.limits import PROOF_FOR
from accessflows.model.notice import NoticeKind
from accessflows.model.person import Person
from accessflows.model.request import BatchState, Status
from accessflows.model.value import Value
from accessflows.notices import facts
from accessflows.notices.facts import Case, Fact
from accessflows.notices.telling import Telling
from accessflows.notices.words import duration_in_words, instant_in_words, one_line, subject_line
from accessflows.rules.extension import extension_for, extensions_left


class Button(Value):
    """The one thing a letter asks its reader to do."""

    label: str
    url: str


class Letter(Value):
    """What one notice says. tone: colours the mark beside the headline."""

    subject: str
    headline: str
    opening: tuple[str, ...]
    facts: tuple[Fact, ...]
    closing: tuple[str, ...]
    button: Button | None = None
    tone: str = "calm"


def write(
    kind: NoticeKind,
    dossier: Dossier,
    reader: Person,
    *,
    url: str | None = None,
    access_details: Sequence[str] = (),
    on_behalf_of: Person | None = None,
    impact: Impact | None = None,
    status_url: str | None = None,
) -> Letter:
    """The letter of one kind to one reader.

    url: what the letter's button opens, of one that asks for something: the signed link where it
        asks for approval; on_behalf_of: in whose place, impact: what else there is to know for it.
    access_details: how to use what was granted, for a letter that says it is active.
    status_url: where somebody without an account sees the request; none for all others.
    """
    telling = Telling._make(dossier)
    letter = _LETTERS[kind](Case(telling, reader, url, access_details, on_behalf_of, impact))
    reference = f"Request {dossier.request.id} · access flow {dossier.request.flow_name}"
    letter = letter.but(subject=subject_line(letter.subject), closing=(*letter.closing, reference))
    if status_url is None:
        return letter
    return letter.but(
        button=Button(label="See your request", url=status_url),
        closing=("The link is meant for you alone: please do not forward it.", *letter.closing),
    )


def confirm_address(url: str) -> Letter:
    """To whom an access link was given, as far as they say. Nothing of it is their own words."""
    minutes = duration_in_words(PROOF_FOR)
    return Letter(
        subject="Confirm your address to ask for access",
        headline="Is this your address?",
        opening=(
            "Somebody opened an access link and gave this address. If it was you, confirm it, "
            "and then say what you need.",
            f"The link works once, within {minutes}. Opening it changes nothing.",
        ),
        facts=(),
        button=Button(label="Confirm this address", url=url),
        closing=("If it was not you, do nothing: nobody gets anything without this link.",),
        tone="asks",
    )


def _submitted(case: Case) -> Letter:
    request = case.dossier.request
    until = request.approval_timeout_at
    if request.status is Status.PENDING_MFA:
        confirms = case.called(request.grantee_id)
        comes = f"It waits until {confirms} confirms it with a one-time code, and goes on then."
    elif request.status is Status.PENDING_APPROVAL and until:
        comes = f"The approvers have been asked. They can decide until {instant_in_words(until)}."
    elif request.status is Status.SCHEDULED and request.starts_at:
        comes = f"No approval is needed: it begins on {instant_in_words(request.starts_at)}."
    elif case.dossier.flow.approval is None:
        comes = "No approval is needed: the access is being set up."
    else:
        comes = "We will write again as soon as something happens."
    return Letter(
        subject=f"Request received: {case.dossier.short}",
        headline="The request is in",
        opening=(f"{case.asks}.", comes),
        facts=(
            facts.what(case),
            *facts.why(case),
            *facts.ticket(case),
            *facts.begins(case),
            facts.how_long(case),
        ),
        closing=(_YOURS,),
    )


def _mfa_asked(case: Case) -> Letter:
    return Letter(
        subject=f"Please confirm: {case.dossier.short}",
        headline="Confirm with a one-time code",
        opening=(
            f"{case.asks}. Before it goes on, confirm that it is you: sign in, open the request, "
            "and enter the six digits that your authenticator app shows.",
            "If you have set up no authenticator app yet, you are asked to do that first: have the "
            "app read the QR code that is shown there once.",
            "If you know nothing of this, leave it: without a code of yours it comes to nothing.",
        ),
        facts=(
            facts.what(case),
            *facts.why(case),
            *facts.ticket(case),
            *facts.begins(case),
            facts.how_long(case),
            *facts.confirm_until(case),
        ),
        button=Button(label="Confirm with a code", url=case.url) if case.url else None,
        closing=(_YOURS,),
        tone="asks",
    )


def _approval_asked(case: Case) -> Letter:
    dossier, settings = case.dossier, case.dossier.flow.settings
    requester = dossier.name(dossier.request.requester_id)
    asks = [f"{case.asks}, and you may decide."]
    if case.on_behalf_of:
        absent = one_line(case.on_behalf_of.name)
        asks = [f"{case.asks}, and you may decide on behalf of {absent}, whose delegate you are."]
    if settings.require_approver_reason:
        asks.append("This access flow wants a short reason with your decision.")
    if settings.require_approver_sign_in:
        asks.append("To decide, you have to be signed in: the link alone is not enough.")
    return Letter(
        subject=f"Please decide: {requester} asks for {dossier.short}",
        headline="Your decision, please",
        opening=tuple(asks),
        facts=(
            *facts.people(case),
            facts.what(case),
            *facts.why(case),
            *facts.begins(case),
            *facts.ticket(case),
            facts.how_long(case),
            *facts.impact(case),
            *facts.until(case),
        ),
        button=Button(label="Review and decide", url=case.url) if case.url else None,
        closing=(
            "The link is meant for you alone and decides once. Opening it changes nothing. "
            "Please do not forward this mail.",
        ),
        tone="asks",
    )


def _approved(case: Case) -> Letter:
    request = case.dossier.request
    comes = "The access is being set up now."
    if request.status is Status.SCHEDULED and request.starts_at:
        comes = f"It begins on {instant_in_words(request.starts_at)}."
    return Letter(
        subject=f"Approved: {case.dossier.short}",
        headline="Approved",
        opening=(
            f"{case.asks}. {case.dossier.decision}",
            f"{comes} We will write again when it is ready.",
        ),
        facts=(facts.what(case), *facts.reasons(case), *facts.begins(case), facts.how_long(case)),
        closing=(_YOURS,),
        tone="good",
    )


def _active(case: Case) -> Letter:
    dossier, ends_at = case.dossier, case.dossier.request.ends_at
    ends = "It has no end: it stays until somebody revokes it."
    if ends_at:
        ends = f"It ends by itself on {instant_in_words(ends_at)}."
    opening = [f"{case.access} is ready to use. {ends}"]
    if any(batch.state is BatchState.FAILED for batch in dossier.batches):
        opening.append("A part of it could not be granted; see below.")
    return Letter(
        subject=f"Access is ready: {dossier.short}",
        headline="Access is ready",
        opening=tuple(opening),
        facts=(*facts.granted(case), facts.how_long(case)),
        closing=(_YOURS,),
        tone="good",
    )


def _ending_soon(case: Case) -> Letter:
    dossier, ends_at = case.dossier, case.dossier.request.ends_at
    opening = [f"{case.access} ends soon."]
    if ends_at:
        opening = [f"{case.access} ends by itself on {instant_in_words(ends_at)}."]
    if extensions_left(dossier.request, dossier.flow):
        longer = duration_in_words(extension_for(dossier.flow))
        opening.append(f"Whoever needs it longer can extend it by {longer} until then.")
    return Letter(
        subject=f"Access ends soon: {dossier.short}",
        headline="Access ends soon",
        opening=tuple(opening),
        facts=(facts.what(case),),
        closing=(_YOURS,),
    )


def _rejected(case: Case) -> Letter:
    return Letter(
        subject=f"Rejected: {case.dossier.short}",
        headline="Not approved",
        opening=(f"{case.asks}. {case.dossier.decision}", "No access was given."),
        facts=(*facts.reasons(case), facts.what(case)),
        closing=(_YOURS,),
        tone="bad",
    )


def _cancelled(case: Case) -> Letter:
    return Letter(
        subject=f"Cancelled: {case.dossier.short}",
        headline="The request was cancelled",
        opening=(f"{case.asks}. {case.dossier.decision}", "No access was given."),
        facts=(*facts.said(case), facts.what(case)),
        closing=(_YOURS,),
    )


def _ended(case: Case) -> Letter:
    dossier = case.dossier
    opening = [f"{case.access} has ended and was taken away. {dossier.end}"]
    lives_on = [batch.residual_until for batch in dossier.batches if batch.residual_until]
    if lives_on:
        until = instant_in_words(max(lives_on))
        opening.append(f"A session that was already open may still work until {until}.")
    return Letter(
        subject=f"Access ended: {dossier.short}",
        headline="Access has ended",
        opening=tuple(opening),
        facts=(*facts.said(case), facts.what(case)),
        closing=(_YOURS,),
    )


def _failed(case: Case) -> Letter:
    return Letter(
        subject=f"Access failed: {case.dossier.short}",
        headline="The access could not be set up",
        opening=(
            f"{case.asks}. It was tried and did not work. Nothing was left behind.",
            "Ask again in a while. If it fails again, tell an administrator the request's number.",
        ),
        facts=(*facts.said(case), facts.what(case)),
        closing=(_YOURS,),
        tone="bad",
    )


def _emergency(case: Case) -> Letter:
    dossier = case.dossier
    requester = dossier.name(dossier.request.requester_id)
    return Letter(
        subject=f"Emergency access: {requester} takes {dossier.short}",
        headline="Emergency access was taken",
        opening=(
            f"{case.asks}. It is an emergency: nobody is asked, and the access is being set up.",
            "Please look into it, revoke it if it is wrong, and write a review. Until an admin "
            f"has, {requester} gets no emergency access again.",
        ),
        facts=(
            *facts.people(case),
            facts.what(case),
            *facts.why(case),
            facts.how_long(case),
        ),
        closing=("You get this mail because you are an admin.",),
        tone="bad",
    )


_YOURS = "You get this mail because this request is yours or was made for you."
_LETTERS: Mapping[NoticeKind, Callable[[Case], Letter]] = {
    NoticeKind.SUBMITTED: _submitted,
    NoticeKind.MFA_ASKED: _mfa_asked,
    NoticeKind.APPROVAL_ASKED: _approval_asked,
    NoticeKind.APPROVED: _approved,
    NoticeKind.ACTIVE: _active,
    NoticeKind.ENDING_SOON: _ending_soon,
    NoticeKind.REJECTED: _rejected,
    NoticeKind.CANCELLED: _cancelled,
    NoticeKind.ENDED: _ended,
    NoticeKind.FAILED: _failed,
    NoticeKind.EMERGENCY: _emergency,
}
