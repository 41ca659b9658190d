"""On-call schedules in the configuration files: what is read, and what is refused."""

from pathlib import Path

import pytest

from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import ConfigurationErrors, check
from accessflows.model.configuration import Configuration
from tests.doubles.organisation import ORGANISATION, written

APPROVER = "{attribute: user, values: [anna@example.com]}"
SCHEDULES = """\
on_call_schedules:
  - id: platform
    name: Platform primary
    time_zone: Europe/Berlin
    rotations:
      - people: [anna, rita]
        starts: 2026-11-02T09:00
    overrides:
      - {people: [anna], from: "2026-12-24T18:00", to: "2026-12-27T09:00"}
"""
SOURCES = """\
on_call_sources:
  - id: incidents
    kind: pagerduty
    secret: accessflows/pagerduty
    schedules: [{id: PI7DH85, name: Network}]
"""


def asking(schedule: str, attribute: str = "on_call", operator: str = "is") -> str:
    condition = f"{{attribute: {attribute}, operator: {operator}, values: [{schedule}]}}"
    return ORGANISATION["flows.yaml"].replace(APPROVER, condition)


def checked(folder: Path, **files: str) -> Configuration:
    return check(written(folder, **files), VALIDATORS)


def refused(folder: Path, **files: str) -> list[str]:
    with pytest.raises(ConfigurationErrors) as wrong:
        checked(folder, **files)
    return [str(error) for error in wrong.value.errors]


@pytest.mark.req("R11.account", "R49.file")
@pytest.mark.parametrize("schedule", ["platform", "PLATFORM primary", "network", "PI7DH85"])
def test_whoever_is_on_call_may_be_named_as_the_approver(tmp_path: Path, schedule: str) -> None:
    configuration = checked(
        tmp_path, flows=asking(schedule), on_call=SCHEDULES, on_call_sources=SOURCES
    )
    (read,), (source,) = configuration.on_call_schedules, configuration.on_call_sources
    assert (read.name, source.schedules[0].name) == ("Platform primary", "Network")


def test_an_unknown_schedule_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    (error,) = refused(tmp_path, flows=asking("platfrm"), on_call=SCHEDULES)
    assert error.startswith("flows.yaml: flows[0].approval.groups[0].conditions[0].values[0]: ")
    assert "there is no on-call schedule 'platfrm'; did you mean platform?" in error


def test_an_owner_may_be_whoever_is_on_call(tmp_path: Path) -> None:
    def owned_by(schedule: str) -> str:
        owner = f"    owner: {{attribute: on_call, values: [{schedule}]}}\n"
        return ORGANISATION["integrations.yaml"] + owner

    checked(tmp_path, integrations=owned_by("platform"), on_call=SCHEDULES)
    (error,) = refused(tmp_path, integrations=owned_by("plat"), on_call=SCHEDULES)
    assert "integrations[0].owner.values[0]: there is no on-call schedule 'plat'" in error


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[anna, rita]", "[anna, rta]", "people[1]: there is no person 'rta'; did you mean rita?"),
        ("{people: [anna]", "{people: [eve]", "overrides[0].people[0]: there is no person 'eve'"),
        ("Europe/Berlin", "Europe/Berln", "time_zone: 'Europe/Berln' is no IANA time zone"),
        ("starts: 2026-11-02T09:00", "starts: soon", "starts: 'soon' is no day and time such as"),
        ("2026-12-27T09:00", "2026-12-24T09:00", "overrides[0]: `to` must be later than `from`"),
        ("time_zone:", "zone:", "zone: unknown field; did you mean time_zone?"),
        ("name: Platform primary", "name: PI7DH85", "'PI7DH85' is taken already"),
    ],
)
def test_a_schedule_that_cannot_work_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert SCHEDULES.count(old) == 1
    errors = refused(tmp_path, on_call=SCHEDULES.replace(old, new), on_call_sources=SOURCES)
    assert any(said in error for error in errors), errors


def test_a_person_is_put_on_call_by_a_schedule_only(tmp_path: Path) -> None:
    people = ORGANISATION["people.yaml"].replace(
        "    manager: anna\n", "    manager: anna\n    on_call: platform\n"
    )
    (error,) = refused(tmp_path, people=people)
    assert "people[0].on_call: follows from the on-call schedules: leave it out" in error


def test_only_who_is_not_on_call_is_not_yet_an_approver(tmp_path: Path) -> None:
    (error,) = refused(tmp_path, flows=asking("platform", operator="is_not"), on_call=SCHEDULES)
    assert "says only who does not approve" in error


def test_a_source_that_does_not_read_is_the_only_mistake_told(tmp_path: Path) -> None:
    (error,) = refused(
        tmp_path,
        flows=asking("network"),
        on_call_sources=SOURCES.replace("pagerduty\n", "pagerdty\n", 1),
    )
    assert "on_call_sources[0].kind: must be pagerduty or opsgenie, not 'pagerdty'" in error
