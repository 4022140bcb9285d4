"""Changes of a token's text on its way, after it was signed: whatever they make must be refused.

One is excepted: of an ECDSA signature (r, s), the pair (r, n - s) is another signature of the same bytes, and nothing in
JOSE forbids it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwt.algorithms import get_default_algorithms

from tests.differential.drafts import Change, Draft
from tests.support.tokens import Signer, b64, new_signer, unb64

if TYPE_CHECKING:
    import random

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MALLEABLE = "the other signature"
_ORDER = {
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ES384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
_ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
_STRANGER = new_signer("ES256", "es")

Spelled = Callable[[str, "random.Random"], str]


def _text(spell: Spelled) -> Change:
    return lambda draft, chance: draft.spells.append(lambda token: spell(token, chance))


def _signature(change: Callable[[bytes, Signer, random.Random], bytes]) -> Change:
    def apply(draft: Draft, chance: random.Random) -> None:
        def spell(token: str) -> str:
            signed, _, signature = token.rpartition(".")
            try:
                return f"{signed}.{b64(change(unb64(signature), draft.key, chance))}"
            except (ValueError, OverflowError):  # an earlier change has left no signature to change
                return token

        draft.spells.append(spell)

    return apply


def _flipped(token: str, chance: random.Random) -> str:
    if not token:  # an earlier change has cut it all away
        return "."
    at = chance.randrange(len(token))
    return token[:at] + chr(ord(token[at]) ^ 1 << chance.randrange(7)) + token[at + 1 :]


def _inserted(token: str, chance: random.Random) -> str:
    at = chance.choice([0, len(token), chance.randrange(len(token) + 1)])
    return (
        token[:at] + chance.choice(["=", "A", ".", " ", "\n", "+", "/", "é", "\0", "\u200b", "\t", "%2E"]) + token[at:]
    )


def _segment(change: Spelled) -> Spelled:
    def spell(token: str, chance: random.Random) -> str:
        segments = token.split(".")
        at = chance.randrange(len(segments))
        segments[at] = change(segments[at], chance)
        return ".".join(segments)

    return spell


def _respelt(segment: str, chance: random.Random) -> str:
    """Set the bits of the last character that no byte uses; where there are none, it is another text."""
    return (
        segment[:-1] + ALPHABET[ALPHABET.index(segment[-1]) ^ 1]
        if segment and segment[-1] in ALPHABET
        else segment + "A"
    )


def _padded(segment: str, chance: random.Random) -> str:
    return segment + chance.choice(["=" * (-len(segment) % 4) or "=", "=", "==", "==="])


def _standard(token: str, chance: random.Random) -> str:
    return token.replace("-", "+").replace("_", "/") if {"-", "_"} & set(token) else token + "+"


def _segments(token: str, chance: random.Random) -> str:
    head, _, rest = token.partition(".")
    payload, _, signature = rest.partition(".")
    return chance.choice(
        [
            *(
                token + ".AA",
                token + ".AA.AA",
                token.replace(".", "", 1),
                token.replace(".", ".."),
                "." + token,
                token + ".",
            ),
            *(f"{payload}.{head}.{signature}", f"{head}.{payload}", f".{payload}.{signature}", f"{head}..{signature}"),
            *(head, "", ".", "..", "...."),
        ]
    )


def _wrapped(token: str, chance: random.Random) -> str:
    parts = [*token.split("."), "", ""]
    flat = f'{{"protected":"{parts[0]}","payload":"{parts[1]}","signature":"{parts[2]}"}}'
    return chance.choice([flat, f"Bearer {token}", f'"{token}"', f"{token},{token}", f"{token} {token}"])


def _other_case(token: str, chance: random.Random) -> str:
    return chance.choice([token.swapcase(), token.lower(), token.upper()])


def _confused(draft: Draft, chance: random.Random) -> None:
    """Make the public key the secret of an HMAC: the header says HS256, and is what was signed, but by nobody."""
    public = chance.choice([str(draft.key.jwk), str(draft.key.jwk.get("n") or draft.key.jwk.get("x"))]).encode()
    draft.header["alg"] = "HS256"
    sign = get_default_algorithms()["HS256"].sign
    draft.spells.append(
        lambda token: f"{token.rpartition('.')[0]}.{b64(sign(token.rpartition('.')[0].encode(), public))}"
    )


def _der(signature: bytes, key: Signer, chance: random.Random) -> bytes:
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def _twin(signature: bytes, key: Signer, chance: random.Random) -> bytes:
    """Take the other one of a pair that says the same: (r, n - s), or an S of Edwards beyond the order."""
    half = len(signature) // 2
    if key.alg in _ORDER:
        other = _ORDER[key.alg] - int.from_bytes(signature[half:], "big")
        return signature[:half] + other.to_bytes(half, "big") if other > 0 else signature
    if key.alg in ("EdDSA", "Ed25519"):
        return signature[:half] + (int.from_bytes(signature[half:], "little") + _ED25519_ORDER).to_bytes(half, "little")
    return signature[::-1]


def _resized(signature: bytes, key: Signer, chance: random.Random) -> bytes:
    half = len(signature) // 2
    longer = b"\0" + signature[:half] + b"\0" + signature[half:]
    return chance.choice(
        [longer, b"\0" + signature, signature + b"\0", signature[1:], signature[:-1], signature * 2, b""]
    )


def _constant(signature: bytes, key: Signer, chance: random.Random) -> bytes:
    """CVE-2022-21449 and its kin: numbers that a careless check takes for any message's signature."""
    size = len(signature)
    one = b"\0" * (size // 2 - 1) + b"\1"
    return chance.choice([bytes(size), b"\xff" * size, one + one, b"\1" + bytes(size - 1) if size else b"\1"])


TEXT_CHANGES: dict[str, Change] = {
    "flipped": _text(_flipped),
    "inserted": _text(_inserted),
    "respelt": _text(_segment(_respelt)),
    "padded": _text(_segment(_padded)),
    "standard alphabet": _text(_standard),
    "cut": _text(lambda token, chance: token[: chance.randrange(len(token) + 1)]),
    "cut segment": _text(_segment(lambda segment, chance: segment[: chance.randrange(len(segment) + 1)])),
    "unsigned": _text(lambda token, chance: token.rpartition(".")[0] + "."),
    "segments": _text(_segments),
    "wrapped": _text(_wrapped),
    "other case": _text(_other_case),
    "confused with a secret": _confused,
    "another's signature": _signature(lambda signature, key, chance: _STRANGER.sign(b"another text")),
    "signature of another text": _signature(lambda signature, key, chance: key.sign(b"another text")),
    "signature in DER": _signature(_der),
    MALLEABLE: _signature(_twin),
    "signature resized": _signature(_resized),
    "constant signature": _signature(_constant),
}
