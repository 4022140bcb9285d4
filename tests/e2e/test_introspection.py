"""Opaque tokens of an issuer nobody here wrote: npm's oidc-provider, asked over HTTP what it knows of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit.credentials.introspection import Introspection
from authkit.errors import InvalidClaims, Unavailable
from authkit.gateway.answer import Unauthorized
from authkit.tokens.rules import ANY_AUDIENCE
from tests.e2e.issuer import INTROSPECTION, OPAQUE, Issuer, secret_of, why_missing
from tests.e2e.orders import authorizer, granted, request_event, token_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from authkit.observe.record import Record

    MakeEvent = Callable[[str], dict[str, Any]]

pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(why_missing()), reason=why_missing())]

EVENTS = [token_event, request_event]
US = "RS256"  # the client that asks; others ask for tokens


def introspection(server: Issuer, **changes: Any) -> Introspection:
    """Return what asks an issuer about tokens for our API, or as changed. No user stands behind these tokens."""
    settings: dict[str, Any] = {"audience": OPAQUE, "principal": "client_id", "relax": {"http-loopback"}, **changes}
    return Introspection(url=server.url + INTROSPECTION, client_id=US, client_secret=secret_of(US), **settings)


def demand_401(handler: Any, token: str) -> None:
    with pytest.raises(Unauthorized):
        handler(token_event(f"Bearer {token}"))


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("auth", ["basic", "post"])
def test_an_opaque_token_gives_its_client_the_routes_of_its_scopes(issuer: Issuer, auth: str, event: MakeEvent) -> None:
    """In both kinds of event; the secret holds blanks, so it arrives only if it is encoded as it must be."""
    told: list[Record] = []
    handler = authorizer(introspection(issuer, auth=auth), told)
    token = issuer.token(resource=OPAQUE)

    answer = handler(event(f"Bearer {token}"))

    assert "." not in token
    assert answer["principalId"] == "ES256"
    assert answer["context"] == {"scopes": "orders:read orders:write"}
    assert granted(answer) == {"GET", "POST"}
    assert [record.outcome for record in told] == ["allowed"]


def test_what_the_server_says_becomes_the_claims(issuer: Issuer) -> None:
    """With times, issuer and audience, of which the principal's end is one."""
    verifier = introspection(issuer, issuer=issuer.url, required={"exp", "token_type"})

    claims = verifier.verify(issuer.token(resource=OPAQUE, scope="orders:read"))

    assert (claims["active"], claims["token_type"], claims["client_id"]) == (True, "Bearer", "ES256")
    assert (claims["iss"], claims["aud"], claims["scope"]) == (issuer.url, OPAQUE, "orders:read")
    assert claims["exp"] - claims["iat"] == 600
    with pytest.raises(InvalidClaims, match="expired"):
        verifier.verify(issuer.token(resource=OPAQUE), at=claims["exp"] + 5)


def test_a_token_for_nobody_in_particular_needs_to_be_told_by_its_client(issuer: Issuer) -> None:
    """Without a resource the provider names no audience: then it is the client that must be ours."""
    token = issuer.token(resource=None)

    demand_401(authorizer(introspection(issuer), []), token)
    answers = [
        authorizer(introspection(issuer, audience=ANY_AUDIENCE, claims={"client_id": client}), [])
        for client in ("ES256", "ES384")
    ]
    assert granted(answers[0](token_event(f"Bearer {token}"))) == {"GET", "POST"}
    demand_401(answers[1], token)


REFUSED: dict[str, tuple[Callable[[Issuer], str], dict[str, Any], str]] = {
    "made up": (lambda issuer: "made-up", {}, "inactive"),
    "altered": (lambda issuer: issuer.token(resource=OPAQUE)[:-1] + "~", {}, "inactive"),
    "no token at all": (lambda issuer: "", {}, "invalid_token"),
    "for another resource": (
        lambda issuer: issuer.token(resource=OPAQUE),
        {"audience": "https://x"},
        "audience_mismatch",
    ),
    "of another issuer": (lambda issuer: issuer.token(resource=OPAQUE), {"issuer": "https://x"}, "issuer_mismatch"),
    "without a subject": (lambda issuer: issuer.token(resource=OPAQUE), {"principal": "sub"}, "missing_claim"),
    "expired": (lambda issuer: issuer.token(resource=OPAQUE), {"clock": lambda: time.time() + 600}, "expired"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_token_is_a_401_whose_reason_only_the_observer_is_told(issuer: Issuer, what: str) -> None:
    """And the reason does not hold the token."""
    make, changes, code = REFUSED[what]
    told: list[Record] = []
    token = make(issuer)

    demand_401(authorizer(introspection(issuer, **changes), told), token)

    assert [(record.outcome, record.code) for record in told] == [("unauthenticated", code)]
    assert not token or token not in repr(told)


def test_a_signed_token_is_no_business_of_this_server(issuer: Issuer) -> None:
    """The provider does not introspect JWTs and answers 400: nothing can be told, and others' tokens still can."""
    told: list[Record] = []
    handler = authorizer(introspection(issuer), told)

    with pytest.raises(Unavailable, match="answered 400"):
        handler(token_event(f"Bearer {issuer.token()}"))

    assert granted(handler(token_event(f"Bearer {issuer.token(resource=OPAQUE)}"))) == {"GET", "POST"}


def test_a_token_that_was_taken_back_passes_no_longer_than_its_answer_is_remembered(mortal: Issuer) -> None:
    """RFC 7009: by default a minute, and with cache_seconds=0 not once."""
    now = [time.time()]
    remembering = authorizer(introspection(mortal, clock=lambda: now[0], monotonic=lambda: now[0]), [])
    asking = authorizer(introspection(mortal, cache_seconds=0), [])
    token = mortal.token(resource=OPAQUE)
    event = token_event(f"Bearer {token}")
    assert granted(remembering(event)) == granted(asking(event)) == {"GET", "POST"}

    mortal.revoke(token)

    demand_401(asking, token)
    assert granted(remembering(event)) == {"GET", "POST"}
    assert mortal.served(INTROSPECTION) == 3
    now[0] += 60
    demand_401(remembering, token)
    assert mortal.served(INTROSPECTION) == 4


def test_wrong_credentials_of_our_own_are_an_outage_that_says_so(issuer: Issuer) -> None:
    """The caller's token may be good: a 401 for it would be a lie."""
    wrong = Introspection(
        url=issuer.url + INTROSPECTION,
        client_id=US,
        client_secret="wrong",
        audience=OPAQUE,
        relax={"http-loopback"},
    )

    with pytest.raises(Unavailable, match="answered 401; it may be our own client_id, client_secret"):
        wrong.verify(issuer.token(resource=OPAQUE))


@pytest.mark.parametrize("outage", [Issuer.kill, Issuer.suspend], ids=["dead", "hanging"])
def test_an_issuer_that_is_gone_is_an_outage_and_no_deny(mortal: Issuer, outage: Callable[[Issuer], None]) -> None:
    """Known tokens pass, unknown ones cost one attempt, and nothing is said that the gateway would keep."""
    told: list[Record] = []
    handler = authorizer(introspection(mortal, timeout=0.5), told)
    known, unknown = mortal.token(resource=OPAQUE), mortal.token(resource=OPAQUE)
    handler(token_event(f"Bearer {known}"))

    outage(mortal)
    started = time.monotonic()
    for _ in range(20):
        with pytest.raises(Unavailable, match="introspection_unavailable"):
            handler(token_event(f"Bearer {unknown}"))

    assert time.monotonic() - started < 5
    assert granted(handler(token_event(f"Bearer {known}"))) == {"GET", "POST"}
    assert unknown not in repr(told)
