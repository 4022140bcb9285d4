"""Tokens of an issuer nobody here wrote: npm's oidc-provider, over HTTP, through discovery and its key set."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import InvalidClaims
from authkit.gateway.answer import Unauthorized
from authkit.tokens.base64url import decode_text
from tests.e2e.issuer import ALGORITHMS, API, Issuer, bearer, why_missing
from tests.e2e.orders import authorizer, granted, request_event, token_event, with_scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from authkit.observe.record import Record

    MakeEvent = Callable[[str], dict[str, Any]]

pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(why_missing()), reason=why_missing())]

EVENTS = [token_event, request_event]


def header_of(token: str) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(decode_text(token.split(".")[0]))
    return header


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_token_of_every_algorithm_gives_its_client_the_routes_of_its_scopes(
    issuer: Issuer, alg: str, event: MakeEvent
) -> None:
    """Whatever signs it, an RFC 9068 token becomes its client's policy, in both kinds of event."""
    told: list[Record] = []
    handler = authorizer(bearer(issuer, algorithms=[alg]), told)
    token = issuer.token(alg)

    answer = handler(event(f"Bearer {token}"))

    assert (header_of(token)["alg"], header_of(token)["typ"]) == (alg, "at+jwt")
    assert answer["principalId"] == alg  # the client's name
    assert answer["context"] == {"scopes": "orders:read orders:write"}
    assert granted(answer) == {"GET", "POST"}
    assert [record.outcome for record in told] == ["allowed"]


def test_a_scope_that_was_not_asked_for_is_not_granted(issuer: Issuer) -> None:
    """The policy follows the token's scopes, not what its client might have had."""
    told: list[Record] = []
    handler = authorizer(bearer(issuer), told)

    answer = handler(token_event(f"Bearer {issuer.token(scope='orders:read')}"))

    assert answer["context"] == {"scopes": "orders:read"}
    assert granted(answer) == {"GET"}


def test_a_token_without_scopes_is_denied_by_name(issuer: Issuer) -> None:
    """Who is known but may call nothing gets a Deny, which the gateway keeps, and no 401."""
    told: list[Record] = []
    handler = authorizer(bearer(issuer), told)

    answer = handler(token_event(f"Bearer {issuer.token(scope='')}"))

    assert answer["principalId"] == "ES256"
    assert granted(answer) == set()
    assert [(record.outcome, record.code) for record in told] == [("forbidden", "insufficient_scope")]


def test_the_claims_are_those_of_the_token(issuer: Issuer) -> None:
    """Verify returns what the issuer said."""
    verifier = bearer(issuer)

    claims = verifier.verify(issuer.token("PS256"))

    assert (claims["iss"], claims["aud"], claims["client_id"]) == (issuer.url, API, "PS256")
    assert claims["exp"] - claims["iat"] == 600


def altered(token: str, segment: int) -> str:
    """Return a token with another character in the middle of one segment."""
    segments = token.split(".")
    middle = len(segments[segment]) // 2
    other = "A" if segments[segment][middle] != "A" else "B"
    segments[segment] = segments[segment][:middle] + other + segments[segment][middle + 1 :]
    return ".".join(segments)


REFUSED: dict[str, tuple[Callable[[Issuer], str], dict[str, Any], str]] = {
    "for another resource": (lambda issuer: issuer.token(resource="https://mail.example.com"), {}, "audience_mismatch"),
    "not for us": (Issuer.token, {"audience": "https://mail.example.com"}, "audience_mismatch"),
    "signed with an algorithm we do not take": (Issuer.token, {"algorithms": ["RS256", "PS256"]}, "alg_not_allowed"),
    "of another type": (Issuer.token, {"typ": ["JWT"]}, "bad_typ"),
    "given more scopes": (lambda issuer: with_scope(issuer.token(), "orders:admin"), {}, "bad_signature"),
    "with a signature altered": (lambda issuer: altered(issuer.token("RS256"), 2), {}, "bad_signature"),
    "expired": (Issuer.token, {"clock": lambda: time.time() + 600}, "expired"),
    "from before its time": (Issuer.token, {"clock": lambda: time.time() - 600}, "issued_in_future"),
    "opaque": (lambda issuer: issuer.token(resource=None), {}, "not_three_segments"),
    "no token at all": (lambda issuer: "", {}, "not_three_segments"),
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_token_is_a_401_whose_reason_only_the_observer_is_told(
    issuer: Issuer, what: str, event: MakeEvent
) -> None:
    """The caller learns the one word the gateway knows; the operator learns the code."""
    make, changes, code = REFUSED[what]
    told: list[Record] = []
    handler = authorizer(bearer(issuer, **changes), told)
    token = make(issuer)

    with pytest.raises(Unauthorized) as refusal:
        handler(event(f"Bearer {token}"))

    assert str(refusal.value) == "Unauthorized"
    assert [(record.outcome, record.code) for record in told] == [("unauthenticated", code)]
    assert not token or token not in repr(told)


def test_a_token_ends_in_the_second_it_names(issuer: Issuer) -> None:
    """RFC 7519 4.1.4: valid until the second before ``exp``, and no longer in that second."""
    verifier = bearer(issuer)
    token = issuer.token()
    end = verifier.verify(token)["exp"]

    assert verifier.verify(token, at=end - 1)["exp"] == end
    with pytest.raises(InvalidClaims) as refusal:
        verifier.verify(token, at=end)

    assert (refusal.value.code, refusal.value.claim) == ("expired", "exp")
