"""Hostile tokens of the largest size: all of them linear work."""

from __future__ import annotations

import pytest

from authkit.errors import Refused
from authkit.tokens.jws import LARGEST_TOKEN
from tests.support.pace import soon
from tests.support.tokens import b64, bearer, good_claims, signer

BOUND = 0.05  # seconds: many times what each takes, and far below what quadratic work would
ROOM = 11_000  # bytes of payload that fit

HEADER = b64(b'{"alg":"ES256","kid":"k1"}')


def with_payload(payload: bytes) -> str:
    return f"{HEADER}.{b64(payload[:ROOM])}.{b64(bytes(64))}"


HOSTILE = {
    "dots": "." * LARGEST_TOKEN,
    "strangers": HEADER + ".=" * 7000,
    "one-segment": "A" * LARGEST_TOKEN,
    "open-brackets": with_payload(b"[" * ROOM),
    "open-quotes": with_payload(b"[" * 40 + b'"' * ROOM),
    "backslashes": with_payload(b"[" * 40 + b'"' + b"\\" * ROOM),
    "escaped-quotes": with_payload(b"[" * 40 + b'"' + b'\\"' * ROOM),
    "empty-arrays": with_payload(b'{"a":' + b"[]" * 5400 + b"}"),
    "empty-objects": with_payload(b'{"a":[' + b"{}," * 3600 + b"0]}"),
    "digits": with_payload(b'{"exp":' + b"9" * ROOM),
    "eighteen-digits": with_payload(b'{"a":[' + b"999999999999999999," * 570 + b"0]}"),
    "fraction": with_payload(b'{"exp":0.' + b"9" * (ROOM - 20) + b"}"),
    "exponent": with_payload(b'{"exp":1e' + b"9" * (ROOM - 20) + b"}"),
    "many-names": with_payload(b"{" + b",".join(b'"%d":0' % each for each in range(1300)) + b"}"),
    "one-name": with_payload(b"{" + b",".join([b'"a":0'] * 1800) + b"}"),
    "blanks": with_payload(b" " * ROOM),
    "surrogates": with_payload(b'{"a":"' + b"\\ud800" * 1800 + b'"}'),
    "many-audiences": signer().raw(signer().header(), good_claims(aud=[*map(str, range(1500))])),
    "long-kid": signer().raw(signer().header(kid="k" * 2900), b"{}"),
    "dotted-names": with_payload(b'{"' + b"\\u0061" * 1800 + b'":0}'),
}


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE)
def test_hostile_tokens_cost_little(token: str) -> None:
    """Whatever is in them."""
    assert len(token) <= LARGEST_TOKEN + 16
    verifier = bearer()

    def verify() -> None:
        with pytest.raises(Refused):
            verifier.verify(token)

    assert soon(verify, within=BOUND)


@pytest.mark.parametrize("size", [100_000, 10_000_000])
def test_a_token_that_is_too_large_is_not_even_looked_at(size: int) -> None:
    """A9: its length decides."""
    token = "A." * (size // 2)
    verifier = bearer()

    def verify() -> None:
        with pytest.raises(Refused, match="token_too_large"):
            verifier.verify(token)

    assert soon(verify, within=BOUND)
