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

ANSWERED = textwrap.dedent(
    """
    import itertools, json, runpy, sys
    from ministack.services import dynamodb

    ours = runpy.run_path(sys.argv[1])
    keys = {"pk": "HASH", "sk": "RANGE"}, {"shard": "HASH", "id": "RANGE"}
    table, index = ([{"AttributeName": n, "KeyType": t} for n, t in of.items()] for of in keys)
    made = {
        "TableName": "requests",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": table,
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for of in keys for name in of
        ],
        "GlobalSecondaryIndexes": [
            {"IndexName": "by_age", "KeySchema": index, "Projection": {"ProjectionType": "ALL"}}
        ],
    }
    assert dynamodb._create_table(made)[0] == 200

    def put(**row):
        item = {name: {"S": value} for name, value in row.items()}
        assert dynamodb._put_item({"TableName": "requests", "Item": item})[0] == 200

    # Several with the same key of the index; and one that is in no index.
    for n in range(40):
        put(pk=f"p{n % 7}", sk=f"s{n}", shard=str(n % 2), id=f"i{n * 5 % 12:02}")
    put(pk="none", sk="none", id="i03")

    narrowed = 0
    parts = ("", " AND #1 = :1", " AND #1 < :1", " AND #1 >= :1", " AND #1 BETWEEN :1 AND :2")
    parts = (*parts, " AND begins_with (#1, :1)")
    for n, (part, shard, limit, forward, filtered) in enumerate(itertools.product(
        parts, "012", (None, 1, 3, 10, 20, 30), (True, False), (True, False)
    )):
        # Meanwhile rows come, go, and change their place in the index.
        put(pk="new", sk=f"s{n % 5}", shard=str(n % 3), id=f"i{n % 11:02}")
        gone = {"pk": {"S": "new"}, "sk": {"S": f"s{n % 7}"}}
        assert dynamodb._delete_item({"TableName": "requests", "Key": gone})[0] == 200
        start = None
        while True:
            asked = {
                "TableName": "requests",
                "IndexName": "by_age",
                "KeyConditionExpression": "#0 = :0" + part,
                "ExpressionAttributeNames": {"#0": "shard"},
                "ExpressionAttributeValues": {":0": {"S": shard}},
                "ScanIndexForward": forward,
            }
            if part:
                asked["ExpressionAttributeNames"]["#1"] = "id"
                asked["ExpressionAttributeValues"][":1"] = {"S": "i0" if "(" in part else "i05"}
            if ":2" in part:
                asked["ExpressionAttributeValues"][":2"] = {"S": "i09"}
            if filtered:
                asked["FilterExpression"] = "#3 <> :3"
                asked["ExpressionAttributeNames"]["#3"] = "pk"
                asked["ExpressionAttributeValues"][":3"] = {"S": "p1"}
            asked |= {"Limit": limit} if limit else {}
            asked |= {"ExclusiveStartKey": start} if start else {}
            answer = dynamodb._query(json.loads(json.dumps(asked)))
            assert answer == ours["_query_as_emulated"](asked), asked
            answered = json.loads(answer[2])
            narrowed += bool(limit and not start and answered["Items"])
            start = answered.get("LastEvaluatedKey")
            if not start:
                break
    print(narrowed)
    """
)


def test_conditions_of_queries_hold_as_the_emulator_says() -> None:
    assert told(COMPARED) == "[]\n"


def test_pages_of_an_index_are_those_that_the_emulator_gives() -> None:
    assert int(told(ANSWERED)) > 100


def told(script: str) -> str:
    """What a script prints in the emulator's environment, told of the program there."""
    command = [str(PYTHON), "-P", "-c", script, str(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


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
    (part / "__init__.py").write_text("import sys, time; AT, LOG = time.time(), sys.stdout")
    script = here / "script.py"
    (here / "beside.py").touch()
    script.write_text(
        "import os, sys, beside, accessflows.actions as known;"
        "print(known.AT, os.getcwd(), sorted(os.environ.items()), sys.argv, flush=True);"
        "print(sys.stdin.readline().upper(), file=known.LOG, flush=True);"
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
