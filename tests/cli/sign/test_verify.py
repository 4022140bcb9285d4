"""``authkit verify`` and ``authkit mismatch``: a request from a file, an event or flags, and what is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authkit import sigv4
from authkit.cli import main
from authkit.cli.sign.received import of_text
from authkit.errors import ConfigError
from authkit.testing import rest_request
from tests.cli.sign.server import CREDENTIALS, KEY_ID, REGION, SECRET, SERVICE, TEMPORARY, TOKEN

AT, WHEN = 1_440_938_160, "20150830T123600Z"
SCOPE = ["--region", REGION, "--service", SERVICE, "--at", WHEN]
Capture = pytest.CaptureFixture[str]


def signed(
    url: str = "https://api.example.com/a%20b?x=1", credentials: sigv4.Credentials = CREDENTIALS, **options: Any
) -> sigv4.Signed:
    """Return a POST, signed."""
    usual = {"region": REGION, "service": SERVICE, "clock": lambda: AT, "body": b"a\nb"}
    return sigv4.sign(method="POST", url=url, credentials=credentials, **{**usual, **options})


def text(found: sigv4.Signed, end: str = "\r\n", *, mark: str = "", body: str = "a\nb", length: bool = True) -> bytes:
    """Return a request as HTTP text."""
    lines = ["POST /a%20b?x=1 HTTP/1.1", f"Host: {found.host}", *(f"{name}: {value}" for name, value in found.headers)]
    lines += ["Content-Length: 3"] if length else []
    return (end.join(mark + line for line in lines) + end + end + body).encode()


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], str]:
    """Write a file and return its name."""

    def written(raw: bytes) -> str:
        path = tmp_path / "request"
        path.write_bytes(raw)
        return str(path)

    return written


@pytest.mark.parametrize(
    "raw",
    [
        text(signed()),
        text(signed(), "\n"),
        text(signed(), "\n", body="a\nb\n"),
        text(signed(), length=False),
        b"\n" + text(signed()),
        b"* Trying\n" + text(signed(), "\n", mark="> ", body=""),
    ],
)
def test_a_request_from_a_file_is_verified(capsys: Capture, file: Callable[[bytes], str], raw: bytes) -> None:
    """With either line end, and one too many behind the body; and as curl shows it, which leaves out the body."""
    empty = raw.startswith(b"*")
    found = signed(body=b"") if empty else None
    raw = b"* Trying\n" + text(found, "\n", mark="> ", body="", length=False) if found else raw

    code = main(["verify", file(raw), *SCOPE])

    shown = capsys.readouterr().out
    assert code == 0
    assert shown.startswith("verdict:        verified\naccess_key_id:  AKIDPLANTED\n")
    assert "path:           /a%20b\n" in shown
    assert "payload:        checked\n" in shown


def test_standard_input_and_json(capsys: Capture, stdin: Callable[[bytes], None]) -> None:
    """For programs."""
    stdin(text(signed()))

    code = main(["verify", "-", *SCOPE, "--print", "json"])

    told = json.loads(capsys.readouterr().out)
    assert (code, told["verdict"], told["scope"]) == (0, "verified", f"20150830/{REGION}/{SERVICE}/aws4_request")


def test_a_refusal_has_its_code(capsys: Capture, file: Callable[[bytes], str]) -> None:
    """And ends with 1; -v shows what the signature should be over, and no token."""
    raw = text(signed(credentials=TEMPORARY)).replace(b"x=1", b"x=2")

    code = main(["verify", file(raw), *SCOPE, "-v"])

    told = capsys.readouterr()
    assert code == 1
    assert told.out.startswith("verdict:        refused\ncode:           token_mismatch\n")
    assert "canonical request:\nPOST\n/a%2520b\nx=2\n" in told.err
    assert "string to sign:\nAWS4-HMAC-SHA256\n20150830T123600Z\n" in told.err
    assert TOKEN not in told.out + told.err


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--at", "20150830T124200Z"], "signature_expired"),
        (["--region", "us-east-1"], "scope_mismatch"),
        (["--host", "other.example.com"], "signature_mismatch"),
        (["--skew", "900", "--at", "20150830T124200Z"], ""),
    ],
)
def test_the_rules_are_the_callers(capsys: Capture, file: Callable[[bytes], str], flags: list[str], code: str) -> None:
    """Time, scope, host."""
    ended = main(["verify", file(text(signed())), *SCOPE, *flags])

    shown = capsys.readouterr().out
    assert ended == (1 if code else 0)
    assert f"code:           {code}" in shown or not code


def test_flags_name_a_request_too(capsys: Capture) -> None:
    """As one would type it for curl."""
    found = signed(headers=[("Content-Type", "text/plain")])
    headers = [flag for name, value in found.headers for flag in ("-H", f"{name}: {value}")]
    flags = ["-X", "POST", *headers, "-H", "Content-Type: text/plain", "--data-binary", "a\nb"]

    assert main(["verify", "https://api.example.com/a%20b?x=1", *flags, *SCOPE]) == 0


def test_a_link_and_an_unsigned_payload(capsys: Capture) -> None:
    """The first as it is; the second only where it is asked for."""
    common = {"method": "GET", "credentials": CREDENTIALS, "region": REGION, "service": SERVICE, "clock": lambda: AT}
    link = sigv4.presign(url="https://api.example.com/a//b", **common, payload_hash=sigv4.UNSIGNED_PAYLOAD)

    codes = [
        main(["verify", link.url, *SCOPE, *flags])
        for flags in ([], ["--any-path"], ["--unsigned-payload"], ["--any-path", "--unsigned-payload"])
    ]

    assert codes == [1, 1, 1, 0]


def test_an_event_of_an_authorizer_is_verified(capsys: Capture, file: Callable[[bytes], str]) -> None:
    """Its path and query as the gateway hands them over; the body it does not tell."""
    host = "api.example.com"
    found = sigv4.sign(
        method="GET",
        url=f"https://{host}/prod/orders?x=1",
        credentials=CREDENTIALS,
        region=REGION,
        service=SERVICE,
        clock=lambda: AT,
    )
    event = rest_request("GET", "/orders", headers={**dict(found.headers), "Host": host}, query={"x": "1"}, domain=None)
    event["requestContext"]["domainName"] = host

    code = main(["verify", file(json.dumps(event).encode()), *SCOPE])

    assert (code, "payload:        empty" in capsys.readouterr().out) == (0, True)


@pytest.mark.parametrize(
    "raw", [b"", b"GET", b"{", b'{"a":', b"GET / HTTP/1.1\n folded\n\n", b"GET / HTTP/1.1\nrubbish\n\n"]
)
def test_what_is_no_request_cannot_be_told(capsys: Capture, file: Callable[[bytes], str], raw: bytes) -> None:
    """Nor is it quoted."""
    assert main(["verify", file(raw), *SCOPE]) == 3
    assert "rubbish" not in capsys.readouterr().err


def test_region_and_service_have_to_be_said(capsys: Capture, file: Callable[[bytes], str]) -> None:
    """A request does not get to choose them."""
    with pytest.raises(SystemExit) as ended:
        main(["verify", file(text(signed()))])

    assert ended.value.code == 2


def test_a_request_without_a_signature(capsys: Capture, file: Callable[[bytes], str]) -> None:
    """Refused, and there is no canonical request."""
    assert main(["verify", file(b"GET / HTTP/2\n:authority: a\nAccept: */*\n\n"), *SCOPE, "-v"]) == 1
    told = capsys.readouterr()
    assert "credential_missing" in told.out
    assert "no canonical request: field_missing" in told.err


def test_mismatch_names_the_cause(capsys: Capture, file: Callable[[bytes], str], tmp_path: Path) -> None:
    """By the secret of the environment; or without one, by what the service says."""
    sent = file(text(signed(double_encode=False)))
    right = signed()
    (tmp_path / "error").write_text(
        json.dumps(
            {
                "message": "The request signature we calculated does not match the signature you provided.\n\n"
                f"The Canonical String for this request should have been\n'{right.canonical_request}x'\n\n"
                f"The String-to-Sign should have been\n'{right.string_to_sign}'\n"
            }
        )
    )

    by_secret = main(["mismatch", sent])
    first = capsys.readouterr().out
    by_error = main(["mismatch", sent, "--error", str(tmp_path / "error"), "--no-credentials", "--print", "json"])
    second = json.loads(capsys.readouterr().out)

    assert (by_secret, by_error) == (0, 3)
    assert first.startswith("path_encoding: ")
    assert "first difference: path" in first
    assert second["difference"]["part"] == "payload"
    assert second["causes"] == []


def test_mismatch_reads_an_error_from_standard_input(
    capsys: Capture, file: Callable[[bytes], str], stdin: Callable[[bytes], None]
) -> None:
    """As an answer is piped into it."""
    stdin(b'{"message":"Credential should be scoped to correct service: \'execute-api\'. "}')

    code = main(["mismatch", file(text(signed())), "--error", "-", "--print", "json"])

    assert (code, json.loads(capsys.readouterr().out)["causes"]) == (0, ["service"])


def test_mismatch_says_when_it_has_no_secret(
    capsys: Capture, file: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another id; none at all; or one that was asked for and is not there, which is an error."""
    sent = file(text(signed()))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOTHER")
    other = main(["mismatch", sent])
    told = capsys.readouterr().err
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    none = main(["mismatch", sent])
    half = capsys.readouterr().err
    named = main(["mismatch", sent, "--profile", "nobody"])

    assert (other, none, named) == (3, 3, 3)
    assert f"are of AKIDOTHER, the request is signed by {KEY_ID}" in told
    assert "without a secret: AWS_SECRET_ACCESS_KEY is set" in half
    assert capsys.readouterr().err.startswith("authkit: profile nobody")


def test_mismatch_of_what_has_no_signature(capsys: Capture, file: Callable[[bytes], str]) -> None:
    """It says so; and only one thing can be on standard input."""
    code = main(["mismatch", file(b"GET / HTTP/1.1\nHost: a\n\n")])
    with pytest.raises(SystemExit) as ended:
        main(["mismatch", "-", "--error", "-"])

    assert (code, ended.value.code) == (3, 2)
    assert "no good signature" in capsys.readouterr().out


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    secret=st.from_regex(r"PLANTED[A-Za-z0-9/+]{30}", fullmatch=True),
    token=st.from_regex(r"TOKEN[A-Za-z0-9/+=]{30}", fullmatch=True),
    command=st.sampled_from(["verify", "mismatch"]),
    change=st.sampled_from(
        [(b"", b""), (b"x=1", b"x=2"), (b"POST", b"PUT"), (b"Host", b"Hos"), (b"Signature=", b"S=")]
    ),
    double_encode=st.booleans(),
)
def test_no_secret_and_no_expected_signature_is_in_any_output(
    capsys: Capture,
    file: Callable[[bytes], str],
    secret: str,
    token: str,
    command: str,
    change: tuple[bytes, bytes],
    double_encode: bool,
) -> None:
    """Whatever is found; what a request should have been signed with least of all."""
    key = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=secret, session_token=token)
    raw = text(signed(credentials=key, double_encode=double_encode)).replace(*change)
    expected = dict(signed(credentials=key).headers)["Authorization"].rpartition("=")[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        patch.setenv("AWS_SESSION_TOKEN", token)
        main([command, file(raw), *([*SCOPE, "-v"] if command == "verify" else [])])

    told = capsys.readouterr()
    assert secret not in told.out + told.err
    assert token not in told.out + told.err
    assert expected not in told.out + told.err
    assert SECRET not in told.out + told.err


def test_a_body_that_was_not_given_is_not_taken_for_an_empty_one(capsys: Capture, file: Callable[[bytes], str]) -> None:
    """As curl shows a request: its head alone. A declared hash can be judged, an undeclared one cannot."""
    undeclared = text(signed(), body="")
    declared = text(signed(declare_payload=True), body="", length=False)

    codes = [main(["verify", file(undeclared), *SCOPE]), main(["verify", file(declared), *SCOPE])]

    shown = capsys.readouterr().out
    assert codes == [1, 0]
    assert "payload_unavailable" in shown
    assert "payload:        declared" in shown


@given(st.binary(max_size=200) | st.binary(max_size=20).map(lambda raw: b"GET /" + raw + b"\nHost: a\n\n" + raw))
def test_any_bytes_are_a_request_or_are_not(raw: bytes) -> None:
    """And nothing else comes of them."""
    try:
        found = of_text(raw)
    except ConfigError:
        return
    assert repr(found) == f"Received({found.method})"
    assert found.method
    assert found.url
