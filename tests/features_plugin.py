"""pytest plugin: tests name the rows of docs/features.md that they prove.

@pytest.mark.req("R52", "R98.scheduled") names rows and parts; `test_f04_...` belongs to F4.
A run of the whole suite fails where the documents say something else than its tests;
with --features it writes them instead. Works under xdist: reports carry what a test proves."""

from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

from tools.features import (
    Proofs,
    UnknownMark,
    check_marks,
    failure_of,
    read_failures,
    read_features,
    render_failures,
    render_features,
)

FEATURES = "docs/features.toml"
FAILURES = "docs/failure-modes.toml"
PROVES = "proves"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--features",
        action="store_true",
        help="write docs/features.md and docs/failure-modes.md from this run of all tests",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "req(*rows): rows of docs/features.md that the test proves")
    if config.option.features and not runs_everything(config):
        raise pytest.UsageError("--features takes the whole suite: no path, -k, -m or --lf")
    config.pluginmanager.register(Marks(config), "feature-marks")
    if not is_worker(config):
        config.pluginmanager.register(Documents(config), "feature-documents")


def runs_everything(config: pytest.Config) -> bool:
    """Whether nothing narrows the suite down."""
    narrowing = ("keyword", "markexpr", "lf", "deselect", "ignore", "ignore_glob", "collectonly")
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(
        getattr(config.option, name, None) for name in narrowing
    )


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs tests for another one (xdist)."""
    return hasattr(config, "workerinput")


class Marks:
    """What each test proves, put into its reports. A mark that is wrong fails the collection."""

    def __init__(self, config: pytest.Config) -> None:
        sections = read_features(_read(config.rootpath / FEATURES)).values()
        self.rows = [row for section in sections for row in section]
        self.failures = {failure.id for failure in read_failures(_read(config.rootpath / FAILURES))}

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self,
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        mistakes = []
        for test in report.result or []:
            if isinstance(test, pytest.Item):
                try:
                    test.user_properties.append((PROVES, " ".join(self._proved_by(test))))
                except UnknownMark as mistake:
                    mistakes.append(f"{test.nodeid}: {mistake}")
        if mistakes:
            report.outcome, report.result = "failed", []
            report.longrepr = "\n".join(mistakes)
        return report

    def _proved_by(self, test: pytest.Item) -> list[str]:
        marks = sorted({str(name) for mark in test.iter_markers("req") for name in mark.args})
        check_marks(marks, self.rows)
        failure = failure_of(test.name)
        if failure and failure not in self.failures:
            raise UnknownMark(f"{failure} is no row of {FAILURES}")
        return [*marks, failure] if failure else marks


class Documents:
    """What this run's tests prove, held against the documents at its end.

    A test marked for a row must run: a skipped one proves nothing. Without --features it is taken
    at the documents' word, so that a run without the local stack can pass.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.tests: dict[str, list[str]] = {}
        self.broken: set[str] = set()
        self.unseen: set[str] = set()
        self.words: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        marks = str(dict(report.user_properties).get(PROVES, "")).split()
        if not marks:
            return
        test = report.nodeid.partition("[")[0]
        self.tests[test] = marks
        if report.failed or hasattr(report, "wasxfail"):
            self.broken.add(test)
        elif report.skipped:
            self.unseen.add(test)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.unseen.add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not finished or session.shouldstop or session.shouldfail:
            return
        if self.config.option.features:
            settled = self._write()
        elif exitstatus == pytest.ExitCode.OK and runs_everything(self.config):
            settled = self._compare()
        else:
            return
        if not settled:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.words:
            terminalreporter.section("feature documents")
            for line in self.words:
                terminalreporter.line(line)

    def _write(self) -> bool:
        if self.unseen:
            self.words = ["not written: these name rows and were skipped, or could not be read"]
            self.words += sorted(self.unseen)
            return False
        for path, text in self._documents().items():
            path.write_text(text, encoding="utf-8")
            self.words.append(f"wrote {path.relative_to(self.config.rootpath)}")
        return True

    def _compare(self) -> bool:
        stale = [path for path, text in self._documents().items() if _read(path) != text]
        for path in stale:
            name = path.relative_to(self.config.rootpath)
            self.words.append(f"{name} is not what these tests prove: run `make features`")
        return not stale

    def _documents(self) -> dict[Path, str]:
        features, failures = self.config.rootpath / FEATURES, self.config.rootpath / FAILURES
        proofs = self._proofs()
        return {
            features.with_suffix(".md"): render_features(read_features(_read(features)), proofs),
            failures.with_suffix(".md"): render_failures(read_failures(_read(failures)), proofs),
        }

    def _proofs(self) -> Proofs:
        proofs: dict[str, dict[str, bool]] = defaultdict(dict)
        for test, marks in self.tests.items():
            for mark in marks:
                proofs[mark][test] = test not in self.broken
        return proofs


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
