"""The plugin in small projects of its own."""

import pytest

pytest_plugins = ["pytester"]

SUITE = """
    import pytest

    @pytest.mark.req("R1")
    @pytest.mark.parametrize("n", [1, 2])
    def test_people_ask(n):
        assert n

    @pytest.mark.req("R2.open")
    def test_open_ones():
        pass

    def test_f01_it_stops():
        pass
"""


class Project:
    """A project with three rows and a suite."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.docs = pytester.mkdir("docs")
        (self.docs / "features.toml").write_text(
            '["Asking"]\nR1 = "Ask."\nR2.words = "List."\nR2.open = "open"\nR2.closed = "closed"\n'
        )
        (self.docs / "failure-modes.toml").write_text('F1.when = "Stops"\nF1.then = "Goes on"\n')
        pytester.makeini("[pytest]\ntestpaths = tests\n")
        self.suite(SUITE)

    def suite(self, code: str) -> None:
        self.pytester.makepyfile(**{"tests/test_suite": code})

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest("-p", "tests.features_plugin", *arguments)

    def line(self, row: str, document: str = "features.md") -> str:
        lines = (self.docs / document).read_text().splitlines()
        return next(line for line in lines if line.startswith(f"| {row} |"))


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    return Project(pytester)


def test_features_writes_what_the_run_proves(project):
    assert project.run("--features").ret == pytest.ExitCode.OK
    assert project.line("R1").endswith("| live | [test_people_ask](../tests/test_suite.py) |")
    assert "`R2.open` open: **live**<br>`R2.closed` closed: **not yet**" in project.line("R2")
    assert "| tested | [test_f01_it_stops]" in project.line("F1", "failure-modes.md")


@pytest.mark.parametrize("workers", [[], ["-n1"]])
def test_a_whole_run_agrees_with_the_documents_it_wrote(project, workers):
    assert project.run("--features", *workers).ret == pytest.ExitCode.OK
    assert project.run(*workers).ret == pytest.ExitCode.OK


def test_a_whole_run_fails_where_the_documents_say_something_else(project):
    project.run("--features")
    project.suite(SUITE.replace("R2.open", "R2.closed"))
    result = project.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*docs/features.md is not what these tests prove*make features*"])


@pytest.mark.parametrize("narrowed", [["tests/test_suite.py"], ["-k", "open"], ["-m", "req"]])
def test_a_narrowed_run_says_nothing_of_the_documents(project, narrowed):
    assert project.run(*narrowed).ret == pytest.ExitCode.OK


def test_a_narrowed_run_cannot_write_them(project):
    assert project.run("--features", "-k", "open").ret == pytest.ExitCode.USAGE_ERROR
    assert not (project.docs / "features.md").exists()


def test_a_failing_test_takes_its_row_back(project):
    project.suite(SUITE.replace("assert n", "assert n == 1"))
    assert project.run("--features").ret == pytest.ExitCode.TESTS_FAILED
    assert "| not yet |" in project.line("R1")


def test_a_skipped_test_proves_nothing_and_keeps_the_documents(project):
    project.run("--features")
    written = project.line("R1")
    project.suite(SUITE.replace("assert n", "pytest.skip('no stack')"))
    refused = project.run("--features")
    assert refused.ret == pytest.ExitCode.TESTS_FAILED
    refused.stdout.fnmatch_lines(["not written*", "tests/test_suite.py::test_people_ask"])
    assert project.line("R1") == written
    assert project.run().ret == pytest.ExitCode.OK


@pytest.mark.parametrize("workers", [[], ["-n1"]])
def test_a_module_that_cannot_be_read_keeps_the_documents(project, workers):
    project.pytester.makepyfile(**{"tests/test_other": "import nothing_of_this_name"})
    result = project.run("--features", *workers)
    assert result.ret != pytest.ExitCode.OK
    assert not (project.docs / "features.md").exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (SUITE.replace("R2.open", "R2"), "*test_open_ones: 'R2' is none of R2.open, R2.closed"),
        (SUITE.replace("R1", "R9"), "*test_people_ask*: 'R9' is no row of docs/features.toml"),
        (SUITE.replace("f01", "f28"), "*test_f28_it_stops: F28 is no row of docs/failure-mo*"),
    ],
)
def test_an_unknown_mark_fails_the_collection(project, code, says):
    project.suite(code)
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([says])


def test_an_unknown_mark_is_told_by_workers_too(project):
    project.suite(SUITE.replace("R1", "R9"))
    result = project.run("-n1")
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*'R9' is no row of docs/features.toml"])
