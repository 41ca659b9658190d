"""What is changed in the emulator changes none of its answers."""

import subprocess
import textwrap
from pathlib import Path

from local.emulator import PROGRAM, PYTHON

COMPARED = textwrap.dedent(
    """
    import itertools, runpy, sys

    ours = runpy.run_path(sys.argv[1])
    texts = ("", "a", "ab", "abc", "B", "0", "é", "~")
    parts = ("#1 = :1", "#1 < :1", "#1 <= :1", "#1 > :1", "#1 >= :1")
    for part in (*parts, "#1 BETWEEN :1 AND :2", "begins_with (#1, :1)"):
        for form in ("#0 = :0 AND {}", "(#0 = :0 AND {})"):
            condition = form.format(part)
            assert len(ours["_clauses"](condition)) == 2, condition
            for key, least, most, value in itertools.product(texts, repeat=4):
                if least > most:
                    continue
                item = {"shard": {"S": key}, "id": {"S": value}}
                values = {":0": {"S": "a"}, ":1": {"S": least}, ":2": {"S": most}}
                names = {"#0": "shard", "#1": "id"}
                given = (condition, item, values, names)
                slot = "KeyConditionExpression"
                theirs = bool(ours["_as_emulated"](*given, slot=slot))
                assert ours["_evaluate"](*given, slot=slot) == theirs, given
    others = ("shard = :0", "#0 = :0 OR #1 = :1", "NOT #0 = :0", "contains(#0, :0)", "#0 <> :0")
    print([other for other in others if ours["_clauses"](other)])
    """
)


def test_conditions_of_queries_hold_as_the_emulator_says() -> None:
    command = [str(PYTHON), "-P", "-c", COMPARED, str(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "[]\n"


FORKED = textwrap.dedent(
    """
    import runpy, sys
    from pathlib import Path

    ours = runpy.run_path(sys.argv[1])
    here = Path(sys.argv[2])
    layer = here / "python"
    part = layer / "accessflows" / "actions"
    part.mkdir(parents=True)
    (layer / "accessflows" / "__init__.py").touch()
    (part / "__init__.py").write_text("import time; AT = time.time()")
    script = here / "script.py"
    (here / "beside.py").touch()
    script.write_text(
        "import os, sys, beside, accessflows.actions as known;"
        "print(known.AT, os.getcwd(), sorted(os.environ.items()), sys.argv, flush=True);"
        "print(sys.stdin.readline().upper(), file=sys.stderr, flush=True);"
        "sys.stdin.readline()"
    )
    ready = ours["Ready"]((str(layer),))
    environment = {"A": "1", "PYTHONPATH": str(here)}
    began = [ready.start(str(script), str(here), environment) for _ in "123"]
    told = {one.stdout.readline() for one in began}
    assert len(told) == 1, told  # imported once, for all of them
    print(told.pop().split(None, 1)[1], end="")
    for one in began:
        one.stdin.write("say\\n")
    print([one.stderr.readline() for one in began], [one.poll() for one in began])
    first, second, third = began
    first.stdin.close()
    second.terminate()
    third.kill()
    print([one.wait(10) for one in began], [one.poll() for one in began])
    for one in began:
        one.terminate()  # nobody's by now
    """
)


def test_processes_of_functions_are_forked_with_what_each_was_given(tmp_path: Path) -> None:
    command = [str(PYTHON), "-P", "-c", FORKED, str(PROGRAM), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    environment = [("A", "1"), ("PYTHONPATH", str(tmp_path))]
    assert done.stdout.splitlines() == [
        f"{tmp_path} {environment} {[str(tmp_path / 'script.py')]}",
        "['SAY\\n', 'SAY\\n', 'SAY\\n'] [None, None, None]",
        "[0, 0, 0] [0, 0, 0]",
    ]
