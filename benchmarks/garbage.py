"""Tokens that must be refused, each for another reason, made new each time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from benchmarks.issued import LIFE, Issued, claims
from tests.support.tokens import b64, new_signer

LARGE = 2 * 1024 * 1024  # characters

Make = Callable[[], str]

SHAPELESS = (
    "no token",
    "two segments",
    "2 MB of letters",
    "2 MB of dots",
    "a 2 MB payload",
    "bad alphabet",
    "alg none",
)
"""Those that are garbage by their look alone."""


def garbage(issued: Issued) -> dict[str, Make]:
    """Return what makes each kind of bad token."""
    good = [token.decode() for token in issued.tokens[:64]]
    stranger = new_signer(issued.alg, issued.key.kid)
    turn = _turns()

    def text() -> str:
        return good[next(turn) % len(good)]

    def with_header(**members: str) -> str:
        payload, _, signature = text().partition(".")[2].partition(".")
        header = {name: value for name, value in issued.key.header(typ="JWT", **members).items() if value}
        return f"{b64(json.dumps(header).encode())}.{payload}.{signature}"

    expired = issued.key.token({**claims(), "exp": claims()["iat"] - LIFE}, typ="JWT")
    elsewhere = issued.key.token({**claims(), "iss": "https://other.example.com/"}, typ="JWT")
    for_others = issued.key.token({**claims(), "aud": "another"}, typ="JWT")
    forged = stranger.token(claims(), typ="JWT")
    return {
        "no token": lambda: "abcdefghijklmnopqrstuvwxyz"[next(turn) % 26 :],
        "two segments": lambda: text().rpartition(".")[0],
        "five segments": lambda: text() + ".AAAA.AAAA",
        "2 MB of letters": lambda: "A" * LARGE,
        "2 MB of dots": lambda: "." * LARGE,
        "a 2 MB payload": lambda: text().replace(".", "." + "A" * LARGE, 1),
        "bad alphabet": lambda: text()[:300] + "!" + text()[301:],
        "padding": lambda: text() + "=",
        "header no JSON": lambda: "AAAA" + text(),
        "alg none": lambda: with_header(alg="none"),
        "no key id": lambda: with_header(kid=""),
        "unknown key id": lambda: with_header(kid=f"key-{next(turn)}"),
        "expired": lambda: _copy(expired),
        "another issuer": lambda: _copy(elsewhere),
        "another audience": lambda: _copy(for_others),
        "bad signature": lambda: _copy(forged),
    }


def _turns() -> Iterator[int]:
    turn = 0
    while True:
        yield turn
        turn += 1


def _copy(text: str) -> str:
    return text.encode().decode()
