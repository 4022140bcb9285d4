"""``authkit sign --print`` and ``--dry-run``: what would be sent, in any form, and the same as other signers'."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authkit import sigv4
from authkit.cli import main
from tests.cli.sign.server import KEY_ID, REGION, SECRET, SERVICE, TEMPORARY, TOKEN, Came, Server

AT, WHEN = 1_440_938_160, "20150830T123600Z"
SCOPE = ["--region", REGION, "--service", SERVICE]
HOST = "https://api.example.com"
FORMS = ["curl", "http", "headers", "url", "canonical", "string-to-sign", "json"]
Capture = pytest.CaptureFixture[str]


def printed(capsys: Capture, *arguments: str) -> str:
    """Return what the command prints."""
    capsys.readouterr()
    assert main(["sign", *arguments]) == 0
    return capsys.readouterr().out


def test_headers_are_those_of_the_library(capsys: Capture) -> None:
    """Nothing sent; ready for another client's -H @file."""
    expected = sigv4.sign(
        method="GET",
        url=f"{HOST}/a",
        credentials=sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET),
        region=REGION,
        service=SERVICE,
        clock=lambda: AT,
    )

    shown = printed(capsys, f"{HOST}/a", *SCOPE, "--at", WHEN, "--print", "headers")

    assert shown == "".join(f"{name}: {value}\n" for name, value in expected.headers)


@pytest.mark.parametrize(
    "at", [WHEN, "2015-08-30T12:36:00Z", "2015-08-30T14:36:00+02:00", "2015-08-30 12:36:00", str(AT)]
)
def test_a_time_can_be_said_in_many_ways(capsys: Capture, at: str) -> None:
    """The same signature for each."""
    shown = printed(capsys, f"{HOST}/a", *SCOPE, "--at", at, "--print", "string-to-sign")

    assert shown.split("\n")[1] == WHEN


def test_canonical_request_and_string_to_sign_show_no_token(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are for pasting into a question."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)

    shown = printed(capsys, f"{HOST}/a?token=PLANTED&b=1", *SCOPE, "--at", WHEN, "--print", "canonical")
    linked = printed(capsys, f"{HOST}/a", *SCOPE, "--presign", "--print", "canonical")

    assert shown == (
        "GET\n/a\nb=1&token=…\nhost:api.example.com\nx-amz-date:20150830T123600Z\nx-amz-security-token:…\n\n"
        f"host;x-amz-date;x-amz-security-token\n{sigv4.EMPTY_SHA256}\n"
    )
    assert "X-Amz-Security-Token=…" in linked
    assert "PLANTEDtoken" not in shown + linked


def test_json_has_everything_a_program_needs(capsys: Capture) -> None:
    """Method, URL and the headers to add."""
    shown = json.loads(printed(capsys, f"{HOST}/a?q=a+b", *SCOPE, "-d", "x", "--print", "json"))

    assert (shown["method"], shown["url"]) == ("POST", f"{HOST}/a?q=a%20b")
    assert set(shown["headers"]) == {"X-Amz-Date", "Authorization"}
    assert shown["signed_headers"] == ["content-type", "host", "x-amz-date"]


def test_a_dry_run_shows_what_would_be_sent_without_credentials(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even of a link."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)

    shown = printed(capsys, f"{HOST}/a?q=1", *SCOPE, "--json", "{}", "--dry-run")
    linked = printed(capsys, f"{HOST}/a?q=1", *SCOPE, "--presign", "--dry-run")

    assert shown.startswith("POST /a?q=1 HTTP/1.1\nHost: api.example.com\n")
    assert "Authorization: …\n" in shown
    assert "X-Amz-Security-Token: …\n" in shown
    assert "X-Amz-Signature=…" in linked
    assert "X-Amz-Security-Token=…" in linked


def test_a_link_is_printed_and_verifies(capsys: Capture) -> None:
    """It is good for as long as was said."""
    shown = printed(capsys, f"{HOST}/a%20b?x=1", *SCOPE, "--presign", "--expires", "60").strip()

    verified = Came("GET", shown[len(HOST) :], [("Host", "api.example.com")], b"").verify()

    assert verified.ends_at - verified.signed_at == 60


def test_an_unsigned_payload_is_declared(capsys: Capture) -> None:
    """Over https, by name."""
    shown = printed(capsys, f"{HOST}/a", *SCOPE, "-d", "x", "--unsigned-payload", "--print", "canonical")

    assert shown.endswith("\nUNSIGNED-PAYLOAD\n")
    assert main(["sign", "http://api.example.com/a", *SCOPE, "--unsigned-payload", "--print", "url"]) == 3


@pytest.mark.parametrize(
    ("url", "flags", "scope"),
    [
        ("https://a1b2c3.execute-api.eu-west-1.amazonaws.com/", [], "eu-west-1/execute-api"),
        ("https://a1b2c3-vpce-0a1b.execute-api.eu-west-1.amazonaws.com/", [], "eu-west-1/execute-api"),
        ("https://a1b2c3.execute-api.cn-north-1.amazonaws.com.cn/", [], "cn-north-1/execute-api"),
        ("https://abcdef.lambda-url.us-east-2.on.aws/", [], "us-east-2/lambda"),
        ("https://bucket.s3.eu-central-1.amazonaws.com/k", [], "eu-central-1/s3"),
        ("https://my.bucket.s3-eu-west-1.amazonaws.com/k", [], "eu-west-1/s3"),
        ("https://s3.eu-central-1.amazonaws.com/b/k", [], "eu-central-1/s3"),
        ("https://search-x-abc.eu-west-1.es.amazonaws.com/", [], "eu-west-1/es"),
        ("https://dynamodb.eu-west-1.amazonaws.com:443/", [], "eu-west-1/dynamodb"),
        ("https://x.appsync-api.eu-west-1.amazonaws.com/graphql", [], "eu-west-1/appsync"),
        (HOST, ["--aws-sigv4", "aws:amz:eu-west-1:acme"], "eu-west-1/acme"),
        ("https://a1b2c3.execute-api.eu-west-1.amazonaws.com/", ["--aws-sigv4", "aws:amz"], "eu-west-1/execute-api"),
        (HOST, ["--aws-sigv4", "aws:amz:eu-west-1:acme", "--service", "b", "--region", "c"], "c/b"),
        (HOST, ["--service", "acme"], "ap-south-1/acme"),
    ],
)
def test_region_and_service_are_found(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, url: str, flags: list[str], scope: str
) -> None:
    """By flag, by curl's flag, by the host, by the environment."""
    monkeypatch.setenv("AWS_REGION", "ap-south-1")

    shown = printed(capsys, url, *flags, "--print", "string-to-sign")

    assert shown.split("\n")[2].partition("/")[2] == f"{scope}/aws4_request"


@pytest.mark.parametrize(
    "arguments",
    [
        ["api.example.com", *SCOPE],
        [HOST],
        [HOST, "--region", "a"],
        [HOST, *SCOPE, "--expires", "5"],
        [HOST, *SCOPE, "--aws-sigv4", "goog"],
        [HOST, *SCOPE, "--at", "yesterday"],
        [HOST, *SCOPE, "--at", "2015-13-30T12:36:00Z"],
        [HOST, *SCOPE, "--max-time", "0"],
        [HOST, *SCOPE, "--max-time", "soon"],
        [HOST, *SCOPE, "--print", "all"],
        [HOST, *SCOPE, "--print", "http", "--dry-run"],
    ],
)
def test_wrong_usage_ends_with_2(capsys: Capture, arguments: list[str]) -> None:
    """And says what to write."""
    with pytest.raises(SystemExit) as ended:
        main(["sign", *arguments])

    assert ended.value.code == 2
    assert "authkit sign: error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [HOST, "-H", "no header"],
        [HOST, "-H", "Authorization: Bearer x"],
        [HOST, "-G", "--data-binary", "@{raw}"],
        [HOST, "-d", "@{absent}"],
        [f"{HOST}/%zz"],
        ["https://user:PLANTED@api.example.com/"],
        [HOST, "--presign", "--expires", "604801"],
        [HOST, "--profile", "nobody"],
        [HOST, "--access-key-id", "AKIDOTHER"],
    ],
)
def test_what_cannot_be_signed_ends_with_3(capsys: Capture, tmp_path: Path, arguments: list[str]) -> None:
    """And sends nothing."""
    (tmp_path / "raw").write_bytes(b"\xff")
    places = {"raw": tmp_path / "raw", "absent": tmp_path / "absent"}

    code = main(["sign", *[each.format(**places) if "@{" in each else each for each in arguments], *SCOPE])

    told = capsys.readouterr()
    assert (code, told.out) == (3, "")
    assert told.err.startswith("authkit: ")
    assert "PLANTED@" not in told.err


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
@pytest.mark.external
@pytest.mark.parametrize(
    "arguments",
    [
        ["/a%20b/c?x=1&y=%2B"],
        ["/a/../b//c?q=a+b", "-X", "PATCH", "-d", "a=1&b=ü"],
        ["/", "-X", "HEAD"],
        ["/", "-d", "x", "-H", "Content-Type:", "-H", "Accept:"],
        ["/", "--json", '{"it\'s": "ü"}', "-H", "X-Empty;"],
        ["/[a]?x={b}", "-H", "Host: api.example.com", "-H", "Accept: text/plain", "-d", "line\nline"],
    ],
)
def test_what_is_printed_for_curl_is_what_curl_sends(capsys: Capture, server: Server, arguments: list[str]) -> None:
    """Run as it was printed."""
    path, *flags = arguments

    command = printed(capsys, f"{server.url}{path}", *flags, *SCOPE, "--print", "curl")
    done = subprocess.run(shlex.split(command), capture_output=True, timeout=20, check=True)

    came = server.came[0]
    assert came.verify().access_key_id == KEY_ID
    assert (came.header("accept"), came.header("content-type")) == _told(flags)
    assert not done.stdout.startswith(b"signature")


def _told(flags: list[str]) -> tuple[str | None, str | None]:
    """Return Accept and Content-Type as the flags have them."""
    if "Accept:" in flags:
        return None, None
    form = "application/x-www-form-urlencoded" if "-d" in flags else None
    if "--json" in flags:
        return "application/json", "application/json"
    return ("text/plain" if "Accept: text/plain" in flags else "*/*"), form


def test_a_body_that_is_no_argument_is_left_to_standard_input(capsys: Capture, tmp_path: Path) -> None:
    """A printed command is text."""
    for raw in (b"\xff\0", b"a\0b", b"@file"):
        (tmp_path / "raw").write_bytes(raw)
        shown = printed(capsys, HOST, *SCOPE, "--data-binary", f"@{tmp_path / 'raw'}", "--print", "curl")
        assert "--data-binary @-" in shown


def curl_takes_sigv4() -> bool:
    if shutil.which("curl") is None:
        return False
    told = subprocess.run(["curl", "--help", "all"], capture_output=True, timeout=20, check=False).stdout
    return b"--aws-sigv4" in told


@pytest.mark.external
@pytest.mark.skipif(not curl_takes_sigv4(), reason="no curl that takes --aws-sigv4 is here")
@pytest.mark.parametrize(
    "flags", [[], ["-d", "a=1", "-H", "Content-Type: text/plain"], ["-X", "DELETE"], ["-H", "X-Amz-Meta: a"]]
)
def test_curls_own_signature_verifies_and_is_ours(capsys: Capture, server: Server, flags: list[str]) -> None:
    """For a plain URL, where curl is right."""
    user = f"{KEY_ID}:{SECRET}"
    options = ["--aws-sigv4", f"aws:amz:{REGION}:{SERVICE}", "--user", user, *flags]
    subprocess.run(["curl", "-s", *options, f"{server.url}/a/b?x=1&y=2"], capture_output=True, timeout=20, check=True)
    came = server.came[0]
    own = [pair for pair in came.headers if pair[0].lower() in ("x-amz-meta", "content-type")]
    sent = [flag for name, value in own for flag in ("-H", f"{name}: {value}")]
    date = came.header("x-amz-date") or ""

    body = ["--data-binary", came.body.decode(), "-X", came.method] if came.body else ["-X", came.method]
    shown = printed(capsys, f"{server.url}/a/b?x=1&y=2", *SCOPE, *sent, *body, "--at", date, "--print", "headers")

    assert came.verify().access_key_id == KEY_ID
    assert (came.header("authorization") or "").rpartition("=")[2] == shown.strip().rpartition("=")[2]


URLS = st.builds(
    "{}/{}{}".format,
    st.sampled_from([HOST, "https://api.example.com:8443", "http://localhost:8080"]),
    st.text(st.sampled_from("ab/~-_"), max_size=10).map(lambda text: text.strip("/")),
    st.lists(st.sampled_from(["a=1", "b=x%20y", "a=0", "c=%C3%A9", "d="]), max_size=4, unique=True).map(
        lambda pairs: "?" + "&".join(pairs) if pairs else ""
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    url=URLS,
    method=st.sampled_from(["GET", "PUT", "DELETE"]),
    body=st.sampled_from(["", "a=1", "{}"]),
    meta=st.text(st.sampled_from("ab \t,"), min_size=1, max_size=8).map(lambda text: f"x{text}x"),
    temporary=st.booleans(),
    service=st.sampled_from([SERVICE, "execute-api", "s3"]),
    presign=st.booleans(),
)
def test_the_signature_is_botocores(
    capsys: Capture, url: str, method: str, body: str, meta: str, temporary: bool, service: str, presign: bool
) -> None:
    """The same for one request at one time, in headers and as a link."""
    auth: Any = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import ReadOnlyCredentials

    body = "" if presign else body  # botocore would put one into the query
    url = url.replace("a=0", "e=0") if presign else url  # … and keeps one value of each name
    credentials = ReadOnlyCredentials(KEY_ID, SECRET, TOKEN if temporary else None)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_SESSION_TOKEN",):
            patch.setenv(name, TOKEN) if temporary else patch.delenv(name, raising=False)
        flags = ["-X", method, "-H", f"X-Amz-Meta: {meta}", *(["--data-binary", body] if body else [])]
        how = ["--presign", "--expires", "60", "--print", "url"] if presign else ["--print", "headers"]
        shown = printed(capsys, url, "--region", REGION, "--service", service, *flags, "--at", WHEN, *how).strip()
    headers = {"X-Amz-Meta": meta}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    request = AWSRequest(method=method, url=url, headers=headers, data=body.encode())
    theirs = _botocores(auth, credentials, service, presign)
    request.context["timestamp"] = WHEN
    theirs.timestamp = WHEN
    expected = _signature(theirs, request, presign)

    assert shown.rpartition("Signature=")[2].partition("&")[0] == expected


def _botocores(auth: Any, credentials: Any, service: str, presign: bool) -> Any:
    if presign:
        kind = auth.S3SigV4QueryAuth if service == "s3" else auth.SigV4QueryAuth
        return kind(credentials, service, REGION, expires=60)
    return (auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth)(credentials, service, REGION)


def _signature(signer: Any, request: Any, presign: bool) -> str:
    """Sign by botocore's own steps, at a time of one's own."""
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    text = signer.string_to_sign(request, canonical)
    return str(signer.signature(text, request))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    secret=st.from_regex(r"PLANTED[A-Za-z0-9/+]{30}", fullmatch=True),
    token=st.from_regex(r"TOKEN[A-Za-z0-9/+=]{30}", fullmatch=True),
    form=st.sampled_from([*FORMS, "dry"]),
    path=st.text(max_size=8),
    flags=st.lists(
        st.sampled_from(["--presign", "--v4a", "-v", "--unsigned-payload", "-d=x", "-Hx", "--profile=a", "-Xget"]),
        max_size=3,
    ),
)
def test_no_secret_is_in_any_output(
    capsys: Capture, secret: str, token: str, form: str, path: str, flags: list[str]
) -> None:
    """Neither printed nor told nor in a refusal; and the token only where a request cannot do without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        patch.setenv("AWS_SESSION_TOKEN", token)
        show = ["--dry-run"] if form == "dry" else ["--print", form]
        with contextlib.suppress(SystemExit):
            main(["sign", f"{HOST}/{path}", *SCOPE, *flags, *show])

    told = capsys.readouterr()
    assert secret not in told.out + told.err
    assert token not in told.err
    if form in ("canonical", "string-to-sign", "dry"):
        assert token not in told.out


def test_help_has_examples_that_can_be_parsed(capsys: Capture) -> None:
    """What a newcomer pastes is understood."""
    from authkit.cli import build_parser

    for command in ("sign", "verify", "mismatch"):
        examples = [each for each in _examples(capsys, command) if each.startswith(f"authkit {command} ")]
        assert len(examples) >= 3
        for example in examples:
            build_parser().parse_args(shlex.split(example)[1:])


@pytest.mark.parametrize("command", ["sign", "verify", "mismatch"])
def test_help_has_examples_that_every_shell_takes_as_they_are(capsys: Capture, command: str) -> None:
    """Zsh ends with an error where an unquoted ? or * fits no file; & ends the command in all of them."""
    for example in _examples(capsys, command):
        bare = re.sub(r"'[^']*'", "", example)
        assert not re.search(r"[?*&\[\]{}]", bare), example


def _examples(capsys: Capture, command: str) -> list[str]:
    """Return the commands that a command's help shows, without where they read from and write to."""
    with pytest.raises(SystemExit):
        main([command, "--help"])
    shown = capsys.readouterr().out
    lines = shown[shown.index("Examples:") : shown.index("\n\n", shown.index("Examples:"))].replace("\\\n", " ")
    commands = [part.strip() for line in lines.split("\n")[1:] for part in line.split(" | ")]
    return [re.split(r" (?:<|2?>)", each)[0] for each in commands]


@pytest.mark.parametrize(
    ("command", "codes"),
    [("sign", ["0", "2", "3", "22"]), ("verify", ["0", "1", "2", "3"]), ("mismatch", ["0", "1", "2", "3"])],
)
def test_help_lists_the_exit_codes(capsys: Capture, command: str, codes: list[str]) -> None:
    """Those there are, each once; other tests end with them."""
    with pytest.raises(SystemExit):
        main([command, "--help"])
    listed = capsys.readouterr().out.partition("Exit codes:")[2]

    assert re.findall(r"(?:^|,)\s+(\d+) ", listed) == codes


def test_the_verdict_of_the_library_is_the_commands(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What sign prints, verify takes: a request file made of it is good, and no longer so when it is changed."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", TEMPORARY.session_token or "")
    headers = printed(capsys, f"{HOST}/a?x=1", *SCOPE, "-d", "body", "--print", "headers")
    kind = "application/x-www-form-urlencoded"
    text = f"POST /a?x=1 HTTP/1.1\nHost: api.example.com\nContent-Type: {kind}\n{headers}\nbody"

    for body, code in ((text, 0), (text.replace("x=1", "x=2"), 1)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body.encode())))
        assert main(["verify", "-", *SCOPE]) == code
