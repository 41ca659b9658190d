"""A system of a kind that is not served everywhere: files name it, a deploy connects it."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from accessflows.model.event import Event, first_broken
from examples import webhook_receiver
from examples.webhook_receiver import Receiver
from local.company import Company
from tests.deployed import CONFIG, PORT, founded

KEY = "a-key-of-the-tests-that-is-long-enough"
SECRET = "accessflows/badges"
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
def files(address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The organisation's, and one more."""
    folder = tmp_path_factory.mktemp("config") / "files"
    shutil.copytree(CONFIG, folder)
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
