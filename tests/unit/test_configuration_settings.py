"""The account's settings: read, checked, and applied with the set that counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import ConfigurationErrors, check
from accessflows.model.account import AccountSettings
from accessflows.model.event import EventKind
from accessflows.model.flow import FALLBACK_FLOW_ID, FlowVersion
from accessflows.rules.fallback import FALLBACK_FLOW
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.requests import DynamoRequests
from tests.doubles.organisation import spoiled, written
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON


@pytest.fixture
def store() -> Iterator[DynamoFlows]:
    with mock_aws():
        create_tables()
        yield DynamoFlows(TEST_SETTINGS)


def errors(folder: Path) -> list[str]:
    try:
        check(folder, VALIDATORS)
    except ConfigurationErrors as refused:
        return [str(error) for error in refused.errors]
    return []


def with_settings(folder: Path, text: str) -> Path:
    return written(folder, settings=text)


def apply(folder: Path) -> None:
    apply_config(
        check(folder, VALIDATORS),
        DynamoFlows(TEST_SETTINGS),
        DynamoDirectory(TEST_SETTINGS),
        validators=VALIDATORS,
        now=NOON,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("settings: {fallback_flw: true}\n", "settings.fallback_flw: unknown field; did you mean"),
        ("settings: {mfa_valid: PT1H}\n", "settings.mfa_valid: unknown field; did you mean"),
        ("settings: {mfa_valid_for: P2D}\n", "settings.mfa_valid_for: P2D is longer than P1D"),
        ("settings: {mfa_valid_for: 1 h}\n", "settings.mfa_valid_for: '1 h' is not an ISO 8601"),
        ("settings: {mfa_tries: 0}\n", "settings.mfa_tries: "),
        ("settings: {submissions_per_hour: 0}\n", "settings.submissions_per_hour: "),
        ("settings: {submissions_per_hour: 501}\n", "settings.submissions_per_hour: "),
        ("settings: {link_posts_per_quarter_hour: 0}\n", "settings.link_posts_per_quarter_hour: "),
        ('settings: {fallback_flow: "yes"}\n', "settings.fallback_flow: must be true or false"),
        ("settings: [fallback_flow]\n", "settings: must hold fields"),
    ],
)
def test_a_setting_that_does_not_read_well_is_refused_by_name(
    tmp_path: Path, text: str, message: str
) -> None:
    (error,) = errors(with_settings(tmp_path, text))
    assert message in error
    assert error.startswith("settings.yaml")


@pytest.mark.req("R63.valid_for")
@pytest.mark.parametrize("text", ["PT0S", "PT1H", "P1D"])
def test_a_pass_may_count_for_no_time_to_a_day(
    tmp_path: Path, store: DynamoFlows, text: str
) -> None:
    apply(with_settings(tmp_path, f"settings: {{mfa_valid_for: {text}}}\n"))
    settings = store.settings()
    assert settings.to_data()["mfa_valid_for"] == text
    assert AccountSettings.model_validate(settings.to_data()) == settings


def test_a_setting_is_written_once(tmp_path: Path) -> None:
    folder = with_settings(tmp_path, "settings: {fallback_flow: true}\n")
    (folder / "more.yaml").write_text("settings: {fallback_flow: false}\n", encoding="utf-8")
    (error,) = errors(folder)
    assert "settings.fallback_flow: is set already, in more.yaml" in error


@pytest.mark.req("R111")
def test_it_is_switched_on_and_off_and_the_audit_tells(tmp_path: Path, store: DynamoFlows) -> None:
    apply(written(tmp_path))
    assert not store.current_set().settings.fallback_flow
    folder = with_settings(tmp_path, "settings: {fallback_flow: true}\n")
    apply(folder)
    assert store.current_set().settings.fallback_flow
    apply(folder)
    apply(with_settings(tmp_path, "settings: {fallback_flow: false}\n"))
    assert not store.current_set().settings.fallback_flow
    events = DynamoRequests(TEST_SETTINGS).events("settings:account")
    assert [event.kind for event in events] == [EventKind.CONFIGURATION_APPLIED] * 3
    assert [event.details["settings"]["fallback_flow"] for event in events] == [False, True, False]


def test_the_store_answers_the_built_in_flow_and_finds_its_admins(
    tmp_path: Path, store: DynamoFlows
) -> None:
    apply(written(tmp_path))
    assert store.version(FlowVersion(id=FALLBACK_FLOW_ID, version=1)) is FALLBACK_FLOW
    assert FALLBACK_FLOW.approval is not None
    (group,) = FALLBACK_FLOW.approval.groups
    assert [p.id for p in DynamoDirectory(TEST_SETTINGS).matching(group)] == ["anna"]


def test_no_condition_may_ask_for_a_role(tmp_path: Path) -> None:
    old = "{attribute: user, values: [anna@example.com]}"
    new = "{attribute: ':role', values: [admin]}"
    (error,) = errors(spoiled(tmp_path, "flows", old, new))
    assert "':role' is for the product itself to ask" in error
