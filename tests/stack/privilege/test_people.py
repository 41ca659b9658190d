"""What follows people needs every permission of its role: without one, it is denied."""

from collections.abc import Iterator

import pytest

from local.company import Company
from tests.stack.driving import answers, runs
from tests.stack.insides import change_person
from tests.stack.permissions import stripped

pytestmark = pytest.mark.every_grant


@pytest.fixture
def guest(company: Company) -> Iterator[str]:
    """Who is granted what goes with a group, and has lost the group."""
    company.asked.append(company.ask("leo", "acme-guarded")["id"])
    change_person(company, "leo", groups=("developers",))
    yield "leo"
    change_person(company, "leo", groups=("developers", "guests"))


def test_who_changed_is_off_boarded_with_all_that_it_may_do(company: Company, guest: str) -> None:
    event = {"detail": {"subject": f"person:{guest}"}}
    with stripped(company, "off_board") as role:
        role.learn(answers(runs(company, "off_board", event), ended=1))


def test_leavers_are_swept_with_all_that_it_may_do(company: Company, guest: str) -> None:
    with stripped(company, "sweep_leavers") as role:
        role.learn(answers(runs(company, "sweep_leavers", {}), ended=1, failed=0, finished=True))


def test_a_sign_in_needs_all_that_it_may_do(company: Company) -> None:
    company.hire("nina", "nina@example.com")
    event = {"headers": {"authorization": f"Bearer {company.token('nina')}"}}
    authorize = answers(runs(company, "authorize", event), isAuthorized=True)
    with stripped(company, "authorize") as role:
        for _ in ("bound now", "known already"):
            role.learn(authorize)
