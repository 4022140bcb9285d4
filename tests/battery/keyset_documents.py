"""Section C, second half: the set as a whole, secrets, and keys that come and go."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from authkit.keys.jwk import read_key
from authkit.keys.remote import Timing
from tests.battery.case import ACCEPTED, Attempt, Case, deed, misconfigured, observed, token
from tests.battery.header import EVERY, with_mac
from tests.battery.keysets import beside
from tests.battery.spellings import certificates
from tests.battery.world import World
from tests.keys.provider import World as Provided
from tests.support.tokens import ISSUER, Signer, b64

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authkit import JWTBearer

Jwk = dict[str, Any]
BROKEN: dict[str, Any] = {
    "null": None, "text": "key", "int": 5, "list": [], "empty": {}, "kid-int": {"kty": "EC", "kid": 5}, "kid-null": {"kty": "EC", "kid": None, "crv": "P-256"},
    "kid-list": {"kty": "EC", "kid": ["k1"]}, "kid-object": {"kty": "RSA", "kid": {}}, "nested": {"keys": [{}]}, "kty-only": {"kty": "RSA"},
    "numbers": {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}, "deep": {"kty": "EC", "crv": [[[[]]]], "kid": "deep"},
}  # fmt: skip


def malformed() -> Iterator[Case]:
    for name, jwk in BROKEN.items():
        yield token(
            "C10", f"{name}-before-a-good-key", ACCEPTED, lambda w, jwk=jwk: w.attempt(w.good(), jwk, w.signer())
        )
        yield token(
            "C10", f"{name}-behind-a-good-key", ACCEPTED, lambda w, jwk=jwk: w.attempt(w.good(), w.signer(), jwk)
        )
        yield deed(
            "C10", f"{name}-from-a-url", ACCEPTED, lambda w, jwk=jwk: _fetched(w, {"keys": [jwk, w.signer().jwk]})
        )
    yield token("C10", "all-of-them", ACCEPTED, lambda w: w.attempt(w.good(), *BROKEN.values(), w.signer()))
    yield token(
        "C10", "a-weak-one-under-the-same-name", ACCEPTED, lambda w: w.attempt(w.good(), _weak("k1"), w.signer())
    )
    yield token("C11", "the-same-key-twice", ACCEPTED, lambda w: w.attempt(w.good(), w.signer(), w.signer()))
    yield token(
        "C11",
        "the-same-key-written-otherwise",
        ACCEPTED,
        lambda w: w.attempt(w.good(), w.signer(), w.signer(use="sig")),
    )
    yield token("C11", "different-keys", "ambiguous_key", lambda w: w.attempt(w.good(), w.signer(), w.attacker()))
    yield token(
        "C11", "different-keys-other-way", "ambiguous_key", lambda w: w.attempt(w.good(), w.attacker(), w.signer())
    )
    yield token(
        "C11",
        "three-keys",
        "ambiguous_key",
        lambda w: w.attempt(w.good(), w.signer(), w.attacker(), w.signer(key="third")),
    )
    yield token("C11", "different-kinds", ACCEPTED, lambda w: w.attempt(w.good(), w.signer("RS256"), w.signer()))
    yield token(
        "C11",
        "different-kinds-other-way",
        ACCEPTED,
        lambda w: w.attempt(w.good(w.signer("RS256")), w.signer(), w.signer("RS256")),
    )
    yield token("C11", "different-algorithms", ACCEPTED, lambda w: _two_rsa(w, "RS256", "PS256"))
    yield token("C11", "one-algorithm-and-none-said", "ambiguous_key", lambda w: _two_rsa(w, "RS256", ...))
    yield token(
        "C11",
        "different-curves",
        ACCEPTED,
        lambda w: w.attempt(w.good(), w.signer("ES384"), w.signer(), algorithms=EVERY),
    )


def _two_rsa(world: World, first: str, second: Any) -> Attempt:
    one = world.signer("RS256", alg=first)
    other = world.signer("RS256", key="attacker", **({} if second is ... else {"alg": second}))
    return world.attempt(world.good(one), one, other, algorithms=EVERY)


def _weak(kid: str) -> Jwk:
    return {"kty": "RSA", "kid": kid, "n": b64(bytes([255] * 64)), "e": "AQAB"}


def _fetched(world: World, document: Any) -> str:
    """Return what comes of a good token where the set is fetched and says this."""
    provided = Provided()
    provided.provider.body = document if isinstance(document, bytes) else json.dumps(document).encode()
    bearer = world.bearer(jwks=provided.keys)
    text = world.good()
    return observed(lambda: bearer.verify(text), (text,))


MEGABYTE = 1_000_000  # bytes: nearly as many as a fetch takes
FULL = {  # good JSON of what no issuer has so much to say
    f"a-megabyte-of-{name}": b'{"active":true,"a":[' + piece * (MEGABYTE // len(piece)) + b"0]}"
    for name, piece in {
        "empty-lists": b"[],",
        "empty-objects": b"{},",
        "values": b"0,",
        "texts": b'"",',
        "nests-of-lists": b"[" * 16 + b"]" * 16 + b",",
        "nests-of-objects": b'{"a":' * 8 + b"0" + b"}" * 8 + b",",
        "escapes": b'"' + b"\\n" * 1000 + b'",',
        "numbers-between-two-others": b"2.22507385850720113605740979670913197593481954635164564"
        + b"8" * 700
        + b"e-308,",
    }.items()
} | {
    "a-megabyte-of-closing-brackets": b'{"a":' + b"[]," * 40 + b"]" * MEGABYTE + b"}",
    "a-megabyte-of-closing-brackets-and-quotes": b'{"a":' + b"[]," * 40 + b']"' * (MEGABYTE // 2) + b"}",
}
DOCUMENTS: dict[str, Any] = {
    "empty-list": {"keys": []}, "no-keys": {}, "keys-null": {"keys": None}, "keys-object": {"keys": {"k1": {}}}, "keys-text": {"keys": "x"}, "keys-int": {"keys": 5},
    "spelt-Keys": {"Keys": []}, "list": b"[]", "text": b'"x"', "number": b"5", "null": b"null", "empty": b"", "blank": b"  ", "html": b"<html>Service unavailable</html>",
    "half": b'{"keys": [', "twice": b'{"keys":[],"keys":[]}', "nan": b'{"keys":NaN}', "utf-16": '{"keys":[]}'.encode("utf-16"), "mark": b'\xef\xbb\xbf{"keys":[]}',
    "invalid-utf-8": b'{"keys":["\xff"]}', "deep": b'{"keys":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "digits": b'{"keys":[' + b"9" * 5000 + b"]}",
    "only-bad-ones": {"keys": [{"kty": "oct", "k": "AA"}, _weak("w"), None]}, "encrypted": b"eyJhbGciOiJkaXIifQ..a.b.c", "pem": b"-----BEGIN PUBLIC KEY-----",
    "surrogate": b'{"keys":[{"kid":"\\ud800"}]}', "error": {"error": "invalid_client"}, "a-hundred-thousand": b'{"keys":[' + b"{}," * 100_000 + b"{}]}",
    "a-megabyte-of-open-lists": b'{"keys":' + b"[" * MEGABYTE, "a-megabyte-of-open-objects": b'{"a":' * (MEGABYTE // 5), "a-megabyte-of-lists": b'{"keys":[' + b"[]," * (MEGABYTE // 3) + b"[]]}",
    "a-megabyte-of-nests": b'{"keys":[' + (b"[" * 29 + b"]" * 29 + b",") * (MEGABYTE // 59) + b"[]]}", "a-megabyte-of-quotes-in-a-nest": b'{"keys":' + b"[" * 40 + b'"' * MEGABYTE, "a-megabyte-of-escapes-in-a-nest": b'{"keys":' + b"[" * 40 + b'"' + b"\\" * (MEGABYTE // 2),
    "a-megabyte-of-brackets-in-a-text": b'{"keys":"' + b"[" * MEGABYTE + b'"}',
}  # fmt: skip


def documents() -> Iterator[Case]:
    for name, document in DOCUMENTS.items():
        yield deed("C12", f"{name}-fetched", "jwks_invalid", lambda w, d=document: _fetched(w, d))
        yield deed("C12", f"{name}-never-replaces-a-good-set", ACCEPTED, lambda w, d=document: _replaced(w, d))
        if not isinstance(document, bytes):
            yield misconfigured("C12", f"{name}-given", jwks=document)
    yield deed("C12", "a-jwk-alone", "jwks_invalid", lambda w: _fetched(w, w.signer().jwk))
    yield deed("C12", "a-good-key-twice-in-one-object", "jwks_invalid", lambda w: _fetched(w, _twice(w)))
    yield deed(
        "C12",
        "a-hundred-keys",
        ACCEPTED,
        lambda w: _fetched(w, {"keys": [w.signer(kid=f"k{i}").jwk for i in range(1, 101)]}),
    )
    yield deed(
        "C12",
        "a-hundred-and-one",
        "jwks_invalid",
        lambda w: _fetched(w, {"keys": [w.signer(kid=f"k{i}").jwk for i in range(1, 102)]}),
    )
    for name, jwk in {
        "ml-dsa": {"kty": "AKP", "alg": "ML-DSA-44", "pub": b64(bytes(1312))}, "unknown-curve": {"kty": "EC", "crv": "P-192", "x": b64(bytes(24)), "y": b64(bytes(24))},
        "brainpool": {"kty": "EC", "crv": "BP-256", "x": b64(bytes(32)), "y": b64(bytes(32))}, "unknown-edwards": {"kty": "OKP", "crv": "Ed521", "x": b64(bytes(66))},
        "future": {"kty": "FUTURE"},
    }.items():  # fmt: skip
        yield from beside("C13", name, "invalid_key|key_not_found|key_alg_mismatch", lambda w, jwk=jwk: jwk)
        yield token("C13", f"{name}-asked-for", "alg_not_allowed", lambda w, jwk=jwk: _asked(w, jwk))


def _asked(world: World, jwk: Jwk) -> Attempt:
    key = world.signer()
    header = key.header(alg=jwk.get("alg", jwk["kty"]), kid="odd")
    return world.attempt(key.raw(header, world.claims()), {**jwk, "kid": "odd"}, key)


def _twice(world: World) -> bytes:
    text = json.dumps({"keys": [world.signer().jwk]})
    return text.replace('"kty"', '"kty": "EC", "kty"').encode()


def _replaced(world: World, document: Any) -> str:
    """A good set, then this document when the set is due."""
    provided = Provided()
    provided.provider.keys = [world.signer()]
    bearer = world.bearer(jwks=provided.keys)
    bearer.verify(world.good())
    provided.provider.body = document if isinstance(document, bytes) else json.dumps(document).encode()
    provided.passes(2 * 3600)
    return observed(lambda: bearer.verify(world.good()))


SECRET = bytes(range(1, 65))
WEAK_SECRETS: dict[str, tuple[Any, list[str]]] = {
    "empty": (b"", ["HS256"]), "empty-text": ("", ["HS256"]), "31-bytes": (SECRET[:31], ["HS256"]), "47-bytes-for-384": (SECRET[:47], ["HS384"]),
    "63-bytes-for-512": (SECRET[:63], ["HS512"]), "32-bytes-for-512": (SECRET[:32], ["HS512"]), "32-bytes-for-both": (SECRET[:32], ["HS256", "HS512"]),
    "zeros": (bytes(64), ["HS256"]), "ones": (b"\xff" * 64, ["HS256"]), "one-letter": ("a" * 64, ["HS256"]), "the-word": ("secret", ["HS256"]),
    "none": (None, ["HS256"]), "int": (5, ["HS256"]), "list": ([SECRET], ["HS256"]), "true": (True, ["HS256"]), "no-secrets": ({}, ["HS256"]),
    "mapping-with-a-weak-one": ({"a": SECRET, "b": b"short"}, ["HS256"]), "jwk-short": ({"kty": "oct", "k": b64(SECRET[:16])}, ["HS256"]),
    "jwk-empty": ({"kty": "oct", "k": ""}, ["HS256"]), "jwk-without-k": ({"kty": "oct"}, ["HS256"]), "jwk-of-another-kind": ({"kty": "RSA", "n": "AA", "e": "AQAB"}, ["HS256"]),
    "jwks-empty": ({"keys": []}, ["HS256"]), "jwk-padded": ({"kty": "oct", "k": b64(SECRET) + "=="}, ["HS256"]),
}  # fmt: skip


def secrets() -> Iterator[Case]:
    for name, (secret, algorithms) in WEAK_SECRETS.items():
        yield deed("C14", name, "config_error", lambda w, s=secret, a=algorithms: observed(lambda: keyed(w, s, a)))
    for alg, size in {"HS256": 32, "HS384": 48, "HS512": 64}.items():
        yield token(
            "C14", f"taken-{alg}", ACCEPTED, lambda w, a=alg, s=size: mac_attempt(w, a, SECRET[:s]), portable=False
        )
    for name, pinned in {
        "gcm": "A256GCM",
        "cbc": "A128CBC-HS256",
        "wrap": "A128KW",
        "dir": "dir",
        "other-hash": "HS512",
        "none": "none",
        "int": 5,
    }.items():
        jwk = {"kty": "oct", "k": b64(SECRET), "alg": pinned}
        yield deed(
            "C15", f"secret-for-{name}", "config_error", lambda w, jwk=jwk: observed(lambda: keyed(w, jwk, ["HS256"]))
        )
        yield token(
            "C15", f"in-a-key-set-for-{name}", "alg_not_allowed", lambda w, jwk=jwk: _oct(w, {**jwk, "kid": "k1"})
        )
        yield deed("C15", f"as-a-key-for-{name}", "invalid_key", lambda w, jwk=jwk: observed(lambda: read_key(jwk)))
    for name, given in {"use-enc": {"use": "enc"}, "encrypts": {"key_ops": ["encrypt"]}}.items():
        jwk = {"kty": "oct", "k": b64(SECRET), **given}
        yield deed(
            "C15", f"secret-{name}", "config_error", lambda w, jwk=jwk: observed(lambda: keyed(w, jwk, ["HS256"]))
        )


def keyed(world: World, secret: Any, algorithms: list[str], **settings: Any) -> JWTBearer:
    """Return a verifier with a secret and no keys."""
    return world.bearer(secret=secret, jwks=..., algorithms=algorithms, **settings)


def mac_attempt(world: World, alg: str, secret: bytes, *, given: Any = None, **settings: Any) -> Attempt:
    """Return a token under HMAC before a verifier with the secret."""
    text = with_mac(world, alg, secret)
    return world.attempt(text, secret=secret if given is None else given, jwks=..., algorithms=[alg], **settings)


def _oct(world: World, jwk: Jwk) -> Attempt:
    return world.attempt(with_mac(world, "HS256", SECRET), jwk, world.signer("RS256", "k2"))


def chains() -> Iterator[Case]:
    for name, x5c in {
        "of-another-key": "certificate",
        "not-a-certificate": ["AA"],
        "text": "AA",
        "null": None,
        "int": 5,
        "empty": [],
    }.items():
        yield token("C16", name, ACCEPTED, lambda w, x5c=x5c: _with_chain(w, w.signer(), x5c), portable=False)
    yield token(
        "C16", "signed-by-the-certificate", "bad_signature", lambda w: _with_chain(w, w.attacker(), "certificate")
    )
    for name in ("x5u", "x5t", "x5t#S256"):
        yield token(
            "C16",
            name,
            ACCEPTED,
            lambda w, n=name: w.attempt(w.good(), w.signer(**{n: "https://evil.example/"})),
            portable=False,
        )
    yield token("C17", "signed-by-the-other-issuer", "bad_signature", lambda w: _two_issuers(w, "one", "two"))
    yield token("C17", "signed-by-its-own", ACCEPTED, lambda w: _two_issuers(w, "one", "one"), portable=False)
    yield token("C17", "the-other-one-too", ACCEPTED, lambda w: _two_issuers(w, "two", "two"), portable=False)
    yield token("C17", "the-other-way-round", "bad_signature", lambda w: _two_issuers(w, "two", "one"))
    yield token(
        "C17", "name-known-to-the-other-only", "key_not_found", lambda w: _two_issuers(w, "one", "two", kid="only-two")
    )
    for name, jwk_issuer, code in (
        ("its-own", ISSUER, ACCEPTED),
        ("another", "https://evil.example/", "key_use_mismatch"),
    ):
        yield token(
            "C17", f"key-says-issuer-{name}", code, lambda w, i=jwk_issuer: w.attempt(w.good(), w.signer(issuer=i)), portable=False
        )  # fmt: skip
    yield deed("C18", "removed-by-the-issuer", "key_not_found", _removed)
    yield deed("C18", "removed-while-cached", "key_not_found", lambda w: _removed(w, cached=True))
    yield deed("C18", "replaced-under-its-name", "bad_signature", _replaced_key)
    yield deed("C18", "replaced-while-cached", "bad_signature", lambda w: _replaced_key(w, cached=True))
    yield deed("C18", "issuer-gone-for-a-day", "fetch_timeout", _gone)
    yield deed("C18", "issuer-gone-while-cached", "fetch_timeout", lambda w: _gone(w, cached=True))


def _with_chain(world: World, signed_by: Signer, x5c: Any) -> Attempt:
    def made() -> list[str]:
        return [base64.b64encode(certificates(world.attacker())["certificate-der"]).decode()]

    chain = world.keep("chain", made) if x5c == "certificate" else x5c
    return world.attempt(world.good(signed_by), world.signer(x5c=chain))


def _two_issuers(world: World, said: str, signed_by: str, kid: str = "k1") -> Attempt:
    from authkit.credentials.by_issuer import by_issuer

    names = {"one": "https://one.example/", "two": "https://two.example/"}
    keys = {"one": [world.signer()], "two": [world.attacker(), world.attacker(kid="only-two")]}
    clock = world.keep("clock", lambda: lambda: world.now)
    joined = by_issuer(*(world.bearer(*keys[each], issuer=names[each], clock=clock) for each in names))
    key = keys[signed_by][0]
    text = key.raw(key.header(kid=kid), world.claims(iss=names[said]))
    return Attempt(text, world.settings(*keys[said], issuer=names[said]), joined)


def _warm(world: World, cached: bool) -> tuple[Provided, JWTBearer, str]:
    from authkit.tokens.cache import TokenCache

    provided = Provided(timing=Timing())
    provided.provider.keys = [world.signer(), world.signer("ES256", "other", key="other")]
    settings = {"cache": TokenCache(seconds=86_400)} if cached else {}
    bearer = world.bearer(jwks=provided.keys, **settings)
    text = world.good()
    bearer.verify(text)
    return provided, bearer, text


def _removed(world: World, *, cached: bool = False) -> str:
    provided, bearer, text = _warm(world, cached)
    provided.provider.keys = provided.provider.keys[1:]
    provided.passes(2 * 3600)
    return observed(lambda: bearer.verify(text))


def _replaced_key(world: World, *, cached: bool = False) -> str:
    provided, bearer, text = _warm(world, cached)
    provided.provider.keys = [world.attacker()]
    provided.passes(2 * 3600)
    return observed(lambda: bearer.verify(text))


def _gone(world: World, *, cached: bool = False) -> str:
    from tests.keys.provider import DOWN

    provided, bearer, text = _warm(world, cached)
    provided.provider.answer = DOWN
    provided.passes(25 * 3600)
    return observed(lambda: bearer.verify(text))


def cases() -> Iterator[Case]:
    """Return the cases of C10 to C18."""
    for part in (malformed, documents, secrets, chains):
        yield from part()
