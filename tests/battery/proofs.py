"""Section H, row 5: proofs of possession, one for each request."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from authkit.gateway.request import parse
from authkit.keys.thumbprint import thumbprint
from tests.battery.case import ACCEPTED, Case, deed, observed
from tests.battery.header import with_mac
from tests.support.events import request_event
from tests.support.tokens import b64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


from tests.battery.profiles import DOMAIN, HTU, Bound

MISSING, INVALID, REPLAYED = "proof_missing", "proof_invalid", "proof_replayed"


CLAIMS: dict[str, dict[str, Any]] = {
    "method-of-another": {"htm": "POST"}, "method-lower-case": {"htm": "get"}, "method-missing": {"htm": ...}, "method-list": {"htm": ["GET"]}, "method-star": {"htm": "*"}, "query": {"htu": f"{HTU}?a=b"}, "fragment": {"htu": f"{HTU}#x"},
    "empty-query": {"htu": f"{HTU}?"}, "path-in-another-case": {"htu": HTU.replace("things", "Things")}, "another-path": {"htu": HTU.replace("7", "8")}, "slash-in-the-end": {"htu": f"{HTU}/"}, "without-stage": {"htu": HTU.replace("/test", "")}, "another-stage": {"htu": HTU.replace("/test", "/prod")},
    "another-host": {"htu": HTU.replace(DOMAIN, "evil.example")}, "host-prefix": {"htu": HTU.replace(DOMAIN, f"{DOMAIN}.evil.example")}, "user": {"htu": HTU.replace("https://", "https://user@")}, "http": {"htu": HTU.replace("https", "http")}, "another-port": {"htu": HTU.replace(".com/", ".com:8443/")},
    "relative": {"htu": "/test/things/7"}, "url-missing": {"htu": ...}, "url-list": {"htu": [HTU]}, "url-null": {"htu": None}, "dot-segments": {"htu": HTU.replace("/7", "/x/../7")}, "backslash": {"htu": HTU.replace("/7", "\\7")}, "ath-missing": {"ath": ...}, "ath-empty": {"ath": ""},
    "ath-of-another-token": {"ath": b64(hashlib.sha256(b"x").digest())}, "ath-null": {"ath": None}, "ath-padded": {"ath": "x="}, "ath-in-hex": {"ath": hashlib.sha256(b"x").hexdigest()}, "ath-list": {"ath": []}, "jti-missing": {"jti": ...}, "jti-empty": {"jti": ""}, "jti-int": {"jti": 5}, "jti-long": {"jti": "x" * 1000},
    "iat-missing": {"iat": ...}, "iat-text": {"iat": "1700000000"}, "iat-true": {"iat": True}, "iat-null": {"iat": None}, "iat-negative": {"iat": -1}, "iat-huge": {"iat": 2**60},
}  # fmt: skip


HEADERS: dict[str, dict[str, Any]] = {
    "typ-jwt": {"typ": "JWT"}, "typ-missing": {"typ": ...}, "typ-at+jwt": {"typ": "at+jwt"}, "alg-none": {"alg": "none"}, "alg-hmac": {"alg": "HS256"}, "alg-missing": {"alg": ...}, "alg-of-another-kind": {"alg": "RS256"}, "jwk-missing": {"jwk": ...}, "jwk-null": {"jwk": None}, "jwk-text": {"jwk": "x"},
    "jwk-empty": {"jwk": {}}, "jwk-oct": {"jwk": {"kty": "oct", "k": "AAAA"}}, "crit": {"crit": ["x"]}, "b64": {"b64": False}, "jku": {"jku": "https://evil.example/"}, "x5u": {"x5u": "https://evil.example/"}, "zip": {"zip": "DEF"}, "kid-int": {"kid": 5},
}  # fmt: skip


def dpop() -> Iterator[Case]:
    def case(name: str, expected: str, act: Callable[[Bound], str], **settings: Any) -> Case:
        return deed("H5", name, expected, lambda world: act(Bound(world, **settings)))

    yield case("good", ACCEPTED, lambda b: b.see(b.proof()))
    for alg in ("RS256", "PS256", "EdDSA", "ES384"):
        yield case(f"good-{alg}", ACCEPTED, lambda b: b.see(b.proof()), alg=alg)
    for name, changes in {
        "url-with-the-usual-port": {"htu": HTU.replace(".com/", ".com:443/")},
        "host-in-capitals": {"htu": HTU.replace(DOMAIN, DOMAIN.upper())},
        "escaped-letter": {"htu": HTU.replace("things", "%74hings")},
        "a-nonce-nobody-asked-for": {"nonce": "x"},
    }.items():
        yield case(f"good-{name}", ACCEPTED, lambda b, c=changes: b.see(b.proof(**c)))
    yield case("none", MISSING, lambda b: b.see())
    yield case("empty", MISSING, lambda b: b.see(""))
    yield case("two", INVALID, lambda b: b.see(b.proof(), b.proof()))
    yield case("the-same-twice-at-once", INVALID, lambda b: b.see(*[b.proof()] * 2))
    yield case("two-with-a-comma", INVALID, lambda b: b.see(f"{b.proof()}, {b.proof()}"))
    yield case("garbage", INVALID, lambda b: b.see("garbage"))
    yield case("the-token-itself", INVALID, lambda b: b.see(b.token))
    yield case("unsigned", INVALID, lambda b: b.see(b.proof().rpartition(".")[0] + "."))
    yield case(
        "signature-of-another",
        INVALID,
        lambda b: b.see(b.proof().rpartition(".")[0] + "." + b.proof().rpartition(".")[2]),
    )
    yield case("too-large", INVALID, lambda b: b.see(b.proof(filler="x" * 20_000)))
    for name, changes in CLAIMS.items():
        yield case(name, INVALID, lambda b, c=changes: b.see(b.proof(**c)))
    for name, header in HEADERS.items():
        yield case(f"header-{name}", INVALID, lambda b, h=header: b.see(b.proof(header=h)))
    for seconds, expected in (
        (-59, ACCEPTED),
        (-61, INVALID),
        (10, ACCEPTED),
        (11, INVALID),
        (-3600, INVALID),
        (3600, INVALID),
    ):
        yield case(f"made-{seconds}-seconds-off", expected, lambda b, s=seconds: b.see(b.proof(iat=b.world.now + s)))
    yield case("private-key-in-jwk", INVALID, lambda b: b.see(b.proof(header={"jwk": {**b.public(), "d": "AAAA"}})))
    yield case("key-of-another", INVALID, lambda b: b.see(b.proof(b.world.attacker())))
    yield case("key-of-the-issuer", INVALID, lambda b: b.see(b.proof(b.world.signer())))
    yield case(
        "signed-by-another-and-naming-ours",
        INVALID,
        lambda b: b.see(b.proof(b.world.attacker(), header={"jwk": b.public()})),
    )
    yield case("hmac-with-the-public-key", INVALID, _hmac_proof)
    yield case("replayed", f"{ACCEPTED} {REPLAYED} {REPLAYED}", lambda b: _thrice(b))
    yield case("the-same-jti-of-another-holder", f"{ACCEPTED} {ACCEPTED}", _two_holders)
    yield case("a-refused-proof-is-not-used-up", f"{INVALID} {ACCEPTED}", _refused_first)
    yield case(
        "replayed-under-another-spelling",
        f"{ACCEPTED} {REPLAYED}",
        lambda b: f"{b.see(b.proof(jti='one'))} {b.see(b.proof(jti='one'))}",
    )
    yield case("store-that-is-down", "replay_store_unavailable", lambda b: b.see(b.proof()), dpop={"replay": _Broken()})
    yield case(
        "store-that-says-none", "replay_store_unavailable", lambda b: b.see(b.proof()), dpop={"replay": _Broken(None)}
    )
    yield case("bearer-scheme", MISSING, lambda b: b.see(scheme="Bearer"))
    yield case("bearer-scheme-with-a-proof", MISSING, lambda b: b.see(b.proof(), scheme="Bearer"))
    yield case("unbound-token", f"{MISSING}|{INVALID}", lambda b: _unbound(b, "DPoP"))
    yield case("unbound-token-as-bearer", f"{MISSING}|{INVALID}", lambda b: _unbound(b, "Bearer"))
    yield case("unbound-token-permitted-as-bearer", ACCEPTED, lambda b: _unbound(b, "Bearer"), relax=("unbound-token",))
    yield case("unbound-token-permitted-but-as-dpop", INVALID, lambda b: _unbound(b, "DPoP"), relax=("unbound-token",))
    yield case(
        "bound-token-where-unbound-is-permitted-too",
        MISSING,
        lambda b: b.see(scheme="Bearer"),
        relax=("unbound-token",),
    )
    yield case("verified-without-a-request", MISSING, lambda b: observed(lambda: b.bearer.verify(b.token)))
    yield case("where-no-proof-is-configured", MISSING, lambda b: observed(lambda: b.world.bearer().verify(b.token)))
    yield case(
        "custom-domain",
        ACCEPTED,
        lambda b: b.see(
            b.proof(htu="https://api.example.com/v1/things/7"), domain="api.example.com", path="/v1/things/7"
        ),
    )
    yield case(
        "custom-domain-and-the-default-one-in-the-proof",
        INVALID,
        lambda b: b.see(b.proof(), domain="api.example.com", path="/v1/things/7"),
    )
    yield case(
        "public-url",
        ACCEPTED,
        lambda b: b.see(b.proof(htu="https://edge.example.com/v1/things/7")),
        dpop={"public_urls": ["https://edge.example.com/v1"]},
    )
    yield case(
        "public-url-and-the-gateways-own",
        INVALID,
        lambda b: b.see(b.proof()),
        dpop={"public_urls": ["https://edge.example.com/v1"]},
    )
    yield case("host-header-does-not-count", INVALID, _with_host)
    yield case(
        "nonce-demanded-and-none",
        "use_dpop_nonce",
        lambda b: b.see(b.proof()),
        dpop={"nonce": lambda nonce: nonce == "good"},
    )
    yield case(
        "nonce-demanded-and-stale",
        "use_dpop_nonce",
        lambda b: b.see(b.proof(nonce="old")),
        dpop={"nonce": lambda nonce: nonce == "good"},
    )
    yield case(
        "nonce-demanded-and-good",
        ACCEPTED,
        lambda b: b.see(b.proof(nonce="good")),
        dpop={"nonce": lambda nonce: nonce == "good"},
    )
    yield case("answers-may-not-be-cached", "True", lambda b: str(b.bearer.per_request))
    for name, confirmation in {"int": 5, "null": None, "list": ["x"], "empty": ""}.items():
        yield case(
            f"jkt-{name}", f"bad_claim_type|{INVALID}|{MISSING}", lambda b, c=confirmation: confirmed(b, {"jkt": c})
        )
    yield case("jkt-of-another-key", INVALID, lambda b: confirmed(b, {"jkt": thumbprint(b.public(b.world.attacker()))}))
    yield case("jkt-padded", INVALID, lambda b: confirmed(b, {"jkt": b.confirmation["jkt"] + "="}))


def _hmac_proof(bound: Bound) -> str:
    header = {"typ": "dpop+jwt", "jwk": bound.public()}
    return bound.see(with_mac(bound.world, "HS256", json.dumps(bound.public()).encode(), **header))


def _thrice(bound: Bound) -> str:
    proof = bound.proof()
    return " ".join(bound.see(proof) for _ in range(3))


def _two_holders(bound: Bound) -> str:
    other = Bound(bound.world)
    other.holder = bound.world.attacker()
    other.confirmation = {"jkt": thumbprint(other.public())}
    other.token, other.bearer = bound.world.good(cnf=other.confirmation), bound.bearer
    return f"{bound.see(bound.proof(jti='same'))} {other.see(other.proof(jti='same'))}"


def _refused_first(bound: Bound) -> str:
    proof = bound.proof()
    return f"{bound.see(proof, path='/test/things/8')} {bound.see(proof)}"


def _unbound(bound: Bound, scheme: str) -> str:
    return bound.see(bound.proof(), scheme=scheme, text=bound.world.good())


def confirmed(bound: Bound, confirmation: Any) -> str:
    bound.token = bound.world.good(cnf=confirmation)
    return bound.see(bound.proof())


def _with_host(bound: Bound) -> str:
    headers = {
        "Authorization": f"DPoP {bound.token}",
        "DPoP": bound.proof(htu="https://evil.example/test/things/7"),
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
    }
    event = request_event(headers, context={"domainName": DOMAIN, "path": "/test/things/7"})
    return observed(lambda: bound.bearer(parse(event)))


class _Broken:
    """A replay store that is down, or answers what no store may."""

    def __init__(self, answer: Any = ...) -> None:
        self.answer = answer

    def consume(self, holder: str, mark: str, *, until: float) -> Any:
        if self.answer is ...:
            raise RuntimeError("the table is on fire")
        return self.answer


def cases() -> Iterator[Case]:
    """Return these cases."""
    yield from dpop()
