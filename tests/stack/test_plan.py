"""A plan that knows the deployed stack: what is there, and what was asked for."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.company import Company
from local.emulator import ACCESS_KEY, REGION
from tests.deployed import CONFIG


def accessflows(company: Company, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The command, as an operator of the stack runs it."""
    return subprocess.run(
        [sys.executable, "-m", "accessflows", *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONPATH": "layers/core/python",
            "AWS_ENDPOINT_URL": company.stack.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.flow("automatic")
@pytest.mark.req("N5.access", "N5.replay")
def test_a_plan_decides_again_what_was_asked_on_the_stack(
    company: Company, bucket: str, tmp_path: Path
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    request = company.ask(
        "rita", bucket, starts_at=tomorrow.isoformat(), duration="PT1M", justification="a report"
    )
    company.call("rita", "POST", f"/access-requests/{request['id']}/cancel")
    exported = accessflows(company, "export", tmp_path)
    assert exported.returncode == 0, exported.stderr
    closed = shutil.copytree(CONFIG, tmp_path / "closed")
    (closed / "fallback.yaml").write_text("settings:\n  fallback_flow: true\n")
    flows = closed / "flows.yaml"
    flows.write_text(
        flows.read_text().replace("  - id: automatic\n", "  - id: automatic\n    active: false\n")
    )
    files = [
        *("--inventory", tmp_path / "inventory.jsonl"),
        *("--people", tmp_path / "people.jsonl"),
        *("--requests", tmp_path / "requests.jsonl"),
    ]
    same = accessflows(company, "plan", CONFIG, CONFIG, *files)
    assert same.returncode == 0, same.stdout + same.stderr
    changed = accessflows(company, "plan", CONFIG, closed, *files)
    assert changed.returncode == 3, changed.stderr
    assert f"        read on s3_bucket {bucket} in aws-demo" in changed.stdout
    assert f"  {request['id']}, rita, " in changed.stdout
    assert "    + fallback for PT1M, asking " in changed.stdout
