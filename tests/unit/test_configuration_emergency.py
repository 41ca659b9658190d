"""What a flow for emergencies may say."""

from pathlib import Path

import pytest

from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import ConfigurationErrors, check
from tests.doubles.organisation import FLOWS, written

AUTOMATIC = FLOWS.split("    approval:")[0]


def errors(folder: Path, text: str) -> list[str]:
    try:
        check(written(folder, flows=text), VALIDATORS)
    except ConfigurationErrors as refused:
        return [str(error) for error in refused.errors]
    return []


@pytest.mark.parametrize("duration", ["PT1M", "PT4H"])
def test_it_is_automatic_and_lasts_four_hours_at_most(tmp_path: Path, duration: str) -> None:
    text = f"{AUTOMATIC}    emergency: true\n    grant_duration: {duration}\n"
    assert errors(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{FLOWS}    emergency: true\n", "approval: an emergency flow grants at once"),
        (
            f"{AUTOMATIC}    emergency: true\n    grant_duration: PT4H1S\n",
            "grant_duration: an emergency flow grants for PT4H at most",
        ),
        (
            f"{AUTOMATIC}    emergency: true\n    grant_duration: indefinite\n",
            "grant_duration: an emergency flow grants for PT4H at most",
        ),
        (
            f"{AUTOMATIC}    emergency: true\n    settings: {{max_extensions: 1}}\n",
            "settings.max_extensions: what an emergency flow grants is not extended",
        ),
    ],
)
def test_what_is_no_emergency_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (error,) = errors(tmp_path, text)
    assert message in error
