"""The sample flows that come with the product load beside an organisation."""

import shutil
from pathlib import Path

import pytest

from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import check

ROOT = Path(__file__).parents[2]


@pytest.mark.req("R11.samples")
def test_every_sample_fits_the_organisation_that_is_deployed(tmp_path: Path) -> None:
    for file in (ROOT / "cdk" / "config").glob("*.yaml"):
        shutil.copy(file, tmp_path)
    organisation = check(tmp_path, VALIDATORS)
    shutil.copy(ROOT / "samples" / "flows.yaml", tmp_path / "samples.yaml")
    with_samples = check(tmp_path, VALIDATORS)
    added = {flow.id for flow in with_samples.flows} - {flow.id for flow in organisation.flows}
    assert added == {
        f"sample-{name}"
        for name in (
            "staging-read",
            "production",
            "manager",
            "owner",
            "business-hours",
            "contractors",
            "break-glass",
            "team",
            "on-call",
        )
    }
