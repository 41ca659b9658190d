"""A system behind a web address: the receiver of examples/, served for real and signed to."""

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from accessflows.connectors.credentials import CredentialsMissing
from accessflows.connectors.own_system import NotUnderstood, OwnSystem
from accessflows.connectors.webhook import CallRefused, Webhook, signature
from accessflows.http_json import NotAnswered
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from examples import webhook_receiver
from examples.webhook_receiver import TOLERANCE_SECONDS, Receiver
from tests.doubles.secrets import holding
from tests.factories import a_person
from tests.services.server import Answer, Server
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import END, Conformance, Target

NEW, OLD, OTHER = "n" * 32, "o" * 32, "x" * 40
SECRET = "accessflows/badges"
ROOMS = [{"resource_type": "room", "name": name, "permissions": ["enter"]} for name in "ab"]
RITA = a_person(attributes={"badge": ("rita.r",)})


def integration(url: str) -> Integration:
    settings = {"url": url, "secret": SECRET, "resource_types": {"room": ["enter", "clean"]}}
    return Integration(
        id="badges",
        name="Badges",
        kind=Kind.WEBHOOK,
        settings=settings,
        principal=PrincipalMapping(attribute="badge"),
    )


def a_grant(**changes: Any) -> Batch:
    enter = Entitlement(
        integration="badges", resource_type="room", resource="a", permission="enter"
    )
    given = {"integration": "badges", "family": Kind.WEBHOOK, "principal": "rita.r", **changes}
    return a_batch(enter, **given)


def connector(clock: Any = time.time, signing_key: object = NEW) -> OwnSystem:
    return OwnSystem(Webhook(holding({SECRET: {"signing_key": signing_key}}), clock))


@contextmanager
def serving(receiver: Receiver) -> Iterator[Integration]:
    server = webhook_receiver.server(receiver)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield integration(f"http://127.0.0.1:{server.server_port}/access")
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.req("R39.webhook")
class TestWebhook(Conformance):
    @pytest.fixture
    def target(self) -> Iterator[Target]:
        with serving(Receiver([NEW], ROOMS)) as badges:
            yield Target(
                connector=connector(),
                integration=badges,
                person=RITA,
                batch=a_grant(),
                other=a_grant(number=2),
                has_quota=False,
                least_settings={name: badges.settings[name] for name in ("url", "secret")},
            )


@pytest.fixture
def wire() -> Iterator[Server]:
    """Between the connector and a receiver, to be tampered with."""
    with Server.running() as server:
        yield server


def test_a_message_is_signed_as_the_documentation_says(wire: Server) -> None:
    wire.respond = lambda _: Answer(200, {"status": "granted"})
    badges = integration(f"{wire.url}/access?team=7")
    connector(lambda: 1_770_000_000.9).grant(badges, a_grant(), END)
    (asked,) = wire.asked
    assert (asked.method, asked.path) == ("POST", "/access?team=7")
    assert json.loads(asked.body)["action"] == "grant"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Accessflows-Timestamp"] == "1770000000"
    signed = b"1770000000." + asked.body
    wanted = hmac.new(NEW.encode(), signed, hashlib.sha256).hexdigest()
    assert asked.headers["Accessflows-Signature"] == f"v1={wanted}"


def test_the_signature_is_an_hmac_that_others_compute_alike() -> None:
    # printf '1770000000.{}' | openssl dgst -sha256 -hmac nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
    known = "638e36bcc792361a8616b9f5007065a5556ff8ebd798ddb6cff47a572460208e"
    assert signature([NEW], "1770000000", b"{}") == f"v1={known}"


def test_a_message_that_is_sent_again_has_the_same_id(wire: Server) -> None:
    wire.respond = lambda _: Answer(200, {"status": "granted"})
    badges = integration(wire.url)
    for until in (END, END, END + timedelta(minutes=5)):
        connector().grant(badges, a_grant(), until)
    first, again, later = (asked.headers["Accessflows-Message-Id"] for asked in wire.asked)
    assert first == again != later
    assert re.fullmatch(r"[0-9a-f]{32}", first)


@pytest.mark.req("R39.webhook")
@pytest.mark.parametrize("sign", [-1, 1])
def test_an_old_message_and_one_from_the_future_are_refused(sign: int) -> None:
    now = 1_770_000_000
    receiver = Receiver([NEW], ROOMS, clock=lambda: now)
    off = TOLERANCE_SECONDS * sign
    with serving(receiver) as badges:
        with pytest.raises(CallRefused, match="HTTP 401 to grant"):
            connector(lambda: now + off + sign).grant(badges, a_grant(), END)
        assert receiver.grants == {}
        connector(lambda: now + off).grant(badges, a_grant(), END)
        assert list(receiver.grants) == [a_grant().grant_id]


@pytest.mark.req("R39.webhook")
def test_a_message_signed_with_another_key_is_refused() -> None:
    receiver = Receiver([NEW, OLD], ROOMS)
    with serving(receiver) as badges, pytest.raises(CallRefused, match="HTTP 401 to grant"):
        connector(signing_key=OTHER).grant(badges, a_grant(), END)
    assert receiver.grants == {}


TAMPERINGS = {
    "another body": lambda headers, body: (headers, body.replace(b"enter", b"clean")),
    "another time": lambda headers, body: (
        {**headers, "Accessflows-Timestamp": str(int(headers["Accessflows-Timestamp"]) + 1)},
        body,
    ),
    "no time": lambda headers, body: ({**headers, "Accessflows-Timestamp": ""}, body),
    "no signature": lambda headers, body: (without(headers, "Accessflows-Signature"), body),
    "half a signature": lambda headers, body: (
        {**headers, "Accessflows-Signature": headers["Accessflows-Signature"][:20]},
        body,
    ),
    "a signature in words": lambda headers, body: (
        {**headers, "Accessflows-Signature": "v1=\xe9"},
        body,
    ),
}


def without(headers: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


@pytest.mark.req("R39.webhook")
@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_forged_message_is_refused(wire: Server, tampering: str) -> None:
    receiver = Receiver([NEW], ROOMS)

    def forged(asked: Any) -> Answer:
        return Answer(*receiver.handle(*TAMPERINGS[tampering](asked.headers, asked.body)))

    wire.respond = forged
    with pytest.raises(CallRefused, match="HTTP 401 to grant"):
        connector().grant(integration(wire.url), a_grant(), END)
    assert receiver.grants == {}


@pytest.mark.req("R39.webhook")
def test_a_grant_that_was_recorded_does_not_come_back_after_it_was_revoked(wire: Server) -> None:
    now = [time.time()]
    receiver = Receiver([NEW], ROOMS)
    wire.respond = lambda asked: Answer(*receiver.handle(asked.headers, asked.body))
    badges, through = integration(wire.url), connector(lambda: now[0])
    through.grant(badges, a_grant(), END)
    now[0] += 1
    through.revoke(badges, a_grant())
    recorded = wire.asked[0]
    assert receiver.handle(recorded.headers, recorded.body)[0] == 401
    assert receiver.grants == {}


@pytest.mark.req("R39.webhook")
@pytest.mark.parametrize("accepted", [[OLD], [NEW], [OLD, NEW]])
def test_keys_change_without_a_message_lost(accepted: list[str]) -> None:
    receiver = Receiver(accepted, ROOMS)
    with serving(receiver) as badges:
        connector(signing_key=[NEW, OLD]).grant(badges, a_grant(), END)
        assert list(receiver.grants) == [a_grant().grant_id]


@pytest.mark.parametrize(
    "held", [None, "", "short", 7, [], [NEW, "short"], [NEW, OLD, OTHER, "y" * 32], {"a": NEW}]
)
def test_a_secret_without_a_good_key_signs_nothing(wire: Server, held: object) -> None:
    with pytest.raises(CredentialsMissing, match="needs `signing_key`") as missing:
        connector(signing_key=held).observe(integration(wire.url), a_grant())
    assert NEW not in str(missing.value)
    assert wire.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(302, b"", {"Location": "/elsewhere"}), CallRefused),
        (Answer(400, {"status": "refused", "message": "no"}), CallRefused),
        (Answer(500, {"holds": False}), CallRefused),
        (Answer(200, b"<html>"), NotAnswered),
        (Answer(204, b""), NotUnderstood),
        (Answer(200, {"status": "maybe"}), NotUnderstood),
        (Answer(200, {"holds": True}), NotUnderstood),
    ],
)
def test_all_but_an_answer_leaves_the_outcome_unknown(
    wire: Server, answer: Answer, error: type[Exception]
) -> None:
    wire.respond = lambda _: answer
    with pytest.raises(error):
        connector().grant(integration(wire.url), a_grant(), END)
    assert len(wire.asked) == 1


def test_a_refusal_of_the_system_is_told_in_its_words() -> None:
    with serving(Receiver([NEW], ROOMS)) as badges:
        with pytest.raises(TargetRefused, match="Badges refused this: blocked-1 is blocked here"):
            connector().grant(badges, a_grant(principal="blocked-1"), END)
        assert not connector().observe(badges, a_grant(principal="blocked-1")).holds


def test_there_is_found_what_the_receiver_lists() -> None:
    with serving(Receiver([NEW], ROOMS)) as badges:
        found = list(connector().discover(badges))
    assert [(each.resource_type, each.name, each.permissions) for each in found] == [
        ("room", "a", ("enter",)),
        ("room", "b", ("enter",)),
    ]
