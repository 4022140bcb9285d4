"""Bound tokens where they are used (rows H5, H6, H7): `JWTBearer` with proofs, and the authorizer around it."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from authkit import Authorizer, JWTBearer, Route, by_issuer
from authkit.credentials.certificate import CertificateBound
from authkit.errors import BadEvent, BindingProblem, Refused, Unauthenticated
from authkit.gateway.answer import Unauthorized
from authkit.gateway.request import parse
from authkit.tokens.cache import TokenCache
from tests.credentials.proofs import DOMAIN, JKT, dpop, proof
from tests.credentials.test_certificate import PEM, THUMBPRINT
from tests.support.authorizers import Told
from tests.support.events import request_event, token_event
from tests.support.tokens import b64, bearer, good_claims, jwks, signer

if TYPE_CHECKING:
    from collections.abc import Mapping

DPOP, CERTIFICATE = dpop().reads[0], CertificateBound().reads[0]
PLAIN = signer().token(good_claims())
BOUND = signer().token(good_claims(cnf={"jkt": JKT}))
OF_A_CERTIFICATE = signer().token(good_claims(cnf={"x5t#S256": THUMBPRINT}))
OF_BOTH = signer().token(good_claims(cnf={"jkt": JKT, "x5t#S256": THUMBPRINT}))


def proof_of(token: str) -> str:
    return proof(ath=b64(sha256(token.encode()).digest()))


def event(
    token: str, scheme: str = "DPoP", *, with_proof: bool = True, pem: str | None = None, **headers: str
) -> dict[str, Any]:
    """Return a REST event with this token, and what proves it."""
    certificate: Mapping[str, Any] = {"identity": {"clientCert": {"clientCertPem": pem}}} if pem else {}
    carried = {"Authorization": f"{scheme} {token}", **({"DPoP": proof_of(token)} if with_proof else {}), **headers}
    return request_event(carried, context={"domainName": DOMAIN, "path": "/test/things/7", **certificate})


def refusal(demand: JWTBearer, given: Mapping[str, Any]) -> str:
    with pytest.raises(Refused) as found:
        demand(parse(given))
    return found.value.code


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
def test_a_bound_token_with_its_proof_is_taken(scheme: str) -> None:
    """H5: under its own scheme, in any case (RFC 9110 section 11.1)."""
    assert bearer(proofs=[dpop()])(parse(event(BOUND, scheme))).id == "alice"


def test_a_bound_token_is_no_bearer() -> None:
    """H5, RFC 9449 section 7.2: the downgrade is refused, with a proof beside it and without."""
    demand = bearer(proofs=[dpop()])

    assert refusal(demand, event(BOUND, "Bearer")) == "proof_missing"
    assert refusal(demand, event(BOUND, "Bearer", with_proof=False)) == "proof_missing"
    assert refusal(demand, event(BOUND, with_proof=False)) == "proof_missing"
    assert refusal(bearer(), event(BOUND, "Bearer")) == "proof_missing"


def test_a_token_without_binding_is_no_bound_one() -> None:
    """H5: cnf.jkt is missing, whatever proof comes with it."""
    demand = bearer(proofs=[dpop()])

    assert refusal(demand, event(PLAIN)) == "proof_missing"
    assert refusal(demand, event(PLAIN, "Bearer")) == "proof_missing"


@pytest.mark.parametrize(
    "confirmation",
    [
        {},
        {"jku": "https://x.example"},
        {"kid": "k1"},
        {"x5t#S512": THUMBPRINT},
        {"JKT": JKT},
        {"jkt": 7},
        {"jkt": None},
    ],
    ids=json.dumps,
)
def test_a_binding_that_nobody_proves_is_refused(confirmation: dict[str, Any]) -> None:
    """H7: a cnf of unknown members only, or of a known one that is no thumbprint."""
    token = signer().token(good_claims(cnf=confirmation))

    with pytest.raises(Unauthenticated):
        bearer(proofs=[dpop(), CertificateBound()])(parse(event(token, pem=PEM)))


def test_a_token_bound_twice_is_proved_twice() -> None:
    """H5 and H6: by its key and by its certificate."""
    demand = bearer(proofs=[dpop(), CertificateBound()])

    assert demand(parse(event(OF_BOTH, pem=PEM))).id == "alice"
    assert refusal(demand, event(OF_BOTH)) == "certificate_mismatch"
    assert refusal(demand, event(OF_BOTH, with_proof=False, pem=PEM)) == "proof_missing"
    assert refusal(bearer(proofs=[dpop()]), event(OF_BOTH, pem=PEM)) == "proof_missing"
    assert refusal(bearer(proofs=[CertificateBound()]), event(OF_BOTH, "Bearer", pem=PEM)) == "proof_missing"


def test_a_replay_is_refused_although_the_token_is_remembered() -> None:
    """H5 and jwt.md 6.1: a remembered token skips its signature, and no proof."""
    demand = bearer(proofs=[dpop()], cache=TokenCache())
    given = event(BOUND)
    demand(parse(given))

    assert refusal(demand, given) == "proof_replayed"
    assert demand(parse(event(BOUND))).id == "alice"


def test_a_token_of_a_certificate_comes_as_a_bearer() -> None:
    """H6, RFC 8705 section 3: with the certificate it is bound to."""
    demand = bearer(proofs=[CertificateBound()])

    assert demand(parse(event(OF_A_CERTIFICATE, "Bearer", pem=PEM))).id == "alice"
    assert refusal(demand, event(OF_A_CERTIFICATE, "Bearer")) == "certificate_mismatch"
    assert refusal(demand, event(OF_A_CERTIFICATE, "Bearer", pem=PEM.replace("MIIBBj", "MIIBBk"))) == (
        "certificate_mismatch"
    )
    assert refusal(bearer(), event(OF_A_CERTIFICATE, "Bearer", pem=PEM)) == "proof_missing"


def authorizer(*proofs: Any) -> Authorizer:
    return Authorizer(
        authenticate=bearer(proofs=proofs),
        routes=[Route("GET", "/things/{thing}", scopes={"orders:read"})],
        observe=Told(),
    )


@pytest.mark.parametrize(
    ("made", "reads"),
    [(dpop(), "header.dpop"), (CertificateBound(), "context.identity.clientCert.clientCertPem")],
    ids=["dpop", "certificate"],
)
def test_an_authorizer_with_proofs_is_not_cacheable(made: Any, reads: str) -> None:
    """H5 and H6: its answers are for one request, and it says what it reads."""
    given = authorizer(made)

    assert given.cacheable is False
    assert given.identity_sources == ("header.authorization", reads)


@pytest.mark.parametrize("made", [dpop(), CertificateBound()], ids=["dpop", "certificate"])
def test_an_authorizer_with_proofs_is_no_token_authorizer(made: Any) -> None:
    """H5 and H6: a TOKEN event carries neither a second header nor a certificate."""
    with pytest.raises(BadEvent, match="attach it as REQUEST"):
        authorizer(made)(token_event(f"DPoP {BOUND}"))


@pytest.mark.parametrize(
    ("settings", "lacked"),
    [
        ({"proofs": [dpop()]}, ()),
        ({"proofs": [dpop()], "relax": {"unbound-token"}}, (DPOP,)),
        ({"proofs": [dpop(), CertificateBound()]}, (DPOP, CERTIFICATE)),
        ({}, ()),
    ],
)
def test_what_a_good_request_may_lack_is_told(settings: dict[str, Any], lacked: tuple[str, ...]) -> None:
    """Named as identity sources, these would have the gateway refuse whoever needs no such proof."""
    handler = Authorizer(authenticate=bearer(**settings), routes=[Route("GET", "/things/{id}")])

    assert handler.optional_sources == lacked


def test_of_several_issuers_what_one_does_not_demand_may_be_lacking() -> None:
    """His tokens come without it."""
    theirs = {"issuer": "https://other.example.com/", "jwks": jwks(signer("ES256", "k2")), "clock": time.time}

    assert by_issuer(bearer(proofs=[dpop()], clock=time.time), bearer(**theirs)).optional == (DPOP,)


def test_from_event_to_policy() -> None:
    """H5: allowed once; the same event again is a 401, and the log alone learns why."""
    handler = authorizer(dpop())
    given = event(BOUND)

    answer = handler(given)

    assert answer["principalId"] == "alice"
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    with pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        handler(given)


def test_who_steals_the_token_alone_gets_nowhere() -> None:
    """H5: a proof by a key of the thief's own, though good in itself, is not by the token's."""
    thief = signer("ES256", "thief")
    own = proof(thief, ath=b64(sha256(BOUND.encode()).digest()))

    with pytest.raises(BindingProblem, match="another key"):
        bearer(proofs=[dpop()])(parse(event(BOUND, with_proof=False, DPoP=own)))


def test_the_tokens_own_place_is_never_optional() -> None:
    """Also where a proof of one's own reads it, and another proof would do."""

    class Signed:
        member, scheme, per_request = "jkt", "bearer", True
        reads = ("header.authorization", "header.x-sig")

        def __call__(self, request: Any, token: str, confirmation: str) -> None:
            pass

    assert bearer(proofs=[Signed(), CertificateBound()]).optional == (
        "header.x-sig",
        "context.identity.clientCert.clientCertPem",
    )
