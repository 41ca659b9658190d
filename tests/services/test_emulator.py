"""What is changed in the emulator changes none of its answers."""

import subprocess
import textwrap

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
