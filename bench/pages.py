"""How long the portal's list pages take with little behind them, and with much.

`make bench WHAT=pages`, on port $PORT. First with ten resources, access flows and past requests,
then with 10,000 resources, 1,000 flows and 10,000 past requests. Exits with 1 where a page takes
more than 1.5 times as long. Past requests are copies of one that was really made and given back,
written to the table as it was, each of the next of a hundred people, of whom one looks at the
pages; the stack ends with the bench."""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ulid import ULID

from accessflows.stores.requests import shard_of
from bench.submission import FUNCTION, REGIONS
from local import own_system
from local.company import Company
from local.emulator import ACCESS_KEY, REGION, ROOT
from local.stack import LocalStack

CONFIG = ROOT / "tests" / "stack" / "config"
MOST = 1.5
TIMES = 15
# What lists something, and for whom.
PAGES = {
    "rita": ("/", "/requests", "/new"),
    "ada": ("/inbox", "/admin", "/admin/activity", "/admin/access-flows", "/admin/resources"),
}


class Size(NamedTuple):
    flows: int
    resources: int
    requests: int


# Whose requests the past is full of, the first of them the one who looks.
PEOPLE = ("rita", *(f"colleague-{n:02d}" for n in range(1, 100)))
LITTLE, MUCH = Size(10, 10, 10), Size(1_000, 10_000, 10_000)


def main() -> int:
    stack = LocalStack(announced=False)
    stack.forget()
    stack.start()
    try:
        own_system.install(stack, "acme-desk-access", {})
        own_system.install(stack, FUNCTION, accounts(LITTLE.resources))
        deploy(stack, LITTLE.flows)
        company = Company(stack)
        for person in PAGES:
            company.hire(person, f"{person}@example.com")
        cookies = {person: signed_in(stack, person) for person in PAGES}
        model = past_request(company)
        copy_requests(stack, model, LITTLE.requests - 1)
        little = measure(company, cookies)
        own_system.install(stack, FUNCTION, accounts(MUCH.resources))
        deploy(stack, MUCH.flows)
        company.sync_inventory()
        copy_requests(stack, model, MUCH.requests - LITTLE.requests)
        much = measure(company, cookies)
    finally:
        stack.stop()
    return tell(little, much)


def accounts(count: int) -> dict[str, dict[str, dict[str, str]]]:
    return {
        "crm_account": {
            f"account-{n:05d}": {"region": REGIONS[n % len(REGIONS)]} for n in range(count)
        }
    }


def deploy(stack: LocalStack, flows: int) -> None:
    """The organisation of the stack tests, with so many flows more that open one account each."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(shutil.copytree(CONFIG, Path(folder) / "config"))
        more = [
            {
                "id": f"account-{n:05d}",
                "name": f"Account {n:05d}",
                "requestors": {"conditions": [{"attribute": "group", "values": ["developers"]}]},
                "targets": [
                    {
                        "integration": "crm",
                        "resource_type": "crm_account",
                        "permissions": ["admin"],
                        "resources": {"names": [f"account-{n:05d}"]},
                    }
                ],
            }
            for n in range(flows)
        ]
        people = [
            {"id": person, "name": person.capitalize(), "emails": [f"{person}@example.com"]}
            for person in PEOPLE[1:]
        ]
        (config / "more.yaml").write_text(yaml.safe_dump({"flows": more, "people": people}))
        stack.deploy(config)


def signed_in(stack: LocalStack, person_id: str) -> str:
    """The cookie of a session that was begun past the hosted pages."""
    os.environ |= {
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    from accessflows.actions.session import begin_session
    from accessflows.settings import Settings
    from accessflows.stores.directory import DynamoDirectory
    from accessflows.stores.sessions import DynamoSessions
    from accessflows.web.cookies import SESSION

    tables = {f"{name}_table": table for name, table in stack.outputs["tables"].items()}
    settings = Settings(stage="local", **tables)
    person = DynamoDirectory(settings).person(person_id)
    secret = f"the-secret-of-{person_id}"
    begin_session(DynamoSessions(settings), person, secret, datetime.now(UTC))
    return f"{SESSION}={secret}"


def past_request(company: Company) -> list[dict[str, Any]]:
    """The rows that lists read of a request that was granted and given back."""
    company.sync_inventory()
    account = {
        "integration": "crm",
        "resource_type": "crm_account",
        "resource": "account-00000",
        "permissions": ["read"],
    }
    status, answer = company.call("rita", "POST", "/access-requests", {"resources": [account]})
    if status != 201:
        raise RuntimeError(f"{status}: {answer}")
    (made,) = answer["requests"]
    company.wait_until("rita", made["id"], "Active", seconds=300)
    company.call("rita", "POST", f"/access-requests/{made['id']}/revoke", {})
    company.wait_until("rita", made["id"], "Revoked", seconds=300)
    database: Any = company.stack.client("dynamodb")
    rows = database.query(
        TableName=company.stack.outputs["tables"]["requests"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"request:{made['id']}"}},
    )["Items"]
    return [row for row in rows if row["sk"]["S"].startswith(("REQUEST", "BATCH"))]


def copy_requests(stack: LocalStack, model: list[dict[str, Any]], count: int) -> None:
    """So many more of the kind, each a minute older than the one before and the next person's."""
    (request,) = (row for row in model if row["sk"]["S"] == "REQUEST")
    old = request["id"]["S"]
    database: Any = stack.client("dynamodb")
    table = stack.outputs["tables"]["requests"]
    made = datetime.now(UTC)
    copies = (
        of_age(
            {
                name: {
                    kind: of_another(value, old, new, person) if kind == "S" else value
                    for kind, value in one.items()
                }
                for name, one in row.items()
            },
            new,
        )
        for n in range(count)
        for new in (str(ULID.from_datetime(made - timedelta(minutes=n + 1))),)
        for person in (PEOPLE[n % len(PEOPLE)],)
        for row in model
    )
    while some := list(islice(copies, 25)):
        puts = [{"PutRequest": {"Item": row}} for row in some]
        database.batch_write_item(RequestItems={table: puts})


def of_age(row: dict[str, Any], new: str) -> dict[str, Any]:
    """In the shard that a request of this id is in, where the row is in one."""
    return row | ({"shard": {"S": shard_of(new)}} if "shard" in row else {})


def of_another(value: str, old: str, new: str, person: str) -> str:
    """A text of the row of one request as another's of somebody else would have it."""
    owned = person if value == PEOPLE[0] else value.replace(f'"{PEOPLE[0]}"', f'"{person}"')
    return owned.replace(old, new)


def measure(company: Company, cookies: Mapping[str, str]) -> dict[str, float]:
    """Page -> the median of its seconds, once it is warm."""
    return {
        path: statistics.median(
            [once(company, path, cookies[person]) for _ in range(3 + TIMES)][3:]
        )
        for person, pages in PAGES.items()
        for path in pages
    }


def once(company: Company, path: str, cookie: str) -> float:
    began = time.perf_counter()
    url = company.stack.outputs["portal_url"] + path
    answer = company.http("GET", url, headers={"Cookie": cookie})
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return time.perf_counter() - began


def tell(little: Mapping[str, float], much: Mapping[str, float]) -> int:
    print(f"{'page':30} {'little':>9} {'much':>9}")
    for path, before in little.items():
        times = much[path] / before
        print(f"{path:30} {before * 1000:6.0f} ms {much[path] * 1000:6.0f} ms  x {times:.2f}")
    return int(any(much[path] > MOST * before for path, before in little.items()))


if __name__ == "__main__":
    sys.exit(main())
