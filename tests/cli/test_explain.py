"""``authkit explain`` shows how an event is decided, and never a credential."""

from __future__ import annotations

import io
import json
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from authkit.cli import main
from authkit.testing import StubIssuer, http_v2, rest_request, rest_token

if TYPE_CHECKING:
    from collections.abc import Callable

    Module = Callable[[str], str]

ORIGIN = "an-origin-secret-of-32-characters"

APP = f"""
from authkit import Authorizer, Forbidden, JWTBearer, Route, reads
from authkit.testing import StubIssuer

issuer = StubIssuer()

@reads("header.x-origin-verify")
def from_our_edge(request):
    if request.header("x-origin-verify") != ({ORIGIN!r},):
        raise Forbidden("origin", claim="header.x-origin-verify", detail="not from our edge")

def needs_a_plan(principal):
    return principal.claims["plan"] == "gold"

ROUTES = [
    Route("GET", "/orders/{{id}}", scopes={{"orders:read"}}),
    Route("GET", "/orders/{{id}}/audit", scopes={{"audit:read"}}),
    Route("GET", "/orders/{{id}}/items/{{item}}", scopes={{"orders:read"}}),
    Route("GET", "/users/{{sub}}/profile", bind={{"sub": "sub"}}),
    Route("GET", "/reports", when=needs_a_plan),
]
bearer = JWTBearer(issuer=issuer.url, audience=issuer.audience, jwks=issuer.jwks)
handler = Authorizer(guards=[from_our_edge], authenticate=bearer, routes=ROUTES)
open_to_all = Authorizer(authenticate=bearer, routes=ROUTES, enrich=[lambda p: {{"tenant": p.claims["tenant"]}}])
simple = Authorizer(authenticate=bearer, routes=ROUTES[:1], response="simple")

def function(event, context):
    return handler(event, context)
"""


@pytest.fixture
def token() -> str:
    """Return a good token of a reader."""
    return StubIssuer().token(sub="ada", scope="orders:read", tenant="acme")


@pytest.fixture
def explained(module: Module, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command on an event; return the exit code and what it printed."""
    app = module(APP)

    def run(event: object, *options: str, handler: str = "open_to_all") -> tuple[int, str]:
        path = tmp_path / "event.json"
        path.write_text(event if isinstance(event, str) else json.dumps(event))
        code = main(["explain", str(path), "--handler", f"{app}:{handler}", *options])
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return run


def steps(shown: str) -> dict[str, dict[str, Any]]:
    """Return the steps of an explanation as JSON, by place."""
    return {step["place"]: step for step in json.loads(shown)["steps"]}


def test_an_allowed_request_from_the_gateway_to_the_result(explained: Any, token: str) -> None:
    """Each step with what it did; exit code 0."""
    event = rest_request("GET", "/orders/1", token=token, headers={"x-origin-verify": ORIGIN})

    code, shown = explained(event, handler="handler")

    places = [line[5:14].strip() for line in shown.splitlines() if line[:1] in "├└"]
    assert code == 0
    assert shown.splitlines()[0].split() == ["GET", "/orders/1", "200"]
    assert places == ["gateway", "guards", "token", "routes", "policy", "result", "nearest"]
    assert "2 of 5 routes" not in shown
    assert "3 of 5 routes granted" in shown
    assert "Allow GET/orders/*" in shown
    assert "the gateway may keep the answer for" in shown


def test_a_refusal_names_what_is_lacking(explained: Any, token: str) -> None:
    """The Deny that decided, and the scope for the route asked for."""
    code, shown = explained(rest_request("GET", "/orders/1/audit", token=token), "--json")

    said = steps(shown)
    assert code == 1
    assert said["policy"]["said"] == "Deny GET/orders/*/audit"
    assert said["result"]["said"] == "403: Forbidden"
    assert said["nearest"]["said"] == "GET /orders/{id}/audit is not granted"
    assert said["nearest"]["more"] == ["the scope audit:read is missing"]
    assert json.loads(shown)["code"] == "explicit deny"


@pytest.mark.parametrize(
    ("path", "lacking"),
    [
        ("/users/bob/profile", ["{sub} must be the caller's own sub, and is another's"]),
        ("/reports", ["the predicate needs_a_plan asks for the claim plan, which is missing"]),
        ("/orders", []),
        ("/Orders/1", ["in lower case it would go to GET /orders/{id}"]),
        ("/orders/1/", ["without the slash in the end it would go to GET /orders/{id}"]),
    ],
)
def test_the_nearest_grant(path: str, lacking: list[str], explained: Any, token: str) -> None:
    """A binding, a predicate, and paths that go nowhere."""
    code, shown = explained(rest_request("GET", path, token=token), "--json")

    assert code in (0, 1)
    assert steps(shown)["nearest"]["more"] == lacking


def test_a_granted_route_that_a_deny_takes_is_told(explained: Any, token: str) -> None:
    """A value that equals a literal of the table: the residue, met by chance."""
    code, shown = explained(rest_request("GET", "/orders/1/items/audit", token=token), "--json")

    assert code == 1
    assert "a value in it equals a literal of the table" in steps(shown)["nearest"]["more"][0]


def test_a_bad_token_is_told_with_its_code(explained: Any) -> None:
    """And with what the route would need."""
    expired = StubIssuer().bad_tokens()["expired"]

    code, shown = explained(rest_token("GET", "/orders/1", expired), "--json")

    said = steps(shown)
    assert code == 1
    assert said["token"]["said"].startswith("unauthenticated: expired (exp)")
    assert said["result"]["said"] == "401: Unauthorized; the gateway keeps nothing"
    assert said["nearest"]["said"] == "GET /orders/{id} needs the scope orders:read"


def test_a_missing_credential_never_gets_to_the_function(explained: Any) -> None:
    """The gateway's own 401."""
    code, shown = explained(rest_request("GET", "/orders/1"))

    assert code == 1
    assert "identity source header.authorization is missing: the function is not called" in shown


def test_a_guard_that_refuses_is_numbered(explained: Any, token: str) -> None:
    """And nothing behind it is told, for nothing behind it was asked."""
    event = rest_request("GET", "/orders/1", token=token, headers={"x-origin-verify": "something else"})

    code, shown = explained(event, "--json", handler="handler")

    assert code == 1
    assert steps(shown)["guards"]["said"].startswith("guard 1 of 1: forbidden: origin (header.x-origin-verify)")
    assert "token" not in steps(shown)


def test_what_goes_wrong_behind_the_token_is_exit_code_3(explained: Any) -> None:
    """An event for another kind of API, and one that is none."""
    answered = explained(rest_request("GET", "/orders/1", token=StubIssuer().token(sub="ada")), handler="simple")
    strange = explained({"hello": 1})

    assert answered[0] == strange[0] == 3
    assert "payload 2.0 only" in answered[1]
    assert "not an authorizer's event" in strange[1]


def test_a_claim_that_an_enricher_misses_is_a_refusal(explained: Any) -> None:
    """Known by the record of the handler."""
    event = rest_request("GET", "/orders/1", token=StubIssuer().token(sub="ada", scope="orders:read"))

    code, shown = explained(event, "--json")

    assert code == 1
    assert json.loads(shown)["code"] == "missing_claim"


@pytest.mark.parametrize("scope", ["orders:read", "another"])
def test_a_simple_answer_is_judged_as_one(scope: str, explained: Any) -> None:
    """Yes or no, and no policy."""
    event = http_v2("GET", "/orders/1", token=StubIssuer().token(sub="ada", scope=scope), resource="/orders/{id}")

    code, shown = explained(event, "--json", handler="simple")

    allowed = scope == "orders:read"
    assert code == (0 if allowed else 1)
    assert steps(shown)["policy"]["said"] == f"isAuthorized {str(allowed).lower()}"


@pytest.mark.parametrize("form", [[], ["--json"], ["--html"]])
def test_no_credential_is_ever_shown(form: list[str], explained: Any, token: str) -> None:
    """Not the token, not the guard's secret, not even where the path repeats them."""
    event = rest_request("GET", f"/orders/{token.rpartition('.')[2]}", token=token, headers={"x-origin-verify": ORIGIN})
    event["methodArn"] = event["methodArn"].replace(token.rpartition(".")[2], token)

    _, shown = explained(event, *form, handler="handler")

    assert token not in shown
    assert ORIGIN not in shown


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_needs_nothing_else_and_escapes_everything(explained: Any, token: str) -> None:
    """A path is the caller's to choose."""
    event = rest_request("GET", "/orders/1", token=token)
    event["methodArn"] = event["methodArn"] + "<script>alert('x')</script>&\"\x1b[31m"

    code, shown = explained(event, "--html")

    page = Page()
    page.feed(shown)
    assert code == 0
    assert shown.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not {"src", "href", "onload", "style"} & set(page.attributes)
    assert any("<script>alert('x')</script>&\"\\x1b[31m" in text for text in page.texts)


def test_control_characters_do_not_reach_the_terminal(explained: Any, token: str) -> None:
    """They could steer it."""
    event = rest_request("GET", "/orders/1", token=token)
    event["methodArn"] += "\x1b[2J\n\u202e"

    _, shown = explained(event)

    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_event_comes_from_standard_input_too(
    module: Module, token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the handler is found below a decorator."""
    app = module(
        APP + "\nimport functools\n@functools.wraps(open_to_all)\ndef wrapped(e, c): return open_to_all(e, c)\n"
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(rest_request("GET", "/orders/1", token=token))))

    assert main(["explain", "-", "--handler", f"{app}:wrapped"]) == 0


def test_what_is_no_event_or_no_authorizer_is_exit_code_3(explained: Any) -> None:
    """Said in words."""
    assert "the event is not JSON" in explained("{")[1]
    assert "is a function, and no Authorizer" in explained({}, handler="function")[1]
    assert "is a list, and no Authorizer" in explained({}, handler="ROUTES")[1]
