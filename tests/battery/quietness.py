"""Section G, rows 11 to 13: clocks, comparisons and what is told."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from authkit.keys.keyset import KeySet
from authkit.keys.secret import Secret
from authkit.keys.source import key_source
from tests.battery.case import ACCEPTED, CONFIG_ERROR, Case, deed, observed
from tests.battery.keyset_documents import SECRET, keyed
from tests.battery.world import World
from tests.keys.provider import DOWN
from tests.support.tokens import ISSUER, b64

if TYPE_CHECKING:
    from collections.abc import Iterator


from tests.battery.caches import held


def clocks() -> Iterator[Case]:
    for name, jump, fetches in (
        ("frozen-monotonic", {"wall": 86_000.0}, 2), ("frozen-wall", {"monotonic": 86_000.0}, 2), ("both", {"wall": 2000.0, "monotonic": 2000.0}, 2), ("nothing", {}, 1), ("wall-set-back", {"wall": -86_400.0}, 1), ("monotonic-starts-anew", {"monotonic": -900.0}, 1),
    ):  # fmt: skip
        yield deed("G11", name, f"{ACCEPTED}, {fetches} fetches", lambda w, j=jump: _jumped(w, j))
    yield deed("G11", "restored-after-two-days-and-the-issuer-down", "fetch_timeout", lambda w: _restored(w))
    yield deed(
        "G11",
        "restored-and-one-renewal-for-many",
        f"{ACCEPTED}, 2 fetches",
        lambda w: _jumped(w, {"wall": 3600.0}, times=50),
    )


def _jumped(world: World, jump: dict[str, float], *, times: int = 1) -> str:
    provided, bearer = held(world)
    provided.jumps(**jump)
    seen = {observed(lambda: bearer.verify(world.good())) for _ in range(times)}
    return f"{' '.join(seen)}, {provided.keys.fetches} fetches"


def _restored(world: World) -> str:
    provided, bearer = held(world)
    provided.provider.answer = DOWN
    provided.jumps(wall=2 * 86_400.0)
    return observed(lambda: bearer.verify(world.good()))


def quiet() -> Iterator[Case]:
    for name, function in {"secret": Secret.verify}.items():
        yield deed("G12", f"{name}-in-constant-time", "compare_digest", lambda w, f=function: _compares(f))
    yield deed("G12", "dpop-and-certificate-in-constant-time", "compare_digest compare_digest", _proofs_compare)
    yield deed("G13", "repr-of-a-secret", "quiet", lambda w: _shown(Secret(SECRET, algorithms=["HS256"])))
    yield deed("G13", "repr-of-a-verifier", "quiet", lambda w: _shown(keyed(w, SECRET, ["HS256"])))
    yield deed("G13", "explanation-of-a-verifier", "quiet", lambda w: _shown(keyed(w, SECRET, ["HS256"]).explain()))
    yield deed(
        "G13",
        "a-secret-that-is-refused",
        f"{CONFIG_ERROR}",
        lambda w: observed(lambda: keyed(w, "hunter2-hunter2-hunter2", ["HS256"]), ("hunter2",)),
    )
    yield deed(
        "G13",
        "repr-of-claims",
        "quiet",
        lambda w: "quiet" if "alice" not in repr(w.bearer().verify(w.good())) else "tells",
    )
    for name, kid in {
        "ansi": "\x1b[31mred\x1b[0m",
        "newline": "a\nCRITICAL: forged line",
        "long": "k" * 10_000,
        "nul": "a\0b",
        "right-to-left": "\u202eevil",
        "surrogate": "a\ud800b",
    }.items():
        yield deed("G13", f"events-about-a-kid-{name}", "printable and bounded", lambda w, k=kid: _events(w, k))
        yield deed("G13", f"errors-about-a-kid-{name}", "printable and bounded", lambda w, k=kid: _errors(w, k))


def _compares(function: Any) -> str:
    return "compare_digest" if "compare_digest(" in inspect.getsource(function) else "something else"


def _proofs_compare(world: World) -> str:
    from authkit.credentials.certificate import CertificateBound
    from authkit.tokens.dpop import same

    return f"{_compares(same)} {_compares(CertificateBound.__call__)}"


def _shown(thing: Any) -> str:
    told = f"{thing} {thing!r}"
    return (
        "tells"
        if any(each in told for each in (str(SECRET), SECRET.hex(), b64(SECRET), SECRET.decode("latin-1")))
        else "quiet"
    )


def _is_plain(texts: list[str]) -> str:
    odd = [text for text in texts if not text.isprintable() or len(text) > 4096]
    return "printable and bounded" if texts and not odd else f"odd: {odd!a:.100}"


def _events(world: World, kid: str) -> str:
    told: list[Any] = []
    bad = {"kty": "RSA", "kid": kid, "n": b64(bytes([255] * 64)), "e": "AQAB"}
    key_source({"keys": [bad, world.signer().jwk]}, issuer=ISSUER, on_event=told.append)
    return _is_plain([text for event in told for text in event])


def _errors(world: World, kid: str) -> str:
    from authkit.errors import AuthkitError
    from authkit.keys.keyset import BadKeySet

    bad = {"kty": "RSA", "kid": kid, "n": b64(bytes([255] * 64)), "e": "AQAB"}
    texts = []
    for act in (
        lambda: KeySet({"keys": [bad]}),
        lambda: world.bearer(jwks={"keys": [bad]}),
        lambda: world.with_header(kid=kid).run(),
    ):
        try:
            act()
        except (AuthkitError, BadKeySet) as fault:
            texts += [str(fault), repr(fault)]
    return _is_plain(texts) if len(texts) == 6 else f"{len(texts)} texts"


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (clocks, quiet):
        yield from part()
