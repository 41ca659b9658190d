"""For all tests: the rows they prove, settings of hypothesis, and no network in unit tests."""

import os
import socket
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings

from tests.doubles import quick_moto

pytest_plugins = ["tests.features_plugin", "tests.deployed"]

TESTS = Path(__file__).parent
OFFLINE = {"unit", "functions"}

# The same examples in every run; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

quick_moto.quicken()

# The longest begin first: some wait more than they work, some work all the time.
FIRST = (
    "stack/test_survival",
    "stack/test_extend",
    "cdk/",
    "functions/test_whole_site",
    "stack/test_escalation",
    "browser/test_every_page",
    "browser/test_without_scripts",
    "functions/test_endpoints",
    "test_lint",
)
COLLECTED = pytest.StashKey[frozenset[str]]()
# What one worker synthesizes, none of the others should have to.
TOGETHER = "tests/cdk/"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-grant",
        action="store_true",
        help="show of every function, not only of some, that it needs all that it may do",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """At any time some workers wait for a stack, and some compute; none is left to wait for."""
    if not config.getoption("--every-grant"):
        long = [item for item in items if item.get_closest_marker("every_grant")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    turns = _turns(list(dict.fromkeys(item.path for item in items)))
    items.sort(key=lambda item: turns[item.path])


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[COLLECTED] = frozenset(sys.modules)


@pytest.fixture(scope="session")
def collected(pytestconfig: pytest.Config) -> frozenset[str]:
    """The modules that were imported when all tests were known, and none had run."""
    return pytestconfig.stash[COLLECTED]


def _turns(files: list[Path]) -> dict[Path, int]:
    """When each file has its turn: the first ones, then one of each folder, and again."""
    turns = {}
    taken: Counter[str] = Counter()
    for file in files:
        path = file.relative_to(TESTS)
        place = path.as_posix()
        turn = next((n for n, start in enumerate(FIRST) if place.startswith(start)), None)
        if turn is None:
            taken[path.parts[0]] += 1
            turn = len(FIRST) + taken[path.parts[0]]
        turns[file] = turn
    return turns


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # it says nothing of its types
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER if nodeid.startswith(TOGETHER) else super()._split_scope(nodeid)

    return Scheduling(config, log)


class NetworkUsed(Exception):
    """A unit test tried to reach something outside its process."""


@pytest.fixture(autouse=True)
def offline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets refuse to connect, and AWS clients are built for nowhere."""
    if request.path.relative_to(TESTS).parts[0] not in OFFLINE:
        return

    def refuse(_self: socket.socket, address: object) -> NoReturn:
        raise NetworkUsed(f"connect to {address!r}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
