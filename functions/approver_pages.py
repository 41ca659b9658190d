"""The pages of approvers: what awaits their decision, and one request with all there is to know.

They decide as the API does; a decision by page is one by somebody who is signed in."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Literal

from aws_lambda_powertools.event_handler import Response

from accessflows import wiring
from accessflows.actions.consider import consider
from accessflows.actions.decide import decide
from accessflows.actions.decide_many import Decision, decide_many
from accessflows.actions.gather import gather_listed
from accessflows.actions.inbox import inbox
from accessflows.model.limits import MOST_DECISIONS_AT_ONCE, MOST_REASON_CHARACTERS
from accessflows.model.refusal import AlreadySettled, BadInput, Refusal
from accessflows.model.request import AccessRequest
from accessflows.ports import Lost
from accessflows.web.deciding import deciding
from accessflows.web.invalid import NOTHING, problems_of, sentence
from accessflows.web.portal import Visitor, as_typed, chosen, handle, logger
from accessflows.web.waiting import Waiting, waiting

portal = wiring.portal()
app = portal.app


@app.get("/inbox")
def awaiting() -> Response[str]:
    """Everything that awaits the visitor, in their own right or in somebody's place."""
    given = portal.asked()
    return listed(
        portal.visitor(),
        cursor=given.get("cursor", [None])[0],
        decided=chosen({"": given.get("decided", [""])[0].split(",")}, ""),
        every="every" in given,
    )


@app.post("/inbox")
def decide_them() -> Response[str]:
    """Each of those chosen, on its own; what was refused is shown again with the reason."""
    visitor = portal.visitor()
    sent = portal.fields(visitor, most=2 * MOST_DECISIONS_AT_ONCE)
    wanted = chosen(sent, "request")
    said, cursor = (sent.get(name, [""])[0] for name in ("decision", "cursor"))
    reason = as_typed(sent.get("reason", [""])[0])
    try:
        decision = decision_of(said)
        refuse_unless_some(wanted)
        refuse_unless_short(reason)
    except BadInput as refusal:
        problems = problems_of(refusal)
        return listed(visitor, cursor=cursor or None, problems=problems, reason=reason)
    decisions = [
        Decision(request_id=request_id, decision=decision, reason=reason or None)
        for request_id in wanted
    ]
    outcomes = decide_many(wiring.ports(), decisions, visitor.person.id, wiring.now())
    refused = {
        one.request_id: sentence(one.outcome)
        for one in outcomes
        if isinstance(one.outcome, Refusal)
    }
    done = [one.request_id for one in outcomes if one.request_id not in refused]
    logger.info("decided by page", decision=decision, decided=len(done), refused=len(refused))
    if not refused:
        return portal.go(f"/inbox?decided={','.join(done)}")
    return listed(visitor, cursor=cursor or None, decided=done, refused=refused, reason=reason)


@app.get("/inbox/<request_id>")
def look_at(request_id: str) -> Response[str]:
    return considered(portal.visitor(), request_id)


@app.post("/inbox/<request_id>")
def decide_it(request_id: str) -> Response[str]:
    visitor = portal.visitor()
    sent = portal.form(visitor)
    reason = as_typed(sent.get("reason", ""))
    try:
        decision = decision_of(sent.get("decision", ""))
        decide(
            wiring.ports(),
            request_id,
            visitor.person.id,
            approves=decision == "approve",
            reason=reason or None,
            now=wiring.now(),
        )
    except BadInput as refusal:
        return considered(visitor, request_id, problems=problems_of(refusal), reason=reason)
    except Lost:
        problems = {"": "Others decided at the same moment; press the button again."}
        return considered(visitor, request_id, problems=problems, reason=reason)
    except AlreadySettled:
        # The page says by whom, and what became of it.
        return portal.go(f"/inbox/{request_id}")
    logger.info("decided by page", decision=decision, request_id=request_id)
    return portal.go(f"/inbox/{request_id}")


def decision_of(said: str) -> Literal["approve", "reject"]:
    """Raises BadInput for anything else."""
    if said == "approve":
        return "approve"
    if said == "reject":
        return "reject"
    raise BadInput("choose Approve or Reject")


def refuse_unless_short(reason: str) -> None:
    """Raises BadInput. Whether a reason must be given, each request says."""
    if len(reason) > MOST_REASON_CHARACTERS:
        said = f"the reason has {len(reason)} characters; write {MOST_REASON_CHARACTERS} at most"
        raise BadInput(said, field="reason")


def refuse_unless_some(wanted: Collection[str]) -> None:
    """Raises BadInput for none, and for more than are decided at once."""
    if not wanted:
        raise BadInput("choose one or more requests first")
    if len(wanted) > MOST_DECISIONS_AT_ONCE:
        raise BadInput(f"choose {MOST_DECISIONS_AT_ONCE} requests at most")


def listed(
    visitor: Visitor,
    *,
    cursor: str | None = None,
    decided: Collection[str] = (),
    refused: Mapping[str, str] | None = None,
    every: bool = False,
    problems: Mapping[str, str] = NOTHING,
    reason: str = "",
) -> Response[str]:
    """The list. decided: of the visitor, just now, whatever the index says; every: all are chosen.

    refused: why, by request.
    """
    ports, now, why = wiring.ports(), wiring.now(), refused or {}
    page = inbox(ports, visitor.person, now, cursor=cursor)
    awaited = [one for one in page.awaiting if one.request.id not in decided]
    done = just_decided(visitor, decided)
    known = gather_listed(ports, [*(one.request for one in awaited), *done])
    shown = [waiting(one, known, now) for one in awaited]
    return portal.page(
        "inbox.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if problems or why else HTTPStatus.OK,
        waiting=shown,
        done=done,
        people=known.people,
        cursor=page.cursor,
        at=cursor or "",
        every=every,
        problems={**problems, **_beside_boxes(why, shown)},
        reason=reason,
        most_characters=MOST_REASON_CHARACTERS,
        most_at_once=MOST_DECISIONS_AT_ONCE,
    )


def _beside_boxes(why: Mapping[str, str], shown: Sequence[Waiting]) -> dict[str, str]:
    """What was refused, by the box of its request; together where that is not on the page."""
    titles = {one.request.id: one.title for one in shown}
    told = {f"request-{key}": f"{titles[key]}: {why[key]}" for key in titles if key in why}
    elsewhere = "\n".join(text for key, text in why.items() if key not in titles)
    return {"": elsewhere, **told} if elsewhere else told


def just_decided(visitor: Visitor, request_ids: Collection[str]) -> list[AccessRequest]:
    """Those of these in which the visitor has a vote, as they stand now."""
    asked = sorted(set(filter(None, request_ids)))[:MOST_DECISIONS_AT_ONCE]
    found = wiring.ports().requests.several(asked)
    return [r for r in found if visitor.person.id in {vote.person_id for vote in r.votes}]


def considered(
    visitor: Visitor,
    request_id: str,
    *,
    problems: Mapping[str, str] = NOTHING,
    reason: str = "",
) -> Response[str]:
    now = wiring.now()
    seen = consider(wiring.ports(), request_id, visitor.person, now)
    return portal.page(
        "inbox_request.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        seen=seen,
        case=deciding(seen.dossier, seen.impact, seen.whose, now),
        problems=problems,
        reason=reason,
        most_characters=MOST_REASON_CHARACTERS,
    )


handler = handle(portal)
