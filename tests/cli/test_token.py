"""``authkit token`` mints and inspects; its exit codes are those of the design."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from authkit.cli import main
from authkit.local.demo import AUDIENCE, Demo, running_demo

ISSUER = "https://idp.example.com/"
ARN = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/GET/orders"


@pytest.fixture
def demo() -> Any:
    """A running demo on free ports."""
    with running_demo(port=0, issuer_port=0, tell=lambda _: None) as running:
        yield running


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a text where the command reads it."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def key_file(folder: Path, kind: str) -> Path:
    """Write a private JWK of a kind."""
    made = {
        "EC": (ECAlgorithm, lambda: ec.generate_private_key(ec.SECP256R1())),
        "OKP": (OKPAlgorithm, ed25519.Ed25519PrivateKey.generate),
        "RSA": (RSAAlgorithm, lambda: rsa.generate_private_key(65537, 2048)),
    }
    algorithm, generate = made[kind]
    path = folder / f"{kind}.jwk"
    path.write_text(json.dumps({**algorithm.to_jwk(generate(), as_dict=True), "kid": kind}))
    return path


def public_set(path: Path) -> dict[str, Any]:
    """Return the key set that goes with a private JWK."""
    private = json.loads(path.read_text())
    return {"keys": [{name: value for name, value in private.items() if name not in ("d", "p", "q", "dp", "dq", "qi")}]}


def test_mint_asks_the_issuer_and_inspect_verifies(
    demo: Demo, stdin: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: client credentials, discovery, keys."""
    monkeypatch.setenv("AUTHKIT_CLIENT_SECRET", "dev")
    minted = main(["token", "mint", "--issuer", demo.issuer.url, "--client", "writer", "--scope", "orders:write"])
    token = capsys.readouterr().out
    stdin(token)

    inspected = main(["token", "inspect", "--issuer", demo.issuer.url, "--audience", AUDIENCE])

    shown = capsys.readouterr().out
    assert (minted, inspected) == (0, 0)
    assert shown.startswith("verified\n")
    assert '"orders:write"' in shown
    assert token.strip() not in shown


@pytest.mark.parametrize(("kind", "alg"), [("EC", "ES256"), ("OKP", "EdDSA"), ("RSA", "RS256")])
def test_mint_signs_with_a_jwk_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, alg: str) -> None:
    """The key tells its algorithm, and its name goes into the header."""
    path = key_file(tmp_path, kind)
    arguments = [
        "--issuer",
        ISSUER,
        "--audience",
        "api",
        "--sub",
        "user-42",
        "--claim",
        "tenant=acme",
        "--claim",
        "n=[1]",
    ]

    code = main(["token", "mint", "--key", str(path), *arguments, "--scope", "a b"])

    token = capsys.readouterr().out.strip()
    assert (code, jwt.get_unverified_header(token)["alg"], jwt.get_unverified_header(token)["kid"]) == (0, alg, kind)
    key = jwt.PyJWK(public_set(path)["keys"][0], algorithm=alg)
    claims = jwt.decode(token, key, algorithms=[alg], audience="api", issuer=ISSUER)
    assert (claims["sub"], claims["tenant"], claims["n"], claims["scope"]) == ("user-42", "acme", [1], "a b")


def test_mint_signs_with_a_pem_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Algorithm and name are given, as a PEM has neither."""
    private = ec.generate_private_key(ec.SECP384R1())
    path = tmp_path / "key.pem"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    code = main(["token", "mint", "--key", str(path), "--alg", "ES384", "--kid", "one"])

    token = capsys.readouterr().out.strip()
    assert code == 0
    assert jwt.get_unverified_header(token) == {"alg": "ES384", "kid": "one", "typ": "JWT"}
    assert jwt.decode(token, private.public_key(), algorithms=["ES384"])["sub"] == "reader"


@pytest.mark.parametrize("content", ["", "{}", '{"kty": "oct"}', "-----BEGIN NONSENSE-----", "{broken"])
def test_a_file_without_a_key_is_told_with_exit_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    """No traceback, nothing on stdout."""
    path = tmp_path / "key"
    path.write_text(content)

    code = main(["token", "mint", "--key", str(path)])

    shown = capsys.readouterr()
    assert (code, shown.out) == (3, "")
    assert "holds no private key" in shown.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--client", "nobody"], 1, "invalid_client"),
        (["--scope", "everything"], 1, "invalid_scope"),
        (["--claim", "novalue", "--key", "x"], 3, "NAME=VALUE"),
        (["--key", "no-such-file"], 3, "no-such-file"),
        (["--issuer", "http://127.0.0.1:9"], 3, "is it running?"),
    ],
)
def test_what_goes_wrong_has_its_exit_code(
    demo: Demo, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    """1 refused, 3 cannot tell."""
    result = main(["token", "mint", "--issuer", demo.issuer.url, *arguments])

    shown = capsys.readouterr()
    assert (result, shown.out) == (code, "")
    assert said in shown.err


def test_inspect_without_a_verifier_says_that_nothing_is_verified(
    demo: Demo, stdin: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON and for people."""
    token = demo.dev_issuer.mint("reader", nbf=1, exp=99999999999999, note="\u001b[31mred")
    stdin(token)
    main(["token", "inspect"])
    words = capsys.readouterr().out
    stdin(token)

    code = main(["token", "inspect", "--json"])

    shown = json.loads(capsys.readouterr().out)
    assert (code, shown["verified"], shown["claims"]["sub"], shown["header"]["alg"]) == (0, False, "reader", "ES256")
    assert words.startswith("NOT VERIFIED")
    assert "\u001b" not in words
    assert "s ago" in words


def test_inspect_refuses_what_does_not_verify_and_what_is_no_token(
    demo: Demo, stdin: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, the reason on stderr, nothing on stdout."""
    path = tmp_path / "token"
    path.write_text(demo.dev_issuer.mint("reader"))
    stdin("not a token")

    wrong = main(["token", "inspect", str(path), "--issuer", demo.issuer.url, "--audience", "other", "--alg", "ES256"])
    broken = main(["token", "inspect"])

    shown = capsys.readouterr()
    assert (wrong, broken, shown.out) == (1, 1, "")
    assert "audience_mismatch" in shown.err
    assert "not_three_segments" in shown.err


def test_inspect_verifies_with_a_key_file(tmp_path: Path, stdin: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """No network, and the algorithm is named."""
    path = key_file(tmp_path, "OKP")
    (tmp_path / "jwks.json").write_text(json.dumps(public_set(path)))
    main(["token", "mint", "--key", str(path), "--issuer", ISSUER, "--audience", "api"])
    stdin(capsys.readouterr().out)

    arguments = ["--issuer", ISSUER, "--audience", "api", "--jwks", str(tmp_path / "jwks.json"), "--alg", "EdDSA"]
    code = main(["token", "inspect", *arguments])

    assert code == 0
    assert capsys.readouterr().out.startswith("verified")


def test_to_verify_both_issuer_and_audience_are_needed(
    demo: Demo, stdin: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a check would look like a whole one."""
    stdin(demo.dev_issuer.mint("reader"))

    for half in (["--issuer", demo.issuer.url], ["--audience", "api"], ["--jwks", "jwks.json", "--issuer", ISSUER]):
        with pytest.raises(SystemExit) as ended:
            main(["token", "inspect", *half])

        assert ended.value.code == 2
        assert "both --issuer and --audience" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["Bearer ", "bearer  ", "\n BEARER\t"])
def test_the_word_before_a_token_is_no_part_of_it(
    words: str, demo: Demo, stdin: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it stands in a header."""
    stdin(f"{words}{demo.dev_issuer.mint('reader')}\n")

    assert main(["token", "inspect"]) == 0
    assert "NOT VERIFIED" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["inspect", "build"])
@pytest.mark.parametrize("before", ["", "Bearer "])
def test_a_token_on_the_command_line_is_not_shown_again(
    command: str, before: str, demo: Demo, module: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, exit code 2."""
    token = demo.dev_issuer.mint("reader")
    table = module('from authkit import Route\nROUTES = [Route("GET", "/orders")]')
    asked = {
        "inspect": ["token", "inspect"],
        "build": ["policy", "build", f"{table}:ROUTES", "--arn", ARN, "--token"],
    }

    with pytest.raises(SystemExit) as ended:
        main([*asked[command], f"{before}{token}"])

    shown = capsys.readouterr()
    assert ended.value.code == 2
    assert "give the token on standard input" in shown.err
    assert not any(part in shown.out + shown.err for part in token.split("."))


@pytest.mark.parametrize("given", ["an-opaque-secret", "s" * 5000, "secret/secret", "\0secret"])
def test_what_is_no_file_is_not_shown_either(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It may be a token that does not look like one."""
    code = main(["token", "inspect", given])

    shown = capsys.readouterr().err
    assert (code, "give it on standard input" in shown) == (3, True)
    assert given not in shown


def test_a_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there is no token."""
    code = main(["token", "inspect", str(tmp_path)])

    assert (code, str(tmp_path) in capsys.readouterr().err) == (3, True)


@pytest.mark.parametrize(
    "flags", [["--audience", "api"], ["--sub", "bob"], ["--claim", "a=b"], ["--expires-in", "60"], ["--alg", "ES256"]]
)
def test_what_only_a_key_can_sign_is_wrong_usage_without_one(
    flags: list[str], demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    """No token comes that says something else."""
    with pytest.raises(SystemExit) as ended:
        main(["token", "mint", "--issuer", demo.issuer.url, *flags])

    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "")
    assert f"{flags[0]}: with --key" in shown.err


def test_long_names_stay_in_their_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A claim's name may be a URI."""
    path = key_file(tmp_path, "OKP")
    main(["token", "mint", "--key", str(path), "--claim", "https://idp.example.com/tenant=acme"])
    token = tmp_path / "token"
    token.write_text(capsys.readouterr().out)

    main(["token", "inspect", str(token)])

    shown = capsys.readouterr().out
    claims = [line for line in shown.partition("claims\n")[2].splitlines() if line.startswith("  ")]
    assert len(claims) > 3
    assert len({len(line) - len(line[2:].partition(" ")[2].lstrip()) for line in claims}) == 1


def test_wrong_usage_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    """As argparse has it; the help names every command."""
    with pytest.raises(SystemExit) as wrong:
        main(["nonsense"])
    with pytest.raises(SystemExit) as asked:
        main(["--help"])

    assert (wrong.value.code, asked.value.code) == (2, 0)
    assert "demo" in capsys.readouterr().out


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA", "ES256K"])
def test_a_key_pair_signs_what_its_set_verifies(alg: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two files: one for the one who signs, one for the authorizer."""
    made = main(["token", "keypair", str(tmp_path / "dev"), "--alg", alg])
    private, public = tmp_path / "dev.jwk", tmp_path / "dev.jwks.json"
    capsys.readouterr()
    main(["token", "mint", "--key", str(private), "--issuer", ISSUER, "--audience", "api", "--sub", "ann"])
    token = tmp_path / "token"
    token.write_text(capsys.readouterr().out)

    asked = ["--issuer", ISSUER, "--audience", "api", "--jwks", str(public), "--alg", alg]
    verified = main(["token", "inspect", str(token), *asked])

    assert (made, verified) == (0, 0)
    assert private.stat().st_mode & 0o777 == 0o600
    assert "d" in json.loads(private.read_text())
    assert "d" not in json.loads(public.read_text())["keys"][0]


def test_a_key_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It could be the only copy."""
    (tmp_path / "dev.jwk").write_text("mine")

    code = main(["token", "keypair", str(tmp_path / "dev")])

    assert code == 3
    assert (tmp_path / "dev.jwk").read_text() == "mine"
    assert "dev.jwk is there already, and a key is never written over: choose" in capsys.readouterr().err


def test_no_half_of_a_pair_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A private key without its set would only be in the way."""
    (tmp_path / "dev.jwks.json").write_text("mine")

    code = main(["token", "keypair", str(tmp_path / "dev")])

    assert code == 3
    assert not (tmp_path / "dev.jwk").exists()
    assert "dev.jwks.json is there already" in capsys.readouterr().err
