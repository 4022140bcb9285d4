"""A request from a file whose body is given besides: as curl -v shows it, or as an event has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from authkit import sigv4
from authkit.cli import main
from authkit.testing import rest_request
from tests.cli.sign.server import CREDENTIALS, REGION, SERVICE

AT, WHEN = 1_440_938_160, "20150830T123600Z"
SCOPE = ["--region", REGION, "--service", SERVICE, "--at", WHEN]
BODY = b'{"n": 1}\n'
Capture = pytest.CaptureFixture[str]


def signed(body: bytes = BODY, path: str = "/a%20b", **options: Any) -> sigv4.Signed:
    """Return a POST, signed."""
    common: dict[str, Any] = {"credentials": CREDENTIALS, "region": REGION, "service": SERVICE, "clock": lambda: AT}
    return sigv4.sign(method="POST", url=f"https://api.example.com{path}", body=body, **common, **options)


def trace(found: sigv4.Signed, *more: str) -> bytes:
    """Return what curl -v tells on stderr: no body."""
    headers = [f"{name}: {value}" for name, value in (("Host", found.host), *found.headers)]
    sent = "".join(f"> {line}\r\n" for line in ("POST /a%20b HTTP/1.1", *headers, *more, ""))
    answer = "< HTTP/1.1 403 Forbidden\r\n< Content-Type: application/json\r\n< \r\n{ [5 bytes data]\n"
    return f"*   Trying 127.0.0.1:443...\n{sent}}} [{len(BODY)} bytes data]\n{answer}".encode()


LENGTH = f"Content-Length: {len(BODY)}"


@pytest.fixture
def files(tmp_path: Path) -> Callable[[bytes], list[str]]:
    """Write a request, and its body beside it; return the request, and the flag for the body."""

    def written(raw: bytes) -> list[str]:
        (tmp_path / "request").write_bytes(raw)
        (tmp_path / "body").write_bytes(BODY)
        return [str(tmp_path / "request"), "--data-binary", f"@{tmp_path / 'body'}"]

    return written


Files = Callable[[bytes], list[str]]


@pytest.mark.parametrize("more", [LENGTH, "Transfer-Encoding: chunked"])
def test_a_trace_without_its_body_is_not_judged(capsys: Capture, files: Files, more: str) -> None:
    """Neither is it an empty one, nor is a rightly signed request said to be wrong."""
    file = files(trace(signed(), more))[0]

    codes = [main(["verify", file, *SCOPE]), main(["mismatch", file])]

    shown, talk = capsys.readouterr()
    assert codes == [1, 3]
    assert "payload_unavailable" in shown
    assert "give the body with -d" in shown
    assert talk == "authkit: give the body with -d\n"
    assert "another secret" not in shown
    assert sigv4.EMPTY_SHA256 not in shown


def test_no_canonical_request_is_shown_that_leaves_a_body_out(capsys: Capture, files: Files) -> None:
    """Nor a string to sign, which has its hash in it; with the body both are."""
    arguments = files(trace(signed(), LENGTH))

    main(["verify", arguments[0], *SCOPE, "-v"])
    without = capsys.readouterr().err
    main(["verify", *arguments, *SCOPE, "-v"])
    given = capsys.readouterr().err

    assert "\nhost;x-amz-date\n(the body is not here)\n" in without
    assert "string to sign" not in without
    assert f"\nhost;x-amz-date\n{sha256(BODY).hexdigest()}\n\nstring to sign:\n" in given


@pytest.mark.parametrize("more", [LENGTH, "Transfer-Encoding: chunked", "X-None: of both"])
def test_data_gives_the_body_of_a_trace(capsys: Capture, files: Files, more: str) -> None:
    """Then it verifies, and nothing is wrong with it."""
    arguments = files(trace(signed(), more))

    codes = [main(["verify", *arguments, *SCOPE]), main(["mismatch", *arguments])]

    shown = capsys.readouterr().out
    assert codes == [0, 3]
    assert "payload:        checked\n" in shown
    assert "The signature is right for this request and this secret." in shown


def test_json_gives_it_too(capsys: Capture, files: Files) -> None:
    """And adds no header to what came."""
    file, _, body = files(trace(signed(), LENGTH))

    assert main(["verify", file, *SCOPE, "--json", body]) == 0


def test_a_cause_is_named_with_the_body(capsys: Capture, files: Files) -> None:
    """The help's own example: a POST that is signed wrongly, by its trace, its data and the answer."""
    arguments = files(trace(signed(double_encode=False), LENGTH))

    without, given = main(["mismatch", arguments[0]]), main(["mismatch", *arguments])

    shown = capsys.readouterr().out
    assert (without, given) == (3, 0)
    assert shown.startswith("cannot tell: ")
    assert "\npath_encoding: " in shown


def test_data_gives_the_body_of_an_event(capsys: Capture, files: Files) -> None:
    """An authorizer's has none."""
    found = signed(path="/prod/orders")
    headers = {**dict(found.headers), "Host": "api.example.com"}
    event = rest_request("POST", "/orders", headers=headers, domain=None)
    event["requestContext"]["domainName"] = "api.example.com"
    arguments = files(json.dumps(event).encode())

    codes = [main(["verify", *each, *SCOPE]) for each in (arguments[:1], arguments)]

    assert codes == [1, 0]
    assert "payload:        checked\n" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["verify", "mismatch"])
@pytest.mark.parametrize(
    ("raw", "flags", "told"),
    [
        (trace(signed(), LENGTH), ["-X", "POST"], "go with a URL"),
        (trace(signed(), LENGTH), ["-H", "X-A: PLANTED"], "go with a URL"),
        (trace(signed(), LENGTH), ["-G", "-d", "PLANTED"], "go with a URL"),
        (trace(signed(), LENGTH), ["-d", "PLANTED"], "Content-Length is 9, and data gives 7 bytes"),
        (trace(signed(), "Content-Length: 0"), ["-d", "PLANTED"], "Content-Length is 0"),
        (b"POST / HTTP/1.1\nHost: a\n\nx", ["-d", "PLANTED"], "has a body already"),
        (b"POST / HTTP/1.1\nHost: a\nContent-Length: 1\n\nx", ["--json", "PLANTED"], "has a body already"),
    ],
)
def test_flags_that_do_not_go_with_a_file_are_wrong_usage(
    capsys: Capture, files: Files, command: str, raw: bytes, flags: list[str], told: str
) -> None:
    """None is passed over in silence, and none is quoted."""
    with pytest.raises(SystemExit) as ended:
        main([command, files(raw)[0], *flags, *(SCOPE if command == "verify" else [])])

    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "")
    assert told in shown.err
    assert "PLANTED" not in shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["-", "-d", "@-"],
        ["-", "--error", "-"],
        ["https://a/", "-d", "@-", "--error", "-"],
        ["https://a/", "-d", "@-", "-d", "@-"],
        ["https://a/", "-H", "@-", "--json", "@-"],
    ],
)
def test_standard_input_is_read_once(capsys: Capture, arguments: list[str]) -> None:
    """Whoever came second would find nothing there, and take that for empty."""
    with pytest.raises(SystemExit) as ended:
        main(["mismatch", *arguments])

    assert ended.value.code == 2
    assert "standard input is read once" in capsys.readouterr().err


def test_an_at_sign_as_it_stands_is_no_standard_input(
    capsys: Capture, files: Files, stdin: Callable[[bytes], None]
) -> None:
    """Of --data-raw."""
    stdin(trace(signed(b"@-"), "Content-Length: 2"))

    assert main(["verify", "-", *SCOPE, "--data-raw", "@-"]) == 0


def test_an_event_that_does_not_tell_the_request_is_refused_by_both(capsys: Capture, files: Files) -> None:
    """As their help lists it."""
    event = rest_request("POST", "/orders", query={"x": "1"}, domain="api.example.com")
    event["multiValueQueryStringParameters"] = {}
    file = files(json.dumps(event).encode())[0]

    assert [main(["verify", file, *SCOPE]), main(["mismatch", file])] == [1, 1]
    assert "refused: wire_form_lost" in capsys.readouterr().err


def test_verify_says_where_region_and_service_come_from(capsys: Capture) -> None:
    """Not from the request, and not from a flag that it does not have."""
    with pytest.raises(SystemExit):
        main(["verify", "--help"])

    shown = " ".join(capsys.readouterr().out.split())
    assert "--aws-sigv4" not in shown
    assert "default: of the environment or the profile" in shown
    assert "--service SERVICE that it has to be signed for; has to be said" in shown
