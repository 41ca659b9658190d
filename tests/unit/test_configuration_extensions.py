"""What a configuration may say of extensions."""

from pathlib import Path

import pytest

from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import ConfigurationErrors, check
from tests.doubles.organisation import spoiled

SETTINGS = "      require_justification: true\n"


def checked(folder: Path, settings: str, duration: str = "PT1H") -> list[str]:
    text = f"{SETTINGS}{settings}    grant_duration: {duration}\n"
    try:
        check(spoiled(folder, "flows", SETTINGS, text), VALIDATORS)
    except ConfigurationErrors as refused:
        return [str(error) for error in refused.errors]
    return []


@pytest.mark.req("R71", "R72.limit")
def test_extensions_are_ten_at_most_and_no_longer_than_the_access(tmp_path: Path) -> None:
    assert checked(tmp_path, "      max_extensions: 10\n      extension_duration: PT1H\n") == []
    (error,) = checked(tmp_path, "      max_extensions: 11\n")
    assert "settings.max_extensions: must not be more than 10" in error
    (error,) = checked(tmp_path, "      max_extensions: 1\n      extension_duration: PT61M\n")
    assert "`extension_duration` is longer than `grant_duration`" in error


def test_what_never_comes_to_an_extension_is_refused(tmp_path: Path) -> None:
    (error,) = checked(tmp_path, "      max_extensions: 1\n", "indefinite")
    assert "settings.max_extensions: indefinite access has no end to extend" in error
    (error,) = checked(tmp_path, "      extension_duration: PT5M\n")
    assert "settings.extension_duration: needs `max_extensions`" in error
