"""Systems of kinds that are not served everywhere: files name them, a deploy connects them."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from accessflows.model.event import Event, first_broken
from examples import webhook_receiver
from examples.webhook_receiver import Receiver
from local.company import Company
from tests.deployed import CONFIG, PORT, founded
from tests.doubles import postgres
from tests.doubles.postgres import Server

KEY = "a-key-of-the-tests-that-is-long-enough"
SECRET = "accessflows/badges"
SHOP_SECRET = "accessflows/shop-db"
DOORS = [
    {"resource_type": "door", "name": name, "permissions": ["open"]} for name in ("lab", "hall")
]


@pytest.fixture(scope="module")
def receiver() -> Receiver:
    """The badge system, which takes messages signed with the key."""
    return Receiver([KEY], DOORS)


@pytest.fixture(scope="module")
def address(receiver: Receiver) -> Iterator[str]:
    server = webhook_receiver.server(receiver)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/access"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def database_server() -> Iterator[Server]:
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="module")
def files(address: str, database_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The organisation's, and two more."""
    folder = tmp_path_factory.mktemp("config") / "files"
    shutil.copytree(CONFIG, folder)
    shop = {
        "id": "shop-db",
        "name": "Shop database",
        "kind": "postgresql",
        "settings": {
            "host": "127.0.0.1",
            "port": database_server.port,
            "sslmode": "disable",
            "secret": SHOP_SECRET,
            "databases": {"shop": {"read": "shop_reader"}},
        },
        "principal": {"attribute": "email"},
    }
    reading = {
        "id": "shop-reading",
        "name": "Reading the shop",
        "requestors": {"conditions": [{"attribute": "group", "values": ["developers"]}]},
        "targets": [
            {"integration": "shop-db", "resource_type": "database", "permissions": ["read"]}
        ],
    }
    (folder / "shop.yaml").write_text(yaml.safe_dump({"integrations": [shop], "flows": [reading]}))
    badges = {
        "id": "badges",
        "name": "Badges",
        "kind": "webhook",
        "settings": {"url": address, "secret": SECRET, "resource_types": {"door": ["open"]}},
        "principal": {"attribute": "email"},
    }
    flow = {
        "id": "doors",
        "name": "Doors",
        "requestors": {"conditions": [{"attribute": "group", "values": ["developers"]}]},
        "targets": [{"integration": "badges", "resource_type": "door", "permissions": ["open"]}],
        "approval": {"groups": [{"conditions": [{"attribute": "group", "values": ["leads"]}]}]},
    }
    (folder / "badges.yaml").write_text(yaml.safe_dump({"integrations": [badges], "flows": [flow]}))
    return folder


@pytest.fixture(scope="module")
def company(files: Path) -> Iterator[Company]:
    """On a stack of its own, deployed once more with these files."""
    with founded(PORT + 1) as company:
        secrets: Any = company.stack.client("secretsmanager")
        secrets.create_secret(Name=SECRET, SecretString=json.dumps({"signing_key": KEY}))
        secrets.create_secret(Name=SHOP_SECRET, SecretString=json.dumps(postgres.ADMIN))
        company.stack.deploy(files)
        yield company


@pytest.mark.req("R39.webhook")
def test_a_door_opens_by_signed_messages_once_approved_and_closes_at_the_end(
    company: Company, receiver: Receiver
) -> None:
    company.sync_inventory()
    door = {"integration": "badges", "resource_type": "door", "resource": "lab"}
    body = {"resources": [{**door, "permissions": ["open"]}], "duration": "PT15S"}
    status, answer = company.call("rita", "POST", "/access-requests", body)
    assert status == 201, answer
    (request,) = answer["requests"]
    company.asked.append(request["id"])
    assert request["status"] == "Pending Approval"
    assert receiver.grants == {}
    path = f"/approvals/{request['id']}/approve"
    assert company.call("anna", "POST", path, {"reason": "to fix the door"})[0] == 200
    active = company.wait_until("rita", request["id"], "Active")
    ((grant_id, held),) = receiver.grants.items()
    assert grant_id == f"{request['id']}-1"
    assert held["principal"] == "rita@example.com"
    assert held["entitlements"] == [
        {"resource_type": "door", "resource": "lab", "permission": "open"}
    ]
    assert held["until"] >= active["ends_at"][:19]
    assert active["access_details"] == ["Sign in as rita@example.com."]
    (batch,) = active["batches"]
    assert batch["evidence"] == {"holds": True, "answered": held}
    ended = company.wait_until("rita", request["id"], "Expired")
    assert receiver.grants == {}
    (batch,) = ended["batches"]
    assert (batch["state"], batch["evidence"]) == ("absent", {"holds": False, "answered": {}})
    assert first_broken([Event.model_validate(event) for event in ended["events"]]) is None


@pytest.mark.req("R39.postgresql", "N1.evidence")
def test_a_database_is_read_with_a_password_of_the_grant_until_it_is_given_back(
    company: Company, database_server: Server
) -> None:
    company.sync_inventory()
    shop = {"integration": "shop-db", "resource_type": "database", "resource": "shop"}
    body = {"resources": [{**shop, "permissions": ["read"]}], "duration": "PT10M"}
    status, answer = company.call("rita", "POST", "/access-requests", body)
    assert status == 201, answer
    (request,) = answer["requests"]
    company.asked.append(request["id"])
    active = company.wait_until("rita", request["id"], "Active")
    path = f"/access-requests/{request['id']}/access-details"
    assert company.call("ada", "GET", path)[0] == 404
    status, told = company.call("rita", "GET", path)
    assert (status, len(told["logins"])) == (200, 1), told
    (login,) = told["logins"]
    assert login["username"] == f"accessflows-{request['id']}-1"
    assert login["password"] not in json.dumps(active)
    session = database_server.sign_in(login["username"], login["password"])
    assert session.execute("SELECT number FROM orders").fetchall() == [(1,)]

    end = f"/access-requests/{request['id']}/revoke"
    assert company.call("rita", "POST", end, {})[0] == 200
    ended = company.wait_until("rita", request["id"], "Revoked", seconds=180)
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT number FROM orders")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        database_server.sign_in(login["username"], login["password"])
    assert database_server.roles() == []
    (batch,) = ended["batches"]
    assert batch["evidence"] == {"role": login["username"], "found": False}
