"""What ``authkit sign --print http`` prints, ``verify`` and ``mismatch`` read, to the byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authkit.cli import main
from tests.cli.sign.server import REGION, SECRET, SERVICE, TOKEN

AT, WHEN = 1_440_938_160, "20150830T123600Z"
SCOPE = ["--region", REGION, "--service", SERVICE, "--at", WHEN]
URL = "https://api.example.com/a%20b/c?x=1&y=%2B"
Capture = pytest.CaptureFixture[bytes]
Stdin = Callable[[bytes], None]


def printed(capfdbinary: Capture, *arguments: str) -> bytes:
    """Return the request that sign prints."""
    capfdbinary.readouterr()
    assert main(["sign", *arguments, *SCOPE, "--print", "http"]) == 0
    return capfdbinary.readouterr().out


def test_a_request_is_printed_as_http(capfdbinary: Capture) -> None:
    """Request line, headers, a blank line and the body, and nothing behind it."""
    head, _, body = printed(capfdbinary, URL, "-d", "a=1").partition(b"\r\n\r\n")

    lines = head.decode().split("\r\n")
    assert lines[:2] == ["POST /a%20b/c?x=1&y=%2B HTTP/1.1", "Host: api.example.com"]
    assert "Content-Length: 3" in lines
    assert lines[-1].startswith("Authorization: AWS4-HMAC-SHA256 Credential=")
    assert body == b"a=1"


@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        ([URL], []),
        ([URL, "--data-binary", "@{raw}"], []),
        ([URL, "--json", '{"n": 1}', "-X", "PUT"], []),
        (["https://api.example.com:8443", "-X", "POST"], []),
        ([URL, "-H", "X-Amz-Meta: a  b", "-H", "X-Empty;", "-H", "X-Amz-Name: ü"], []),
        (["https://api.example.com/?q=a+b"], []),
        ([URL, "--presign"], []),
        ([URL, "--v4a"], []),
        ([URL, "-d", "x", "--unsigned-payload"], ["--unsigned-payload"]),
    ],
)
def test_sign_then_verify_then_mismatch(
    capfdbinary: Capture, stdin: Stdin, tmp_path: Path, arguments: list[str], rules: list[str]
) -> None:
    """The one takes it, and the other finds nothing wrong with it."""
    (tmp_path / "raw").write_bytes(b"\r\n\r\n\n\n> \xff\0\n")
    raw = printed(capfdbinary, *[each.format(raw=tmp_path / "raw") if "@{" in each else each for each in arguments])
    stdin(raw)
    verified = main(["verify", "-", *SCOPE, *rules])
    stdin(raw)
    looked_into = main(["mismatch", "-"])

    assert (verified, looked_into) == (0, 3)
    assert b"The signature is right for this request and this secret." in capfdbinary.readouterr().out


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=st.binary(max_size=60), double=st.booleans())
def test_any_body_comes_back(capfdbinary: Capture, stdin: Stdin, tmp_path: Path, body: bytes, double: bool) -> None:
    """Its blank lines are not taken for the head's end; changed by one byte it is refused."""
    (tmp_path / "raw").write_bytes(body)
    raw = printed(capfdbinary, URL, "--data-binary", f"@{tmp_path / 'raw'}")

    codes = []
    for each in (raw, raw[:-1] + bytes([raw[-1] ^ 1]) if body else raw):
        stdin(each)
        codes.append(main(["verify", "-", *SCOPE]))

    assert codes == [0, 1 if body else 0]


@pytest.mark.parametrize("how", [["--print", "http"], ["--print", "url"], ["--print", "json"], ["--dry-run"]])
def test_it_is_written_where_it_is_asked_for(capfdbinary: Capture, tmp_path: Path, how: list[str]) -> None:
    """With -o, as the answer would be."""
    codes = [main(["sign", URL, *SCOPE, *how]), main(["sign", URL, *SCOPE, *how, "-o", str(tmp_path / "out")])]

    assert codes == [0, 0]
    assert (tmp_path / "out").read_bytes() == capfdbinary.readouterr().out != b""


def test_a_token_is_printed_and_a_secret_is_not(capfdbinary: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request does not verify without its token."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)

    shown = printed(capfdbinary, URL)

    assert f"X-Amz-Security-Token: {TOKEN}\r\n".encode() in shown
    assert SECRET.encode() not in shown


def test_times_are_dates_for_people_and_numbers_for_programs(capfdbinary: Capture, stdin: Stdin) -> None:
    """As authkit token inspect shows them."""
    raw = printed(capfdbinary, URL)
    stdin(raw)
    main(["verify", "-", *SCOPE])
    text = capfdbinary.readouterr().out
    stdin(raw)
    main(["verify", "-", *SCOPE, "--print", "json"])
    told = json.loads(capfdbinary.readouterr().out)

    assert b"signed_at:      2015-08-30 12:36:00Z\nends_at:        2015-08-30 12:41:00Z\n" in text
    assert (told["signed_at"], told["ends_at"]) == (AT, AT + 300)
