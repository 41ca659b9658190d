"""Somebody loses a group, and then leaves, on the deployed stack: what they had is gone at once."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from accessflows.model.event import EventKind
from accessflows.model.person import CONFIGURATION, PersonRecord
from accessflows.rules.chain import next_event
from local.company import Company, wait_for


def change(company: Company, person_id: str, **changes: Any) -> None:
    """What every source of people does: write the person with the event, in one transaction."""
    dynamodb: Any = company.stack.client("dynamodb")
    tables = company.stack.outputs["tables"]
    key = {"pk": {"S": f"person:{person_id}"}, "sk": {"S": "PERSON"}}
    row = dynamodb.get_item(TableName=tables["directory"], Key=key)["Item"]
    before = PersonRecord.model_validate_json(row["document"]["S"])
    profile = before.profiles[CONFIGURATION].but(**changes)
    person = before.but(profiles={CONFIGURATION: profile})
    head: Any = SimpleNamespace(number=int(row["number"]["N"]), hash=row["hash"]["S"])
    at = datetime.now(UTC)
    event = next_event(
        head, f"person:{person_id}", EventKind.PERSON_CHANGED, at, details=person.to_data()
    )
    row |= {
        "document": {"S": person.model_dump_json(exclude_none=True)},
        "number": {"N": str(event.number)},
        "hash": {"S": event.hash},
    }
    happened = {
        "pk": {"S": event.subject},
        "sk": {"S": f"EVENT#{event.number:06d}"},
        "document": {"S": event.model_dump_json(exclude_none=True)},
    }
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": tables["directory"], "Item": row}},
            {"Put": {"TableName": tables["requests"], "Item": happened}},
        ]
    )


@pytest.mark.flow("automatic")
@pytest.mark.req("N10.left", "N10.loss", "R44.left", "R96.left")
def test_f11_what_goes_with_a_group_and_what_goes_with_the_person(
    company: Company, bucket: str
) -> None:
    company.open_buckets({"acme-guarded": {}, "acme-asked": {"flow": "any-of"}})
    company.sync_inventory()
    guarded = company.ask("leo", "acme-guarded")
    held = company.ask("leo", bucket)
    pending = company.ask("leo", "acme-asked", duration="PT1H")
    for request, name in ((guarded, "acme-guarded"), (held, bucket)):
        company.wait_until("leo", request["id"], "Active")
        assert company.reads("leo", name)

    change(company, "leo", groups=("developers",))
    wait_for("the loss", lambda: not company.reads("leo", "acme-guarded"))
    lost = company.wait_until("ada", guarded["id"], "Revoked")
    assert lost["cause"] == "lost_eligibility"
    assert company.reads("leo", bucket)

    change(company, "leo", active=False)
    wait_for("the end", lambda: not company.reads("leo", bucket))
    left = company.wait_until("ada", held["id"], "Revoked")
    assert (left["cause"], left["reason"]) == ("left", "Leo Ving was deactivated")
    cancelled = company.wait_until("ada", pending["id"], "Cancelled")
    assert cancelled["cause"] == "left"
    assert company.call("leo", "GET", "/me")[0] == 403
    assert company.policies("demo-leo") == []
