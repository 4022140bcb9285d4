"""Introspection: from an opaque token to the principal its server vouches for (row 4.H H8, RFC 7662)."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from authkit import (
    Authorizer,
    BindingProblem,
    Cookie,
    Header,
    InvalidClaims,
    Principal,
    Route,
    Unauthenticated,
    Unavailable,
)
from authkit.gateway.request import parse
from authkit.keys.answer import Response
from authkit.tokens.access import any_scope
from authkit.tokens.rules import ANY_AUDIENCE
from authkit.tokens.types import LATEST
from tests.credentials.introspecting import SECRET, URL, Proof, World, active, request
from tests.support.events import request_event, token_event
from tests.support.tokens import AUDIENCE, ISSUER, NOW, bearer, good_claims, signer


def test_an_active_token_makes_a_principal() -> None:
    """The same that a JWT with these claims makes."""
    world = World()

    principal = world.call()

    assert principal == Principal(
        "alice", scopes={"orders:read", "orders:write"}, claims=active(), expires_at=NOW + 600
    )
    twin = bearer()(parse(token_event(f"Bearer {signer().token(good_claims())}")))
    assert (twin.id, twin.scopes, twin.expires_at) == (principal.id, principal.scopes, principal.expires_at)


def test_the_server_is_asked_as_the_rfc_says() -> None:
    """RFC 7662 section 2.1, and RFC 6749 section 2.3.1: both credentials form-encoded before they are joined."""
    world = World(timeout=1.5)

    world.call("a.b-c~d+e/f==")

    (asked,) = world.asked
    assert asked["url"] == URL
    assert asked["timeout"] == 1.5
    assert asked["form"] == {"token": "a.b-c~d+e/f==", "token_type_hint": "access_token"}
    credentials = base64.b64decode(asked["headers"].pop("Authorization").removeprefix("Basic "))
    assert credentials == b"orders+api:s3cret%3A+%25%C3%A9"
    assert asked["headers"] == {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}


def test_credentials_can_go_into_the_form() -> None:
    """And then nowhere else."""
    world = World(auth="post", token_type_hint=None)

    world.call()

    (asked,) = world.asked
    assert asked["form"] == {"token": "opaque", "client_id": "orders api", "client_secret": SECRET}
    assert "Authorization" not in asked["headers"]


def test_the_secret_is_asked_for_at_each_use() -> None:
    """So that it can be rotated."""
    secrets = iter(["first", "second"])
    world = World(auth="post", client_secret=lambda: next(secrets))

    world.call("a")
    world.call("b")

    assert [asked["form"]["client_secret"] for asked in world.asked] == ["first", "second"]


@pytest.mark.parametrize("given", [None, "", 5, b"bytes", "\ud800"])
def test_a_secret_that_is_no_text_is_an_outage(given: Any) -> None:
    """Nothing is sent without it."""
    world = World(client_secret=lambda: given)

    assert world.detail() == "client_secret gave no text"
    assert world.asked == []


def test_a_secret_that_cannot_be_had_is_an_outage() -> None:
    """And what its store says of it is not repeated."""

    def secret() -> str:
        raise ValueError("hunter2")

    assert World(client_secret=secret).detail() == "client_secret raised ValueError"


def test_a_secret_whose_store_is_out_of_reach_is_that_outage() -> None:
    """Under the store's own code."""

    def secret() -> str:
        raise Unavailable("secret_unavailable", detail="the store does not answer")

    assert World(client_secret=secret).code() == "secret_unavailable"


@pytest.mark.parametrize(
    "given",
    [None, 5, (), Response("200", None, b""), Response(None, {}, b""), Response(200, {}, None), Response(200, {5: None}, b"")],  # type: ignore[arg-type]
)  # fmt: skip
def test_a_transport_that_returns_no_response_is_an_outage(given: Any) -> None:
    """Whatever it was that was handed in."""
    assert World(post=lambda *_, **__: given).code() == "introspection_unavailable"


@pytest.mark.parametrize("said", [{"active": False}, active(active=False)])
def test_an_inactive_token_is_refused(said: dict[str, Any]) -> None:
    """H8: whatever else the server says of it."""
    world = World(said)

    with pytest.raises(BindingProblem) as refusal:
        world.call()

    assert refusal.value.code == "inactive"


@pytest.mark.parametrize("value", ["true", "True", 1, 1.0, None, [], [True], {}, "false", 0, ...])
def test_active_is_a_boolean_or_nothing_can_be_told(value: Any) -> None:
    """H8: neither a yes nor a no. The server is at fault, so nobody is refused for it."""
    assert "does not say whether the token is active" in World(active(active=value)).detail()


MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "html": b"<html>Sign in</html>",
    "text": b"true",
    "list": b'[{"active":true}]',
    "twice": b'{"active":false,"active":true}',
    "escaped-twice": b'{"active":false,"\\u0061ctive":true}',
    "two": b'{"active":true}{"active":true}',
    "nan": b'{"active":true,"exp":NaN}',
    "huge": b'{"active":true,"exp":1e999}',
    "digits": b'{"active":true,"exp":' + b"9" * 5000 + b"}",
    "deep": b'{"active":true,"a":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "utf-16": '{"active":true}'.encode("utf-16"),
    "bom": b'\xef\xbb\xbf{"active":true}',
    "latin-1": b'{"active":true,"sub":"\xe9"}',
    "surrogate": b'{"active":true,"sub":"\\ud800"}',
    "jws": b"eyJhbGciOiJub25lIn0.eyJhY3RpdmUiOnRydWV9.",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_is_no_strict_json_object_is_an_outage(content: bytes) -> None:
    """H8: by the same rules as a token's payload."""
    assert "sent no JSON object" in World(content).detail()


@pytest.mark.parametrize(
    "content_type",
    ["application/token-introspection+jwt", "Application/Token-Introspection+JWT; charset=utf-8", "text/html", "", "text/json",
     "application/jwt", "application/json, text/html", "application/jsonp", "application/json+x", "*/*"],
)  # fmt: skip
def test_only_json_is_an_answer(content_type: str) -> None:
    """H8: a signed answer (RFC 9701) whose signature nobody checks would vouch for nothing."""
    world = World()
    world.headers = {"content-type": content_type}

    detail = world.detail()

    assert ("RFC 9701" in detail) == ("introspection+jwt" in content_type.lower())


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON ; charset=UTF-8"])
def test_json_may_say_its_charset(content_type: str) -> None:
    """It is UTF-8 all the same."""
    world = World()
    world.headers = {"content-type": content_type}

    assert world.call().id == "alice"


@pytest.mark.parametrize("status", [201, 204, 206, 302, 400, 401, 403, 404, 405, 413, 429, 500, 502, 503])
def test_only_200_is_an_answer(status: int) -> None:
    """F5: and none of the others is a refusal, whatever it says of the token."""
    world = World(active(active=False))
    world.status = status

    detail = world.detail()

    assert f"idp.example.com answered {status}" in detail
    assert ("our own client_id" in detail) == (400 <= status < 500 and status != 429)
    assert SECRET not in detail


EXACT = [
    ({"iss": "https://evil.example/"}, {"issuer": ISSUER}, "issuer_mismatch"),
    ({"iss": ISSUER.rstrip("/")}, {"issuer": ISSUER}, "issuer_mismatch"),
    ({"iss": ...}, {"issuer": ISSUER}, "missing_claim"),
    ({"iss": [ISSUER]}, {"issuer": ISSUER}, "bad_claim_type"),
    ({"aud": "https://mail.example.com"}, {}, "audience_mismatch"),
    ({"aud": []}, {}, "audience_mismatch"),
    ({"aud": ...}, {}, "missing_claim"),
    ({"aud": None}, {}, "bad_claim_type"),
    ({"aud": {"a": 1}}, {"audience": ANY_AUDIENCE}, "bad_claim_type"),
    ({"client_id": "other"}, {"claims": {"client_id": {"web", "app"}}}, "client_mismatch"),
    ({"client_id": ...}, {"claims": {"client_id": "web"}}, "missing_claim"),
    ({"sub": "bob"}, {"claims": {"sub": "alice"}}, "subject_mismatch"),
    ({"level": True}, {"claims": {"level": 1}}, "custom_check_failed"),
    ({}, {"required": ["acr"]}, "missing_claim"),
    ({"sub": ...}, {}, "missing_claim"),
    ({"sub": ""}, {}, "bad_claim_type"),
    ({"sub": 5}, {}, "bad_claim_type"),
    ({"username": 5}, {"principal": "username"}, "bad_claim_type"),
    ({"scope": 5}, {}, "bad_claim_type"),
    ({"scope": ["a", 5]}, {}, "bad_claim_type"),
    ({"exp": NOW}, {}, "expired"),
    ({"exp": NOW - 5}, {"leeway": 5}, "expired"),
    ({"exp": ...}, {"required": ["exp"]}, "missing_claim"),
    ({"exp": "1"}, {}, "bad_claim_type"),
    ({"exp": None}, {}, "bad_claim_type"),
    ({"exp": True}, {}, "bad_claim_type"),
    ({"exp": LATEST + 1}, {}, "bad_number"),
    ({"exp": -1}, {}, "bad_number"),
    ({"nbf": NOW + 1}, {}, "not_yet_valid"),
    ({"nbf": "1"}, {}, "bad_claim_type"),
    ({"iat": NOW + 61}, {}, "issued_in_future"),
    ({"iat": []}, {}, "bad_claim_type"),
    ({"token_type": "refresh_token"}, {}, "token_use_mismatch"),
    ({"token_type": "N_A"}, {}, "token_use_mismatch"),
    ({"token_type": "DPoP"}, {}, "token_use_mismatch"),
    ({"token_type": None}, {}, "bad_claim_type"),
    ({"token_use": "refresh_token"}, {}, "token_use_mismatch"),
    ({"token_use": "id"}, {}, "token_use_mismatch"),
    ({"typ": "Refresh"}, {}, "token_use_mismatch"),
    ({"typ": "ID"}, {}, "token_use_mismatch"),
]


@pytest.mark.parametrize(("changes", "settings", "code"), EXACT)
def test_an_answer_about_another_token_than_ours_is_refused(
    changes: dict[str, Any], settings: dict[str, Any], code: str
) -> None:
    """H8: issuer, audience, client, times, types and kind, by the rules for a JWT."""
    assert World(active(**changes), **settings).code() == code


GOOD = [
    ({"iss": "https://evil.example/"}, {}),
    ({"iss": ...}, {}),
    ({"iss": ISSUER}, {"issuer": ISSUER}),
    ({"aud": ["x", AUDIENCE]}, {}),
    ({"aud": "second"}, {"audience": ["first", "second"]}),
    ({"aud": ...}, {"audience": ANY_AUDIENCE}),
    ({"exp": NOW}, {"leeway": 1}),
    ({"nbf": NOW}, {}),
    ({"iat": NOW + 60}, {}),
    ({"token_type": ...}, {}),
    ({"token_type": "bearer"}, {}),
    ({"token_type": "access_token"}, {}),
    ({"token_type": "mac"}, {"claims": {"token_type": "mac"}}),
    ({"token_use": "access_token"}, {}),
    ({"typ": "Bearer"}, {}),
    ({"typ": 5}, {}),
    ({"typ": "ID"}, {"claims": {"typ": "ID"}}),
    ({"level": 1}, {"claims": {"level": {1, 2}}}),
]


@pytest.mark.parametrize(("changes", "settings"), GOOD)
def test_an_answer_about_ours_is_taken(changes: dict[str, Any], settings: dict[str, Any]) -> None:
    """Whatever else the server leaves out or adds."""
    assert World(active(**changes), **settings).call().id == "alice"


def test_a_token_whose_end_is_not_told_has_none() -> None:
    """RFC 7662 section 2.2: ``exp`` is optional; the server has judged the time."""
    assert World(active(exp=...)).call().expires_at is None


@pytest.mark.parametrize(
    ("changes", "settings", "scopes"),
    [
        ({"scope": ...}, {}, set()),
        ({"scope": " a  b "}, {}, {"a", "b"}),
        ({"scope": ["a", "b"]}, {}, {"a", "b"}),
        ({"scope": "a", "roles": ["b"]}, {"scopes": ["scope", "roles"]}, {"a", "b"}),
        ({"scope": "a"}, {"scopes": []}, set()),
    ],
)
def test_scopes_are_those_of_the_members_named(changes: dict[str, Any], settings: Any, scopes: set[str]) -> None:
    """All of them count."""
    assert World(active(**changes), **settings).call().scopes == scopes


def test_another_member_can_name_the_principal() -> None:
    """As ``client_id`` does for a token that no user stands behind."""
    assert World(active(sub=...), principal="client_id").call().id == "web"


TOKENS = [
    "", " ", "a b", "a\nb", "a\r\nX: y", "é", "\u0661", "a=b", "=", "==", "a,b", "a;b", '"a"', "a%20b", "a&client_id=x", "a\0", "\ud800",
    "a?b", "{}", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize("token", TOKENS)
def test_what_no_token_can_be_is_never_sent(token: str) -> None:
    """RFC 6750 section 2.1: so nothing a stranger writes can be more than a token to the server."""
    world = World()

    with pytest.raises(Unauthenticated) as refusal:
        world.introspection.verify(token)

    assert refusal.value.code == "invalid_token"
    assert world.asked == []


@pytest.mark.parametrize("token", [None, 5, bytearray(b"a"), ["a"], b"\xff", b"a b"])
def test_a_token_is_a_text_or_bytes(token: Any) -> None:
    """A8: and anything else is refused like a bad one."""
    world = World()

    with pytest.raises(Unauthenticated):
        world.introspection.verify(token)
    assert world.introspection.verify(b"opaque")["sub"] == "alice"


def test_a_token_is_bounded() -> None:
    """A9: 16 KiB, before anything is done with it."""
    world = World()

    assert world.call("a" * 16_384).id == "alice"
    assert world.code("a" * 16_385) == "token_too_large"
    assert len(world.asked) == 1


def test_the_caller_chooses_neither_between_headers_nor_schemes() -> None:
    """A repeated header is refused, and so is another scheme, before the server hears of it."""
    world = World()

    for headers, code in [
        ({"Authorization": ["Bearer a", "Bearer b"]}, "credential_repeated"),
        ({"Authorization": "Basic a"}, "invalid_request"),
        ({"Authorization": "DPoP a"}, "invalid_request"),
        ({"Authorization": "a"}, "invalid_request"),
        ({"Authorization": "Bearer"}, "invalid_token"),
        ({}, "credential_missing"),
    ]:
        with pytest.raises(Unauthenticated) as refusal:
            world.introspection(parse(request_event(headers)))
        assert refusal.value.code == code
    assert world.asked == []


def test_a_token_is_read_where_it_is_said_to_be() -> None:
    """Elsewhere than in Authorization it stands alone."""
    cookie, header = World(source=Cookie("session")), World(source=Header("X-Token"))

    assert cookie.introspection(parse(request_event({"Cookie": "a=b; session=opaque"}))).id == "alice"
    assert header.introspection(parse(request_event({"X-Token": "opaque"}))).id == "alice"
    assert (cookie.introspection.reads, header.introspection.reads) == (("header.cookie",), ("header.x-token",))


def test_it_is_a_credential_like_any_other() -> None:
    """In an authorizer's slot, for both kinds of event."""
    world = World()
    handler = Authorizer(
        authenticate=world.introspection, routes=[Route("GET", "/things/{id}", scopes={"orders:read"})]
    )

    answers = [handler(token_event("Bearer opaque")), handler(request_event({"Authorization": "bearer opaque"}))]

    assert [answer["principalId"] for answer in answers] == ["alice", "alice"]
    assert (handler.identity_sources, handler.cacheable) == (("header.authorization",), True)


@pytest.mark.parametrize("cnf", [{"jkt": "x"}, {"x5t#S256": "x"}, {"unknown": "x"}, {}, "x", None])
def test_a_bound_token_is_no_bearer_token(cnf: Any) -> None:
    """H6, H7: an answer's ``cnf`` (RFC 8705 section 3.2, RFC 9449 section 6.2) counts like a token's."""
    assert World(active(cnf=cnf)).code() in ("proof_missing", "bad_claim_type")


def test_a_bound_token_is_proved_each_time() -> None:
    """H5: also where the answer is remembered; the proof gets the token and the thumbprint."""
    proof = Proof()
    world = World(active(token_type="DPoP", cnf={"jkt": "thumb"}), proofs=[proof])
    dpop = parse(request_event({"Authorization": "DPoP opaque"}))

    assert [world.introspection(dpop).id, world.introspection(dpop).id] == ["alice", "alice"]
    assert proof.asked == [("opaque", "thumb")] * 2
    assert len(world.asked) == 1
    assert (world.introspection.reads, world.introspection.per_request) == (
        ("header.authorization", "header.dpop"),
        True,
    )
    proof.error = BindingProblem("proof_replayed")
    with pytest.raises(BindingProblem, match="proof_replayed"):
        world.introspection(dpop)


def test_a_bound_token_may_not_be_sent_as_a_bearer() -> None:
    """H5: RFC 9449 section 7.2, and verify, which sees no request, proves nothing."""
    proof = Proof()
    world = World(active(cnf={"jkt": "thumb"}), proofs=[proof])

    assert world.code() == "proof_missing"
    with pytest.raises(BindingProblem, match="proof_missing"):
        world.introspection.verify("opaque")
    assert proof.asked == []


def test_unbound_tokens_beside_bound_ones_need_leave() -> None:
    """And a DPoP token whose key is not told is none that can be proved."""
    assert World(proofs=[Proof()]).code() == "proof_missing"
    assert World(proofs=[Proof()], relax=["unbound-token"]).call().id == "alice"
    assert World(active(token_type="DPoP"), proofs=[Proof()], relax=["unbound-token"]).code() == "proof_missing"
    assert World(active(token_type="DPoP", cnf=[]), proofs=[Proof()]).code() == "proof_missing"


def test_verify_takes_no_more_than_a_request_would() -> None:
    """Where only bound tokens are taken, it takes none: it cannot prove them, and unbound ones are refused."""
    with pytest.raises(BindingProblem, match="bound to nothing is not taken") as fault:
        World(proofs=[Proof()]).introspection.verify("opaque")

    assert fault.value.code == "proof_missing"
    relaxed = World(proofs=[Proof()], relax=["unbound-token"]).introspection
    assert relaxed.verify("opaque")["sub"] == asyncio.run(relaxed.averify("opaque"))["sub"] == "alice"
    with pytest.raises(BindingProblem, match="its proof comes with a request"):
        World(active(cnf={"jkt": "thumb"}), proofs=[Proof()], relax=["unbound-token"]).introspection.verify("opaque")


def test_checks_and_demands_are_those_of_a_jwt() -> None:
    """Run on the answer and on the principal."""

    def check(claims: Any) -> None:
        if claims["client_id"] != "app":
            raise InvalidClaims("custom_check_failed")

    assert World(checks=[check]).code() == "custom_check_failed"
    assert World(require=[any_scope("orders:admin")]).code() == "scope"
    assert World(require=[any_scope("orders:read")]).call().id == "alice"


def test_the_time_can_be_given() -> None:
    """Else the clock's counts."""
    verify = World().introspection.verify

    assert verify("opaque", at=NOW + 599)["sub"] == "alice"
    with pytest.raises(InvalidClaims, match="expired"):
        verify("opaque", at=NOW + 600)
    assert asyncio.run(World().introspection.averify("opaque", at=NOW))["sub"] == "alice"


def test_an_answer_cannot_be_changed_by_who_was_given_it() -> None:
    """G9: nor do two uses of a remembered one share anything."""
    world = World(active(groups=["a"]))
    claims = world.introspection.verify("opaque")

    claims["groups"].append("admin")

    assert claims["groups"] == world.introspection.verify("opaque")["groups"] == ["a"]
    assert len(world.asked) == 1


def test_no_message_holds_a_secret_or_a_token() -> None:
    """Neither in what is shown nor in what is raised, whichever way it fails."""
    token = "tok-3f9a"
    world = World(auth="post")
    shown = [repr(world.introspection), world.introspection.explain(), repr(vars(world.introspection))]
    for status, answer in [(500, {}), (401, {}), (302, {}), (200, b"x"), (200, ValueError(f"{token} {SECRET}"))]:
        again = World(answer, auth="post")
        again.status = status
        shown.append(again.detail(token))
    for changes in ({"active": False}, {"aud": "x"}, {"exp": 1}, {"sub": ...}):
        with pytest.raises(Unauthenticated) as refusal:
            World(active(**changes)).call(token)
        shown.append(str(refusal.value))

    assert not any(word in text for text in shown for word in (token, SECRET, "s3cret"))


def test_it_explains_itself() -> None:
    """Who is asked, what is demanded, and what is relaxed."""
    world = World(
        issuer=ISSUER, claims={"client_id": {"b", "a"}}, required=["exp"], proofs=[Proof()], relax=["unbound-token"]
    )

    lines = world.introspection.explain().split("\n")

    assert lines[0] == "reads header.authorization, header.dpop; answers may not be cached"
    assert "host='idp.example.com', client_id='orders api'" in lines[1]
    assert lines[2:4] == [f"issuer {ISSUER}", f"  audience {AUDIENCE}; principal sub; leeway 0 s"]
    assert lines[4:7] == ["  client_id is a or b", "  needs exp", "  bound by jkt"]
    assert lines[7].startswith("relaxed: unbound-token: ")


def test_json_is_judged_and_not_trusted_twice() -> None:
    """What the server sends of our own request back to us changes nothing."""
    world = World(json.dumps(active(active=True, token="another", client_secret="x")).encode())

    assert world.call(token="opaque").claims["token"] == "another"
    assert request("opaque").header("authorization") == ("Bearer opaque",)
