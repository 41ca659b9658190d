"""The text that is made from a flow."""

from datetime import timedelta

import pytest

from accessflows.model.flow import AccessFlow, Mode
from accessflows.rules.description import describe
from tests.factories import (
    a_flow,
    a_target,
    all_of,
    an_approval,
    an_integration,
    any_of,
    in_group,
    is_,
)

INTEGRATIONS = {"aws-demo": an_integration()}


@pytest.mark.req("R74")
def test_a_flow_is_described_by_its_name_requestors_and_resources() -> None:
    flow = a_flow(approval=an_approval("leads"), settings={"require_justification": True})
    assert describe(flow, INTEGRATIONS) == (
        "Buckets lets people whose group is engineers ask for themselves for read and write on "
        "S3 bucket in Demo account, any of them. Access lasts 1 hour at most. It needs the "
        "approval of somebody whose group is leads. Whoever asks names a justification."
    )


@pytest.mark.req("R74")
@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (
            a_flow(requestors=any_of(is_("group", "a", "b"), is_("city", "Oslo"))),
            "group is a or b or city is Oslo",
        ),
        (a_flow(requestors=all_of(is_("group", "a"), is_("city", "x"))), "group is a and city is"),
        (
            a_flow(
                request_for={
                    "scopes": ["self", "direct_reports", "others"],
                    "grantees": in_group("c"),
                }
            ),
            "ask for themselves, for their direct reports or for people whose group is c for",
        ),
        (a_flow(targets=(a_target(resources={"names": ["x", "y"]}),)), "namely x and y"),
        (
            a_flow(targets=(a_target(resources={"tags": {"env": ["dev", "test"]}}),)),
            "tagged env dev or test",
        ),
        (a_flow(targets=(a_target(resources={"except": {"names": ["x"]}}),)), "all but x"),
        (
            a_flow(targets=(a_target(resources={"except": {"tags": {"env": ["x"]}}}),)),
            "all but those tagged env x",
        ),
        (a_flow(targets=({"bundle": "starter"},)), "the bundle starter"),
        (a_flow(targets=({"access_scope": "mine"},)), "what the access scope mine finds"),
        (a_flow(targets=(a_target(integration="gone"),)), "in gone"),
        (a_flow(grant_duration="indefinite"), "stays until somebody revokes it"),
        (a_flow(grant_duration=timedelta(days=1, minutes=30)), "lasts 1 day 30 minutes at most"),
        (a_flow(), "granted at once, without approval"),
        (
            a_flow(approval=an_approval("a", "b", mode=Mode.ALL_OF)),
            "different people: somebody whose group is a and somebody whose group is b",
        ),
        (
            a_flow(trigger="access_link", requestors=None),
            "lets whoever has its link ask",
        ),
        (
            a_flow(settings={"ticket": {"type": "jira", "pattern": ".*"}}),
            "names a ticket of type jira",
        ),
    ],
)
def test_every_part_finds_its_words(flow: AccessFlow, words: str) -> None:
    assert words in describe(flow, INTEGRATIONS)


@pytest.mark.req("R74")
def test_the_same_flow_has_the_same_text_in_whatever_order_its_sets_come() -> None:
    scopes = ["self", "direct_reports"]
    flows = [a_flow(request_for={"scopes": order}) for order in (scopes, scopes[::-1])]
    tags = [{"a": ["1"], "b": ["2"]}, {"b": ["2"], "a": ["1"]}]
    flows += [a_flow(targets=(a_target(resources={"tags": t}),)) for t in tags]
    texts = [describe(flow, INTEGRATIONS) for flow in flows]
    assert texts[0] == texts[1]
    assert texts[2] == texts[3]
