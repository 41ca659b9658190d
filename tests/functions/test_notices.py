"""The functions that work out and send notices, as EventBridge and SQS call them."""

import io
import json
from typing import Any

import pytest

from accessflows import wiring
from accessflows.model.notice import Notice, NoticeKind
from functions import notify, send_notice
from tests.doubles.mail import KEYS, SITE, MemoryMailer, notices_of
from tests.factories import a_flow, a_person, an_approval
from tests.functions.calls import CONTEXT
from tests.worlds import World


class MemoryQueue:
    """Keeps notices."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def put(self, notices: list[Notice]) -> None:
        self.notices += notices


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    people = [a_person("anna", groups=("leads",))]
    world = World(flows=[a_flow(approval=an_approval("leads"))], people=people)
    for name, value in {
        "ports": world.ports,
        "requests": world.requests,
        "flows": world.flow_store,
        "directory": world.directory,
        "link_keys": KEYS,
        "public_url": SITE,
    }.items():
        monkeypatch.setattr(wiring, name, lambda value=value: value)
    monkeypatch.setattr(wiring, "now", world.clock)
    return world


@pytest.fixture
def mailer(monkeypatch: pytest.MonkeyPatch) -> MemoryMailer:
    mailer = MemoryMailer()
    monkeypatch.setattr(wiring, "mailer", lambda: mailer)
    return mailer


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> MemoryQueue:
    queue = MemoryQueue()
    monkeypatch.setattr(wiring, "notice_queue", lambda: queue)
    return queue


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(send_notice.logger.registered_handler, "stream", stream)
    return stream


def told(event_id: str) -> dict[str, Any]:
    """As the rule on the bus calls `notify`."""
    return {"source": "accessflows", "detail": {"event_id": event_id}}


def messages(*bodies: str) -> dict[str, Any]:
    """As the queue calls `send_notice`."""
    return {
        "Records": [
            {"messageId": str(n), "body": body, "eventSource": "aws:sqs"}
            for n, body in enumerate(bodies)
        ]
    }


def test_an_event_queues_one_notice_a_person(world: World, queue: MemoryQueue) -> None:
    request = world.submit()
    answer = notify.handler(told(f"{request.subject}#1"), CONTEXT)
    assert answer == {"event_id": f"{request.subject}#1", "notices": 2}
    assert queue.notices == notices_of(world, world.requests.event(request.subject, 1))


@pytest.mark.req("R124.mail")
def test_each_message_becomes_one_mail(world: World, mailer: MemoryMailer) -> None:
    request = world.submit()
    notices = notices_of(world, world.requests.event(request.subject, 1))
    event = messages(*(notice.model_dump_json() for notice in notices))
    assert send_notice.handler(event, CONTEXT) == {"batchItemFailures": []}
    assert [mail.to for mail in mailer.sent] == ["rita@example.com", "anna@example.com"]


def test_only_what_failed_is_tried_again(world: World, mailer: MemoryMailer) -> None:
    request = world.submit()
    notices = notices_of(world, world.requests.event(request.subject, 1))
    event = messages("no notice", *(notice.model_dump_json() for notice in notices))
    mailer.down = 1
    answer = send_notice.handler(event, CONTEXT)
    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert (failed, len(mailer.sent)) == (["0", "1"], 1)
    answer = send_notice.handler(messages(notices[0].model_dump_json()), CONTEXT)
    assert (answer["batchItemFailures"], len(mailer.sent)) == ([], 2)


def test_who_is_gone_is_skipped_with_a_log(
    world: World, mailer: MemoryMailer, logged: io.StringIO
) -> None:
    request = world.submit()
    notice = Notice(
        event_id=f"{request.subject}#1",
        request_id=request.id,
        kind=NoticeKind.SUBMITTED,
        recipient_id="ghost",
    )
    answer = send_notice.handler(messages(notice.model_dump_json()), CONTEXT)
    assert answer == {"batchItemFailures": []}
    entry = json.loads(logged.getvalue())
    assert (entry["message"], entry["why"]) == ("notice skipped", "no such active person")


def test_logs_hold_no_link_and_no_justification(
    world: World, mailer: MemoryMailer, logged: io.StringIO
) -> None:
    request = world.submit(justification="a secret reason to ask")
    notices = notices_of(world, world.requests.event(request.subject, 1))
    mailer.down = 1
    for _ in range(2):
        event = messages(*(notice.model_dump_json() for notice in notices))
        send_notice.handler(event, CONTEXT)
    messages_logged = [json.loads(line)["message"] for line in logged.getvalue().splitlines()]
    assert messages_logged == ["notice not sent", "notice sent", "notice sent", "notice skipped"]
    for secret in (*world.requests.links, "/approve/", "a secret reason"):
        assert secret not in logged.getvalue()
