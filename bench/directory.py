"""What questions to a directory of 100,000 people and 10,000 groups read, beside a small one's.

`make bench WHAT=directory`, on port $PORT: an emulator of its own, with that one table in it. SIZES
names others, people x groups: `SIZES="1000x100 20000x2000"`. Everybody is in three groups, fifty to
a manager; beside them are a team of ten and a department of a thousand. Read units are those that
DynamoDB would charge."""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import Any

import boto3
from botocore.config import Config

from accessflows.model.condition import Condition, Group, Operator
from accessflows.model.person import NamedGroup, PersonRecord, Profile
from accessflows.settings import Settings
from accessflows.stores.directory import DynamoDirectory, facts, group_facts
from accessflows.stores.directory_rows import DirectoryRow, value_row
from accessflows.stores.requests import RequestRow
from local.emulator import ACCESS_KEY, REGION
from local.stack import LocalStack
from tests.doubles.read_units import counted

SETTINGS = Settings(
    stage="bench",
    requests_table="requests",
    flows_table="flows",
    directory_table="directory",
    inventory_table="inventory",
)
SIZES = "2000x200 100000x10000"
TEAM = 10
DEPARTMENT = 1_000
AT_ONCE = 25

Question = Callable[[DynamoDirectory], Collection[object]]


def condition(attribute: str, value: str, operator: Operator = Operator.IS) -> Condition:
    return Condition(attribute=attribute, operator=operator, values=(value,))


def who(*conditions: Condition) -> Question:
    return lambda directory: directory.matching(Group(conditions=conditions))


QUESTIONS: dict[str, Question] = {
    "the groups of p7": lambda directory: directory.person("p7").groups,
    "the groups of p1999": lambda directory: directory.person("p1999").groups,
    "user is an address": who(condition("user", "p7@example.com")),
    "group is Team": who(condition("group", "Team")),
    "group starts with tea": who(condition("group", "tea", Operator.STARTS_WITH)),
    "group is Department": who(condition("group", "Department")),
    "manager is lead": who(condition("manager", "lead@example.com")),
    "title is Archivist": who(condition("title", "Archivist")),
    "title starts with arch": who(condition("title", "arch", Operator.STARTS_WITH)),
    "group is Team, user is not p7": who(
        condition("group", "Team"), condition("user", "p7", Operator.IS_NOT)
    ),
    "kind is Employee, group is Team": who(
        condition("kind", "Employee"), condition("group", "Team")
    ),
}


def main() -> int:
    stack = LocalStack(announced=False)
    stack.forget()
    stack.start()
    os.environ |= {
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
    }
    try:
        for size in (os.environ.get("SIZES") or SIZES).split():
            people, _, groups = size.partition("x")
            began = time.perf_counter()
            rows = fill(int(people), int(groups))
            print(f"{size}: {rows:,} rows in {time.perf_counter() - began:.0f} s")
            measure()
            DirectoryRow.delete_table()
    finally:
        # At once: stopped in peace, it would write all of it to disk.
        stack.forget()
    return 0


def fill(people: int, groups: int) -> int:
    """Make the table and answer how many rows it holds."""
    DirectoryRow.Meta.table_name, RequestRow.Meta.table_name = "directory", "requests"
    DirectoryRow.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
    client = boto3.client("dynamodb", config=Config(parameter_validation=False))
    rows = _rows(people, groups)
    written = 0
    while batch := list(islice(rows, AT_ONCE)):
        puts: list[Any] = [{"PutRequest": {"Item": row.serialize()}} for row in batch]
        client.batch_write_item(RequestItems={"directory": puts})
        written += len(batch)
    return written


def _rows(people: int, groups: int) -> Iterator[DirectoryRow]:
    named = [NamedGroup(id="team", name="Team"), NamedGroup(id="department", name="Department")]
    named += [NamedGroup(id=f"g{n}", name=f"Group {n}") for n in range(groups)]
    for group in named:
        pk = f"group:{group.id}"
        yield DirectoryRow(pk, "GROUP", document=group.model_dump_json(), number=1, hash="x")
        yield from (value_row(pk, group.id, fact) for fact in group_facts(group))
    for n in range(-1, people):
        record = _record(n, groups)
        pk = f"person:{record.id}"
        yield DirectoryRow(pk, "PERSON", document=record.model_dump_json(), number=1, hash="x")
        yield from (value_row(pk, record.id, fact) for fact in facts(record))


def _record(n: int, groups: int) -> PersonRecord:
    """The lead, then the team of ten, then the department, then everybody else."""
    name = "lead" if n < 0 else f"p{n}"
    profile = Profile(
        name=name,
        emails=(f"{name}@example.com",),
        manager="lead" if 0 <= n < TEAM else f"p{n // 50}" if n >= TEAM else None,
        groups=_groups(n, groups),
        attributes={
            "title": ("Archivist" if 0 <= n < TEAM else "Engineer",),
            "city": (f"City {n % 40}",),
            "kind": ("Employee",),
        },
    )
    return PersonRecord(id=name, profiles={"configuration": profile})


def _groups(n: int, groups: int) -> tuple[str, ...]:
    if 0 <= n < TEAM:
        return ("team",)
    if TEAM <= n < TEAM + DEPARTMENT:
        return ("department",)
    return tuple(sorted({f"g{n * k % groups}" for k in (1, 3, 7)}))


def measure() -> None:
    directory = DynamoDirectory(SETTINGS)
    for name, question in QUESTIONS.items():
        with counted() as reading:
            found = len(question(directory))
        print(
            f"  {name:<32} {found:>6,} found {reading.rows:>6,} rows {reading.units:>8,.1f} units"
        )


if __name__ == "__main__":
    sys.exit(main())
