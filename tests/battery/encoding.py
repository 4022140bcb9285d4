"""Section A: serialization and encoding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.battery.case import Attempt, Case, token
from tests.battery.world import World, sealed
from tests.support.tokens import b64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAP = 16 * 1024  # bytes of a token
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PLACES = ("header", "payload", "signature")


def changed(row: str, name: str, expected: str, change: Callable[[str], Any], **more: Any) -> Case:
    """Return a case of a good token whose text is changed."""
    return token(row, name, expected, lambda world: world.attempt(change(world.good())), **more)


def payload(row: str, name: str, expected: str, text: bytes | Callable[[World], bytes], **more: Any) -> Case:
    """Return a case of exactly these bytes as the payload, properly signed."""
    return token(row, name, expected, lambda world: world.with_payload(text(world) if callable(text) else text), **more)


def header(row: str, name: str, expected: str, text: bytes | Callable[[World], bytes], **more: Any) -> Case:
    """Return a case of exactly these bytes as the header, properly signed."""
    return token(
        row, name, expected, lambda world: world.with_raw_header(text(world) if callable(text) else text), **more
    )


def respelt(world: World, place: str, change: Callable[[str], str]) -> str:
    """Return a token one segment of which is written otherwise; what is signed is what is written."""
    key = world.signer()
    first, second = (b64(_with_spare_bits(part)) for part in (world.header_text(), world.claims_text()))
    if place == "signature":
        good = sealed(key, first, second)
        head, _, signature = good.rpartition(".")
        return f"{head}.{change(signature)}"
    return sealed(key, change(first), second) if place == "header" else sealed(key, first, change(second))


def _with_spare_bits(text: bytes) -> bytes:
    """Blanks within JSON until its base64 ends in a character with spare bits and asks for one ``=``."""
    return text + b" " * ((2 - len(text)) % 3)


def everywhere(row: str, name: str, expected: str, change: Callable[[str], str]) -> Iterator[Case]:
    """Return one case for each segment."""
    for place in PLACES:
        yield token(
            row, f"{name}-{place}", expected, lambda world, place=place: world.attempt(respelt(world, place, change))
        )


def _spare(by: int) -> Callable[[str], str]:
    return lambda text: text[:-1] + ALPHABET[ALPHABET.index(text[-1]) | by]


def segments() -> Iterator[Case]:
    three = "not_three_segments"
    yield changed("A1", "one-segment", three, lambda text: text.replace(".", ""))
    yield changed("A1", "two-segments", three, lambda text: text.rpartition(".")[0])
    yield changed("A1", "four-segments", three, lambda text: f"{text}.AA")
    yield changed("A1", "six-segments", three, lambda text: f"{text}.AA.AA.AA")
    yield changed("A1", "trailing-dot", three, lambda text: f"{text}.")
    yield changed("A1", "leading-dot", three, lambda text: f".{text}")
    yield changed("A1", "double-dot", three, lambda text: text.replace(".", "..", 1))
    yield changed("A1", "empty", three, lambda _: "")
    yield changed("A1", "one-dot", three, lambda _: ".")
    yield changed("A1", "two-dots", f"{three}|bad_json", lambda _: "..")
    yield changed("A1", "three-dots", three, lambda _: "...")
    yield changed("A1", "four-dots", f"{three}|encrypted_token", lambda _: "....")
    yield changed("A1", "as-many-dots-as-fit", three, lambda _: "." * CAP)
    yield changed("A1", "a-million-dots", "token_too_large", lambda _: "." * 1_000_000)  # its size is seen first
    yield changed("A1", "many-tiny-segments", three, lambda _: "A." * (CAP // 2))
    yield changed("A2", "five-segments", "encrypted_token", lambda text: f"{text}.AA.AA")
    yield changed("A2", "jwe-of-rsa-oaep", "encrypted_token", lambda _: _jwe("RSA-OAEP", "A256GCM"))
    yield changed("A2", "jwe-direct", "encrypted_token", lambda _: _jwe("dir", "A128CBC-HS256"))
    yield changed("A2", "jwe-of-pbes2", "encrypted_token", lambda _: _jwe("PBES2-HS256+A128KW", "A128GCM", p2c=10**9))


def _jwe(alg: str, enc: str, **more: Any) -> str:
    head = b64(json.dumps({"alg": alg, "enc": enc, **more}).encode())
    return f"{head}.{b64(bytes(32))}.{b64(bytes(12))}.{b64(bytes(64))}.{b64(bytes(16))}"


def other_serializations() -> Iterator[Case]:
    either = "not_three_segments|bad_base64url"
    yield changed("A3", "flattened", either, lambda text: json.dumps(_flattened(text)))
    yield changed("A3", "general", either, lambda text: json.dumps(_general(text)))
    yield changed("A3", "flattened-with-two-dots", either, lambda text: json.dumps({**_flattened(text), "a.b.c": 1}))
    yield changed("A3", "polyglot", either, _polyglot)
    yield changed("A3", "polyglot-reversed", either, lambda text: text + json.dumps(_flattened(text)))
    yield changed("A3", "in-quotes", either, lambda text: f'"{text}"')
    yield changed("A3", "as-bytes-of-json", either, lambda text: json.dumps(_flattened(text)).encode())


def _flattened(text: str) -> dict[str, Any]:
    first, second, third = text.split(".")
    return {"protected": first, "payload": second, "signature": third}


def _general(text: str) -> dict[str, Any]:
    flat = _flattened(text)
    return {"payload": flat.pop("payload"), "signatures": [flat]}


def _polyglot(text: str) -> str:
    """CVE-2022-39227: JSON whose first member name looks like a token."""
    first, _, third = text.split(".")
    forged = b64(b'{"sub":"mallory"}')
    return json.dumps({f"  {first}.{forged}.": "", **_flattened(text), "signature": third})


def padding() -> Iterator[Case]:
    bad = "bad_base64url"
    yield from everywhere("A4", "due", bad, lambda text: text + "=" * (-len(text) % 4))
    yield from everywhere("A4", "one-too-many", bad, lambda text: text + "=" * (-len(text) % 4 + 1))
    yield from everywhere("A4", "in-front", bad, lambda text: f"={text}")
    yield from everywhere("A4", "in-the-middle", bad, lambda text: f"{text[:8]}={text[8:]}")
    yield changed("A4", "on-all", bad, lambda text: ".".join(part + "=" * (-len(part) % 4) for part in text.split(".")))
    yield changed("A4", "percent-encoded", bad, lambda text: f"{text}%3D")
    for name, change, code in (
        ("due", lambda text: text + "=" * (-len(text) % 4), "accepted"),
        ("none", lambda text: text, "accepted"),
        ("one-too-many", lambda text: text + "=" * (-len(text) % 4 + 1), bad),
        ("one-too-few", lambda text: text + "=" * (-len(text) % 4 - 1) if len(text) % 4 == 2 else text + "==", bad),
        ("in-the-middle", lambda text: f"{text[:8]}={text[8:]}", bad),
        ("and-spare-bits", lambda text: _spare(1)(text) + "=" * (-len(text) % 4), bad),
    ):
        for place in PLACES:
            yield token("A4", f"permitted-{name}-{place}", code, _permitted(place, change), portable=False)
    for by in (1, 2, 3):  # the blanks of `respelt` leave two bits in header and payload, 64 bytes leave four
        yield from everywhere("A5", f"spare-bits-{by}", bad, _spare(by))
    for by in (4, 8, 15):
        yield token(
            "A5",
            f"spare-bits-{by}-signature",
            bad,
            lambda world, by=by: world.attempt(respelt(world, "signature", _spare(by))),
        )


def _permitted(place: str, change: Callable[[str], str]) -> Callable[[World], Attempt]:
    return lambda world: world.attempt(respelt(world, place, change), relax=("padding",))


STRANGERS = {
    "plus": "+", "slash": "/", "space": " ", "newline": "\n", "carriage-return": "\r", "tab": "\t", "nul": "\0",
    "question": "?", "hash": "#", "percent": "%2e", "comma": ",", "quote": '"', "colon": ":", "tilde": "~", "star": "*",
    "delete": "\x7f", "vertical-tab": "\v", "arabic-digit": "٣", "fullwidth-letter": "Ａ", "zero-width": "\u200b",
    "bom": "\ufeff", "surrogate": "\udc80", "latin-1": "é", "backslash": "\\",
}  # fmt: skip


def strangers() -> Iterator[Case]:
    bad = "bad_base64url"
    for name, character in STRANGERS.items():
        yield from everywhere("A6", f"{name}-in", bad, lambda text, c=character: text[:8] + c + text[9:])
    for name in ("space", "newline", "tab", "nul", "carriage-return", "bom", "zero-width"):
        character = STRANGERS[name]
        yield changed("A6", f"leading-{name}", bad, lambda text, c=character: c + text)
        yield changed("A6", f"trailing-{name}", bad, lambda text, c=character: text + c)
    yield changed("A6", "the-word-bearer", bad, lambda text: f"Bearer {text}")
    yield changed("A6", "two-tokens", "bad_base64url|not_three_segments", lambda text: f"{text},{text}")
    yield from everywhere("A7", "one-character-more", bad, lambda text: text + "A" * ((1 - len(text)) % 4))
    yield from everywhere("A7", "cut-to-4n+1", bad, lambda text: text[: len(text) - (len(text) - 1) % 4])
    yield changed("A7", "single-characters", bad, lambda _: "A.A.A")


def not_texts() -> Iterator[Case]:
    typed = "not_three_segments|bad_base64url|token_too_large"
    yield changed("A8", "ascii-bytes", "accepted", str.encode, portable=False)
    yield changed("A8", "text-of-a-subclass", "accepted", type("Text", (str,), {}), portable=False)
    yield changed("A8", "non-ascii-bytes", "bad_base64url", lambda text: text.encode() + b"\xff")
    yield changed("A8", "utf-16-bytes", typed, lambda text: text.encode("utf-16"))
    values: dict[str, Any] = {
        "none": None, "int": 5, "zero": 0, "float": 1.5, "true": True, "list": [], "dict": {}, "tuple": ("a", "b", "c"),
        "object": object(), "type": str, "callable": len, "exception": ValueError("x"), "large-int": 10**5000,
    }  # fmt: skip
    for name, value in values.items():
        yield changed("A8", name, typed, lambda _, value=value: value, portable=False)
    yield changed("A8", "bytearray", f"accepted|{typed}", lambda text: bytearray(text.encode()), portable=False)
    yield changed("A8", "memoryview", f"accepted|{typed}", lambda text: memoryview(text.encode()), portable=False)
    yield changed("A8", "list-of-segments", typed, lambda text: text.split("."), portable=False)
    yield changed("A8", "non-ascii-text", "bad_base64url", lambda text: text.replace("A", "А"))
    yield changed("A8", "emoji", typed, lambda _: "🔑.🔑.🔑")


def sizes() -> Iterator[Case]:
    large = "token_too_large"
    yield token(
        "A9", "as-large-as-allowed", "accepted", lambda world: world.attempt(_of_size(world, CAP)), portable=False
    )
    yield token("A9", "one-byte-more", large, lambda world: world.attempt(_of_size(world, CAP + 1)))
    yield token("A9", "two-megabytes-properly-signed", large, lambda world: world.with_claims(filler="x" * 2_000_000))
    yield changed("A9", "two-megabytes-of-bytes", large, lambda text: (text + "A" * 2_000_000).encode())
    yield changed("A9", "ten-megabytes-of-one-segment", large, lambda _: "A" * 10_000_000)
    yield changed("A9", "ten-megabytes-not-ascii", large, lambda _: "é" * 10_000_000)
    yield changed("A9", "ten-megabytes-of-json", large, lambda _: '{"a":' * 2_000_000)
    yield token(
        "A10", "header-as-large-as-allowed", "accepted", lambda world: _long_header(world, 3072), portable=False
    )
    yield token("A10", "header-one-step-more", large, lambda world: _long_header(world, 3073))
    yield token("A10", "kid-of-256", "accepted", lambda world: _named(world, "k" * 256))
    yield token("A10", "kid-of-257", "bad_kid", lambda world: _named(world, "k" * 257))
    yield token("A10", "kid-of-2900", "bad_kid", lambda world: _named(world, "k" * 2900))
    yield changed("A10", "signature-of-1024-bytes", "bad_signature_length", _with_signature(1024))
    yield changed("A10", "signature-of-1025-bytes", large, _with_signature(1025))
    yield changed("A10", "signature-of-8000-bytes", large, _with_signature(8000))


def _with_signature(size: int) -> Callable[[str], str]:
    return lambda text: f"{text.rpartition('.')[0]}.{b64(bytes(size))}"


def _of_size(world: World, size: int) -> str:
    """Pad with blanks, which JSON may have around it: header and payload, since base64 grows by more than one."""
    key, head, body = world.signer(), world.header_text(), world.claims_text()
    for blanks in range(3):
        first = b64(head + b" " * blanks)
        left = size - len(first) - 2 - 86
        room = left * 3 // 4
        second = b64(body + b" " * (room - len(body)))
        if len(second) == left:
            return sealed(key, first, second)
    raise AssertionError(size)


def _long_header(world: World, size: int) -> Any:
    text = world.header_text()
    return world.with_raw_header(text + b" " * (size - len(text)))


def _named(world: World, kid: str) -> Any:
    key = world.signer(kid=kid)
    return world.attempt(world.good(key), key)


def cases() -> Iterator[Case]:
    """Return the cases of A1 to A10; those of A11 to A17 are in `json_text`."""
    for part in (segments, other_serializations, padding, strangers, not_texts, sizes):
        yield from part()
