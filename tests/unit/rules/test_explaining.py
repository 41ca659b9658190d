"""What is kept of a decision, and that it always fits."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accessflows.model.flow import FlowVersion
from accessflows.model.limits import MOST_TRACE_BYTES
from accessflows.model.target import Entitlement
from accessflows.model.trace import Asked, Decision, Finding, Outcome, PassedOver, Why
from accessflows.rules.explaining import explain, size
from accessflows.rules.planning import Ask
from tests.factories import NOON, a_person, all_of, an_approval, an_entitlement, is_

FLOW = FlowVersion(id="buckets", version=1)
CROWD = [a_person(f"person-{n}") for n in range(150)]
PERMISSIONS = ("read", "write", "admin")
ASK = Ask(requester=a_person(), grantee=a_person(), entitlements=(), begins_at=NOON)


def entitlements(names: list[str]) -> tuple[Entitlement, ...]:
    return tuple(an_entitlement(name, permission) for name in names for permission in PERMISSIONS)


def a_decision(names: list[str], *, losers: int = 1, seen: int = 1, words: int = 1) -> Decision:
    condition = "department is " + "x" * words
    held = tuple(f"group-{n:05d}" for n in range(seen))
    finding = Finding(condition=condition, outcome=Outcome.NOT_MET, seen=held)
    return Decision(
        entitlements=entitlements(names),
        flow=FLOW,
        findings=(finding,),
        passed_over=tuple(
            PassedOver(
                flow=FlowVersion(id=f"other-{n}", version=1),
                why=Why.REQUESTER_NOT_ELIGIBLE,
                finding=finding,
            )
            for n in range(losers)
        ),
        longest=timedelta(hours=1),
    )


@pytest.mark.req("N3.stored")
def test_resources_are_told_by_what_was_asked_of_them() -> None:
    decision = a_decision(["invoices", "ledgers"]).but(
        entitlements=(*entitlements(["invoices", "ledgers"]), an_entitlement("logs"))
    )
    (told,) = explain(ASK, [decision], NOON).decisions
    where = {"integration": "aws-demo", "resource_type": "s3_bucket"}
    assert told.asked == (
        Asked(**where, permissions=PERMISSIONS, resources=("invoices", "ledgers")),
        Asked(**where, permissions=("read",), resources=("logs",)),
    )
    assert (told.entitlements, told.left_out) == (7, None)
    assert (told.findings, told.passed_over) == (decision.findings, decision.passed_over)


def test_a_request_keeps_what_concerns_it() -> None:
    trace = explain(
        ASK, [a_decision(["a", "b"]), a_decision(["c"])], NOON, only=entitlements(["b"])
    )
    (told,) = trace.decisions
    assert (told.entitlements, told.asked[0].resources) == (3, ("b",))


@pytest.mark.req("N3.stored")
def test_f19_a_trace_of_a_thousand_buckets_is_kept_whole() -> None:
    names = [f"{n:04d}-{'b' * 58}" for n in range(1_000)]
    trace = explain(ASK, [a_decision(names)], NOON)
    assert size(trace) < MOST_TRACE_BYTES
    assert trace.decisions[0].left_out is None
    assert trace.decisions[0].asked[0].resources == tuple(names)


@pytest.mark.req("N3.stored")
def test_f19_what_does_not_fit_is_counted() -> None:
    names = [f"{n:04d}-{'long' * 248}" for n in range(1_000)]
    trace = explain(ASK, [a_decision(names)], NOON)
    assert size(trace) <= MOST_TRACE_BYTES
    (told,) = trace.decisions
    listed = len(told.asked[0].resources)
    assert listed > 0
    assert (told.entitlements, told.left_out) == (3_000, 3_000 - 3 * listed)


@settings(max_examples=25)
@given(
    answers=st.sampled_from([1, 7, 30]),
    resources=st.sampled_from([1, 25]),
    losers=st.sampled_from([0, 4, 60]),
    seen=st.sampled_from([0, 30, 1_000]),
    words=st.sampled_from([1, 1_000, 50_000]),
)
def test_f19_whatever_was_decided_the_trace_fits_and_counts_add_up(
    answers: int, resources: int, losers: int, seen: int, words: int
) -> None:
    names = [f"{n:03d}-{'n' * 996}" for n in range(resources)]
    made = a_decision(names, losers=losers, seen=seen, words=words)
    trace = explain(
        ASK,
        [made] * answers,
        NOON,
        approval=an_approval("leads").but(groups=(all_of(is_("department", "y" * 999)),) * 5),
        approvers=[CROWD] * 5,
    )
    assert size(trace) <= MOST_TRACE_BYTES
    assert len(trace.decisions) + (trace.left_out or 0) == answers
    for told in trace.decisions:
        listed = sum(len(each.resources) * len(each.permissions) for each in told.asked)
        assert listed + (told.left_out or 0) == told.entitlements
        assert len(told.passed_over) + (told.passed_over_left_out or 0) == losers
    assert all((group.count, len(group.people) <= 100) == (150, True) for group in trace.approvers)
