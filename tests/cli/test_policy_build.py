"""``authkit policy build`` prints the document a principal would get."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from authkit.cli import main
from authkit.testing import StubIssuer

if TYPE_CHECKING:
    from collections.abc import Callable

    Module = Callable[[str], str]

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/"
ARN = f"{STAGE}GET/orders"

TABLE = """
from authkit import Authorizer, Field, JWTBearer, Route, Routes, until_token_ends
from authkit.testing import StubIssuer

ROUTES = [
    Route("GET", "/orders/{id}", scopes={"orders:read"}),
    Route("POST", "/orders", scopes={"orders:write"}),
    Route("GET", "/orders/{id}/audit", scopes={"audit:read"}),
    Route("GET", "/users/{sub}/profile", bind={"sub": "sub"}),
    Route("DELETE", "/orders/{id}", when=lambda p: "admin" in p.claims.get("groups", ())),
]
issuer = StubIssuer()
bearer = JWTBearer(issuer=issuer.url, audience=issuer.audience, jwks=issuer.jwks)
handler = Authorizer(authenticate=bearer, routes=ROUTES, limits=[until_token_ends])
simple = Authorizer(authenticate=bearer, routes=ROUTES[:2], response="simple")
one_by_one = Routes([Route("GET", "/a/{x}", scopes={"s"}), Route("GET", "/a/{x}/{y}", scopes={"t"}),
                     Route("GET", "/a/{x}/{y}/{z}", scopes={"s"})], on_conflict="one-request")
fields = Routes([Field("Order.margin", scopes={"finance"})])
number = 42
"""


def resources(document: dict[str, Any], effect: str) -> list[str]:
    """Return what a document allows or denies, behind the stage."""
    found = [each["Resource"] for each in document["Statement"] if each["Effect"] == effect]
    return [resource.removeprefix(STAGE) for listed in found for resource in listed]


def test_it_prints_the_document_for_scopes_and_claims(module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """The same that the authorizer would return, and what is said about it stands on standard error."""
    app = module(TABLE)

    code = main(
        [
            *("policy", "build", f"{app}:ROUTES", "--arn", ARN),
            *("--scope", "orders:read", "--scope", "orders:write", "--claim", "sub=ada", "--claim", 'groups=["admin"]'),
        ]
    )

    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert code == 0
    assert resources(document, "Allow") == ["DELETE/orders/*", "GET/orders/*", "GET/users/ada/profile", "POST/orders"]
    assert resources(document, "Deny") == ["GET/orders/*/audit"]
    assert shown.err == "ada: 4 of 5 routes granted\n"


def test_a_handlers_limits_are_on_it(module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """Else it would allow for longer than what is really returned."""
    app = module(TABLE)

    code = main(
        ["policy", "build", f"{app}:handler", "--scope", "orders:read", "--claim", "exp=1700000000", "--arn", ARN]
    )

    allow = json.loads(capsys.readouterr().out)["Statement"][0]
    assert code == 0
    assert allow["Condition"] == {"DateLessThan": {"aws:CurrentTime": "2023-11-14T22:13:20Z"}}


def test_nothing_allowed_is_an_explicit_deny_and_exit_code_1(
    module: Module, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script can tell it without reading the document."""
    app = module(TABLE)

    code = main(["policy", "build", f"{app}:ROUTES", "--scope", "another", "--arn", ARN])

    shown = capsys.readouterr()
    assert code == 1
    assert resources(json.loads(shown.out), "Deny") == ["*"]
    assert shown.err == "somebody: 0 of 5 routes granted\n"


def test_json_names_principal_and_granted_routes(module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """One object, the document within."""
    app = module(TABLE)

    main(["policy", "build", f"{app}:ROUTES", "--claim", "sub=ada", "--arn", ARN, "--json"])

    said = json.loads(capsys.readouterr().out)
    assert said["principalId"] == "ada"
    assert said["granted"] == ["GET /users/{sub}/profile"]
    assert resources(said["policyDocument"], "Allow") == ["GET/users/ada/profile"]


@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_a_token_gives_claims_and_scopes_and_is_not_shown(
    scheme: str, module: Module, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From standard input, for arguments can be seen by others; and it says that nothing was verified."""
    app = module(TABLE)
    token = StubIssuer().token(sub="ada", scope="orders:read orders:write")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{scheme}{token}\n"))

    code = main(["policy", "build", f"{app}:ROUTES", "--token", "-", "--claim", "sub=bob", "--arn", ARN])

    shown = capsys.readouterr()
    assert code == 0
    assert resources(json.loads(shown.out), "Allow") == ["GET/orders/*", "GET/users/bob/profile", "POST/orders"]
    assert "not verified" in shown.err
    assert token not in shown.out + shown.err


def test_a_simple_handler_and_a_table_for_one_request_say_so(
    module: Module, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed is not quite what the gateway gets, or only for now."""
    app = module(TABLE)

    main(["policy", "build", f"{app}:simple", "--scope", "orders:read", "--arn", ARN])
    first = capsys.readouterr().err
    main(["policy", "build", f"{app}:one_by_one", "--scope", "s", "--arn", f"{STAGE}GET/a/1"])
    second = capsys.readouterr()

    assert "answers yes or no" in first
    assert "TTL must be 0" in second.err
    assert resources(json.loads(second.out), "Allow") == ["GET/a/1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ROUTES"], "'ROUTES' is not MODULE:NAME"),
        (["{}:ROUTES", "--claim", "sub"], "'sub' is not NAME=VALUE"),
        (["{}:ROUTES", "--arn", "arn:aws:s3:::bucket"], "the method ARN is not of the form"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    arguments: list[str], words: str, module: Module, capsys: pytest.CaptureFixture[str]
) -> None:
    """As argparse says it."""
    app = module(TABLE)

    with pytest.raises(SystemExit) as ended:
        main(["policy", "build", "--arn", ARN, *(each.format(app) for each in arguments)])

    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("{}:missing", "has no 'missing'; it has fields, handler, one_by_one, simple"),
        ("{}:number", "is a int; name a Routes, a list of routes or an Authorizer"),
        ("{}:fields", "has fields and no routes: an AppSync API takes no policy"),
        ("no_such_module:handler", "no module named 'no_such_module'; is this the directory it is in?"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_words_and_exit_code_3(
    target: str, words: str, module: Module, capsys: pytest.CaptureFixture[str]
) -> None:
    """No trace of Python's own."""
    app = module(TABLE)

    code = main(["policy", "build", target.format(app), "--arn", ARN])

    assert code == 3
    assert words in capsys.readouterr().err
