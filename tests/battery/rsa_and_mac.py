"""Section D, rows 5 to 8: RSA, HMAC and Edwards curves."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.battery import numbers
from tests.battery.case import ACCEPTED, Attempt, Case, token
from tests.battery.header import EVERY, with_mac
from tests.battery.keyset_documents import SECRET, mac_attempt
from tests.battery.world import World
from tests.support.tokens import b64, unb64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

from tests.battery.signatures import BAD, LENGTH, signed_with

L25519 = 2**252 + 27742317777372353535851937790883648493


L448 = 2**446 - 13818066809895115352007386748515426880336692474882178609894547503885


INFOS = {
    "without-null": "302f300b0609608648016503040201" + "0420", "sha-1": "3021300906052b0e03021a05000414", "md5": "3020300c06082a864886f70d020505000410",
    "sha-512-name": "3051300d060960864801650304020305000440", "sha-384-name": "3041300d060960864801650304020205000430", "long-form-length": "308131300d060960864801650304020105000420",
    "indefinite-length": "3080300d060960864801650304020105000420", "octets-in-long-form": "3032300d06096086480165030402010500048120", "nothing": "",
    "parameters-not-null": "3033300f0609608648016503040201050202000420",
}  # fmt: skip


def rsa() -> Iterator[Case]:
    for name, info in INFOS.items():
        yield token(
            "D5",
            f"info-{name}",
            BAD,
            lambda w, i=info: _block(w, lambda data, size: numbers.padded(data, size, bytes.fromhex(i))),
        )
    blocks: dict[str, Callable[[bytes, int], bytes]] = {
        "garbage-behind-the-hash": _garbage, "block-type-2": lambda d, n: b"\0\2" + numbers.padded(d, n)[2:], "block-type-0": lambda d, n: b"\0\0" + bytes(n - 54 - 0) [: n - 54] + numbers.padded(d, n)[-52:],
        "one-padding-byte-wrong": lambda d, n: numbers.padded(d, n)[:9] + b"\xfe" + numbers.padded(d, n)[10:], "no-separator": lambda d, n: numbers.padded(d, n).replace(b"\xff\0", b"\xff\xff", 1),
        "hash-of-something-else": lambda d, n: numbers.padded(b"x", n), "hash-cut": lambda d, n: numbers.padded(d, n, digest=hashlib.sha256(d).digest()[:16]),
        "sha-1-hash": lambda d, n: numbers.padded(d, n, bytes.fromhex(INFOS["sha-1"]), hashlib.sha1(d).digest()), "only-the-hash": lambda d, n: hashlib.sha256(d).digest().rjust(n, b"\0"),
        "md5-hash": lambda d, n: numbers.padded(d, n, bytes.fromhex(INFOS["md5"]), hashlib.md5(d).digest()),
    }  # fmt: skip
    for name, block in blocks.items():
        yield token("D5", name, BAD, lambda w, b=block: _block(w, b))
    yield token("D5", "the-block-by-hand-is-good", ACCEPTED, lambda w: _block(w, numbers.padded))
    yield token("D5", "unpadded-block-as-signature", BAD, lambda w: _block(w, numbers.padded, raw=True))
    yield token("D5", "leading-zero-cut", BAD, _short)
    yield token("D5", "leading-zero-kept", ACCEPTED, lambda w: _short(w, cut=False))
    yield token("D5", "plus-the-modulus", BAD, lambda w: _beyond(w, 1))
    for name, change in {
        "a-zero-in-front": lambda s: b"\0" + s,
        "a-zero-behind": lambda s: s + b"\0",
        "cut": lambda s: s[:-1],
        "twice": lambda s: s + s,
        "zero": lambda s: bytes(256),
        "one": lambda s: bytes(255) + b"\1",
    }.items():
        for alg in ("RS256", "PS256"):
            yield token("D5", f"{alg}-{name}", BAD, signed_with(alg, change))
    for alg, chosen in {"PS256": hashes.SHA256(), "PS512": hashes.SHA512()}.items():
        for salt in (0, 20, chosen.digest_size - 1, chosen.digest_size + 1, 256 - chosen.digest_size - 2):
            yield token("D6", f"{alg}-salt-of-{salt}", BAD, lambda w, a=alg, h=chosen, s=salt: _pss(w, a, h, h, s))
        for mgf in (hashes.SHA1(), hashes.SHA384()):
            yield token(
                "D6", f"{alg}-mgf-{mgf.name}", BAD, lambda w, a=alg, h=chosen, m=mgf: _pss(w, a, h, m, h.digest_size)
            )
        yield token(
            "D6", f"{alg}-by-hand-is-good", ACCEPTED, lambda w, a=alg, h=chosen: _pss(w, a, h, h, h.digest_size)
        )
    yield token("D6", "PS256-with-sha-1", BAD, lambda w: _pss(w, "PS256", hashes.SHA1(), hashes.SHA1(), 20))
    yield token("D6", "PS256-with-sha-512", BAD, lambda w: _pss(w, "PS256", hashes.SHA512(), hashes.SHA512(), 64))


def _garbage(data: bytes, size: int) -> bytes:
    """Bleichenbacher's forgery of 2006: little padding, and anything behind the hash."""
    tail = numbers.SHA256_INFO + hashlib.sha256(data).digest()
    start = b"\0\1" + b"\xff" * 8 + b"\0" + tail
    return start + b"\xaa" * (size - len(start))


def _block(world: World, block: Callable[[bytes, int], bytes], *, raw: bool = False) -> Attempt:
    key = world.signer("RS256")
    own = world.keep("numbers", lambda: numbers.of(key.private, "k1"))
    head = world.good(key).rpartition(".")[0]
    made = block(head.encode(), own.size)
    signature = made if raw else own.raise_to_d(made)
    return world.attempt(f"{head}.{b64(signature)}", key)


def _short(world: World, *, cut: bool = True) -> Attempt:
    """A signature whose first byte is zero: one in 256 is."""
    key = world.signer("RS256")

    def found() -> str:
        for number in range(100_000):
            text = world.good(key, jti=str(number))
            if unb64(text.rpartition(".")[2])[0] == 0:
                return text
        raise AssertionError

    head, _, signature = world.keep("zero in front", found).rpartition(".")
    return world.attempt(f"{head}.{b64(unb64(signature)[1 if cut else 0 :])}", key)


def _beyond(world: World, times: int) -> Attempt:
    """RFC 8017 section 8.2.2: a number that is not below the modulus is no signature, though it is the same modulo it."""
    key = world.signer("RS256")
    modulus = key.private.public_key().public_numbers().n
    head, _, signature = world.good(key).rpartition(".")
    number = int.from_bytes(unb64(signature), "big") + times * modulus
    return world.attempt(f"{head}.{b64(number.to_bytes(257, 'big').lstrip(bytes(1)))}", key)


def _pss(world: World, alg: str, digest: Any, mgf: Any, salt: int) -> Attempt:
    key = world.signer(alg)
    head = world.good(key).rpartition(".")[0]
    made = key.private.sign(head.encode(), padding.PSS(padding.MGF1(mgf), salt), digest)
    return world.attempt(f"{head}.{b64(made)}", key, algorithms=EVERY)


def macs() -> Iterator[Case]:
    for alg, size in {"HS256": 32, "HS384": 48, "HS512": 64}.items():
        for name, change in {
            "cut": lambda m: m[:-1], "half": lambda m: m[: len(m) // 2], "one-byte": lambda m: m[:1], "a-byte-more": lambda m: m + b"\0", "last-bit": lambda m: m[:-1] + bytes([m[-1] ^ 1]),
            "zeros": lambda m: bytes(len(m)), "empty": lambda _: b"", "twice": lambda m: m + m, "in-hex": lambda m: m.hex().encode(),
        }.items():  # fmt: skip
            yield token("D7", f"{alg}-{name}", BAD, lambda w, a=alg, s=size, c=change: _mac(w, a, SECRET[:s], c))
        yield token(
            "D7", f"{alg}-of-another-secret", BAD, lambda w, a=alg: mac_attempt(w, a, SECRET[::-1], given=SECRET)
        )
    for alg, own in {"HS512": "HS256", "HS256": "HS512"}.items():
        yield token(
            "D7",
            f"{alg}-where-{own}-is-allowed",
            "alg_not_allowed",
            lambda w, a=alg, o=own: w.attempt(with_mac(w, a, SECRET), secret=SECRET, jwks=..., algorithms=[o]),
        )
    yield token("D7", "hs256-mac-under-hs512", BAD, _wrong_hash)
    yield token("D7", "secret-in-base64", BAD, lambda w: mac_attempt(w, "HS256", b64(SECRET).encode(), given=SECRET))


def _mac(world: World, alg: str, secret: bytes, change: Callable[[bytes], bytes]) -> Attempt:
    head, _, mac = with_mac(world, alg, secret).rpartition(".")
    return world.attempt(f"{head}.{b64(change(unb64(mac)))}", secret=secret, jwks=..., algorithms=[alg])


def _wrong_hash(world: World) -> Attempt:
    head = with_mac(world, "HS512", SECRET).rpartition(".")[0]
    mac = hmac.digest(SECRET, head.encode(), "sha256")
    return world.attempt(f"{head}.{b64(mac)}", secret=SECRET, jwks=..., algorithms=["HS512"])


SMALL = {
    "identity": b"\1" + bytes(31), "minus-one": b"\xec" + b"\xff" * 30 + b"\x7f", "zero": bytes(32), "zero-negative": bytes(31) + b"\x80",
    "order-8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "identity-not-canonical": b"\xee" + b"\xff" * 30 + b"\x7f",
}  # fmt: skip


def edwards() -> Iterator[Case]:
    yield token("D8", "ed25519-s-plus-l", BAD, signed_with("EdDSA", lambda s: s[:32] + _little(s[32:], L25519)))
    yield token("D8", "ed448-s-plus-l", BAD, signed_with("Ed448", lambda s: s[:57] + _little(s[57:], L448)))
    yield token("D8", "ed25519-s-with-high-bits", BAD, signed_with("EdDSA", lambda s: s[:-1] + bytes([s[-1] | 0xE0])))
    for name, change in {
        "63": lambda s: s[:-1],
        "65": lambda s: s + b"\0",
        "32": lambda s: s[:32],
        "114": lambda s: s + bytes(50),
        "128": lambda s: s + s,
    }.items():
        yield token("D8", f"ed25519-of-{name}-bytes", LENGTH, signed_with("EdDSA", change))
    for name, change in {"113": lambda s: s[:-1], "115": lambda s: s + b"\0", "64": lambda s: s[:64]}.items():
        yield token("D8", f"ed448-of-{name}-bytes", LENGTH, signed_with("Ed448", change))
    yield token("D8", "ed25519-r-zero", BAD, signed_with("EdDSA", lambda s: bytes(32) + s[32:]))
    yield token("D8", "ed25519-identity-and-zero", BAD, signed_with("EdDSA", lambda s: b"\1" + bytes(63)))
    for name, point in SMALL.items():
        # As cryptography decides, says the row: a key of small order is the issuer's own, and no forgery against a sound one.
        yield token(
            "D8",
            f"small-order-{name}",
            f"{ACCEPTED}|{BAD}|weak_key|invalid_key",
            lambda w, p=point: _small(w, p),
            portable=False,
        )
        yield token("D8", f"r-of-small-order-{name}", BAD, signed_with("EdDSA", lambda s, p=point: p + bytes(32)))


def _little(scalar: bytes, order: int) -> bytes:
    return (int.from_bytes(scalar, "little") + order).to_bytes(len(scalar), "little")


def _small(world: World, point: bytes) -> Attempt:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(point), "kid": "small"}
    head = b64(json.dumps({"alg": "EdDSA", "kid": "small"}).encode())
    return world.attempt(
        f"{head}.{b64(world.claims_text())}.{b64(SMALL['identity'] + bytes(32))}", jwk, world.signer(), algorithms=EVERY
    )


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (rsa, macs, edwards):
        yield from part()
