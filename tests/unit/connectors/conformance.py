"""What every connector promises, whatever it connects.

class TestPostgresql(Conformance):
    @pytest.fixture
    def target(self) -> Target: ..."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import NoPrincipal, QuotaExceeded, TargetRefused
from accessflows.model.request import Batch
from accessflows.ports import Connector
from tests.doubles.faults import (
    Crash,
    Fault,
    Faulty,
    NoAnswer,
    Throttled,
    crash_after,
    crash_before,
    lands_later,
    slow,
    throttle,
)
from tests.factories import NOON, a_person

END = NOON + timedelta(hours=1)


def _cannot() -> None:
    raise NotImplementedError("this target has no principals to remove")


@dataclass
class Target:
    """A connector with something to connect to.

    batch, other: for the same principal and entitlements, as two grants.
    remove_principal: the person's account goes, with everything it holds.
    has_quota: whether it is known how much fits.
    tells_end: whether what it holds carries its end.
    least_settings: without which nobody knows where the target is.
    """

    connector: Connector
    integration: Integration
    person: Person
    batch: Batch
    other: Batch
    remove_principal: Callable[[], None] = _cannot
    has_quota: bool = True
    tells_end: bool = True
    least_settings: dict[str, Any] = field(default_factory=dict)

    def grant(self, batch: Batch | None = None, **changes: Any) -> None:
        self.connector.grant(self.integration, batch or self.batch, changes.get("until", END))

    def ends(self, batch: Batch | None = None) -> datetime | None:
        return self.connector.observe(self.integration, batch or self.batch).until

    def told(self, end: datetime) -> datetime | None:
        """What is observed of an end."""
        return end if self.tells_end else None

    def revoke(self, batch: Batch | None = None) -> None:
        self.connector.revoke(self.integration, batch or self.batch)

    def holds(self, batch: Batch | None = None) -> bool:
        return self.connector.observe(self.integration, batch or self.batch).holds

    def under(self, **faults: list[Fault]) -> Faulty:
        return Faulty(self.connector, **faults)


class Conformance:
    """Subclass it, and give a fixture `target`."""

    def test_it_says_what_it_can_do(self, target: Target) -> None:
        can = target.connector.capabilities(target.integration)
        assert 1 <= can.batch_size <= 100
        assert can.resource_types
        assert all(can.resource_types.values())

    def test_good_settings_have_no_faults(self, target: Target) -> None:
        assert target.connector.validate(target.integration) == []

    def test_a_person_is_their_principal(self, target: Target) -> None:
        found = target.connector.principal(target.integration, target.person)
        assert found == target.batch.principal

    def test_who_has_no_principal_is_told_which_attribute_lacks(self, target: Target) -> None:
        stranger = a_person("stranger", attributes={})
        with pytest.raises(NoPrincipal, match=target.integration.principal.attribute):
            target.connector.principal(target.integration, stranger)

    def test_what_fits_fits_and_what_does_not_is_refused(self, target: Target) -> None:
        connector, principal = target.connector, target.batch.principal
        needed = connector.size(target.batch)
        assert needed > 0
        connector.check_quota(principal, needed, 0)
        connector.check_room(target.integration, target.batch)
        refused = pytest.raises(QuotaExceeded, match=str(needed))
        with refused if target.has_quota else nullcontext():
            connector.check_quota(principal, needed, 1_000_000)

    def test_what_is_discovered_can_be_granted(self, target: Target) -> None:
        can = target.connector.capabilities(target.integration).resource_types
        for resource in target.connector.discover(target.integration):
            assert resource.integration == target.integration.id
            assert set(resource.permissions) <= set(can[resource.resource_type])

    def test_nothing_is_held_before_the_grant(self, target: Target) -> None:
        assert not target.holds()

    def test_a_grant_is_observed_with_its_end(self, target: Target) -> None:
        target.grant()
        observed = target.connector.observe(target.integration, target.batch)
        assert (observed.holds, observed.until) == (True, target.told(END))

    def test_a_grant_without_an_end_is_observed_without_one(self, target: Target) -> None:
        target.grant(until=None)
        observed = target.connector.observe(target.integration, target.batch)
        assert (observed.holds, observed.until) == (True, None)

    def test_evidence_is_json_and_differs_between_presence_and_absence(
        self, target: Target
    ) -> None:
        absent = target.connector.observe(target.integration, target.batch).evidence
        target.grant()
        present = target.connector.observe(target.integration, target.batch).evidence
        assert json.loads(json.dumps(present)) == present
        assert present
        assert absent
        assert present != absent

    def test_granting_again_moves_the_end(self, target: Target) -> None:
        later = END + timedelta(minutes=30)
        for until in (END, END, later):
            target.grant(until=until)
        assert target.holds()
        assert target.ends() == target.told(later)

    def test_one_revocation_undoes_any_number_of_grants(self, target: Target) -> None:
        target.grant()
        target.grant()
        target.revoke()
        assert not target.holds()

    def test_revoking_what_is_not_there_succeeds(self, target: Target) -> None:
        target.revoke()
        target.grant()
        target.revoke()
        target.revoke()
        assert not target.holds()

    def test_f05_grants_of_the_same_thing_stand_alone_unless_they_share_it(
        self, target: Target
    ) -> None:
        target.grant(target.batch)
        is_shared = target.connector.capabilities(target.integration).shared
        assert target.holds(target.other) is is_shared
        target.grant(target.other)
        target.revoke(target.batch)
        assert not target.holds(target.batch)
        assert target.holds(target.other) is not is_shared

    @pytest.mark.parametrize("fault", [crash_before, crash_after, throttle])
    def test_f01_a_grant_that_broke_off_is_finished_by_the_next_try(
        self, target: Target, fault: Fault
    ) -> None:
        faulty = target.under(grant=[fault])
        with pytest.raises((Crash, Throttled)):
            faulty.grant(target.integration, target.batch, END)
        faulty.grant(target.integration, target.batch, END)
        assert target.holds()
        assert target.ends() == target.told(END)

    @pytest.mark.parametrize("fault", [crash_before, crash_after, throttle])
    def test_f01_a_grant_that_broke_off_is_revoked_all_the_same(
        self, target: Target, fault: Fault
    ) -> None:
        faulty = target.under(grant=[fault])
        with pytest.raises((Crash, Throttled)):
            faulty.grant(target.integration, target.batch, END)
        faulty.revoke(target.integration, target.batch)
        assert not faulty.observe(target.integration, target.batch).holds

    @pytest.mark.parametrize("times", range(4))
    def test_f03_a_throttled_revocation_goes_through_in_the_end(
        self, target: Target, times: int
    ) -> None:
        target.grant()
        faulty = target.under(revoke=[throttle] * times)
        for _ in range(times):
            with pytest.raises(Throttled):
                faulty.revoke(target.integration, target.batch)
            assert target.holds()
        faulty.revoke(target.integration, target.batch)
        assert not target.holds()

    def test_f03_a_revocation_that_died_after_its_call_may_be_repeated(
        self, target: Target
    ) -> None:
        target.grant()
        faulty = target.under(revoke=[crash_after])
        with pytest.raises(Crash):
            faulty.revoke(target.integration, target.batch)
        faulty.revoke(target.integration, target.batch)
        assert not target.holds()

    def test_f04_a_grant_that_lands_after_revocation_is_seen_and_revoked(
        self, target: Target
    ) -> None:
        pending: list[Callable[[], Any]] = []
        faulty = target.under(grant=[lands_later(pending)])
        with pytest.raises(NoAnswer):
            faulty.grant(target.integration, target.batch, END)
        target.revoke()
        pending.pop()()
        assert target.holds()
        target.revoke()
        assert not target.holds()

    def test_f02_a_slow_target_has_granted_only_once_it_is_observed(self, target: Target) -> None:
        seen: list[bool] = []
        faulty = target.under(grant=[slow(lambda: seen.append(target.holds()))])
        faulty.grant(target.integration, target.batch, END)
        assert seen == [False]
        assert target.holds()

    def test_f11_revoking_needs_hardly_settings_and_no_state(self, target: Target) -> None:
        target.grant()
        bare = target.integration.but(settings=target.least_settings)
        batch = target.batch.but(connector_state=None)
        target.connector.revoke(bare, batch)
        assert not target.connector.observe(bare, batch).holds

    def test_access_details_are_a_short_paragraph(self, target: Target) -> None:
        details = target.connector.access_details(target.integration, target.batch)
        assert 0 < len(details) <= 400
        assert "\n" not in details


class ConformanceWithPrincipals(Conformance):
    """For targets where a person's account can disappear. Give `target.remove_principal`."""

    def test_f10_revoking_from_a_principal_that_is_gone_succeeds(self, target: Target) -> None:
        target.grant()
        target.remove_principal()
        target.revoke()
        assert not target.holds()

    def test_f10_a_principal_that_is_gone_refuses_a_grant(self, target: Target) -> None:
        target.remove_principal()
        target.connector.check_room(target.integration, target.batch)
        with pytest.raises(TargetRefused, match=target.batch.principal):
            target.grant()
