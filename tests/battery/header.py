"""Section B: header and algorithm."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from authkit.credentials.by_issuer import by_issuer
from authkit.keys.jwk import read_key
from tests.battery.case import Attempt, Case, deed, misconfigured, observed, token
from tests.battery.spellings import NAMES, RAW, certificates, spelt
from tests.battery.world import World
from tests.support.tokens import ISSUER, Signer, b64, unb64

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from authkit import JWTBearer

HASHES: dict[str, Any] = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
EVERY = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "Ed448",
)


def members(row: str, name: str, expected: str, **changes: Any) -> Case:
    """Return a case of a changed header, properly signed."""
    return token(row, name, expected, lambda world: world.with_header(**changes))


def with_mac(world: World, alg: str, secret: bytes, **header: Any) -> str:
    """Return a token under HMAC."""
    head = json.dumps({"alg": alg, "kid": "k1", "typ": "at+jwt", **header}).encode()
    signed = f"{b64(head)}.{b64(world.claims_text())}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), HASHES.get(alg, hashlib.sha256)))}"


UNSIGNED = ("none", "None", "nOnE", "noNE", "NONE", "none ", " none", "none\0", "nоne", "ｎone", "null", "")


def unsigned() -> Iterator[Case]:
    for number, alg in enumerate(UNSIGNED):
        for kind in ("empty", "good", "short", "without-kid"):
            yield token("B1", f"{number}-{alg!a}-{kind}", "alg_not_allowed", _unsigned(alg, kind))
        yield misconfigured("B1", f"configured-{number}-{alg!a}", algorithms=[alg])
    yield misconfigured("B1", "configured-beside-another", algorithms=["ES256", "none"])


def _unsigned(alg: str, kind: str) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        key = world.signer()
        header = {"alg": alg, **({} if kind == "without-kid" else {"kid": "k1"})}
        full = key.raw(header, world.claims())
        ending = {"good": full.rpartition(".")[2], "short": "AA"}.get(kind, "")
        return world.attempt(f"{full.rpartition('.')[0]}.{ending}")

    return build


def names() -> Iterator[Case]:
    no = "alg_not_allowed"
    yield members("B2", "missing", "alg_missing", alg=...)
    yield members("B2", "spelt-ALG", "alg_missing", alg=..., ALG="ES256")
    yield members("B2", "spelt-Alg", "alg_missing", alg=..., Alg="ES256")
    values: dict[str, Any] = {
        "lower-case": "es256", "mixed-case": "Es256", "array": ["ES256"], "int": 256, "float": 1.5, "object": {"ES256": 1}, "null": None,
        "true": True, "false": False, "nul": "ES256\0", "nul-in-front": "\0ES256", "trailing-blank": "ES256 ", "leading-blank": " ES256",
        "newline": "ES256\n", "fullwidth": "ＥＳ256", "cyrillic": "ЕS256", "hash-name": "SHA256withECDSA", "uri": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "two": "ES256,RS256", "jwe": "RSA1_5", "dir": "dir", "longer": "ES2566", "shorter": "ES25", "empty-array": [], "long": "A" * 2000,
    }  # fmt: skip
    for name, value in values.items():
        yield members("B2", name, no, alg=value)
    yield members("B2", "ALG-beside-alg", "accepted", ALG="none")


def confusion() -> Iterator[Case]:
    """B3: nothing public is ever a secret."""
    for alg, spelt_names in NAMES.items():
        for name in spelt_names:
            yield token("B3", f"{alg}-as-{name}", "alg_not_allowed", _confused(alg, name, "HS256"))
            if name not in RAW:
                yield deed("B3", f"secret-of-{alg}-as-{name}", "config_error", _as_secret(alg, name))
    for mac in ("HS384", "HS512"):
        yield token("B3", f"{mac}-with-pem", "alg_not_allowed", _confused("RS256", "pem", mac))
    for name, settings in {
        "with-a-key-set": {},
        "with-a-url": {"jwks": "https://idp.example.com/jwks"},
        "with-discovery": {"jwks": None},
        "with-a-key-set-and-a-secret": {"secret": bytes(range(64))},
        "with-a-url-and-a-secret": {"jwks": "https://idp.example.com/jwks", "secret": bytes(range(64))},
    }.items():
        yield misconfigured("B3", f"configured-{name}", algorithms=["HS256"], **settings)
    yield misconfigured("B3", "asymmetric-with-a-secret", algorithms=["RS256"], secret=bytes(range(64)), jwks=None)
    yield misconfigured("B3", "mixed-with-a-secret", algorithms=["RS256", "HS256"], secret=bytes(range(64)), jwks=None)


def _confused(alg: str, name: str, mac: str) -> Callable[[World], Attempt]:
    return lambda world: world.attempt(
        with_mac(world, mac, spelt(world, alg, name)), world.signer(alg), algorithms=("RS256", "ES256", "EdDSA")
    )


def _as_secret(alg: str, name: str) -> Callable[[World], str]:
    def act(world: World) -> str:
        secret = spelt(world, alg, name)
        return observed(
            lambda: world.bearer(secret=secret, jwks=..., algorithms=["HS256"]), (secret.decode("latin-1"),)
        )

    return act


# header's alg, key's kind, the alg its JWK names, what it is signed with, what must come out
SWAPS = (
    ("PS256", "RS256", "RS256", "PS256", "key_alg_mismatch"), ("RS256", "PS256", "PS256", "RS256", "key_alg_mismatch"),
    ("RS512", "RS256", "RS256", "RS512", "key_alg_mismatch"), ("RS256", "RS512", "RS512", "RS256", "key_alg_mismatch"),
    ("RS384", "RS256", "RS256", "RS384", "key_alg_mismatch"), ("PS512", "PS256", "PS256", "PS512", "key_alg_mismatch"),
    ("ES384", "ES256", None, "ES256", "key_alg_mismatch"), ("ES256", "ES384", None, "ES384", "key_alg_mismatch"),
    ("ES256K", "ES256", None, "ES256", "key_alg_mismatch"), ("ES256", "ES256K", None, "ES256K", "key_alg_mismatch"),
    ("ES512", "ES384", None, "ES384", "key_alg_mismatch"), ("ES256", "EdDSA", None, "EdDSA", "key_alg_mismatch"),
    ("EdDSA", "ES256", None, "ES256", "key_alg_mismatch"), ("RS256", "ES256", None, "ES256", "key_alg_mismatch"),
    ("ES256", "RS256", None, "RS256", "key_alg_mismatch"), ("EdDSA", "RS256", None, "RS256", "key_alg_mismatch"),
    ("Ed448", "Ed25519", None, "Ed25519", "key_alg_mismatch"), ("Ed25519", "Ed448", None, "Ed448", "key_alg_mismatch"),
    ("PS256", "ES256", None, "ES256", "key_alg_mismatch"), ("RS256", "RS256", None, "PS256", "bad_signature"),
    ("PS256", "RS256", None, "RS256", "bad_signature"), ("RS256", "RS256", None, "RS512", "bad_signature"),
    ("RS512", "RS256", "RS512", "RS256", "bad_signature"),
)  # fmt: skip


def kinds() -> Iterator[Case]:
    for number, (alg, kind, pinned, made, code) in enumerate(SWAPS):
        name = f"{number}-{alg}-with-a-key-of-{kind}"
        yield token("B4", name, code, _swapped(alg, kind, pinned, made, EVERY))
        other = tuple(each for each in EVERY if each != alg)
        yield token("B4", f"{name}-not-listed", "alg_not_allowed", _swapped(alg, kind, pinned, made, other))
    for name, pinned in {
        "unknown": "XX256",
        "none": "none",
        "hmac": "HS256",
        "list": ["ES256"],
        "null": None,
        "lower-case": "es256",
    }.items():
        yield token("B4", f"key-names-{name}", "key_alg_mismatch", lambda world, pinned=pinned: _pinned(world, pinned))
    for name, value in {
        "empty-list": [], "empty-tuple": (), "empty-set": set(), "empty-text": "", "a-text": "RS256", "a-list-of-none": [None],
        "a-list-of-nothing": [""], "lower-case": ["rs256"], "mixed": ["HS256", "RS256"], "hmac": ["HS256"], "int": 5, "list-of-lists": [["RS256"]],
        "an-unknown-one": ["RS256", "XX"], "bytes": b"RS256", "rsa1_5": ["RSA1_5"], "star": ["*"],
    }.items():  # fmt: skip
        yield misconfigured("B5", name, algorithms=value)
    for mac in HASHES:
        yield token(
            "B5",
            f"the-default-and-{mac}",
            "alg_not_allowed",
            lambda world, mac=mac: _by_default(world, mac),
            portable=False,
        )
    for name, secret in {
        "empty": b"",
        "zero": bytes(32),
        "zeros-of-64": bytes(64),
        "text": b"secret",
        "null": b"null",
        "none": b"None",
    }.items():
        yield token("B6", f"secret-{name}", "alg_not_allowed|key_alg_mismatch", _with_weak_secret(secret))
        yield deed("B6", f"key-itself-secret-{name}", "key_alg_mismatch", _asked_for_hmac(secret))


def _swapped(
    alg: str, kind: str, pinned: str | None, made: str, allowed: tuple[str, ...]
) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        key = world.signer(kind, **({"alg": pinned} if pinned else {}))
        maker = Signer(made, key.kid, key.private, key.jwk)
        return world.attempt(maker.raw(key.header(alg=alg), world.claims()), key, algorithms=allowed)

    return build


def _by_default(world: World, mac: str) -> Attempt:
    key = world.signer("RS256")
    return world.attempt(with_mac(world, mac, spelt(world, "RS256", "pem")), key, algorithms=...)


def _pinned(world: World, alg: Any) -> Attempt:
    key, other = world.signer(), world.signer("ES256", "other", key="other")
    return world.attempt(world.good(key), {**key.jwk, "alg": alg}, other)


def _with_weak_secret(secret: bytes) -> Callable[[World], Attempt]:
    return lambda world: world.attempt(with_mac(world, "HS256", secret), world.signer("RS256"))


def _asked_for_hmac(secret: bytes) -> Callable[[World], str]:
    def act(world: World) -> str:
        signed, _, mac = with_mac(world, "HS256", secret).rpartition(".")
        return observed(lambda: read_key(world.signer("RS256").jwk).verify("HS256", unb64(mac), signed.encode()))

    return act


URLS = (
    "https://evil.example/jwks",
    "http://169.254.169.254/latest/",
    "file:///etc/passwd",
    f"{ISSUER}jwks",
    "",
    None,
    5,
)


def own_keys() -> Iterator[Case]:
    no = "header_param_refused"
    for alg in ("ES256", "RS256", "EdDSA"):
        yield token("B7", f"attackers-{alg}", no, _bringing(alg))
        yield token("B7", f"attackers-{alg}-without-kid", no, _bringing(alg, kid=...))
    yield token("B7", "own-key-of-the-issuer", no, lambda world: world.with_header(jwk=world.signer().jwk))
    for name, value in {"null": None, "empty": {}, "text": "x", "list": [], "oct": {"kty": "oct", "k": "AA"}}.items():
        yield members("B7", f"jwk-{name}", no, jwk=value)
    for number, url in enumerate(URLS):
        for name in ("jku", "x5u"):
            yield members("B8", f"{name}-{number}", no, **{name: url})
            yield deed("B8", f"{name}-{number}-fetches-nothing", no, _pointing(name, url))
    for name in ("x5c", "x5t", "x5t#S256"):
        yield token(
            "B9", f"{name}-is-ignored", "accepted", lambda w, name=name: w.with_header(**{name: _certified(w, name)})
        )
        yield token("B9", f"{name}-of-the-attacker", "bad_signature", _certified_attacker(name))
        yield token("B9", f"{name}-alone", "kid_missing", _certified_attacker(name, kid=...))
        for kind, value in {"int": 5, "null": None, "empty": [], "object": {}}.items():
            yield token(
                "B9", f"{name}-{kind}", "accepted", lambda w, n=name, v=value: w.with_header(**{n: v}), portable=False
            )
            yield token(
                "B9", f"{name}-{kind}-where-none-may-be", no, _unwanted(name, lambda _, v=value: v), portable=False
            )
        own = _unwanted(name, lambda w, n=name: _certified(w, n))
        yield token("B9", f"{name}-where-none-may-be", no, own, portable=False)
    yield token("B9", "none-where-none-may-be", "accepted", lambda w: w.attempt(w.good(), tighten=NONE), portable=False)
    yield deed("B9", "forgotten-by-one-of-two", "config_error", lambda w: observed(lambda: _joined(w, NONE, ())))
    yield deed("B9", "refused-by-both-of-two", no, _refused_by_two)
    yield misconfigured("B9", "an-unknown-tightening", tighten=("x5t-refused",))


def _bringing(alg: str, **header: Any) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        evil = world.attacker(alg)
        given = {name: value for name, value in evil.header(jwk=evil.jwk, **header).items() if value is not ...}
        return world.attempt(evil.raw(given, world.claims()), algorithms=EVERY)

    return build


def _pointing(name: str, url: Any) -> Callable[[World], str]:
    def act(world: World) -> str:
        asked: list[str] = []
        bearer = world.bearer(jwks=f"{ISSUER}jwks", fetch=lambda url, **_: asked.append(url))
        evil = world.attacker(kid="unheard-of")
        seen = observed(lambda: bearer.verify(evil.raw(evil.header(**{name: url}), world.claims())))
        return f"{seen} after {len(asked)} fetches" if asked else seen

    return act


NONE = ("x5-refused",)


def _unwanted(name: str, value: Callable[[World], Any]) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        key = world.signer()
        return world.attempt(key.raw(key.header(**{name: value(world)}), world.claims()), tighten=NONE)

    return build


def _joined(world: World, first: Collection[str], second: Collection[str]) -> JWTBearer:
    clock = world.keep("clock", lambda: lambda: world.now)
    one = world.bearer(tighten=first, clock=clock)
    return by_issuer(one, world.bearer(issuer="https://other.example/", tighten=second, clock=clock))


def _refused_by_two(world: World) -> str:
    joined, key = _joined(world, NONE, NONE), world.signer()
    return observed(lambda: joined.verify(key.raw(key.header(x5t="AA"), world.claims())))


def _certified(world: World, name: str) -> Any:
    der: bytes = world.keep("certificate", lambda: certificates(world.attacker())["certificate-der"])
    digests = {"x5t": hashlib.sha1, "x5t#S256": hashlib.sha256}
    return b64(digests[name](der).digest()) if name in digests else [b64(der)]


def _certified_attacker(name: str, **header: Any) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        evil = world.attacker()
        given = evil.header(**{name: _certified(world, name), **header})
        return world.attempt(evil.raw({k: v for k, v in given.items() if v is not ...}, world.claims()))

    return build


def cases() -> Iterator[Case]:
    """Return the cases of B1 to B9; those of B10 to B18 are in `header_members`."""
    for part in (unsigned, names, confusion, kinds, own_keys):
        yield from part()
