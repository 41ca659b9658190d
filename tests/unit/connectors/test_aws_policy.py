"""Policies allow what was asked, no more and no longer, in few characters."""

import re
from datetime import UTC, datetime, timedelta, timezone
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.connectors.aws_catalogue import CATALOGUE, Place, allowed, every_action
from accessflows.connectors.aws_policy import document, end_of, size, statements, text
from accessflows.model.refusal import TargetRefused
from accessflows.model.target import Entitlement
from tests.factories import NOON
from tests.unit.connectors.batches import a_batch, to

HERE = Place(region="eu-central-1", account_id="111122223333")
PAIRS = st.sets(
    st.tuples(
        st.sampled_from([f"s3:{letter}" for letter in "ABCDE"]),
        st.sampled_from([f"arn:aws:s3:::{letter}" for letter in "vwxyz"]),
    )
)
ENTITLEMENTS = st.builds(
    to,
    st.sampled_from(sorted(CATALOGUE)),
    st.sampled_from(["invoices", "payroll", "archive"]),
    st.sampled_from(["read", "write", "admin"]),
)


@given(PAIRS)
def test_statements_allow_exactly_what_is_wanted(pairs: set[tuple[str, str]]) -> None:
    found = [
        (action, resource)
        for statement in statements(pairs)
        for action in statement.actions
        for resource in statement.resources
    ]
    assert sorted(found) == sorted(pairs)


@given(st.lists(ENTITLEMENTS, min_size=1, max_size=8))
def test_order_and_repetition_of_entitlements_change_nothing(wanted: list[Entitlement]) -> None:
    there = document(a_batch(*wanted), HERE, NOON)
    back = document(a_batch(*wanted[::-1], *wanted), HERE, NOON)
    assert text(there) == text(back)


@given(st.lists(ENTITLEMENTS, min_size=1, max_size=8))
def test_every_statement_allows_until_the_end(wanted: list[Entitlement]) -> None:
    for statement in document(a_batch(*wanted), HERE, NOON)["Statement"]:
        assert statement["Effect"] == "Allow"
        assert statement["Condition"] == {
            "DateLessThan": {"aws:CurrentTime": "2026-03-02T12:00:00Z"}
        }


def test_a_document_as_aws_gets_it() -> None:
    batch = a_batch(to("s3_bucket", "invoices"), to("s3_bucket", "payroll"))
    assert text(document(batch, HERE, NOON)) == (
        '{"Version":"2012-10-17","Statement":['
        '{"Effect":"Allow","Action":["s3:GetBucketLocation","s3:ListBucket"],'
        '"Resource":["arn:aws:s3:::invoices","arn:aws:s3:::payroll"],'
        '"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-03-02T12:00:00Z"}}},'
        '{"Effect":"Allow","Action":["s3:GetObject"],'
        '"Resource":["arn:aws:s3:::invoices/*","arn:aws:s3:::payroll/*"],'
        '"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-03-02T12:00:00Z"}}}]}'
    )


def test_access_without_an_end_has_no_condition() -> None:
    policy = document(a_batch(), HERE, None)
    assert all("Condition" not in statement for statement in policy["Statement"])
    assert end_of(policy) is None


@pytest.mark.parametrize(
    ("until", "written"),
    [
        (datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)),
        (datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC), datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)),
        (
            datetime(2026, 3, 2, 13, tzinfo=timezone(timedelta(hours=1))),
            datetime(2026, 3, 2, 12, tzinfo=UTC),
        ),
    ],
    ids=["a whole second", "a microsecond after", "another zone"],
)
def test_an_end_is_utc_in_whole_seconds_never_too_early(until: datetime, written: datetime) -> None:
    assert end_of(document(a_batch(), HERE, until)) == written


@given(st.datetimes(min_value=datetime(2020, 1, 1), timezones=st.just(UTC)))
def test_every_end_takes_the_same_room(until: datetime) -> None:
    until = min(until, datetime(9999, 1, 1, tzinfo=UTC))
    assert size(document(a_batch(), HERE, until)) == size(document(a_batch(), HERE, NOON))


@pytest.mark.parametrize("name", ["*", "a*b", "inv?ices", "${aws:username}", "a b", "x/../y", ""])
@pytest.mark.parametrize("resource_type", ["s3_bucket", "dynamodb_table"])
def test_a_name_that_a_policy_would_read_as_a_pattern_is_refused(
    resource_type: str, name: str
) -> None:
    entitlement = Entitlement.model_construct(
        integration="aws-demo", resource_type=resource_type, resource=name, permission="read"
    )
    with pytest.raises(TargetRefused):
        list(allowed(entitlement, HERE))


@pytest.mark.parametrize(
    "entitlement",
    [
        to("s3_bucket", "invoices", "own"),
        to("ec2_instance", "i-1"),
        to("dynamodb_table", "AccessFlows-Requests-1A2B", "read"),
        to("secret", "accessflows/link-keys"),
        to("s3_bucket", "cdk-hnb659fds-assets-111122223333-eu-central-1", "write"),
    ],
    ids=str,
)
def test_what_is_unknown_or_our_own_is_refused(entitlement: Entitlement) -> None:
    with pytest.raises(TargetRefused, match=re.escape(entitlement.resource)):
        list(allowed(entitlement, HERE))


def test_a_secret_is_matched_with_its_suffix_and_no_other_secret_is() -> None:
    ((_, arn), *_) = allowed(to("secret", "prod/db"), HERE)
    stem = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/db"
    assert fnmatchcase(f"{stem}-a1B2c3", arn)
    assert not fnmatchcase(f"{stem}-replica-a1B2c3", arn)
    assert not fnmatchcase(stem, arn)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_arns_name_the_partition_of_the_region(region: str, partition: str) -> None:
    ((_, arn), *_) = allowed(to("dynamodb_table", "orders"), Place(region, "111122223333"))
    assert arn == f"arn:{partition}:dynamodb:{region}:111122223333:table/orders"


def test_admin_includes_reading_and_writing() -> None:
    for resource_type in CATALOGUE:
        actions = {
            permission: set(allowed(to(resource_type, "invoices", permission), HERE))
            for permission in ("read", "write", "admin")
        }
        assert actions["read"] | actions["write"] < actions["admin"]
        assert not actions["read"] & actions["write"]


def test_nothing_in_the_catalogue_prolongs_or_passes_on_access() -> None:
    for action in every_action():
        service, verb = action.split(":")
        assert service in {"s3", "dynamodb", "secretsmanager"}
        assert not re.search(r"\*|Policy|Acl|Tag|Ownership|PublicAccess|Replica", verb)
