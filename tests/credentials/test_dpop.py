"""DPoP proofs (row H5): one for each request, by the key the token is bound to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.errors import BindingProblem, Refused, Unavailable
from authkit.gateway.request import parse
from authkit.keys.thumbprint import thumbprint
from tests.credentials.proofs import (
    DOMAIN,
    HOLDER,
    JKT,
    TOKEN,
    URL,
    dpop,
    good_header,
    good_proof,
    of_event,
    proof,
    public,
    request,
)
from tests.support.events import request_event, token_event
from tests.support.tokens import NOW, b64, new_signer, signer, unb64

STRANGER = signer("ES256", "stranger")


def code(found: Any) -> str:
    return str(found.value.code)


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "EdDSA", "RS256", "PS256", "RS512"])
def test_a_good_proof_is_taken(alg: str) -> None:
    """H5: of every kind of key that is taken by default, and nothing is returned."""
    key = signer(alg, "holder")

    assert dpop()(request(proof(key)), TOKEN, thumbprint(key.jwk)) is None  # type: ignore[func-returns-value]


def test_it_says_what_it_proves_and_reads() -> None:
    """What `JWTBearer` and `Authorizer` go by: the scheme, the member of cnf, and that nothing may be cached."""
    proofs = dpop()

    assert (proofs.member, proofs.scheme, proofs.reads, proofs.per_request) == ("jkt", "dpop", ("header.dpop",), True)


HEADERS: dict[str, Any] = {
    "H5-two-of-one-name": {"multiValueHeaders": {"DPoP": ["P", "P"]}, "headers": {"DPoP": "P"}},
    "H5-two-in-two-cases": {"multiValueHeaders": None, "headers": {"DPoP": "P", "dpop": "P"}},
    "H5-two-cases-of-many": {"multiValueHeaders": {"DPoP": ["P"], "DPOP": ["P"]}, "headers": {"DPoP": "P"}},
    "H5-many-tell-one-of-two": {"multiValueHeaders": {"DPoP": ["P"]}, "headers": {"DPoP": "P", "dPoP": "Q"}},
    "H5-the-maps-differ": {"multiValueHeaders": {"DPoP": ["P"]}, "headers": {"DPoP": "Q"}},
    "H5-one-is-no-text": {"multiValueHeaders": {"DPoP": ["P", None]}, "headers": {"DPoP": "P"}},
    "H5-joined": {"multiValueHeaders": None, "headers": {"dpop": "P,Q"}},
    "H5-joined-with-a-blank": {"multiValueHeaders": None, "headers": {"dpop": "P, Q"}},
}


@pytest.mark.parametrize("name", HEADERS)
def test_two_proofs_are_refused(name: str) -> None:
    """H5: a choice between them would be the attacker's, and two of the same are two."""
    first, second = proof(), proof()
    maps = json.loads(json.dumps(HEADERS[name]).replace('"P', f'"{first}').replace("Q", second))  # P and Q are proofs

    with pytest.raises(BindingProblem) as found:
        dpop()(request(**maps), TOKEN, JKT)

    assert code(found) == "proof_invalid"


@pytest.mark.parametrize("name", ["DPoP", "dpop", "DPOP", "dPoP"])
def test_the_header_is_found_in_any_case(name: str) -> None:
    """H5: REST keeps the case of the caller, HTTP APIs do not."""
    given = proof()

    dpop()(request(headers={name: given}, multiValueHeaders={name: [given]}), TOKEN, JKT)


@pytest.mark.parametrize("values", [(), ("",)])
def test_no_proof_is_a_missing_one(values: tuple[str, ...]) -> None:
    """H5: absent or empty."""
    with pytest.raises(BindingProblem) as found:
        dpop()(request(*values), TOKEN, JKT)

    assert (code(found), found.value.claim) == ("proof_missing", "header.dpop")


def test_a_token_event_has_no_proof() -> None:
    """H5: its one header stands for any that is asked for, and must not stand for this one."""
    with pytest.raises(BindingProblem) as found:
        dpop()(parse(token_event(proof())), TOKEN, JKT)

    assert code(found) == "proof_missing"


BAD_HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    "H5-typ-missing": ({"typ": ...}, "typ"),
    "H5-typ-of-a-token": ({"typ": "at+jwt"}, "typ"),
    "H5-typ-jwt": ({"typ": "JWT"}, "typ"),
    "H5-typ-no-text": ({"typ": 7}, "typ"),
    "H5-alg-none": ({"alg": "none"}, "alg"),
    "H5-alg-HS256": ({"alg": "HS256"}, "alg"),
    "H5-alg-missing": ({"alg": ...}, "alg"),
    "H5-alg-of-another-key": ({"alg": "RS256"}, "alg"),
    "H5-alg-of-another-curve": ({"alg": "ES384"}, "alg"),
    "H5-crit": ({"crit": ["exp"], "exp": 1}, "crit"),
    "H5-b64": ({"b64": False}, "b64"),
    "H5-jku": ({"jku": "https://attacker.example/"}, "jku"),
    "H5-x5u": ({"x5u": "https://attacker.example/"}, "x5u"),
    "H5-cty": ({"cty": "JWT"}, "cty"),
    "H5-jwk-missing": ({"jwk": ...}, "header.dpop"),
    "H5-jwk-null": ({"jwk": None}, "header.dpop"),
    "H5-jwk-text": ({"jwk": "key"}, "header.dpop"),
    "H5-jwk-list": ({"jwk": [public(HOLDER)]}, "header.dpop"),
    "H5-jwk-empty": ({"jwk": {}}, "kty"),
    "H5-jwk-secret": ({"jwk": {"kty": "oct", "k": "c2VjcmV0"}}, "kty"),
    "H5-jwk-kty-list": ({"jwk": {"kty": ["EC"]}}, "kty"),
    "H5-jwk-private-d": ({"jwk": {**public(HOLDER), "d": "AQ"}}, "header.dpop"),
    "H5-jwk-private-d-null": ({"jwk": {**public(HOLDER), "d": None}}, "header.dpop"),
    "H5-jwk-private-oth": ({"jwk": {**public(HOLDER), "oth": []}}, "header.dpop"),
    "H5-jwk-for-encryption": ({"jwk": {**public(HOLDER), "use": "enc"}}, "header.dpop"),
    "H5-jwk-for-another-alg": ({"jwk": {**public(HOLDER), "alg": "HS256"}}, "alg"),
    "H5-jwk-of-a-stranger": ({"jwk": public(STRANGER)}, "jwk"),
    "H5-jwk-crv-mismatch": ({"jwk": {**public(HOLDER), "crv": "P-384"}}, "jwk"),
    "H5-jwk-padded": ({"jwk": {**public(HOLDER), "x": public(HOLDER)["x"] + "="}}, "x"),
}


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_a_bad_header_is_refused(name: str) -> None:
    """H5: the proof is opened as strictly as a token, and brings a public key and nothing else."""
    changes, claim = BAD_HEADERS[name]

    with pytest.raises(BindingProblem) as found:
        dpop()(request(proof(header=changes)), TOKEN, JKT)

    assert (code(found), found.value.claim) == ("proof_invalid", claim)


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi"])
def test_a_private_key_is_refused_although_it_signs_well(member: str) -> None:
    """H5: whoever shows it has given it away."""
    key = signer("RS256", "holder")
    bad = proof(key, header={"jwk": {**public(key), member: "AQAB"}})

    with pytest.raises(BindingProblem) as found:
        dpop()(request(bad), TOKEN, thumbprint(key.jwk))

    assert code(found) == "proof_invalid"


def test_a_weak_key_is_refused() -> None:
    """H5: though the token is bound to it."""
    jwk = {"kty": "RSA", "e": "AQAB", "n": b64(bytes([255] * 128))}

    with pytest.raises(BindingProblem, match="weak_key") as found:
        dpop()(request(proof(header={"alg": "RS256", "jwk": jwk})), TOKEN, thumbprint(jwk))

    assert code(found) == "proof_invalid"


def test_an_hmac_over_the_public_key_is_refused() -> None:
    """H5: the confusion of RS256 with HS256 needs an algorithm that is not taken, here or anywhere."""
    with pytest.raises(BindingProblem, match="alg_not_allowed"):
        dpop()(request(proof(header={"alg": "HS256"})), TOKEN, JKT)


def test_the_key_of_somebody_else_is_refused() -> None:
    """H5: a proof that is good in itself, by a key that the token is not bound to."""
    with pytest.raises(BindingProblem, match="another key") as found:
        dpop()(request(proof(STRANGER)), TOKEN, JKT)

    assert (code(found), found.value.claim) == ("proof_invalid", "jwk")


@pytest.mark.parametrize("confirmation", ["", JKT[:-1], JKT + "A", JKT.swapcase(), "é", "\ud800", None, 7, [JKT]])
def test_another_thumbprint_is_refused(confirmation: Any) -> None:
    """H5: whatever a token says of it."""
    with pytest.raises(BindingProblem) as found:
        dpop()(request(proof()), TOKEN, confirmation)

    assert code(found) == "proof_invalid"


def test_a_signature_by_another_key_is_refused() -> None:
    """H5: the header shows the right key, and the wrong one has signed."""
    forged = STRANGER.raw(good_header(), good_proof())

    with pytest.raises(BindingProblem, match="bad_signature") as found:
        dpop()(request(forged), TOKEN, JKT)

    assert code(found) == "proof_invalid"


BAD_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "H5-htm-missing": ({"htm": ...}, "htm"),
    "H5-htm-other": ({"htm": "POST"}, "htm"),
    "H5-htm-case": ({"htm": "get"}, "htm"),
    "H5-htm-blank": ({"htm": "GET "}, "htm"),
    "H5-htm-list": ({"htm": ["GET"]}, "htm"),
    "H5-htm-empty": ({"htm": ""}, "htm"),
    "H5-htu-missing": ({"htu": ...}, "htu"),
    "H5-htu-null": ({"htu": None}, "htu"),
    "H5-htu-list": ({"htu": [URL]}, "htu"),
    "H5-ath-missing": ({"ath": ...}, "ath"),
    "H5-ath-null": ({"ath": None}, "ath"),
    "H5-ath-of-another-token": ({"ath": b64(bytes(32))}, "ath"),
    "H5-ath-is-the-token": ({"ath": TOKEN}, "ath"),
    "H5-ath-not-ascii": ({"ath": "é"}, "ath"),
    "H5-ath-padded": ({"ath": good_proof()["ath"] + "="}, "ath"),
    "H5-iat-missing": ({"iat": ...}, "iat"),
    "H5-iat-text": ({"iat": str(NOW)}, "iat"),
    "H5-iat-true": ({"iat": True}, "iat"),
    "H5-iat-null": ({"iat": None}, "iat"),
    "H5-iat-list": ({"iat": [NOW]}, "iat"),
    "H5-iat-too-old": ({"iat": NOW - 60.5}, "iat"),
    "H5-iat-ahead": ({"iat": NOW + 10.5}, "iat"),
    "H5-iat-in-milliseconds": ({"iat": NOW * 1000}, "iat"),
    "H5-iat-huge": ({"iat": 1e300}, "iat"),
    "H5-iat-negative": ({"iat": -NOW}, "iat"),
    "H5-exp-reached": ({"exp": NOW}, "exp"),
    "H5-exp-text": ({"exp": "later"}, "exp"),
    "H5-exp-null": ({"exp": None}, "exp"),
    "H5-nbf-ahead": ({"nbf": NOW + 11}, "nbf"),
    "H5-nbf-text": ({"nbf": "now"}, "nbf"),
    "H5-jti-missing": ({"jti": ...}, "jti"),
    "H5-jti-empty": ({"jti": ""}, "jti"),
    "H5-jti-number": ({"jti": 7}, "jti"),
    "H5-jti-long": ({"jti": "j" * 257}, "jti"),
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_a_bad_claim_is_refused(name: str) -> None:
    """H5: each of them, while all else is good; and nothing is used up."""
    changes, claim = BAD_CLAIMS[name]
    store = Counting()

    with pytest.raises(BindingProblem) as found:
        dpop(replay=store)(request(proof(**changes)), TOKEN, JKT)

    assert (code(found), found.value.claim) == ("proof_invalid", claim)
    assert store.asked == []


GOOD_CLAIMS: dict[str, dict[str, Any]] = {
    "H5-iat-at-the-end-of-the-window": {"iat": NOW - 60},
    "H5-iat-at-the-end-of-the-clocks": {"iat": NOW + 10},
    "H5-iat-with-a-fraction": {"iat": NOW - 0.25},
    "H5-exp-ahead": {"exp": NOW + 0.5},
    "H5-nbf-as-far-ahead-as-clocks-may-be": {"nbf": NOW + 10},
    "H5-jti-as-long-as-may-be": {"jti": "j" * 256},
    "H5-jti-of-any-script": {"jti": "προοφ"},
    "H5-a-nonce-nobody-asked-for": {"nonce": "n"},
    "H5-claims-nobody-knows": {"https://example.com/claim": [1, {"a": None}]},
}


@pytest.mark.parametrize("name", GOOD_CLAIMS)
def test_a_good_claim_is_taken(name: str) -> None:
    """H5: at the edges of what is good."""
    dpop()(request(proof(**GOOD_CLAIMS[name])), TOKEN, JKT)


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b'{"jti":"a","jti":"b"}', b'{"iat":NaN}', b"\xff", b"{" * 99])
def test_a_payload_that_is_no_strict_json_is_refused(payload: bytes) -> None:
    """H5: with a good signature on it."""
    with pytest.raises(BindingProblem) as found:
        dpop()(request(HOLDER.raw(good_header(), payload)), TOKEN, JKT)

    assert code(found) == "proof_invalid"


@pytest.mark.parametrize("text", [".", "..", "...", "a.b", "a.b.c.d.e", "é", "\ud800", "x" * 20_000, "a.b.c", " "])
def test_what_is_no_jws_is_refused(text: str) -> None:
    """H5: whatever stands in the header."""
    with pytest.raises(BindingProblem) as found:
        dpop()(request(text), TOKEN, JKT)

    assert code(found) == "proof_invalid"


@pytest.mark.parametrize("token", ["another.access.token", TOKEN + "=", "", "é", "\ud800", None, b"an.access.token"])
def test_a_proof_for_another_token_is_refused(token: Any) -> None:
    """H5: ath binds the two, so a stolen proof does not fit the next token of the same key."""
    with pytest.raises(BindingProblem) as found:
        dpop()(request(proof()), token, JKT)

    assert (code(found), found.value.claim) == ("proof_invalid", "ath")


def test_a_method_is_what_the_gateway_says() -> None:
    """H5: and not what a header asks to make of it."""
    given = request(proof(htm="DELETE"), context={"httpMethod": "DELETE"})
    overridden = request(proof(htm="DELETE"))

    dpop()(given, TOKEN, JKT)
    with pytest.raises(BindingProblem, match="another method"):
        dpop()(overridden, TOKEN, JKT)


def test_the_window_is_what_it_was_set_to() -> None:
    """H5: and the clock is the one that was handed in."""
    late = dpop(window=5, ahead=0, clock=lambda: NOW + 5)

    late(request(proof()), TOKEN, JKT)
    with pytest.raises(BindingProblem, match="made 5 s ago; 4 s back and 0 s ahead"):
        dpop(window=4, ahead=0, clock=lambda: NOW + 5)(request(proof()), TOKEN, JKT)
    with pytest.raises(BindingProblem):
        dpop(ahead=0, clock=lambda: NOW - 1)(request(proof()), TOKEN, JKT)


class Counting:
    """A replay store that keeps what it is asked, and answers as told."""

    def __init__(self, answer: Any = True) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, float]] = []

    def consume(self, holder: str, mark: str, *, until: float) -> Any:
        self.asked.append((holder, mark, until))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def test_a_proof_is_good_once() -> None:
    """H5: the second time it is a replay, also at another moment within the window."""
    now = [float(NOW)]
    once = dpop(clock=lambda: now[0])
    given = proof()

    once(request(given), TOKEN, JKT)

    for now[0] in (NOW, NOW + 30.0, NOW + 60.0):
        with pytest.raises(BindingProblem) as found:
            once(request(given), TOKEN, JKT)
        assert (code(found), found.value.claim) == ("proof_replayed", "jti")


@pytest.mark.parametrize("ahead", [0, 10])
def test_a_proof_is_never_good_twice_however_late_it_comes(ahead: int) -> None:
    """H5: when the store may forget it, the window has closed; a proof from the future too."""
    now = [float(NOW)]
    once = dpop(window=60, ahead=ahead, clock=lambda: now[0])
    given = proof(iat=NOW + ahead)
    once(request(given), TOKEN, JKT)

    while now[0] < NOW + 200:
        now[0] += 0.5
        with pytest.raises(BindingProblem):
            once(request(given), TOKEN, JKT)


def test_the_same_jti_signed_again_is_a_replay() -> None:
    """H5: the key of replays is (jkt, jti), not the text of the proof."""
    once = dpop()
    once(request(proof(jti="same")), TOKEN, JKT)

    with pytest.raises(BindingProblem, match="proof_replayed"):
        once(request(proof(jti="same", iat=NOW - 1)), TOKEN, JKT)


def test_an_equivalent_signature_is_a_replay() -> None:
    """H5: of r and s an onlooker makes r and n - s, which verifies as well, and is the same proof."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signed, _, signature = (given := proof()).rpartition(".")
    raw = unb64(signature)
    other = f"{signed}.{b64(raw[:32] + (order - int.from_bytes(raw[32:], 'big')).to_bytes(32, 'big'))}"
    dpop()(request(other), TOKEN, JKT)  # it does verify
    once = dpop()

    once(request(given), TOKEN, JKT)

    with pytest.raises(BindingProblem, match="proof_replayed"):
        once(request(other), TOKEN, JKT)


def test_two_keys_may_use_one_jti() -> None:
    """H5: jti alone would let one client use up another's."""
    once = dpop()

    once(request(proof(jti="same")), TOKEN, JKT)
    once(request(proof(STRANGER, jti="same")), TOKEN, thumbprint(STRANGER.jwk))


def test_a_refused_proof_is_not_used_up() -> None:
    """H5, section 2 number 32: who sends a copy with a wrong request first does not spend it for its owner."""
    once = dpop()
    given = proof()
    for wrong in (
        request(given, context={"httpMethod": "POST"}),
        request(given, path="/test/things/8"),
        request(given, given),
    ):
        with pytest.raises(BindingProblem, match="proof_invalid"):
            once(wrong, TOKEN, JKT)
    with pytest.raises(BindingProblem, match="proof_invalid"):
        once(request(given), "another.token", JKT)

    once(request(given), TOKEN, JKT)


def test_what_is_stored_is_a_hash_for_as_long_as_it_counts() -> None:
    """H5: neither jti nor token, once, and until the window and what clocks may differ are over."""
    store = Counting()

    dpop(replay=store)(request(proof(jti="very-secret", iat=NOW - 7)), TOKEN, JKT)

    ((holder, mark, until),) = store.asked
    assert (holder, until) == (JKT, NOW - 7 + 60 + 10)
    assert len(mark) == 43
    assert "secret" not in mark


@pytest.mark.parametrize("took", [0.5, 30])
def test_a_proof_that_ends_while_the_store_is_asked_is_refused(took: float) -> None:
    """H5: by then the store may have forgotten that it was used, and would call it new."""
    now = [NOW + 60.0]

    class Slow(Counting):
        def consume(self, holder: str, mark: str, *, until: float) -> Any:
            now[0] += took
            return True

    with pytest.raises(BindingProblem, match="proof_invalid"):
        dpop(replay=Slow(), ahead=0, clock=lambda: now[0])(request(proof()), TOKEN, JKT)


@pytest.mark.parametrize("answer", [None, 0, 1, "yes", object()])
def test_a_store_that_does_not_answer_is_an_outage(answer: Any) -> None:
    """H5: neither yes nor no cannot allow, and is not the caller's fault."""
    with pytest.raises(Unavailable) as found:
        dpop(replay=Counting(answer))(request(proof()), TOKEN, JKT)

    assert found.value.code == "replay_store_unavailable"


@pytest.mark.parametrize("error", [OSError("redis://:hunter2@cache"), TimeoutError(), KeyError("x"), RecursionError()])
def test_a_store_that_fails_is_an_outage_that_tells_no_secret(error: Exception) -> None:
    """H5: its type is told, its message is not."""
    with pytest.raises(Unavailable) as found:
        dpop(replay=Counting(error))(request(proof()), TOKEN, JKT)

    assert found.value.code == "replay_store_unavailable"
    assert type(error).__name__ in found.value.detail
    assert "hunter2" not in str(found.value)
    assert found.value.__cause__ is None
    assert found.value.__suppress_context__


def test_a_store_may_say_itself_that_it_is_out_of_reach() -> None:
    """H5: its own words are kept."""
    with pytest.raises(Unavailable, match="throttled"):
        dpop(replay=Counting(Unavailable("throttled")))(request(proof()), TOKEN, JKT)


def test_a_store_that_knows_the_mark_refuses() -> None:
    """H5: whatever store it is."""
    with pytest.raises(BindingProblem, match="proof_replayed"):
        dpop(replay=Counting(False))(request(proof()), TOKEN, JKT)


@pytest.mark.parametrize("nonce", [..., "", None, 7, "stale", ["n-1"]])
def test_without_a_good_nonce_one_is_asked_for(nonce: Any) -> None:
    """H5: absent, of the wrong type or not one that is good; the proof is not used up."""
    store = Counting()

    with pytest.raises(BindingProblem) as found:
        dpop(nonce=lambda given: given == "n-1", replay=store)(request(proof(nonce=nonce)), TOKEN, JKT)

    assert code(found) == "use_dpop_nonce"
    assert store.asked == []


def test_a_good_nonce_is_taken() -> None:
    """H5: the callable is asked, and only its True counts."""
    dpop(nonce=lambda given: given == "n-1")(request(proof(nonce="n-1")), TOKEN, JKT)
    with pytest.raises(BindingProblem, match="use_dpop_nonce"):
        dpop(nonce=lambda given: None)(request(proof(nonce="n-1")), TOKEN, JKT)


def test_a_nonce_is_judged_after_all_that_is_cheap() -> None:
    """H5: nobody drives the look-up with a proof that is bad anyway."""
    asked: list[str] = []

    with pytest.raises(BindingProblem, match="proof_invalid"):
        dpop(nonce=lambda given: not asked.append(given))(request(proof(nonce="n", jti=7)), TOKEN, JKT)

    assert asked == []


def test_a_nonce_callable_that_fails_is_an_outage() -> None:
    """H5: and says so itself if it can."""

    def broken(nonce: str) -> bool:
        raise ValueError(nonce)

    def away(nonce: str) -> bool:
        raise Unavailable("nonce_table")

    with pytest.raises(Unavailable, match="ValueError in nonce") as found:
        dpop(nonce=broken)(request(proof(nonce="n-secret")), TOKEN, JKT)
    assert "n-secret" not in str(found.value)
    with pytest.raises(Unavailable, match="nonce_table"):
        dpop(nonce=away)(request(proof(nonce="n")), TOKEN, JKT)


def test_no_refusal_shows_token_or_proof() -> None:
    """H5: neither its text nor its detail, whatever is wrong."""
    for each in (*({"header": changes} for changes, _ in BAD_HEADERS.values()), *(c for c, _ in BAD_CLAIMS.values())):
        given = proof(**each)
        with pytest.raises(Refused) as found:
            dpop()(request(given), TOKEN, JKT)
        told = f"{found.value} {found.value.args!r} {dpop()!r}"
        assert TOKEN not in told
        assert all(part not in told for part in given.split("."))
        assert found.value.__cause__ is None


def test_the_host_header_is_not_read() -> None:
    """H5: its sender wrote it."""
    given = proof(htu="https://attacker.example/test/things/7")
    headers = {"DPoP": given, "Host": "attacker.example", "X-Forwarded-Host": "attacker.example"}
    event = request_event(headers, context={"domainName": DOMAIN, "path": "/test/things/7"})

    with pytest.raises(BindingProblem, match="another host than the one asked for at https://abcdef1234"):
        dpop()(of_event(event), TOKEN, JKT)


@pytest.mark.parametrize("alg", ["ES256K", "Ed448", "Ed25519"])
def test_other_algorithms_must_be_asked_for(alg: str) -> None:
    """H5: ES256K and Ed448 are not in the list by default; a key says Ed25519 where RFC 9864 has it say so."""
    key = new_signer(alg)

    dpop(algorithms=[alg])(request(proof(key)), TOKEN, thumbprint(key.jwk))
    with pytest.raises(BindingProblem, match="alg_not_allowed"):
        dpop(algorithms=["RS256"])(request(proof(key)), TOKEN, thumbprint(key.jwk))
