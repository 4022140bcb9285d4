"""An issuer for three judges: keys made afresh, and the key set it publishes, with a few odd keys among the good ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.tokens import Signer, b64, new_signer, unb64

if TYPE_CHECKING:
    import random

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
WEIGHTS = (5, 5, 1, 1)  # how often each good key signs: RSA takes its time to
ODD_KEYS = 3  # in each key set

Publish = Callable[[Signer, Signer], "list[dict[str, Any]]"]
"""Takes a key and a stranger of the same kind, and returns what stands in the key set for it."""


class Oddity(NamedTuple):
    """An odd key: what it signs with, how it is published, and its name where that is the odd thing."""

    algs: tuple[str, ...]
    publish: Publish
    kid: str = ""


def _with(**members: Any) -> Publish:
    return lambda key, _: [{**key.jwk, **members}]


def _without(name: str) -> Publish:
    return lambda key, _: [{member: value for member, value in key.jwk.items() if member != name}]


def _private(key: Signer, _: Signer) -> list[dict[str, Any]]:
    secret = key.private.private_bytes_raw() if key.alg in ("EdDSA", "Ed25519") else _scalar(key)
    return [{**key.jwk, "d": b64(secret)}]


def _scalar(key: Signer) -> bytes:
    return bytes(key.private.private_numbers().private_value.to_bytes(32, "big"))


def _padded(key: Signer, _: Signer) -> list[dict[str, Any]]:
    return [{**key.jwk, "x": b64(b"\0" + unb64(key.jwk["x"]))}]


def _off_the_curve(key: Signer, _: Signer) -> list[dict[str, Any]]:
    return [{**key.jwk, "y": key.jwk["x"]}]


EDWARDS_AND_EC = ("ES256", "EdDSA")
ODDITIES: dict[str, Oddity] = {
    "key: no use": Oddity((*EDWARDS_AND_EC, "RS256"), _without("use")),
    "key: for encryption": Oddity(EDWARDS_AND_EC, _with(use="enc")),
    "key: use misspelt": Oddity(EDWARDS_AND_EC, _with(use="SIG")),
    "key: only signs": Oddity(EDWARDS_AND_EC, _with(key_ops=["sign"])),
    "key: only verifies": Oddity(EDWARDS_AND_EC, _with(key_ops=["verify"])),
    "key: pinned": Oddity(("ES256", "EdDSA", "RS256", "PS256"), lambda key, _: [{**key.jwk, "alg": key.alg}]),
    "key: pinned to another": Oddity(("ES256", "RS256"), lambda key, _: [{**key.jwk, "alg": key.alg[:2] + "512"}]),
    "key: pinned by its curve": Oddity(("EdDSA",), _with(alg="Ed25519")),
    "key: pinned by its kind": Oddity(("Ed25519",), _with(alg="EdDSA")),
    "key: curve's own name": Oddity(("Ed25519",), _with()),
    "key: unpinned RSA": Oddity(("PS256",), _with()),
    "key: private half": Oddity(EDWARDS_AND_EC, _private),
    "key: twice": Oddity(EDWARDS_AND_EC, lambda key, _: [key.jwk, key.jwk]),
    "key: after another": Oddity(EDWARDS_AND_EC, lambda key, other: [{**other.jwk, "kid": key.kid}, key.jwk]),
    "key: before another": Oddity(EDWARDS_AND_EC, lambda key, other: [key.jwk, {**other.jwk, "kid": key.kid}]),
    "key: shares its name": Oddity(
        EDWARDS_AND_EC, lambda key, _: [{**new_signer("ES384").jwk, "kid": key.kid, "use": "sig"}, key.jwk]
    ),
    "key: nameless": Oddity(EDWARDS_AND_EC, _without("kid")),
    "key: unpublished": Oddity(EDWARDS_AND_EC, lambda key, _: []),
    "key: of no known kind": Oddity(EDWARDS_AND_EC, _with(kty="AKP")),
    "key: padded coordinate": Oddity(("ES256",), _padded),
    "key: off the curve": Oddity(("ES256",), _off_the_curve),
    "key: weak": Oddity(("RS256 of 1024 bits",), _with()),
    "key: name of many lines": Oddity(EDWARDS_AND_EC, _with(), kid="a\nb"),
    "key: name in Cyrillic": Oddity(EDWARDS_AND_EC, _with(), kid="ключ"),
    "key: name of 300 letters": Oddity(EDWARDS_AND_EC, _with(), kid="k" * 300),
    "key: a secret": Oddity(("HS256",), _with()),
}


class Pool:
    """RSA keys, made once for a whole run because they take long to make."""

    def __init__(self) -> None:
        self.strong = [new_signer("RS256") for _ in range(3)]
        self.weak = _weak()

    def key(self, alg: str, kid: str, chance: random.Random) -> Signer:
        """Return a key of its own for this algorithm; an RSA key from the pool, under the name given."""
        if alg == "RS256 of 1024 bits":
            return _named(self.weak, "RS256", kid)
        if alg in ("RS256", "PS256"):
            return _named(chance.choice(self.strong), alg, kid)
        if alg == "HS256":
            secret = chance.randbytes(32)
            return Signer(alg, kid, secret, {"kty": "oct", "k": b64(secret), "kid": kid, "use": "sig"})
        return new_signer(alg, kid, use="sig")


def _named(key: Signer, alg: str, kid: str) -> Signer:
    return Signer(alg, kid, key.private, {**key.jwk, "kid": kid, "use": "sig"})


def _weak() -> Signer:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from jwt.algorithms import RSAAlgorithm

    private = rsa.generate_private_key(65537, 1024)
    return Signer("RS256", "", private, RSAAlgorithm.to_jwk(private.public_key(), as_dict=True))


class World:
    """One issuer: keys that are in order, odd ones by the name of their oddity, and its key set."""

    def __init__(self, pool: Pool, chance: random.Random) -> None:
        made = (("ES256", "es"), ("EdDSA", "ed"), ("RS256", "rsa"), ("ES384", "es384"))
        self.good = tuple(pool.key(alg, kid, chance) for alg, kid in made)
        self.odd: dict[str, Signer] = {}
        published = [key.jwk for key in self.good]
        for number, name in enumerate(chance.sample(list(ODDITIES), ODD_KEYS)):
            oddity = ODDITIES[name]
            alg, kid = chance.choice(oddity.algs), oddity.kid or f"odd{number}"
            key, stranger = (pool.key(alg, kid, chance) for _ in range(2))
            self.odd[name] = key
            published += oddity.publish(key, stranger)
        self.document: dict[str, Any] = {"keys": published}
