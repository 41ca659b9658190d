"""Lock files: pinned, free of any registry's address, and no more in the layer than must be."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "deps" / "requirements.txt"
LAYERS = sorted((ROOT / "layers").glob("*/requirements.txt"))
LOCKS = [*LAYERS, *sorted((ROOT / "requirements").glob("*.txt"))]


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def test_the_layer_leaves_out_what_the_lambda_runtime_holds() -> None:
    of_the_runtime = {"boto3", "botocore", "s3transfer", "urllib3", "python-dateutil", "six"}
    assert of_the_runtime & set(pinned(LAYER)) == set()
    assert {"aws-lambda-powertools", "pydantic", "pynamodb", "itsdangerous"} <= set(pinned(LAYER))


@pytest.mark.parametrize("lock", LAYERS, ids=lambda lock: lock.parent.name)
def test_tests_run_with_the_versions_of_the_layers(lock: Path) -> None:
    ours = pinned(ROOT / "requirements" / "dev.txt")
    assert {name: ours.get(name) for name in pinned(lock)} == pinned(lock)


def test_the_driver_of_postgresql_is_in_a_layer_of_its_own() -> None:
    (own,) = set(LAYERS) - {LAYER}
    assert set(pinned(own)) == {"psycopg", "psycopg-binary"}
    assert not set(pinned(own)) & set(pinned(LAYER))


def test_postgresql_is_asked_for_where_it_has_a_wheel() -> None:
    """Written into the lock by hand, since the compiler leaves out what holds where it runs."""
    lock = (ROOT / "requirements" / "dev.txt").read_text()
    assert re.search(r'^pgserver==\S+ ; python_full_version < "3.13" ', lock, re.MULTILINE)


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
