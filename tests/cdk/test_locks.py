"""Lock files: pinned, free of any registry's address, and no more in the layer than must be."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "deps" / "requirements.txt"
LOCKS = [LAYER, *sorted((ROOT / "requirements").glob("*.txt"))]


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def test_the_layer_leaves_out_what_the_lambda_runtime_holds() -> None:
    of_the_runtime = {"boto3", "botocore", "s3transfer", "urllib3", "python-dateutil", "six"}
    assert of_the_runtime & set(pinned(LAYER)) == set()
    assert {"aws-lambda-powertools", "pydantic", "pynamodb", "itsdangerous"} <= set(pinned(LAYER))


def test_tests_run_with_the_versions_of_the_layer() -> None:
    ours = pinned(ROOT / "requirements" / "dev.txt")
    assert {name: ours.get(name) for name in pinned(LAYER)} == pinned(LAYER)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.relative_to(ROOT).as_posix())
def test_a_lock_names_no_registry_and_hashes_everything(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "index-url" not in text
    assert all(
        "--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z])", text) if "==" in entry
    )


def test_the_npm_lock_names_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert "resolved" not in text
    assert "://" not in text
