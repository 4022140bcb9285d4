"""Section H: encrypted tokens, revocation, and tokens of other kinds."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any

from authkit.credentials.dpop import DPoP
from authkit.errors import BindingProblem, Unavailable
from authkit.gateway.request import Request, parse
from authkit.keys.thumbprint import thumbprint
from tests.battery.case import ACCEPTED, Case, deed, misconfigured, observed, token
from tests.battery.header_members import BAD_TYPES
from tests.battery.world import World
from tests.support.events import request_event
from tests.support.tokens import Signer, b64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from authkit import JWTBearer

DOMAIN = "abcdef1234.execute-api.us-east-1.amazonaws.com"
HTU = f"https://{DOMAIN}/test/things/7"


def jwe(payload: bytes = b"", **header: Any) -> str:
    """Return five segments that look like an encrypted token."""
    head = b64(json.dumps({"alg": "RSA-OAEP-256", "enc": "A256GCM", **header}).encode())
    return f"{head}.{b64(bytes(256))}.{b64(bytes(12))}.{b64(payload or bytes(64))}.{b64(bytes(16))}"


def encrypted() -> Iterator[Case]:
    inner: dict[str, Callable[[World], bytes]] = {
        "an-unsigned-token": lambda w: f"{b64(b'{}')}.{b64(w.claims_text())}.".encode(), "bare-claims": lambda w: w.claims_text(), "a-signed-token": lambda w: w.good().encode(), "nothing": lambda w: b"",
    }  # fmt: skip
    for name, text in inner.items():
        yield token("H1", f"around-{name}", "encrypted_token", lambda w, t=text: w.attempt(jwe(t(w))))
        yield token(
            "H1",
            f"around-{name}-cty-jwt",
            "encrypted_token",
            lambda w, t=text: w.attempt(jwe(t(w), cty="JWT", kid="k1")),
        )
    yield token("H1", "encrypted-to-the-public-key", "encrypted_token", _to_the_public_key)
    yield token("H1", "direct", "encrypted_token", lambda w: w.attempt(jwe(alg="dir")))
    yield token("H1", "five-segments-of-a-signed-token", "encrypted_token", lambda w: w.attempt(f"{w.good()}.AA.AA"))
    yield token(
        "H1",
        "with-padding-permitted",
        "encrypted_token|not_three_segments",
        lambda w: w.attempt(jwe(), relax=("padding",)),
        portable=False,
    )
    bomb = zlib.compress(bytes(10_000_000), 9)[2:-4]
    yield token("H2", "bomb", "encrypted_token|token_too_large", lambda w: w.attempt(jwe(bomb, zip="DEF")))
    yield token(
        "H2",
        "small-bomb",
        "encrypted_token",
        lambda w: w.attempt(jwe(zlib.compress(bytes(1_000_000), 9)[2:-4], zip="DEF")),
    )
    yield token("H2", "zip-in-a-signed-token", "header_param_refused", lambda w: w.with_header(zip="DEF"))
    yield token("H2", "zip-and-a-packed-payload", "header_param_refused", _packed)
    for count in (1, 10**6, 2**31, 10**18):
        yield token(
            "H3",
            f"p2c-{count}",
            "encrypted_token",
            lambda w, c=count: w.attempt(jwe(alg="PBES2-HS256+A128KW", p2c=c, p2s="AAAA")),
        )
        yield token(
            "H3", f"p2c-{count}-in-a-signed-token", "header_param_refused", lambda w, c=count: w.with_header(p2c=c)
        )
    for alg in ("PBES2-HS256+A128KW", "PBES2-HS512+A256KW"):
        yield misconfigured("H3", f"configured-{alg}", algorithms=[alg])
        yield token("H3", f"signed-under-{alg}", "alg_not_allowed", lambda w, a=alg: w.with_header(alg=a))
    for alg in ("RSA1_5", "RSA-OAEP", "ECDH-ES", "ECDH-ES+A128KW", "A128KW", "dir", "A256GCM"):
        yield misconfigured("H4", f"configured-{alg}", algorithms=[alg])
        yield token("H4", f"signed-under-{alg}", "alg_not_allowed", lambda w, a=alg: w.with_header(alg=a))
        yield token(
            "H4",
            f"encrypted-under-{alg}",
            "encrypted_token",
            lambda w, a=alg: w.attempt(jwe(alg=a, epk={"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"})),
        )


def _to_the_public_key(world: World) -> Any:
    """CVE-2026-29000: anybody can encrypt to a public key, so that says nothing about who did."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key, content, nonce = world.signer("RS256"), AESGCM.generate_key(256), bytes(12)
    head = b64(json.dumps({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "k1", "cty": "JWT"}).encode())
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    wrapped = key.private.public_key().encrypt(content, oaep)
    sealed = AESGCM(content).encrypt(nonce, f"{b64(b'{}')}.{b64(world.claims_text())}.".encode(), head.encode())
    text = f"{head}.{b64(wrapped)}.{b64(nonce)}.{b64(sealed[:-16])}.{b64(sealed[-16:])}"
    return world.attempt(text, key)


def _packed(world: World) -> Any:
    key = world.signer()
    return world.attempt(key.raw(key.header(zip="DEF"), zlib.compress(world.claims_text())[2:-4]))


class Bound:
    """A token bound to a key, a verifier that asks for proofs, and requests that carry them."""

    def __init__(self, world: World, alg: str = "ES256", **settings: Any) -> None:
        self.world = world
        self.holder = world.signer(alg, "holder", key="holder")
        self.confirmation: Any = {"jkt": thumbprint(self.public())}
        self.clock = lambda: world.now
        self.bearer = self.verifier(**settings)
        self.token = world.good(cnf=self.confirmation)
        self.number = 0

    def verifier(self, **settings: Any) -> JWTBearer:
        given = settings.pop("dpop", {})
        return self.world.bearer(proofs=[DPoP(clock=self.clock, **given)], **settings)

    def public(self, key: Signer | None = None) -> dict[str, Any]:
        jwk = (key or self.holder).jwk
        return {name: value for name, value in jwk.items() if name not in ("kid", "use")}

    def proof(self, key: Signer | None = None, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Return a proof that is like no other; what is given as ``...`` is left out."""
        self.number += 1
        key = key or self.holder
        ath = b64(hashlib.sha256(self.token.encode()).digest())
        claims = {
            "jti": f"proof-{self.number:010}",
            "htm": "GET",
            "htu": HTU,
            "iat": self.world.now,
            "ath": ath,
            **changes,
        }
        members = {"typ": "dpop+jwt", "alg": key.alg, "jwk": self.public(key), **(header or {})}
        return key.raw(_kept(members), _kept(claims))

    def request(
        self, *proofs: str, scheme: str = "DPoP", path: str = "/test/things/7", domain: str = DOMAIN, text: str = ""
    ) -> Request:
        headers = {"Authorization": f"{scheme} {text or self.token}", **({"DPoP": list(proofs)} if proofs else {})}
        return parse(request_event(headers, context={"domainName": domain, "path": path}))

    def see(self, *proofs: str, **given: Any) -> str:
        secrets = (self.token, self.token.rpartition(".")[2], *proofs)
        return observed(lambda: self.bearer(self.request(*proofs, **given)), secrets)


def _kept(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not ...}


def revocation() -> Iterator[Case]:
    taken: dict[str, Callable[[Any], bool]] = {
        "jti": lambda claims: claims["jti"] == "j1", "sub-and-iat": lambda claims: claims["sub"] == "alice" and claims["iat"] < 4e9, "sid": lambda claims: claims.get("sid") == "s1",
    }  # fmt: skip
    for name, hook in taken.items():
        yield token(
            "H9", name, "revoked", lambda w, h=hook: w.attempt(w.good(jti="j1", sid="s1"), revoked=h), portable=False
        )
    yield token(
        "H9",
        "not-revoked",
        ACCEPTED,
        lambda w: w.attempt(w.good(jti="j2"), revoked=lambda claims: claims["jti"] == "j1"),
        portable=False,
    )
    for name, error in {
        "runtime-error": RuntimeError("x"),
        "key-error": KeyError("x"),
        "timeout": TimeoutError(),
        "value-error": ValueError("x"),
    }.items():
        yield token(
            "H9",
            f"hook-{name}",
            "revocation_unavailable",
            lambda w, e=error: w.attempt(w.good(), revoked=_raises(e)),
            portable=False,
        )
    yield token(
        "H9",
        "hook-that-refuses-itself",
        "revoked",
        lambda w: w.attempt(w.good(), revoked=_raises(BindingProblem("revoked"))),
        portable=False,
    )
    yield token(
        "H9",
        "hook-that-is-down",
        "store_down",
        lambda w: w.attempt(w.good(), revoked=_raises(Unavailable("store_down"))),
        portable=False,
    )
    yield deed(
        "H9", "asked-after-the-signature-only", "bad_signature, asked 0", lambda w: _hooked(w, w.good(w.attacker()))
    )
    yield deed("H9", "not-asked-of-an-expired-token", "expired, asked 0", lambda w: _hooked(w, w.good(exp=w.now - 1)))
    yield deed(
        "H9",
        "asked-on-each-use-of-a-remembered-token",
        f"{ACCEPTED} {ACCEPTED} {ACCEPTED}, asked 3",
        lambda w: _hooked(w, w.good(), times=3),
    )
    yield deed(
        "H9",
        "a-claim-the-hook-needs-is-absent",
        "missing_claim|revocation_unavailable",
        lambda w: observed(lambda: w.bearer(revoked=lambda claims: claims["jti"] == "x").verify(w.good())),
    )
    yield misconfigured("H9", "hook-that-cannot-be-called", revoked={"j1"})
    for name in ("kb+jwt", "logout+jwt", "dc+sd-jwt", "vc+sd-jwt", "secevent+jwt", "dpop+jwt", "statuslist+jwt"):
        assert name in BAD_TYPES
        yield token("H10", name, "bad_typ", lambda w, t=name: w.with_header(typ=t))
    yield token(
        "H10", "sd-jwt-with-disclosures", "bad_base64url", lambda w: w.attempt(f"{w.good()}~WyJhIiwiYiIsImMiXQ~")
    )
    yield token(
        "H10",
        "sd-jwt-with-key-binding",
        "not_three_segments|bad_base64url|encrypted_token",
        lambda w: w.attempt(f"{w.good()}~WyJhIl0~{w.good()}"),
    )
    yield token(
        "H10",
        "logout-token-by-its-claims",
        "missing_claim|token_use_mismatch",
        lambda w: w.attempt(
            w.good(sub=..., sid="s1", events={"http://schemas.openid.net/event/backchannel-logout": {}})
        ),
    )
    yield token(
        "H10",
        "logout-token-with-sub",
        "token_use_mismatch",
        lambda w: w.attempt(
            w.good(events={"http://schemas.openid.net/event/backchannel-logout": {}}), absent=("events",)
        ),
        portable=False,
    )
    yield deed(
        "H10",
        "a-proof-as-a-token",
        "bad_typ|header_param_refused",
        lambda w: observed(lambda: w.bearer().verify(Bound(w).proof())),
    )


def _raises(error: Exception) -> Callable[[Any], bool]:
    def hook(claims: Any) -> bool:
        raise error

    return hook


def _hooked(world: World, text: str, *, times: int = 1) -> str:
    from authkit.tokens.cache import TokenCache

    asked: list[Any] = []
    bearer = world.bearer(revoked=lambda claims: bool(asked.append(claims)), cache=TokenCache())  # type: ignore[func-returns-value]
    return f"{' '.join(observed(lambda: bearer.verify(text)) for _ in range(times))}, asked {len(asked)}"


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (encrypted, revocation):
        yield from part()
