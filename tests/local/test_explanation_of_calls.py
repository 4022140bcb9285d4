"""Calls of a gateway are explained as they were answered, whoever's the handler is, and no credential is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import Authorizer, Forbidden, Principal, Request, Route, Unauthenticated, from_networks, reads
from authkit.local.appsync import AppSync
from authkit.local.call import Call
from authkit.local.events import Api
from authkit.local.explanation.draw import draw
from authkit.local.explanation.keeper import Explainer
from authkit.local.explanation.page import page
from authkit.local.explanation.tree import Explanation, Node
from authkit.local.explanation.watching import Watching
from authkit.local.gateway import Gateway
from authkit.local.message import HttpRequest
from authkit.local.plans import UsagePlan
from authkit.local.responses import GatewayResponse
from authkit.local.settings import Cors, Settings
from authkit.policy.routes import Routes
from tests.local.gateways import HANDSHAKE, Function, saying, sent, stage, stage_name, statement
from tests.support.authorizers import Told

TABLE = [
    Route("GET", "/orders/{id}", scopes={"orders:read"}),
    Route("GET", "/orders/{id}/audit", scopes={"audit:read"}),
    Route("POST", "/orders"),
    Route("$connect"),
]
KEY = "a-key-of-the-plan-0000000000000000"


@reads("header.authorization")
def anybody(request: Request) -> Principal:
    """Take anybody for a reader."""
    value = request.header("authorization")[-1] if request.header("authorization") else request.token or ""
    if "bad" in value:
        raise Unauthenticated("expired", claim="exp", detail="long ago")
    return Principal("ada", scopes={"orders:read"}, usage_key=KEY)


class Played:
    """A gateway whose calls are explained; its handler is an `Authorizer` or a function."""

    def __init__(
        self, handler: Any, kind: str = "rest-request", *, is_open: Any = lambda _: False, **settings: Any
    ) -> None:
        chosen = {"sources": ("header.authorization",), "api": Api(stage=stage_name(kind)), **settings}
        self.settings = Settings(kind=kind, **chosen)  # type: ignore[arg-type]
        routes = handler.routes if isinstance(handler, Authorizer) else Routes(TABLE, on_conflict="refuse")
        watching = Watching(handler) if isinstance(handler, Authorizer) else None
        self.clock = [1786959667.5]
        self.explanations: list[Explanation] = []
        explainer = Explainer(self.settings, routes, watching=watching, clock=lambda: self.clock[0])

        def tell(call: Call) -> None:
            self.explanations.append(explainer.explain(explainer.seen(call)))

        self.gateway = Gateway(
            watching or handler,
            routes,
            self.settings,
            tell=tell,
            is_open=is_open,
            explain=watching.words if watching else lambda: "",
            clock=lambda: self.clock[0],
            timer=lambda: self.clock[0],
        )

    def explained(self, *arguments: Any, **more: Any) -> Explanation:
        """Make a call; hold the explanation to the answer, and return it."""
        reply = self.gateway.respond(sent(*arguments, kind=self.settings.kind, **more))
        explanation = self.explanations[-1]
        assert explanation.status == reply.status
        assert Explanation.of(json.loads(json.dumps(explanation.data()))) == explanation
        return explanation


def handler(**changes: Any) -> Authorizer:
    """Return an authorizer for the table."""
    return Authorizer(**{"authenticate": anybody, "routes": TABLE, "observe": Told(), **changes})


def node(explanation: Explanation, place: str) -> Node:
    """Return a step by its place."""
    return next(each for each in explanation.nodes if each.place == place)


def places(explanation: Explanation) -> list[str]:
    """Return the places of the steps in their order."""
    return [each.place for each in explanation.nodes]


def test_a_call_from_the_gateway_to_the_nearest_grant() -> None:
    """With what the gateway did, and each slot of the handler."""
    explanation = Played(handler()).explained("/orders/1")

    assert places(explanation) == [
        *("gateway", "guards", "token", "routes", "policy", "backend", "result", "nearest"),
    ]
    assert (explanation.asked, explanation.kind, explanation.code) == ("GET /orders/1", "rest-request", "")
    assert explanation.allowed
    assert node(explanation, "gateway").more == ("rest-request event", "identity sources header.authorization")
    assert node(explanation, "token").said == "ada"
    assert node(explanation, "routes").said == "3 of 4 routes granted"
    assert "Deny GET/orders/*/audit" in node(explanation, "policy").more
    assert node(explanation, "result").more == ("the gateway keeps the answer for header.authorization, 300 s",)


def test_a_kept_answer_is_told_with_whose_it_was_and_what_it_says() -> None:
    """The function was not asked, and still it is known what the principal lacks."""
    played = Played(handler())
    played.explained("/orders/1")
    played.clock[0] += 12

    explanation = played.explained("/orders/1/audit")

    assert places(explanation) == ["gateway", "cache", "policy", "result", "nearest"]
    assert node(explanation, "cache").more == ("it was given to GET /orders/1, 12 s before", "it was made for ada")
    assert node(explanation, "policy").said == "Deny GET/orders/*/audit"
    assert node(explanation, "result").more == ("judged by a kept answer: the function was not called",)
    assert node(explanation, "nearest").more == ("the scope audit:read is missing",)
    assert (explanation.outcome, explanation.code) == ("refused", "explicit deny")


def test_a_kept_answer_nobody_remembers_is_judged_all_the_same() -> None:
    """Where the explainer came later than the answer."""
    played = Played(handler())
    played.explained("/orders/1")
    newcomer = Explainer(played.settings, Routes(TABLE, on_conflict="refuse"), watching=None)
    calls: list[Call] = []
    played.gateway._tell = calls.append
    played.gateway.respond(sent("/orders/1/audit"))

    explanation = newcomer.explain(newcomer.seen(calls[0]))

    assert node(explanation, "cache").more == ()
    assert node(explanation, "nearest").said == "GET /orders/{id}/audit needs the scope audit:read"


@pytest.mark.parametrize("kind", ["rest-request", "rest-token", "http-v1", "http-v2", "websocket"])
def test_a_bad_credential(kind: str) -> None:
    """The record's code, on whichever kind of API; nothing is kept of a 401."""
    routes = [Route("GET", "/orders/{id}", scopes={"orders:read"}), Route("$connect")]
    explanation = Played(handler(routes=routes), kind, **({"ttl": 0} if kind == "websocket" else {})).explained(
        "/orders/1", ("Authorization", "Bearer bad")
    )

    assert (explanation.outcome, explanation.code) == ("refused", "expired")
    assert explanation.status == (403 if kind.startswith("http-") else 401)
    assert node(explanation, "token").said == "unauthenticated: expired (exp): long ago"
    if explanation.status == 401:
        assert node(explanation, "result").said == "401: gateway response UNAUTHORIZED"
        assert node(explanation, "result").more == ("the gateway keeps nothing",)
    else:
        assert node(explanation, "result").said == "403: Forbidden"


def test_a_guard_that_refuses() -> None:
    """By its number; and nothing of what was not asked."""

    @reads("header.x-edge")
    def guard(request: Request) -> None:
        raise Forbidden("origin", claim="header.x-edge", detail="not from our edge")

    explanation = Played(handler(guards=[guard])).explained("/orders/1")

    assert explanation.code == "origin"
    assert node(explanation, "guards").said.startswith("guard 1 of 1: forbidden: origin (header.x-edge)")
    assert "token" not in places(explanation)


def test_what_the_gateway_refuses_by_itself() -> None:
    """A missing source, an expression, no route: the function is not called, and the type of the refusal is the code."""
    rest = Played(handler())
    token = Played(handler(), "rest-token", expression="Bearer .+")

    missing = rest.explained("/orders/1", ("X-Other", "1"))
    unmatched = token.explained("/orders/1", ("Authorization", "Basic x"))
    nowhere = rest.explained("/Orders/1")

    assert (missing.status, missing.code) == (401, "UNAUTHORIZED")
    assert "identity source header.authorization is missing" in node(missing, "gateway").said
    assert "validation expression set" in node(unmatched, "gateway").more
    assert (nowhere.outcome, nowhere.code) == ("refused", "MISSING_AUTHENTICATION_TOKEN")
    assert node(nowhere, "nearest").more == ("in lower case it would go to GET /orders/{id}",)


def test_what_needs_no_decision() -> None:
    """A preflight, and a route without an authorizer."""
    preflight = Played(handler(), "http-v2", cors=Cors(("https://app.example.com",))).explained(
        "/orders/1", ("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "GET"), method="OPTIONS"
    )
    is_open = Played(handler(), is_open=lambda _: True).explained("/orders/1")

    assert preflight.allowed
    assert node(preflight, "result").said == "204: answered by the gateway itself"
    assert places(is_open) == ["gateway", "backend", "result"]
    assert node(is_open, "result").said == "200: let through to the backend"


def test_a_handler_of_somebody_else() -> None:
    """What it answered is judged, and what it lacks is told by the API's own table."""
    answer = saying(
        {**statement(""), "Resource": f"{stage()}GET/orders/*"},
        {"Effect": "Deny", "Action": "execute-api:Invoke", "NotResource": [f"{stage()}GET/orders/1"]},
        statement(f"{stage()}*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    )

    played = Played(Function(answer))
    allowed, denied = played.explained("/orders/1"), played.explained("/orders/1/audit")
    free = played.explained("/orders", method="POST")

    assert node(allowed, "authorizer").more == ("principal user-42",)
    assert node(denied, "policy").said == "Deny NotResource"
    assert node(denied, "policy").more == (
        "Allow GET/orders/*",
        "Deny all but GET/orders/1",
        "Allow *",
        "  under the condition IpAddress aws:SourceIp",
    )
    assert node(denied, "nearest").said == "GET /orders/{id}/audit needs the scope audit:read"
    assert "nearest" not in places(free)  # nobody knows what such a handler asks for


@pytest.mark.parametrize(
    ("result", "code", "said"),
    [
        (RuntimeError("s3cret-of-the-database"), "AUTHORIZER_FAILURE", "raised RuntimeError"),
        ({"nothing": 1}, "AUTHORIZER_CONFIGURATION_ERROR", "answered"),
        ([], "AUTHORIZER_CONFIGURATION_ERROR", "answered"),
        (
            saying(statement("*", Condition={"Nonsense": {"aws:SourceIp": "x"}})),
            "AUTHORIZER_CONFIGURATION_ERROR",
            "answered",
        ),
    ],
)
def test_a_handler_that_fails(result: Any, code: str, said: str) -> None:
    """Nobody can tell: the outcome is neither yes nor no."""
    explanation = Played(Function(result)).explained("/orders/1")

    assert (explanation.outcome, explanation.status, explanation.code) == ("failed", 500, code)
    assert node(explanation, "authorizer").said == said
    assert "s3cret" not in json.dumps(explanation.data())


def test_a_gateway_response_of_ones_own_changes_the_status_and_not_the_outcome() -> None:
    """The type of the refusal says what it was."""
    played = Played(handler(), responses={"UNAUTHORIZED": GatewayResponse(status=299)})

    explanation = played.explained("/orders/1", ("Authorization", "Bearer bad"))

    assert (explanation.status, explanation.outcome, explanation.allowed) == (299, "refused", False)


def test_simple_answers() -> None:
    """Yes or no, and nothing to evaluate."""
    routes = TABLE[:1]
    yes = Played(handler(routes=routes, response="simple"), "http-simple", ttl=0).explained("/orders/1")
    no = Played(Function({"isAuthorized": False}), "http-simple").explained("/orders/1")

    assert node(yes, "answer").said == "isAuthorized is true"
    assert node(yes, "result").more == ("the gateway keeps nothing",)
    assert (no.code, no.status) == ("denied", 403)


def test_usage_plans() -> None:
    """Which key it was is never told."""
    played = Played(handler(), plans=(UsagePlan((KEY,)),))
    other = Played(handler(), plans=(UsagePlan(("another-key-of-another-plan-00000",)),))

    good, bad = played.explained(f"/orders/{KEY}"), other.explained("/orders/1")

    assert node(good, "usage plan").good
    assert KEY not in json.dumps(good.data())
    assert (bad.outcome, bad.code) == ("refused", "INVALID_API_KEY")


def test_a_condition_that_holds_no_more_is_what_lacks() -> None:
    """The route is granted, and the policy refuses all the same."""
    explanation = Played(handler(limits=[from_networks("203.0.113.0/24")])).explained("/orders/1")

    assert explanation.code == "implicit deny"
    assert node(explanation, "nearest").more == ("a condition of the policy does not hold",)


def test_an_answer_whose_conditions_nobody_can_judge_is_a_failure() -> None:
    """It is kept, and judged anew each time."""
    odd = saying(statement("*", Condition={"DateLessThan": {"aws:Referer": "2030-01-01T00:00:00Z"}}))
    played = Played(Function(odd))
    headers = ("Authorization", "Bearer t"), ("Referer", "no date")

    explanations = [played.explained("/orders/1", *headers) for _ in range(2)]

    assert [each.outcome for each in explanations] == ["failed", "failed"]
    assert [("cache" in places(each), "policy" in places(each)) for each in explanations] == [
        (False, False),
        (True, False),
    ]


def test_an_answer_that_came_too_late_is_told_beside_what_the_handler_decided() -> None:
    """HTTP APIs wait ten seconds."""

    @reads("header.authorization")
    def slow(request: Request) -> Principal:
        played.clock[0] += 11
        return Principal("ada", scopes={"orders:read"})

    played = Played(handler(authenticate=slow), "http-v2")

    explanation = played.explained("/orders/1")

    assert (explanation.outcome, explanation.status) == ("failed", 500)
    assert node(explanation, "token").good
    assert node(explanation, "authorizer").said.startswith("took 11.0 s")


def test_a_credential_of_ones_own_that_gives_no_principal_is_explained_as_a_failure() -> None:
    """Nobody is known then."""

    @reads("header.authorization")
    def wrong(request: Request) -> Any:
        return "ada"

    explanation = Played(handler(authenticate=wrong)).explained("/orders/1")

    assert explanation.outcome == "failed"
    assert node(explanation, "token").good is False


def test_a_websocket() -> None:
    """Its one route; no answer of its own is kept."""
    explanation = Played(handler(), "websocket", ttl=0).explained("/")

    assert (explanation.asked, explanation.status, explanation.allowed) == ("$connect", 101, True)
    assert node(explanation, "result").more == ("the gateway keeps nothing",)


def test_what_cannot_be_explained_is_told_as_that() -> None:
    """A predicate is asked once more, and may raise the second time."""
    asked = iter([True])

    def once(principal: Principal) -> bool:
        if next(asked, False):
            return True
        raise LookupError("s3cret")

    explanation = Played(handler(routes=[Route("GET", "/orders/{id}", when=once)])).explained("/orders/1")

    assert explanation.allowed
    assert explanation.nodes == (Node("explanation", None, "could not be made: LookupError"),)


def test_the_handlers_own_observer_is_told_as_ever() -> None:
    """Watching changes nothing for it."""
    told = Told()
    played = Played(handler(observe=told))

    played.explained("/orders/1")
    played.explained("/orders/2")

    assert told.only.outcome == "allowed"  # the second call had a kept answer


def test_the_words_of_a_decision_are_those_of_the_last_one_in_this_thread() -> None:
    """None before the first."""
    watching = Watching(handler())

    assert watching.words() == ""
    assert watching.taken() is None


@pytest.mark.parametrize(
    ("answer", "outcome", "status", "said"),
    [
        ({"isAuthorized": True}, "allowed", 200, "200: resolved, all but the fields that are denied"),
        ({"isAuthorized": False}, "refused", 401, "401: Unauthorized"),
        (RuntimeError("s3cret"), "failed", 401, "401: Unauthorized"),
    ],
)
def test_appsync(answer: Any, outcome: str, status: int, said: str) -> None:
    """One endpoint, and no policy."""
    settings = Settings(("header.authorization",), kind="appsync", ttl=0)
    explainer = Explainer(settings, Routes(TABLE, on_conflict="refuse"), watching=None)
    calls: list[Call] = []
    endpoint = AppSync(Function(answer), settings, tell=calls.append)

    endpoint.respond(
        HttpRequest("POST", "/graphql", "", (("Authorization", "a-token-of-appsync"),), b'{"query": "{a}"}')
    )

    explanation = explainer.explain(explainer.seen(calls[0]))
    assert (explanation.asked, explanation.kind) == ("POST /graphql", "appsync")
    assert (explanation.outcome, explanation.status) == (outcome, status)
    assert node(explanation, "result") == Node("result", outcome == "allowed", said)
    assert "a-token-of-appsync" not in json.dumps(explanation.data())


SECRETS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+/=.", min_size=12, max_size=60)
HEADERS = ("Authorization", "Cookie", "X-Api-Key", "X-Origin-Verify", "DPoP", "X-Own-Secret", "X-Unheard-Of")


@given(
    secret=SECRETS.map(lambda text: f"zq{text}qz"),
    name=st.sampled_from(HEADERS),
    scheme=st.sampled_from(["", "Bearer ", "sid="]),
    kind=st.sampled_from(["rest-token", "rest-request", "http-v1", "http-v2"]),
    path=st.sampled_from(["/orders/1", "/orders/{}", "/orders/x{}y", "/nowhere/{}"]),
    ours=st.booleans(),
)
def test_no_secret_of_a_request_is_ever_shown(
    secret: str, name: str, scheme: str, kind: str, path: str, ours: bool
) -> None:
    """Wherever it stands, and wherever the path, a principal or an error repeats it."""
    first = ("Authorization", "Bearer a-good-token-of-ada") if name != "Authorization" else ("X-More", "1")
    repeating = saying(statement(f"{stage(kind)}*"), context={"echo": secret}, usageIdentifierKey=secret)
    played = Played(
        handler(authenticate=telling(secret)) if ours else Function({**repeating, "principalId": f"p-{secret}"}),
        kind,
        sources=("header.authorization",) if kind == "rest-token" else ("header.authorization", "header.x-own-secret"),
    )

    played.gateway.respond(
        HttpRequest(
            "GET",
            path.format(quote(secret, safe="")),
            f"access_token={quote(secret)}&page=2",
            (first, (name, scheme + secret), ("X-Own-Secret", secret)),
        )
    )

    explanation = played.explanations[-1]
    everything = json.dumps(explanation.data()) + page(explanation) + draw(explanation, colour=True) + repr(explanation)
    assert secret not in everything


def telling(secret: str) -> Any:
    """Return a credential that refuses with a detail that holds what it was given, as one of one's own might."""

    @reads("header.authorization")
    def authenticate(request: Request) -> Principal:
        raise Unauthenticated("odd", detail=f"this is what came: {secret}")

    return authenticate


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Iterable[Any]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(hostile=st.text(min_size=1, max_size=40))
def test_whatever_a_caller_sends_is_text_on_the_page(hostile: str) -> None:
    """In path, header and user agent: no tag, no control character, one line a step in the terminal."""
    asked = f"/orders/<script>alert(1)</script>&\"'{quote(hostile)}%1b[31m"
    played = Played(handler())
    played.gateway.respond(
        HttpRequest("GET", asked, "", (("Authorization", "Bearer <b>tok</b>"), ("User-Agent", "<i>agent</i>")))
    )

    explanation = played.explanations[-1]
    shown = Page()
    shown.feed(page(explanation))
    assert shown.tags <= {"html", "head", "meta", "title", "style", "body", "h1", "b", "ol", "li", "p", "strong", "ul"}
    assert any("<script>alert(1)</script>" in text for text in shown.texts)
    assert draw(explanation).isprintable() or "\n" in draw(explanation)
    assert all(line.isprintable() for line in draw(explanation).split("\n"))


def test_a_handshake_that_is_none() -> None:
    """It goes to no route, and nothing else is known of it."""
    played = Played(handler(), "websocket", ttl=0)
    played.gateway.respond(HttpRequest("GET", "/elsewhere", "", HANDSHAKE))

    assert places(played.explanations[-1]) == ["gateway", "result"]
    assert played.explanations[-1].code == "MISSING_AUTHENTICATION_TOKEN"
