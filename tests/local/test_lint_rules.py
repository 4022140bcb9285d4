"""What the linter says of settings, one rule at a time (contract sections 1, 6, 7 and 16)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.local.lint import rules
from authkit.local.lint.settings import UNKNOWN, Attachment, Preflight, Settings, Wide, Words, is_wide
from authkit.local.lint.spelling import read, spell

WORDS = Words("ttl", "sources", "payload", "simple", "expression")
REST = Attachment(
    "ours", "f:/a", "rest", "request", ("method.request.header.Authorization",), 300.0, None, None, False, WORDS
)
HTTP = REST._replace(api="http", sources=("$request.header.Authorization",), payload="2.0")
SIMPLE = HTTP._replace(simple=True, sources=("$request.header.Authorization", "$context.routeKey"))
SOCKET = REST._replace(api="websocket", sources=("route.request.header.Auth",), ttl=None)
TOKEN = REST._replace(kind="token", expression=r"^Bearer [-0-9a-zA-Z._]+$")


def codes(*attachments: Attachment, preflights: tuple[Preflight, ...] = (), life: float | None = None) -> list[str]:
    """Return severity and code of everything found."""
    found = rules.judge(Settings(attachments, preflights), token_life=life)
    return [f"{each.severity} {each.code}" for each in found]


@pytest.mark.parametrize("good", [REST, HTTP, SIMPLE, SOCKET, TOKEN, REST._replace(ttl=0.0, sources=())])
def test_good_settings_are_clean(good: Attachment) -> None:
    """No rule cries wolf."""
    assert codes(good) == []


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (REST._replace(ttl=None), "warning ttl_unstated"),
        (HTTP._replace(ttl=None), "warning ttl_unstated"),
        (REST._replace(ttl=7200.0), "error ttl_out_of_range"),
        (REST._replace(ttl=-1.0), "error ttl_out_of_range"),
        (SOCKET._replace(ttl=60.0), "note ttl_unused"),
        (REST._replace(sources=()), "error sources_missing"),
        (HTTP._replace(sources=()), "error sources_missing"),
        (REST._replace(sources=("$request.header.Authorization",)), "error source_spelling"),
        (REST._replace(sources=("$context.httpMethod",)), "error source_spelling"),
        (HTTP._replace(sources=("method.request.header.Authorization",)), "error source_spelling"),
        (HTTP._replace(sources=("context.routeKey",)), "error source_spelling"),
        (SOCKET._replace(sources=("$request.header.Auth",)), "error source_spelling"),
        (REST._replace(sources=("Authorization",)), "error source_unknown"),
        (REST._replace(sources=("method.request.path.id",)), "error source_unknown"),
        (TOKEN._replace(sources=(*REST.listed, "method.request.header.X")), "error token_sources"),
        (TOKEN._replace(sources=("method.request.querystring.token",)), "error token_sources"),
        (SIMPLE._replace(sources=HTTP.sources), "error simple_without_route"),
        (SIMPLE._replace(payload="1.0"), "error simple_payload"),
        (REST._replace(simple=True), "error simple_unknown"),
        (HTTP._replace(payload=None), "error payload_missing"),
        (HTTP._replace(payload="3.0"), "error payload_unknown"),
        (REST._replace(expression="^a$"), "warning expression_unused"),
        (HTTP._replace(expression="^a$"), "warning expression_unused"),
        (TOKEN._replace(expression="^Bearer ("), "error expression_invalid"),
        (TOKEN._replace(expression=r"^Bearer $[a-z]+"), "error expression_never"),
        (TOKEN._replace(expression=r"Bearer ^[a-z]+$"), "error expression_never"),
        (TOKEN._replace(expression=r"^Bearer: [-\w.]+$"), "warning expression_never"),
        (TOKEN._replace(expression=r"Bearer .*"), "warning expression_unanchored"),
        (TOKEN._replace(expression=r"^Bearer .*"), "warning expression_unanchored"),
    ],
)
def test_each_mistake_has_its_code(bad: Attachment, expected: str) -> None:
    """And is the only thing found."""
    assert codes(bad) == [expected]


@pytest.mark.parametrize(
    "expression", [r"^Bearer [-0-9a-zA-Z\._]*$", r"^(Bearer|DPoP) [^$^]+$", r"^(?:^Bearer .+$|^x$)$"]
)
def test_anchors_where_they_belong_are_no_mistake(expression: str) -> None:
    """Nor are those in a class or escaped."""
    assert codes(TOKEN._replace(expression=expression)) == []


def test_answers_that_outlive_tokens_are_told() -> None:
    """If it is known how long tokens live."""
    assert codes(REST, life=300.0) == []
    assert codes(REST, life=120.0) == ["warning ttl_above_token_life"]


def test_simple_answers_with_a_ttl_of_zero_need_no_route() -> None:
    """Nothing is kept."""
    assert codes(SIMPLE._replace(ttl=0.0, sources=HTTP.sources)) == []


def test_what_is_only_known_later_is_not_judged() -> None:
    """It is told apart from what is absent, and named, lest silence be taken for praise."""
    unknown = SIMPLE._replace(ttl=UNKNOWN, sources=UNKNOWN, payload=UNKNOWN, expression=UNKNOWN)

    assert codes(unknown, unknown._replace(simple=UNKNOWN)) == ["note not_read"] * 2
    (finding,) = rules.judge(Settings((HTTP._replace(ttl=UNKNOWN, simple=UNKNOWN),)))
    assert finding.problem.endswith("nothing is said of it: ttl, simple")
    assert [each.code for each in rules.judge(Settings(unread=("f:/x",)))] == ["not_read"]


@pytest.mark.parametrize("name", ["ours", ""])
def test_a_simple_yes_kept_for_a_route_of_many_requests_is_told(name: str) -> None:
    """Where the route is this authorizer's, or may be; not where nothing is kept, or a policy is."""
    wide = (Wide("f:/r", "ANY /{proxy+}", name),)

    told = {
        each: [found.code for found in rules.judge(Settings((each,), wide=wide))]
        for each in (SIMPLE, SIMPLE._replace(ttl=0.0), HTTP, SIMPLE._replace(name="theirs"))
    }

    assert list(told.values()) == [["simple_wide_route"], [], [], [] if name else ["simple_wide_route"]]


@pytest.mark.parametrize(
    ("key", "wide"),
    [("$default", True), ("ANY /a", True), ("GET /a/{p+}", True), ("GET /a/{p}", False), ("GET /ANY /", False)],
)
def test_a_wide_route_key_takes_many_requests(key: str, wide: bool) -> None:
    """Of any method, of any depth, or whatever is left."""
    assert is_wide(key) is wide


def test_preflights_behind_an_authorizer_are_told() -> None:
    """For certain where the method is OPTIONS; as a note where it is ANY."""
    certain, perhaps = Preflight("f:/p", "OPTIONS /", "ours", True), Preflight("f:/q", "ANY /", "ours", False)

    assert codes(preflights=(certain, perhaps)) == ["error preflight_guarded", "note preflight_in_any"]


def test_a_finding_says_where_what_and_what_instead() -> None:
    """In two lines."""
    (finding,) = rules.judge(Settings((HTTP._replace(payload=None),)))

    assert str(finding) == (
        "f:/a: error payload_missing: an HTTP API's authorizer must be told its payload format version\n"
        '    State payload: "2.0".'
    )


@pytest.mark.parametrize("api", ["rest", "http", "websocket"])
@pytest.mark.parametrize("name", ["header.x-a", "querystring.q", "stageVariables.s", "context.identity.sourceIp"])
def test_what_is_spelled_for_an_api_fits_it_and_no_other(api: Any, name: str) -> None:
    """There and back."""
    source = read(spell(name, api))

    assert source is not None
    assert source.name == name
    assert source.fits(api)
    if api != "websocket" and name.startswith(("header", "query")):
        assert not any(source.fits(other) for other in ("rest", "http", "websocket") if other != api)
