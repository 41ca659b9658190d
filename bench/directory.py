"""How many rows a question to the directory reads, at growing sizes of the directory.

`python -m bench.directory 1000x100 100000x10000`: people x groups, everybody in three groups, fifty
to a manager. In moto, in this process, whose own time says nothing of DynamoDB's; the rows are
those that DynamoDB would read. The largest size needs half an hour and 4 GB."""

import os
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from botocore.client import BaseClient
from moto import mock_aws

from accessflows.model.condition import Condition, Group, Operator
from accessflows.model.person import NamedGroup, PersonRecord, Profile
from accessflows.settings import Settings
from accessflows.stores.directory import DynamoDirectory, facts, group_facts
from accessflows.stores.directory_rows import DirectoryRow, value_row
from accessflows.stores.requests import RequestRow

SETTINGS = Settings(
    stage="bench",
    requests_table="requests",
    flows_table="flows",
    directory_table="directory",
    inventory_table="inventory",
)
SMALLEST = 100
TEAM = 10

Question = Callable[[DynamoDirectory], object]


def asked(attribute: str, value: str, operator: Operator = Operator.IS) -> Question:
    condition = Condition(attribute=attribute, operator=operator, values=(value,))
    return lambda directory: directory.matching(Group(conditions=(condition,)))


QUESTIONS: dict[str, Question] = {
    "who is p7": lambda directory: directory.person("p7"),
    "who has an address": lambda directory: directory.person_with_email("p7@example.com"),
    "who is in a team of ten": asked("group", "Team"),
    "who reports to somebody": asked("manager", "lead@example.com"),
    "whose title is": asked("title", "Archivist"),
    "whose title starts with": asked("title", "archi", Operator.STARTS_WITH),
}


def main(sizes: list[str]) -> int:
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    for size in sizes or ["500x50", "5000x500"]:
        people, _, groups = size.partition("x")
        with mock_aws():
            fill(int(people), int(groups))
            measure(size)
    return 0


def fill(people: int, groups: int) -> None:
    DirectoryRow.Meta.table_name, RequestRow.Meta.table_name = "directory", "requests"
    DirectoryRow.create_table(billing_mode="PAY_PER_REQUEST", wait=False)
    rows = _rows(people, groups)
    while batch := list(islice(rows, 1_000)):
        with DirectoryRow.batch_write() as writing:
            for row in batch:
                writing.save(row)


def _rows(people: int, groups: int) -> Iterator[DirectoryRow]:
    named = [NamedGroup(id="team", name="Team")]
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
    """The lead, then the team of ten, then everybody else."""
    name = "lead" if n < 0 else f"p{n}"
    team = 0 <= n < TEAM
    profile = Profile(
        name=name,
        emails=(f"{name}@example.com",),
        manager="lead" if team else f"p{n // 50}" if n >= SMALLEST else None,
        groups=("team",) if team else tuple(sorted({f"g{n * k % groups}" for k in (1, 3, 7)})),
        attributes={"title": ("Archivist" if team else "Engineer",), "city": (f"City {n % 40}",)},
    )
    return PersonRecord(id=name, profiles={"configuration": profile})


def measure(size: str) -> None:
    directory = DynamoDirectory(SETTINGS)
    read: list[int] = []
    real = BaseClient._make_api_call  # type: ignore[attr-defined] # stubs leave it out

    def counted(client: BaseClient, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = real(client, operation, arguments)
        rows = answer.get("ScannedCount", 0) + ("Item" in answer)
        read.append(rows + sum(map(len, answer.get("Responses", {}).values())))
        return answer

    BaseClient._make_api_call = counted  # type: ignore[attr-defined] # put back below
    try:
        for name, question in QUESTIONS.items():
            read.clear()
            question(directory)
            sys.stdout.write(f"{size:>14}  {name:<26} {sum(read):>5} rows\n")
    finally:
        BaseClient._make_api_call = real  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
