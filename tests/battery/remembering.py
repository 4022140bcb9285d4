"""Section G, row 9: verified tokens that are remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authkit.errors import InvalidClaims
from authkit.tokens.cache import TokenCache
from tests.battery.case import Case, deed, observed
from tests.battery.world import World
from tests.support.tokens import b64

if TYPE_CHECKING:
    from collections.abc import Iterator


class Remembering:
    """A verifier that remembers tokens, at a time that can be set."""

    def __init__(self, world: World, **settings: Any) -> None:
        self.now = float(world.now)
        self.bearer = world.bearer(**{"cache": TokenCache(), "clock": lambda: self.now, **settings})

    def see(self, text: str | bytes) -> str:
        return observed(lambda: self.bearer.verify(text))


def remembered() -> Iterator[Case]:
    yield deed("G9", "a-forged-signature-over-a-remembered-payload", "accepted bad_signature accepted", _forged)
    yield deed("G9", "another-spelling", "accepted bad_base64url bad_base64url", _spellings)
    yield deed("G9", "expired-since", "accepted expired", lambda w: _later(w, 601))
    yield deed(
        "G9",
        "expired-within-the-leeway-and-beyond",
        "accepted accepted expired",
        lambda w: _later(w, 620, 631, leeway=30),
    )
    yield deed("G9", "too-old-since", "accepted too_old", lambda w: _later(w, 101, max_age=100))
    yield deed("G9", "clock-set-back", "accepted not_yet_valid", lambda w: _later(w, -3600))
    yield deed(
        "G9", "a-check-that-says-otherwise", "accepted custom_check_failed", lambda w: _says_otherwise(w, "checks")
    )
    yield deed("G9", "revoked-since", "accepted revoked", lambda w: _says_otherwise(w, "revoked"))
    yield deed("G9", "a-changed-claim", "alice ['a']", _mutated)
    yield deed("G9", "a-refusal-is-not-remembered", "not_yet_valid accepted", lambda w: _refused_first(w))
    yield deed(
        "G9",
        "another-verifier-knows-nothing-of-it",
        "accepted audience_mismatch issuer_mismatch alg_not_allowed",
        _others,
    )
    yield deed("G9", "a-bound-token-from-the-memory", "proof_missing proof_missing", _bound)
    yield deed(
        "G9", "by_issuer-remembers-each-with-its-own", "accepted accepted unknown_issuer accepted accepted", _several
    )
    yield deed("G9", "a-long-common-prefix", "accepted bad_signature", _prefix)


def _forged(world: World) -> str:
    memory, text = Remembering(world), world.good()
    return " ".join(memory.see(each) for each in (text, f"{text.rpartition('.')[0]}.{b64(bytes(64))}", text.encode()))


def _spellings(world: World) -> str:
    memory, text = Remembering(world), world.good()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return " ".join(
        memory.see(each) for each in (text, f"{text}==", text[:-1] + alphabet[alphabet.index(text[-1]) | 1])
    )


def _later(world: World, *seconds: float, **settings: Any) -> str:
    memory, text = Remembering(world, **{"cache": TokenCache(seconds=86_400), **settings}), world.good()
    words = [memory.see(text)]
    for each in seconds:
        memory.now = world.now + each
        words.append(memory.see(text))
    return " ".join(words)


def _says_otherwise(world: World, slot: str) -> str:
    gone: list[bool] = []

    def check(claims: Any) -> None:
        if gone:
            raise InvalidClaims("custom_check_failed", claim="sub")

    memory = Remembering(world, **({"checks": [check]} if slot == "checks" else {"revoked": lambda claims: bool(gone)}))
    words = [memory.see(world.good())]
    text = world.good()
    memory.see(text)
    gone.append(True)
    return " ".join([*words, memory.see(text)])


def _mutated(world: World) -> str:
    memory, text = Remembering(world), world.good(roles=["a"])
    memory.bearer.verify(text)["roles"].append("admin")
    claims = memory.bearer.verify(text)
    return f"{claims['sub']} {claims['roles']}"


def _refused_first(world: World) -> str:
    memory, text = Remembering(world), world.good(nbf=world.now + 60)
    words = [memory.see(text)]
    memory.now += 61
    return " ".join([*words, memory.see(text)])


def _others(world: World) -> str:
    text, cache = world.good(), TokenCache()
    settings: tuple[dict[str, Any], ...] = (
        {},
        {"audience": "other"},
        {"issuer": "https://other.example/"},
        {"algorithms": ["RS256"]},
    )
    return " ".join(Remembering(world, cache=cache, **each).see(text) for each in settings)


def _bound(world: World) -> str:
    memory, text = Remembering(world), world.good(cnf={"jkt": "x"})
    return f"{memory.see(text)} {memory.see(text)}"


def _several(world: World) -> str:
    from authkit.credentials.by_issuer import by_issuer

    clock = lambda: world.now
    names = [f"https://{each}.example/" for each in "ab"]
    joined = by_issuer(
        world.bearer(issuer=names[0], clock=clock),
        world.bearer(world.attacker(), issuer=names[1], clock=clock),
        cache=TokenCache(),
    )
    one, two = world.good(iss=names[0]), world.good(world.attacker(), iss=names[1])
    return " ".join(observed(lambda t=text: joined.verify(t)) for text in (one, two, world.good(), one, two))  # type: ignore[misc]


def _prefix(world: World) -> str:
    memory, text = Remembering(world), world.good(filler="x" * 2000)
    return f"{memory.see(text)} {memory.see(text[:-20] + b64(bytes(20))[:19] + 'A')}"


def cases() -> Iterator[Case]:
    """Return these cases."""
    yield from remembered()
