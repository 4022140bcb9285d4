"""What the emulator records: events and answers, without their credentials unless they are wanted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authkit.local.call import Call
from authkit.local.record import LEFT_OUT, Recorder
from tests.local.gateways import Function, gateway, saying, sent, stage, statement

SECRET = "s3cr3t-t0ken+with/odd=chars"
SHORT = "tok1"
KEY = "key-of-the-plan-00000000000000000"
HEADERS = (
    ("Authorization", f"Bearer {SECRET}"),
    ("Cookie", f"sid={SECRET}; theme=dark"),
    ("X-Tenant", "acme"),
    ("X-Api-Key", KEY),
)
QUERY = "access_token=s3cr3t-t0ken%2Bwith%2Fodd%3Dchars&token=tok1&page=2"


def recorded(folder: Path, result: Any, kind: str, *, credentials: bool = False) -> tuple[Any, Any, str]:
    """Make one call and return event, answer, and all that was written."""
    recorder = Recorder(folder, ("header.authorization",), credentials=credentials)
    api = gateway(Function(result), kind)
    api._tell = recorder.record
    api.respond(sent("/orders/1", *HEADERS, kind=kind, query=QUERY))
    texts = [(folder / f"0001-{name}.json").read_text(encoding="utf-8") for name in ("event", "answer")]
    return json.loads(texts[0]), json.loads(texts[1]), "".join(texts)


@pytest.mark.parametrize("kind", ["rest-token", "rest-request", "http-v1", "http-v2", "websocket"])
def test_no_credential_is_written(kind: str, tmp_path: Path) -> None:
    """Whichever field of whichever event it is in, and where the answer says it again."""
    answer = saying(statement(f"{stage(kind)}*"), context={"echo": f"it was {SECRET}"}, usageIdentifierKey=KEY)

    event, told, everything = recorded(tmp_path / "calls", answer, kind)

    for secret in (SECRET, KEY, "s3cr3t", "tok1"):
        assert secret not in everything
    assert told["answer"]["context"] == {"echo": f"it was {LEFT_OUT}"}
    assert told["status"] == (101 if kind == "websocket" else 200)
    if kind != "rest-token":
        assert event["headers"].get("X-Tenant", event["headers"].get("x-tenant")) == "acme"
        assert event["queryStringParameters"]["page"] == "2"


def test_a_credential_behind_a_semicolon_is_not_written(tmp_path: Path) -> None:
    """A REST API parts parameters there too, so the event has it, and the answer may say it again."""
    function = Function(saying(statement(f"{stage()}*"), context={"echo": "it was s3cr3t-token"}))
    calls: list[Call] = []
    gateway(function, calls=calls).respond(sent(query="page=2;access_token=s3cr3t-token"))

    Recorder(tmp_path, ("header.authorization",)).record(calls[0])

    assert function.events[0]["queryStringParameters"]["access_token"] == "s3cr3t-token"
    assert "s3cr3t" not in "".join(each.read_text(encoding="utf-8") for each in tmp_path.iterdir())


def test_credentials_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    """The event is the one the function was asked with, and can be asked again."""
    event, _, _ = recorded(tmp_path, saying(statement(f"{stage()}*")), "rest-request", credentials=True)

    assert event["headers"]["Authorization"] == f"Bearer {SECRET}"


def test_an_error_is_told_by_type_and_message(tmp_path: Path) -> None:
    """Without the credential that may be in it."""
    _, told, _ = recorded(tmp_path, RuntimeError(f"bad token {SECRET}"), "rest-request")

    assert told == {"status": 500, "error": {"errorType": "RuntimeError", "errorMessage": f"bad token {LEFT_OUT}"}}


def test_calls_that_asked_nobody_are_not_recorded(tmp_path: Path) -> None:
    """A missing source, a kept answer."""
    recorder = Recorder(tmp_path, ())
    api = gateway(Function(saying(statement(f"{stage()}*"))))
    api._tell = recorder.record

    for request in (sent(), sent(), sent("/orders/1", ("X", "1"))):
        api.respond(request)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001-answer.json", "0001-event.json"]
