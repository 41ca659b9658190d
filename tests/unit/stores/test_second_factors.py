"""Second factors as stored, and their secrets as sealed, in moto."""

from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from accessflows.model.event import EventKind, first_broken
from accessflows.model.refusal import NotFound
from accessflows.model.second_factor import Enrolment, SecondFactor
from accessflows.ports import Happened, Lost
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.requests import DynamoRequests
from accessflows.stores.sealing import KmsSeal
from accessflows.stores.second_factors import DynamoSecondFactors
from tests.doubles.mfa import SECRET
from tests.doubles.tables import TEST_SETTINGS, put_people
from tests.factories import NOON, a_person

BLANK = SecondFactor(person_id="rita")
PENDING = BLANK.but(version=1, sealed_secret="sealed")
ENROLLED = PENDING.but(version=2, confirmed_at=NOON, last_step=7, wrong_at=(NOON,))
HAPPENED = Happened(EventKind.MFA_ENROLLED, NOON, "rita")


@pytest.fixture
def store(tables: None) -> DynamoSecondFactors:
    put_people(DynamoDirectory(TEST_SETTINGS), a_person("rita"))
    return DynamoSecondFactors(TEST_SETTINGS)


def test_it_is_read_as_it_was_written_and_blank_before(store: DynamoSecondFactors) -> None:
    assert store.get("rita") == BLANK
    store.put(BLANK, PENDING)
    store.put(PENDING, ENROLLED, HAPPENED)
    assert store.get("rita") == ENROLLED
    assert store.get("ben").enrolment is Enrolment.NONE


@pytest.mark.req("R63.once", "R63.lock")
def test_of_two_who_read_the_same_only_one_writes(store: DynamoSecondFactors) -> None:
    store.put(BLANK, PENDING)
    with pytest.raises(Lost):
        store.put(BLANK, PENDING.but(sealed_secret="other"))
    store.put(PENDING, ENROLLED)
    with pytest.raises(Lost):
        store.put(PENDING, PENDING.but(version=2), HAPPENED)
    assert store.get("rita") == ENROLLED


@pytest.mark.req("R64.enrol", "R64.reset")
def test_what_happens_to_it_stands_in_the_chain_of_its_person(store: DynamoSecondFactors) -> None:
    directory = DynamoDirectory(TEST_SETTINGS)
    before = directory.known("rita")
    store.put(BLANK, PENDING)
    store.put(PENDING, ENROLLED, HAPPENED)
    gone = SecondFactor(person_id="rita", version=3)
    store.put(ENROLLED, gone, Happened(EventKind.MFA_RESET, NOON + timedelta(hours=1), "ada"))
    events = DynamoRequests(TEST_SETTINGS).events("person:rita")
    assert [(e.kind, e.actor) for e in events[-2:]] == [
        (EventKind.MFA_ENROLLED, "rita"),
        (EventKind.MFA_RESET, "ada"),
    ]
    assert first_broken(events) is None
    after = directory.known("rita")
    assert (after.record, after.values) == (before.record, before.values)
    assert (after.number, after.hash) == (before.number + 2, events[-1].hash)


def test_nobody_has_no_chain(store: DynamoSecondFactors) -> None:
    with pytest.raises(NotFound, match="there is no person ben"):
        store.put(SecondFactor(person_id="ben"), SecondFactor(person_id="ben", version=1), HAPPENED)


def test_who_reads_a_person_reads_no_secret(store: DynamoSecondFactors) -> None:
    store.put(BLANK, PENDING)
    rows = DirectoryRow.query("person:rita", consistent_read=True)
    assert all("sealed" not in (row.document or "") for row in rows)


@pytest.mark.req("R64.enrol")
def test_a_secret_is_stored_sealed_and_opens_for_its_person_only(tables: None) -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    seal = KmsSeal(key, "person")
    sealed = seal.close(SECRET, "rita")
    assert SECRET not in sealed
    assert seal.open(sealed, "rita") == SECRET
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        seal.open(sealed, "ben")
