"""Section D: signatures of any kind, on elliptic curves, and what they are over."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.battery.case import ACCEPTED, Attempt, Case, deed, observed, token
from tests.battery.header import EVERY, with_mac
from tests.battery.keyset_documents import SECRET
from tests.battery.world import World, sealed
from tests.keys.provider import World as Provided
from tests.support.tokens import Signer, b64, unb64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BAD, LENGTH = "bad_signature", "bad_signature_length"
N256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def signed_with(alg: str, change: Callable[[bytes], bytes]) -> Callable[[World], Attempt]:
    """Return what builds a token whose signature is changed."""

    def build(world: World) -> Attempt:
        key = world.signer(alg)
        head, _, signature = world.good(key).rpartition(".")
        return world.attempt(f"{head}.{b64(change(unb64(signature)))}", key, algorithms=EVERY)

    return build


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"", "one-byte": lambda s: s[:1], "one-zero": lambda _: b"\0", "half": lambda s: s[: len(s) // 2], "first-bit": lambda s: bytes([s[0] ^ 128]) + s[1:],
    "last-bit": lambda s: s[:-1] + bytes([s[-1] ^ 1]), "middle-bit": lambda s: s[: len(s) // 2] + bytes([s[len(s) // 2] ^ 1]) + s[len(s) // 2 + 1 :],
    "zeros": lambda s: bytes(len(s)), "ones": lambda s: b"\xff" * len(s), "reversed": lambda s: s[::-1], "a-byte-less": lambda s: s[:-1], "a-byte-more": lambda s: s + b"\0",
    "twice": lambda s: s + s, "first-byte-gone": lambda s: s[1:], "a-zero-in-front": lambda s: b"\0" + s,
}  # fmt: skip


def any_kind() -> Iterator[Case]:
    for alg in ("ES256", "RS256", "PS256", "EdDSA", "ES512", "Ed448"):
        for name, change in CHANGES.items():
            if alg == "RS256" or len(name) < 11:
                yield token("D1", f"{alg}-{name}", f"{BAD}|{LENGTH}", signed_with(alg, change))
        yield token("D1", f"{alg}-of-another-token", BAD, lambda w, a=alg: _swapped(w, w.signer(a), sub="bob"))
        yield token("D1", f"{alg}-of-another-key", BAD, lambda w, a=alg: _foreign(w, a))
    yield token("D1", "of-the-header-alone", BAD, lambda w: _over(w, lambda head, _: head))
    yield token("D1", "of-the-payload-alone", BAD, lambda w: _over(w, lambda _, body: body))
    yield token("D1", "without-the-dot", BAD, lambda w: _over(w, lambda head, body: head + body))
    yield token("D1", "of-nothing", BAD, lambda w: _over(w, lambda *_: ""))


def _swapped(world: World, key: Signer, **changes: Any) -> Attempt:
    head = world.good(key).rpartition(".")[0]
    return world.attempt(f"{head}.{world.good(key, **changes).rpartition('.')[2]}", key, algorithms=EVERY)


def _foreign(world: World, alg: str) -> Attempt:
    return world.attempt(world.good(world.attacker(alg)), world.signer(alg), algorithms=EVERY)


def _over(world: World, choose: Callable[[str, str], str]) -> Attempt:
    key = world.signer()
    head, body, _ = world.good(key).split(".")
    return world.attempt(f"{head}.{body}.{b64(key.sign(choose(head, body).encode()))}")


def _pair(r: int, s: int, size: int = 32) -> bytes:
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _halves(signature: bytes) -> tuple[int, int]:
    half = len(signature) // 2
    return int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")


def elliptic() -> Iterator[Case]:
    pairs = {
        "r-0-s-0": (0, 0), "r-0": (0, 1), "s-0": (1, 0), "r-s-1": (1, 1), "r-n-s-n": (N256, N256), "r-n": (N256, 1), "s-n": (1, N256), "r-above-n": (N256 + 1, 1),
        "s-above-n": (1, N256 + 1), "all-ones": (2**256 - 1, 2**256 - 1), "n-minus-1": (N256 - 1, N256 - 1), "r-n-s-0": (N256, 0), "r-0-s-n": (0, N256),
    }  # fmt: skip
    for name, (r, s) in pairs.items():
        yield token("D2", name, BAD, signed_with("ES256", lambda _, r=r, s=s: _pair(r, s)))
    for alg, size in {"ES384": 48, "ES512": 66, "ES256K": 32}.items():
        yield token("D2", f"{alg}-zeros", BAD, signed_with(alg, lambda _, size=size: bytes(2 * size)))
        yield token("D2", f"{alg}-ones", BAD, signed_with(alg, lambda _, size=size: b"\xff" * 2 * size))
    for name, change in {
        "r-negated": lambda r, s: (N256 - r, s), "r-plus-n": lambda r, s: ((r + N256) % 2**256, s), "s-plus-n": lambda r, s: (r, (s + N256) % 2**256),
        "swapped": lambda r, s: (s, r), "both-negated": lambda r, s: (N256 - r, N256 - s), "s-doubled": lambda r, s: (r, s * 2 % N256),
    }.items():  # fmt: skip
        yield token("D2" if name != "swapped" else "D3", name, BAD, signed_with("ES256", _on_halves(change)))
    yield token("D3", "der", LENGTH, lambda w: _der(w))
    for name, resize in {
        "63-bytes": lambda s: s[:63], "65-bytes": lambda s: s + b"\0", "66-bytes-with-zeros": lambda s: b"\0" + s[:32] + b"\0" + s[32:], "96-bytes": lambda s: b"\0" * 16 + s[:32] + b"\0" * 16 + s[32:],
        "132-bytes": lambda s: b"\0" * 34 + s[:32] + b"\0" * 34 + s[32:], "62-bytes": lambda s: s[1:32] + s[33:], "0-bytes-but-one": lambda _: b"\0", "half-r": lambda s: s[:32],
        "little-endian-and-long": lambda s: s[31::-1] + s[:31:-1] + b"\0", "in-hex": lambda s: s.hex().encode(), "128-bytes": lambda s: s + s,
    }.items():  # fmt: skip
        yield token("D3", name, LENGTH, signed_with("ES256", resize))
    yield token("D3", "little-endian", BAD, signed_with("ES256", lambda s: s[31::-1] + s[:31:-1]))
    yield token("D3", "es512-of-128-bytes", LENGTH, signed_with("ES512", lambda s: s[2:66] + s[68:]))
    yield token("D3", "es384-of-64-bytes", LENGTH, signed_with("ES384", lambda s: s[16:48] + s[64:]))
    for alg, order in {
        "ES256": N256,
        "ES256K": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    }.items():
        yield token("D4", f"twin-{alg}", ACCEPTED, signed_with(alg, _on_halves(lambda r, s, n=order: (r, n - s))))
    yield deed("D4", "a-twin-is-another-entry-of-the-cache", "accepted accepted bad_signature", _twin_in_cache)


def _on_halves(change: Callable[[int, int], tuple[int, int]]) -> Callable[[bytes], bytes]:
    return lambda signature: _pair(*change(*_halves(signature)))


def _der(world: World) -> Attempt:
    key = world.signer()
    head = world.good(key).rpartition(".")[0]
    return world.attempt(f"{head}.{b64(key.private.sign(head.encode(), ec.ECDSA(hashes.SHA256())))}")


def _twin_in_cache(world: World) -> str:
    from authkit.tokens.cache import TokenCache

    bearer = world.bearer(cache=TokenCache())
    text = world.good()
    head, _, signature = text.rpartition(".")
    r, s = _halves(unb64(signature))
    twin, forged = (f"{head}.{b64(_pair(r, other))}" for other in (N256 - s, s ^ 1))
    return " ".join(observed(lambda each=each: bearer.verify(each)) for each in (text, twin, forged))


def received_bytes() -> Iterator[Case]:
    """D9: what is verified is what was received, and what is believed is what was verified."""
    key: Callable[[World], Signer] = lambda world: world.signer()
    yield token(
        "D9",
        "blanks-in-the-header",
        ACCEPTED,
        lambda w: w.attempt(sealed(key(w), json.dumps(key(w).header(), indent=2).encode(), w.claims_text())),
    )
    yield token(
        "D9",
        "members-in-another-order",
        ACCEPTED,
        lambda w: w.attempt(
            sealed(key(w), json.dumps(dict(reversed(key(w).header().items()))).encode(), w.claims_text())
        ),
    )
    yield token(
        "D9",
        "escapes-in-the-payload",
        ACCEPTED,
        lambda w: w.attempt(sealed(key(w), w.header_text(), w.claims_text().replace(b"alice", b"\\u0061lice"))),
        then=lambda c: c["sub"] == "alice",
    )
    yield token("D9", "floats-in-their-spelling", ACCEPTED, lambda w: w.with_claims(a=1.0, b=1e3))
    for name, change in {
        "sub": {"sub": "mallory"},
        "exp": {"exp": 9_999_999_999},
        "scope": {"scope": "admin"},
        "more": {"admin": True},
    }.items():
        yield token("D9", f"payload-changed-{name}", BAD, lambda w, c=change: _with_body(w, b64(w.claims_text(**c))))
    yield token(
        "D9",
        "payload-respelt",
        BAD,
        lambda w: _with_body(w, b64(json.dumps(w.claims(), separators=(",", ":")).encode())),
    )
    yield token("D9", "payload-with-a-blank-more", BAD, lambda w: _with_body(w, b64(w.claims_text() + b" ")))
    yield token(
        "D9",
        "header-respelt",
        BAD,
        lambda w: _with_head(w, json.dumps(key(w).header(), separators=(",", ":")).encode()),
    )
    yield token("D9", "header-with-a-member-more", BAD, lambda w: _with_head(w, w.header_text('"x":1')))
    yield deed(
        "D9", "a-remembered-header-brings-nothing-else-along", "accepted bad_signature bad_signature", _remembered
    )


def _with_body(world: World, body: str) -> Attempt:
    head, _, signature = world.good().split(".")
    return world.attempt(f"{head}.{body}.{signature}")


def _with_head(world: World, head: bytes) -> Attempt:
    _, body, signature = world.good().split(".")
    return world.attempt(f"{b64(head)}.{body}.{signature}")


def _remembered(world: World) -> str:
    bearer = world.bearer()
    text = world.good()
    head, body, signature = text.split(".")
    forged = (f"{head}.{b64(world.claims_text(sub='mallory'))}.{signature}", f"{head}.{body}.{b64(bytes(64))}")
    return " ".join(observed(lambda each=each: bearer.verify(each)) for each in (text, *forged))


def no_fallback() -> Iterator[Case]:
    for name, secret in {
        "empty": b"",
        "none": b"None",
        "null": b"null",
        "false": b"False",
        "kid": b"unknown",
        "zero": bytes(32),
    }.items():
        yield token(
            "D10",
            f"hmac-with-{name}",
            "alg_not_allowed",
            lambda w, s=secret: w.attempt(with_mac(w, "HS256", s, kid="unknown"), w.signer("RS256")),
        )
        yield token(
            "D10",
            f"secrets-and-an-unknown-name-{name}",
            "key_not_found",
            lambda w, s=secret: w.attempt(
                with_mac(w, "HS256", s, kid="unknown"), secret={"a": SECRET}, jwks=..., algorithms=["HS256"]
            ),
        )
    yield token(
        "D10", "unknown-name-and-one-key", "key_not_found", lambda w: w.attempt(w.good(w.signer(kid="unknown")))
    )
    yield token(
        "D10",
        "unknown-name-and-no-signature",
        f"{BAD}|key_not_found",
        lambda w: w.attempt(w.good(w.signer(kid="unknown")).rpartition(".")[0] + "."),
    )
    yield deed("D10", "unknown-name-fetched", "key_not_found", lambda w: _absent(w))
    yield token(
        "D10",
        "several-secrets-and-no-name",
        "kid_missing",
        lambda w: w.attempt(_nameless(w), secret={"a": SECRET, "b": SECRET[::-1]}, jwks=..., algorithms=["HS256"]),
    )


def _nameless(world: World) -> str:
    head = b64(b'{"alg":"HS256"}')
    signed = f"{head}.{b64(world.claims_text())}"
    return f"{signed}.{b64(hmac.digest(SECRET, signed.encode(), 'sha256'))}"


def _absent(world: World) -> str:
    provided = Provided()
    provided.provider.keys = [world.signer()]
    return observed(lambda: world.bearer(jwks=provided.keys).verify(world.good(world.signer(kid="unknown"))))


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (any_kind, elliptic, received_bytes, no_fallback):
        yield from part()
