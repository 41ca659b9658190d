"""Somebody loses a group, and then leaves, on the deployed stack: what they had is gone at once."""

from collections.abc import Iterator

import pytest

from local.company import Company, wait_for
from tests.stack.insides import change_person


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

    change_person(company, "leo", groups=("developers",))
    wait_for("the loss", lambda: not company.reads("leo", "acme-guarded"))
    lost = company.wait_until("ada", guarded["id"], "Revoked")
    assert lost["cause"] == "lost_eligibility"
    assert company.reads("leo", bucket)

    change_person(company, "leo", active=False)
    wait_for("the end", lambda: not company.reads("leo", bucket))
    left = company.wait_until("ada", held["id"], "Revoked")
    assert (left["cause"], left["reason"]) == ("left", "Leo Ving was deactivated")
    cancelled = company.wait_until("ada", pending["id"], "Cancelled")
    assert cancelled["cause"] == "left"
    assert company.call("leo", "GET", "/me")[0] == 403
    assert company.policies("demo-leo") == []


@pytest.fixture(autouse=True)
def back_again(company: Company) -> Iterator[None]:
    """Leo is as he was, for the tests that come after."""
    yield
    change_person(company, "leo", groups=("developers", "guests"), active=True)
    wait_for("his return", lambda: company.call("leo", "GET", "/me")[0] == 200)
