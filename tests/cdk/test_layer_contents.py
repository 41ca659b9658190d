"""What is in the layers comes compiled, and compiled again only when it changes."""

import importlib.util
import marshal
from collections.abc import Callable
from pathlib import Path

import pytest

Built = Callable[..., Path]
UNCHECKED = 0b01


@pytest.fixture
def source(tmp_path: Path) -> Path:
    module = tmp_path / "core" / "python" / "acme" / "door.py"
    module.parent.mkdir(parents=True)
    module.write_text("def open():\n    return 'open'\n")
    return tmp_path / "core"


@pytest.fixture
def built(source: Path, tmp_path: Path) -> Built:
    """The layer's folder, for a stage."""
    from cdk.layer_contents import core
    from cdk.stage import stage_named

    return lambda *stage: core(stage_named(*stage), source, tmp_path / "build")


def bytecode_of(folder: Path) -> bytes:
    return Path(
        importlib.util.cache_from_source(str(folder / "python" / "acme" / "door.py"))
    ).read_bytes()


def test_a_layer_holds_bytecode_that_counts_whatever_becomes_of_file_times(built: Built) -> None:
    bytecode = bytecode_of(built("local"))
    assert bytecode[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(bytecode[4:8], "little") == UNCHECKED
    assert marshal.loads(bytecode[16:]).co_filename == "/opt/python/acme/door.py"


def test_a_layer_is_built_anew_exactly_when_its_source_changes(source: Path, built: Built) -> None:
    first = built("local")
    (source / "python" / "acme" / "__pycache__").mkdir()
    (source / "python" / "acme" / "__pycache__" / "door.pyc").write_bytes(b"of somebody's tests")
    assert built("local") == first
    (source / "python" / "acme" / "door.py").write_text("def open():\n    return 'shut'\n")
    second = built("local")
    assert second != first
    assert bytecode_of(second) != bytecode_of(first)


def test_without_the_stage_s_python_a_layer_is_source_alone(built: Built) -> None:
    folder = built("aws", "3.99")
    assert [file.name for file in folder.rglob("*") if file.is_file()] == ["door.py"]
