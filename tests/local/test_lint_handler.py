"""Where a handler and the way it is attached do not go together, a kept answer is wrong (contract section 7)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import Authorizer, Principal, Request, Route, Routes, first_of, reads
from authkit.local.lint import against, table
from authkit.local.lint.settings import UNKNOWN, Attachment, Words
from authkit.policy.operations import not_ours

WORDS = Words("ttl", "sources", "payload", "simple", "expression")
REST = Attachment(
    "ours", "f:/a", "rest", "request", ("method.request.header.Authorization",), 300.0, None, None, False, WORDS
)
HTTP = REST._replace(api="http", sources=("$request.header.Authorization",), payload="2.0")
SIMPLE = HTTP._replace(simple=True, sources=("$request.header.Authorization", "$context.routeKey"))
ROUTES = [Route("GET", "/orders/{id}", scopes={"orders:read"})]


@reads("header.authorization")
def bearer(request: Request) -> Principal:
    """Take anybody."""
    return Principal("ada")


@reads("header.x-tenant")
def tenant(request: Request) -> None:
    """Look at the tenant."""


@reads("header.authorization")
def proof(request: Request) -> None:
    """Vouch for one request."""


@reads()
def nothing(request: Request) -> Principal:
    """Take everybody for the same."""
    return Principal("everybody")


proof.per_request = True  # type: ignore[attr-defined]


@reads("header.x-api-key")
def key(request: Request) -> Principal:
    """Take anybody with a key."""
    return Principal("ada")


EITHER = first_of(bearer, key)


def handler(**changes: Any) -> Authorizer:
    """Return an authorizer that reads one header."""
    return Authorizer(**{"authenticate": bearer, "routes": ROUTES, **changes})


def found(changes: dict[str, Any], attachment: Attachment) -> list[str]:
    """Return severity and code of what is found."""
    return [f"{each.severity} {each.code}" for each in against.judge(handler(**changes), (attachment,))]


@pytest.mark.parametrize(
    ("changes", "attachment"),
    [
        ({}, REST),
        ({}, HTTP),
        ({"response": "simple"}, SIMPLE),
        ({"guards": [tenant]}, REST._replace(sources=(*REST.listed, "method.request.header.X-TENANT"))),
        ({"guards": [tenant]}, REST._replace(ttl=0.0)),
        ({"guards": [proof]}, REST._replace(ttl=0.0)),
        ({"authenticate": EITHER}, REST._replace(sources=(), ttl=0.0)),
        (
            {"authenticate": EITHER, "guards": [tenant]},
            REST._replace(sources=("method.request.header.X-Tenant",), ttl=0.0),
        ),
        ({}, REST._replace(sources=(*REST.listed, "context.httpMethod"))),
        ({}, REST._replace(sources=UNKNOWN)),
        ({"response": "simple"}, SIMPLE._replace(simple=UNKNOWN)),
        (
            {"routes": [Route("$connect")]},
            REST._replace(api="websocket", sources=("route.request.header.Authorization",)),
        ),
    ],
)
def test_what_goes_together_is_clean(changes: dict[str, Any], attachment: Attachment) -> None:
    """Header names in any case, more context in the key, and no key where nothing is kept."""
    assert found(changes, attachment) == []


ONE_BY_ONE = Routes(
    [
        Route("GET", "/a/{x}", scopes={"s"}),
        Route("GET", "/a/{x}/{y}", scopes={"t"}),
        Route("GET", "/a/{x}/{y}/{z}", scopes={"s"}),
    ],
    on_conflict="one-request",
)
BOUND = [Route("GET", "/users/{sub}", bind={"sub": "sub"})]
GREEDY = Routes([Route("GET", "/a/{rest+}", scopes={"a"}), Route("GET", "/{x}/b", scopes={"a"})])


@pytest.mark.parametrize(
    ("changes", "attachment", "expected"),
    [
        ({"guards": [tenant]}, REST, ["error source_unkeyed"]),
        ({"guards": [tenant]}, REST._replace(ttl=None), ["error source_unkeyed"]),
        ({}, REST._replace(sources=()), ["error source_unkeyed"]),
        ({}, REST._replace(sources=(*REST.listed, "method.request.querystring.q")), ["warning source_unread"]),
        ({"guards": [proof]}, REST, ["error not_cacheable"]),
        ({"routes": ONE_BY_ONE}, REST, ["error not_cacheable"]),
        ({"routes": BOUND, "response": "simple"}, SIMPLE, ["error not_cacheable"]),
        ({"cached": False}, REST, ["error not_cacheable"]),
        ({"authenticate": EITHER}, REST._replace(sources=()), ["error not_cacheable"]),
        ({"authenticate": EITHER}, REST, ["error not_cacheable", "error source_optional"]),
        ({"authenticate": EITHER}, REST._replace(ttl=0.0), ["error source_optional"]),
        ({"authenticate": EITHER}, HTTP._replace(ttl=0.0), ["error source_optional"]),
        ({"authenticate": EITHER}, REST._replace(kind="token", ttl=0.0), ["error token_carries_one"]),
        ({}, HTTP._replace(simple=True), ["error answer_form"]),
        ({"response": "simple"}, SIMPLE._replace(simple=False), ["error answer_form"]),
        (
            {"guards": [tenant]},
            REST._replace(kind="token"),
            ["error token_carries_one"],
        ),
        (
            {},
            REST._replace(api="websocket", sources=("route.request.header.Authorization",)),
            ["error connect_missing"],
        ),
    ],
)
def test_each_disagreement_has_its_code(changes: dict[str, Any], attachment: Attachment, expected: list[str]) -> None:
    """And is the only thing found."""
    assert found(changes, attachment) == expected


@pytest.mark.parametrize(
    ("changes", "attachment", "words"),
    [
        ({"guards": [proof]}, REST, "vouches for one request only"),
        ({"authenticate": EITHER}, REST._replace(sources=()), "the alternatives read different places"),
        ({"routes": ONE_BY_ONE}, REST, "answers for the one request it was asked about"),
        ({"routes": BOUND, "response": "simple"}, SIMPLE, "would be a yes to another's"),
        ({"authenticate": nothing}, REST._replace(sources=("context.identity.sourceIp",)), "reads nothing"),
        ({"cached": False}, REST, "the handler says that its answers must not be kept"),
    ],
)
def test_why_answers_must_not_be_kept(changes: dict[str, Any], attachment: Attachment, words: str) -> None:
    """Each reason in its words."""
    (finding,) = against.judge(handler(**changes), (attachment,))

    assert words in finding.problem
    assert finding.advice == "Set ttl to 0."


def test_a_source_that_a_good_request_may_lack_is_told() -> None:
    """With what comes of naming it, and what to do."""
    (finding,) = against.judge(handler(authenticate=EITHER), (REST._replace(ttl=0.0),))

    assert (
        "a good request may lack header.authorization: requests with the other credential are refused before the"
        in (finding.problem)
    )
    assert finding.advice == "Remove method.request.header.authorization in sources, and set ttl to 0."


def test_advice_spells_sources_for_the_kind_of_api() -> None:
    """So that it can be pasted."""
    (rest,) = against.judge(handler(guards=[tenant]), (REST,))
    (http,) = against.judge(handler(guards=[tenant]), (HTTP,))
    (sam,) = against.judge(handler(guards=[tenant]), (HTTP._replace(words=WORDS._replace(sources="Identity")),))

    assert rest.advice == "Name method.request.header.x-tenant in sources."
    assert http.advice == "Name $request.header.x-tenant in sources."
    assert sam.advice == "Name x-tenant in Identity.Headers."


def test_a_table_for_another_kind_of_api_is_told() -> None:
    """Its paths would go elsewhere."""
    assert GREEDY.api == "rest"
    assert found({"routes": GREEDY}, REST) == []
    assert found({"routes": GREEDY}, HTTP) == ["error table_of_another_api"]


def test_a_residue_is_a_note() -> None:
    """Known, and accepted."""
    routes = Routes([Route("GET", "/o/{x}"), Route("GET", "/o/{x}/i/{y}"), Route("GET", "/o/{x}/i", scopes={"s"})])

    (finding,) = table.judge(routes, "app:handler")

    assert (finding.severity, finding.code) == ("note", "residue")


def test_conflicts_residues_and_routes_that_nobody_gets_to() -> None:
    """Each with how bad it is."""
    routes = Routes(
        [
            Route("GET", "/a/{x}", scopes={"s"}),
            Route("GET", "/a/{x}/{y}", scopes={"t"}),
            Route("GET", "/a/{x}/{y}/{z}", scopes={"s"}),
            Route("ANY", "/b", scopes={"s"}),
            *(Route(method, "/b") for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")),
            Route("GET", "/c", when=not_ours),
        ],
        on_conflict="refuse",
    )

    told = [f"{each.severity} {each.code}" for each in table.judge(routes, "app:handler")]

    assert told.count("warning conflict") == len(routes.conflicts) > 0
    assert "warning unreachable" in told
    assert "note granted_to_nobody" in told
    assert {each.severity for each in table.judge(ONE_BY_ONE, "app") if each.code == "conflict"} == {"note"}
