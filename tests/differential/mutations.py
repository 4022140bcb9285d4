"""Tokens for three judges: good ones, and good ones changed in one or two ways, all properly signed unless that is the change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.tokens import AUDIENCE, ISSUER, Signer, b64, signer

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

# PyJWT judges by the real clock, so all times lie decades away from it, and every judge's now is in between.
PAST, NOW, FUTURE = 1_000_000_000, 2_000_000_000, 4_000_000_000
SIGNERS = (signer("ES256"), signer("EdDSA", "ed"), signer("RS256", "rsa"))
WEIGHTS = (5, 5, 1)  # RSA takes its time to sign


class Draft:
    """A token in the making."""

    def __init__(self, key: Signer) -> None:
        self.key = key
        self.header: dict[str, Any] = key.header()
        self.claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "alice",
            "iat": PAST,
            "nbf": PAST,
            "exp": FUTURE,
        }
        self.header_text: str | None = None
        self.claims_text: str | None = None
        self.after: Callable[[str], str] = lambda token: token

    def token(self) -> str:
        """Sign it."""
        header = json.dumps(self.header) if self.header_text is None else self.header_text
        claims = json.dumps(self.claims) if self.claims_text is None else self.claims_text
        return self.after(self.key.raw(header.encode(), claims.encode()))


def _claim(name: str, *values: Any) -> Callable[[Draft, random.Random], None]:
    return lambda draft, chance: draft.claims.__setitem__(name, chance.choice(values))


def _header(name: str, *values: Any) -> Callable[[Draft, random.Random], None]:
    return lambda draft, chance: draft.header.__setitem__(name, chance.choice(values))


def _without(part: str, *names: str) -> Callable[[Draft, random.Random], None]:
    return lambda draft, chance: getattr(draft, part).pop(chance.choice(names), None)


def _after(change: Callable[[str, random.Random], str]) -> Callable[[Draft, random.Random], None]:
    def mutate(draft: Draft, chance: random.Random) -> None:
        draft.after = lambda token: change(token, chance)

    return mutate


def _flipped(token: str, chance: random.Random) -> str:
    at = chance.randrange(len(token))
    return token[:at] + chr(ord(token[at]) ^ 1 << chance.randrange(7)) + token[at + 1 :]


def _inserted(token: str, chance: random.Random) -> str:
    at = chance.randrange(len(token) + 1)
    return token[:at] + chance.choice(["=", "A", ".", " ", "\n", "+", "/", "é"]) + token[at:]


def _respelt(token: str, chance: random.Random) -> str:
    """Set the bits of the last character that no byte uses."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) | 1]


def _resigned(token: str, chance: random.Random) -> str:
    signed = token.rpartition(".")[0]
    return f"{signed}.{b64(chance.choice(SIGNERS).sign(b'another text'))}"


def _twice(draft: Draft, chance: random.Random) -> None:
    draft.claims_text = json.dumps(draft.claims)[:-1] + ', "sub": "mallory"}'


def _twice_in_header(draft: Draft, chance: random.Random) -> None:
    draft.header_text = json.dumps(draft.header)[:-1] + f', "kid": "{draft.key.kid}"}}'


def _literal(draft: Draft, chance: random.Random) -> None:
    draft.claims_text = (
        json.dumps(draft.claims)[:-1] + f', "n": {chance.choice(["NaN", "1e999", "-Infinity", "9" * 40])}}}'
    )


def _no_object(draft: Draft, chance: random.Random) -> None:
    draft.claims_text = chance.choice(["[]", "1", "null", '"x"', "", "{", "{}{}"])


TIMES = ("exp", "nbf", "iat")
MUTATIONS: dict[str, Callable[[Draft, random.Random], None]] = {
    "issuer": _claim("iss", "https://evil.example/", ISSUER.rstrip("/"), [ISSUER], "", None, 1),
    "audience": _claim(
        "aud", "other", [AUDIENCE], ["other", AUDIENCE], [AUDIENCE, 1], [], None, {AUDIENCE: 1}, AUDIENCE[:-1]
    ),
    "subject": _claim("sub", 1, "", None, ["alice"], "bob"),
    "expiry": _claim("exp", PAST, FUTURE + 0.5, str(FUTURE), True, None, 1e300, -1, [FUTURE]),
    "beginning": _claim("nbf", FUTURE, PAST + 0.5, str(PAST), False, None, -1, {}),
    "issue": _claim("iat", FUTURE, PAST + 0.5, str(PAST), True, None, -1),
    "bound": _claim("cnf", {"jkt": "x"}, {}, None),
    "more": _claim("nested", {"a": [1, {"b": None}]}, "x" * 500, 1.5),
    "absent claim": _without("claims", "iss", "aud", "sub", "exp", "nbf", "iat"),
    "algorithm": _header("alg", "none", "HS256", "RS256", "ES256", "EdDSA", "PS256", "es256", "", None, ["ES256"], 1),
    "key name": _header("kid", "k1", "ed", "rsa", "stranger", "", None, 1, "a\nb", "k" * 300),
    "type": _header("typ", "JWT", "jwt", "dpop+jwt", "JOSE", "application/at+jwt", "", None, 1),
    "critical": _header("crit", [], ["exp"], ["b64"], None, "exp", ["x"]),
    "encoding": _header("b64", True, False),
    "content": _header("cty", "JWT", "x"),
    "brings a key": _header("jwk", {"kty": "oct", "k": "AA"}, SIGNERS[0].jwk),
    "names a url": _header("jku", "https://evil.example/"),
    "compressed": _header("zip", "DEF"),
    "certificates": _header("x5c", ["AA"]),
    "absent member": _without("header", "alg", "kid", "typ"),
    "claim twice": _twice,
    "member twice": _twice_in_header,
    "strange number": _literal,
    "no object": _no_object,
    "flipped": _after(_flipped),
    "inserted": _after(_inserted),
    "respelt": _after(_respelt),
    "other signature": _after(_resigned),
    "cut": _after(lambda token, chance: token[: chance.randrange(len(token))]),
    "unsigned": _after(lambda token, chance: token.rpartition(".")[0] + "."),
    "segments": _after(
        lambda token, chance: chance.choice([token + ".AA", token + ".AA.AA", token.replace(".", "", 1)])
    ),
}


class Case(NamedTuple):
    """A token, and how it came about."""

    token: str
    changes: tuple[str, ...]


def cases(count: int, chance: random.Random) -> Iterator[Case]:
    """Make tokens: a tenth unchanged, most with one change, some with two."""
    for _ in range(count):
        draft = Draft(chance.choices(SIGNERS, WEIGHTS)[0])
        changes = chance.sample(list(MUTATIONS), chance.choices([0, 1, 2], [1, 7, 2])[0])
        for change in changes:
            MUTATIONS[change](draft, chance)
        yield Case(draft.token(), tuple(changes))
