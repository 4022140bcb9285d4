"""``authkit keys`` bundles and shows; its exit codes are those of the design."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from authkit.cli import main
from authkit.keys.source import key_source
from tests.faults.server import Connection, Server, answer
from tests.support.tokens import jwks, signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEAK = {**signer("RS256", "weak").jwk, "e": "AQ"}
SECRET = {**signer("ES256", "secret").jwk, "d": "AA"}
LOOPBACK = ["--relax", "http-loopback"]


class Issuer:
    """A server with metadata and keys; what else it is asked for is not there."""

    def __init__(self) -> None:
        self.keys: Any = {"keys": [{**signer().jwk, "x5c": ["AA"]}, WEAK, SECRET, signer("RS256", "k2").jwk]}
        self.status = "200 OK"

    def __call__(self, connection: Connection) -> None:
        path = connection.request.split()[1].decode()
        body = self.keys if isinstance(self.keys, bytes) else json.dumps(self.keys).encode()
        if path == "/.well-known/openid-configuration":
            body = json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}).encode()
        known = path in ("/jwks", "/.well-known/openid-configuration")
        connection.send(answer(self.status if known else "404 Not Found", body))

    url = ""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """A running issuer on loopback."""
    running = Issuer()
    with Server(running) as server:
        running.url = server.url.removesuffix("/jwks")
        yield running


def usage_code(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    return exit_.value.code


def test_bundle_writes_the_usable_keys_and_says_what_it_left_out(
    issuer: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By discovery; the file serves as ``jwks=`` and as ``bundle=`` of this issuer, and stdout stays empty."""
    file = tmp_path / "jwks.json"

    code = main(["keys", "bundle", issuer.url, "-o", str(file), *LOOPBACK])

    shown = capsys.readouterr()
    written = json.loads(file.read_text())
    assert (code, shown.out) == (0, "")
    assert written["keys"] == [signer().jwk, signer("RS256", "k2").jwk]
    assert {**written["authkit"], "fetched_at": 0} == {
        "issuer": issuer.url,
        "url": f"{issuer.url}/jwks",
        "fetched_at": 0,
    }
    assert "left out weak: weak_key: " in shown.err
    assert "left out secret: private_key: " in shown.err
    assert f"2 usable keys from {issuer.url}/jwks" in shown.err
    assert key_source(file, issuer=issuer.url).find("k1", "ES256")
    assert list(tmp_path.iterdir()) == [file]


def test_bundle_without_a_file_prints_it(issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    """For a pipe."""
    code = main(["keys", "bundle", issuer.url, *LOOPBACK])

    assert code == 0
    assert [key["kid"] for key in json.loads(capsys.readouterr().out)["keys"]] == ["k1", "k2"]


def test_bundle_takes_the_url_of_keys_with_or_without_an_issuer(
    issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without one, the stamp names none, and that is said."""
    main(["keys", "bundle", f"{issuer.url}/jwks", *LOOPBACK])
    unnamed = capsys.readouterr()
    main(["keys", "bundle", f"{issuer.url}/jwks", "--issuer", "https://idp.example.com/", *LOOPBACK])
    named = capsys.readouterr()

    assert json.loads(unnamed.out)["authkit"]["issuer"] is None
    assert "does not say whose keys" in unnamed.err
    assert json.loads(named.out)["authkit"]["issuer"] == "https://idp.example.com/"
    assert "does not say whose keys" not in named.err


def test_bundle_tells_a_program_what_it_did(issuer: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json."""
    file = tmp_path / "jwks.json"

    main(["keys", "bundle", issuer.url, "-o", str(file), "--json", *LOOPBACK])

    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["issuer"], told["keys"]) == (str(file), issuer.url, ["k1", "k2"])
    assert [(each["kid"], each["code"]) for each in told["left_out"]] == [
        ("weak", "weak_key"),
        ("secret", "private_key"),
    ]


@pytest.mark.parametrize("keys", [{"keys": []}, {"keys": [WEAK]}])
def test_bundle_of_nothing_usable_is_exit_code_1(
    issuer: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: Any
) -> None:
    """An answer, and a bad one; the file that was there stays."""
    issuer.keys = keys
    file = tmp_path / "jwks.json"
    file.write_text("old")

    code = main(["keys", "bundle", issuer.url, "-o", str(file), *LOOPBACK])

    shown = capsys.readouterr()
    assert (code, shown.out, file.read_text()) == (1, "", "old")
    assert "no usable key" in shown.err


@pytest.mark.parametrize(
    ("status", "keys", "said"), [("500 Oops", {}, "answered 500"), ("200 OK", b"<html>", "not a JSON object")]
)
def test_bundle_from_an_issuer_that_is_down_is_exit_code_3(
    issuer: Issuer, capsys: pytest.CaptureFixture[str], status: str, keys: Any, said: str
) -> None:
    """Nobody can tell; a page of HTML is no answer either."""
    issuer.status, issuer.keys = status, keys

    code = main(["keys", "bundle", f"{issuer.url}/jwks", "--issuer", issuer.url, *LOOPBACK])

    shown = capsys.readouterr()
    assert (code, shown.out) == (3, "")
    assert said in shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["bundle"],
        ["bundle", "no-url"],
        ["bundle", "http://idp.example.com/"],
        ["bundle", "https://u:hunter2@idp.example.com/"],
        ["bundle", "https://idp.example.com/", "--relax", "everything"],
        ["bundle", "https://idp.example.com/", "--json"],
        ["show"],
        ["show", "ftp://idp.example.com/"],
        [],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And repeats no password."""
    assert usage_code(["keys", *arguments]) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "hunter2" not in shown.err


def test_loopback_needs_leave(issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    """The same rules as in the function."""
    assert usage_code(["keys", "bundle", issuer.url]) == 2
    assert "http-loopback" in capsys.readouterr().err


def test_show_lists_each_key_and_its_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a file; what cannot be used is listed too."""
    file = tmp_path / "jwks.json"
    nasty = {"kty": "oct", "kid": "a\n\x1b[31mb", "alg": 5}
    file.write_text(json.dumps({"keys": [*jwks(signer(), signer("RS256", "rsa"))["keys"], WEAK, nasty, None]}))

    code = main(["keys", "show", str(file)])

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert rows[0] == ["KID", "KTY", "ALG", "BITS", "VERDICT"]
    assert [row[:5] for row in rows[1:4]] == [
        ["k1", "EC", "-", "256", "usable"],
        ["rsa", "RSA", "-", "2048", "usable"],
        ["weak", "RSA", "-", "-", "weak_key"],
    ]
    assert rows[4][:5] == ["a\\n\\x1b[31mb", "oct", "5", "-", "foreign_key"]
    assert rows[5][4] == "invalid_key"


def test_show_reads_a_url_and_standard_input(
    issuer: Issuer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As JSON, for a program."""
    main(["keys", "show", issuer.url, "--json", *LOOPBACK])
    fetched = json.loads(capsys.readouterr().out)["keys"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(issuer.keys).encode())))
    main(["keys", "show", "-", "--json"])
    piped = json.loads(capsys.readouterr().out)["keys"]

    assert [(key["kid"], key["bits"], key["verdict"]) for key in fetched] == [
        ("k1", 256, "usable"), ("weak", None, "weak_key"), ("secret", None, "private_key"), ("k2", 2048, "usable"),
    ]  # fmt: skip
    assert piped == fetched


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"keys":[]}', 1),
        (json.dumps({"keys": [WEAK]}), 1),
        ("<html>", 3),
        ("{}", 3),
        (json.dumps({"keys": [{}] * 101}), 3),
        (None, 3),
    ],
)
def test_show_of_nothing_usable_or_nothing_at_all_has_its_exit_code(
    tmp_path: Path, content: str | None, code: int
) -> None:
    """1 nothing usable, 3 cannot tell."""
    file = tmp_path / "jwks.json"
    if content is not None:
        file.write_text(content)

    assert main(["keys", "show", str(file)]) == code
