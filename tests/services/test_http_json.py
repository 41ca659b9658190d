"""JSON over HTTP, against a server that does what servers do."""

import time
from collections.abc import Iterator

import pytest

from accessflows.http_json import BadStatus, HttpJson, NotAnswered, address_problem
from tests.services.server import Answer, Asked, Server

KEY = "not-a-real-key"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server.running() as server:
        yield server


def client(server: Server) -> HttpJson:
    return HttpJson(server.url, headers={"Authorization": KEY})


def test_a_call_says_what_it_is_given_and_answers_what_it_was_told(server: Server) -> None:
    server.respond = lambda _: Answer(201, {"id": 7})
    found = client(server).call(
        "PATCH", "/things", query=[("dry", "a b")], headers={"X": "1"}, body={"n": 1}, seconds=5
    )
    assert found == {"id": 7}
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("PATCH", "/things?dry=a+b", b'{"n": 1}')
    wanted = {"Authorization": KEY, "X": "1", "Content-Type": "application/json"}
    assert asked.headers.items() >= wanted.items()


def test_bytes_go_as_they_are_and_an_empty_answer_is_none(server: Server) -> None:
    server.respond = lambda _: Answer(204, b"")
    assert client(server).call("POST", body=b'{"n":1}', seconds=5) is None
    assert server.asked[0].body == b'{"n":1}'


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 409, 429, 500, 503])
def test_another_status_than_success_is_told_with_its_body(server: Server, status: int) -> None:
    server.respond = lambda _: Answer(status, {"reason": KEY}, {"Location": "/elsewhere"})
    with pytest.raises(BadStatus, match=f"HTTP {status}") as wrong:
        client(server).call("POST", body={}, seconds=5)
    assert (wrong.value.status, wrong.value.body) == (status, {"reason": KEY})
    assert KEY not in str(wrong.value)
    assert len(server.asked) == 1


def test_a_bad_status_without_json_is_told_all_the_same(server: Server) -> None:
    server.respond = lambda _: Answer(502, b"<html>")
    with pytest.raises(BadStatus) as wrong:
        client(server).call("GET", seconds=5)
    assert wrong.value.body is None


def slowly(_: Asked) -> Answer:
    time.sleep(0.5)
    return Answer(200, {})


@pytest.mark.parametrize(
    "respond",
    [
        lambda _: Answer(200, b"<html>"),
        lambda _: Answer(200, b'{"cut": '),
        lambda _: Answer(200, b"x" * 2_100_000),
        lambda _: Answer(200, b"{}", {"Content-Length": "9"}),
        slowly,
    ],
    ids=["no JSON", "broken JSON", "endless", "cut off", "late"],
)
def test_what_is_no_answer_has_an_unknown_outcome(server: Server, respond: object) -> None:
    server.respond = respond  # type: ignore[assignment]  # given as one of several
    with pytest.raises(NotAnswered) as silence:
        client(server).call("POST", body={"key": KEY}, seconds=0.2)
    assert KEY not in str(silence.value)
    assert len(server.asked) == 1


def test_an_answer_that_drips_is_not_waited_for(server: Server) -> None:
    ticks = iter([0.0, 1.0, 6.0])
    server.respond = lambda _: Answer(200, b" " * 200_000 + b"{}")
    with pytest.raises(NotAnswered, match="end of its answer"):
        HttpJson(server.url, clock=lambda: next(ticks, 9.0)).call("GET", seconds=5)


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(NotAnswered, match="could not be reached"):
        HttpJson("http://127.0.0.1:9").call("GET", seconds=5)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://crm.example.com", "plain HTTP"),
        ("ftp://crm.example.com", "write an address"),
        ("crm.example.com", "write an address"),
        ("https://", "write an address"),
        ("https://crm.example.com:port", "write an address"),
        ("https://rita:secret@crm.example.com", "leave out user"),
        ("https://crm.example.com/#top", "leave out user"),
        ("https://crm.example.com/a b", "leave out user"),
        ("https://crm.example.com/\r\nX: 1", "write an address"),
        (None, "write an address"),
    ],
)
def test_only_an_address_that_keeps_what_is_sent_is_called(url: str | None, said: str) -> None:
    assert said in str(address_problem(url))
    with pytest.raises(ValueError, match=said):
        HttpJson(url)  # type: ignore[arg-type]  # as settings may have it


@pytest.mark.parametrize(
    "url", ["https://crm.example.com:8443/access", "http://127.0.0.1:80", "http://localhost"]
)
def test_good_addresses(url: str) -> None:
    assert address_problem(url) is None
