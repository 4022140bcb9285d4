"""Changes of the header, before it is signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.differential.drafts import Change, Draft
from tests.support.tokens import signer

if TYPE_CHECKING:
    import random

DEEP = 40  # levels, more than a verifier needs
LONG = 5000  # characters, beyond any header in use


def _member(name: str, *values: Any) -> Change:
    return lambda draft, chance: draft.header.__setitem__(name, chance.choice(values))


def _without(*names: str) -> Change:
    return lambda draft, chance: draft.header.pop(chance.choice(names), None)


def _raw(write: Any) -> Change:
    def change(draft: Draft, chance: random.Random) -> None:
        draft.header_raw = write(draft.header_text(), chance)

    return change


def _twice(text: str, chance: random.Random) -> bytes:
    name, value = chance.choice([("alg", "none"), ("kid", "es"), ("typ", "JWT"), ("x", 1), ("k\\u0069d", "es")])
    return f'{text[:-1]}, "x": 1, "{name}": "{value}"}}'.encode()


def _no_object(_: str, chance: random.Random) -> bytes:
    return chance.choice([b"[]", b"1", b"null", b'"x"', b"", b"{", b"{}{}", b"{}", b"\xff", b'{"alg":}'])


def _encoded(text: str, chance: random.Random) -> bytes:
    return chance.choice([text.encode("utf-16"), text.encode("utf-32-le"), b"\xef\xbb\xbf" + text.encode()])


def _spaced(text: str, chance: random.Random) -> bytes:
    return chance.choice([f" {text}\n", text.replace(" ", ""), text.replace(" ", "\t\r\n ")]).encode()


def _broken_text(text: str, chance: random.Random) -> bytes:
    return text[:-1].encode() + chance.choice([b', "x": "\xff"}', b', "x": "\\ud800"}', b', "x": "\0"}', b",}", b"}x"])


def _key_of_its_own(draft: Draft, chance: random.Random) -> None:
    """Bring a key along, and sign with it under a good key's name."""
    own = signer("ES256", "es")
    draft.key = own
    draft.header = own.header(jwk=own.jwk)


HEADER_CHANGES: dict[str, Change] = {
    "algorithm": _member("alg", "RS256", "ES256", "EdDSA", "PS256", "ES384", "Ed25519", "ES512", "Ed448"),
    "no algorithm": _member("alg", "none", "None", "nOnE", "NONE", ""),
    "symmetric algorithm": _member("alg", "HS256", "HS384", "HS512"),
    "algorithm misspelt": _member("alg", "es256", "ES256 ", "SHA256", "ECDSA", "RS 256", "dir", "A256GCM"),
    "algorithm no text": _member("alg", None, ["ES256"], 1, True, {"ES256": 1}),
    "key name": _member("kid", "es", "ed", "rsa", "es384", "stranger", "ES", "odd0", "odd1"),
    "key name strange": _member("kid", "", "a\nb", "k" * 300, "ключ", "../es", "es\0", " es", "' OR 1=1"),
    "key name no text": _member("kid", None, 1, ["es"], True, {}),
    "type allowed": _member("typ", "JWT", "jwt", "at+JWT", "application/at+jwt", "application/jwt"),
    "type of another": _member("typ", "dpop+jwt", "JOSE", "secevent+jwt", "logout+jwt", "", "text/at+jwt", " JWT"),
    "type no text": _member("typ", None, 1, ["JWT"], True),
    "critical": _member("crit", [], ["exp"], ["b64"], ["alg"], None, "exp", ["x"], [1], {}),
    "encoding": _member("b64", True, False, None, "false", 0),
    "content": _member("cty", "JWT", "x", "", None),
    "brings a key": _member("jwk", {"kty": "oct", "k": "AA"}, signer("ES256").jwk, None, {}),
    "signed by the key it brings": _key_of_its_own,
    "names a url": _member("jku", "https://evil.example/jwks", "file:///etc/passwd", None, 1),
    "names a certificate's url": _member("x5u", "https://evil.example/x", None),
    "compressed": _member("zip", "DEF", None),
    "of an encryption": lambda draft, chance: draft.header.__setitem__(
        chance.choice(["enc", "epk", "apu", "apv", "p2c", "p2s"]), chance.choice(["A256GCM", 10**6, None])
    ),
    "certificates": _member("x5c", ["AA"], [], "AA", None),
    "thumbprint": _member("x5t", "AA", 1),
    "unknown member": _member("foo", "bar", 1, None, [1, {"a": []}], 1.5, 2**70),
    "deep header": _member("x", [[0]], json.loads("[" * DEEP + "]" * DEEP)),
    "long header": _member("x", "y" * 300, "y" * 700, "y" * LONG),
    "absent member": _without("alg", "kid", "typ"),
    "member twice": _raw(_twice),
    "header no object": _raw(_no_object),
    "header in another encoding": _raw(_encoded),
    "header spaced": _raw(_spaced),
    "header broken": _raw(_broken_text),
}
