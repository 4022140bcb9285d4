"""Section C, row 16: the certificates that keys are published with, where keys are held to them."""

from __future__ import annotations

import base64
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authkit.errors import KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.store import Stored
from tests.battery.case import ACCEPTED, Attempt, Case, deed, misconfigured, observed, token
from tests.battery.header import EVERY
from tests.battery.spellings import certificates
from tests.battery.world import World
from tests.keys.provider import URL
from tests.keys.provider import World as Provided
from tests.support.tokens import ISSUER, Signer, jwks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

AGREES = ("x5c-agrees",)
CHAINS: dict[str, tuple[Callable[[World], Any], str]] = {
    "of-another-key": (lambda w: [_certificate(w.attacker())], "invalid_key"),
    "of-a-key-of-another-kind": (lambda w: [_certificate(w.signer("RS256"))], "invalid_key"),
    "of-another-key-and-its-own-behind": (lambda w: [_certificate(w.attacker()), _certificate(w.signer())], "invalid_key"),
    "not-a-certificate": (lambda _: ["AA=="], "invalid_key"), "text": (lambda w: _certificate(w.signer()), "invalid_key"), "null": (lambda _: None, "invalid_key"),
    "int": (lambda _: 5, "invalid_key"), "empty": (lambda _: [], "invalid_key"), "a-number-in-it": (lambda _: [5], "invalid_key"), "empty-text": (lambda _: [""], "invalid_key"),
    "blanks-in-it": (lambda w: [" " + _certificate(w.signer())], "invalid_key"), "cut": (lambda w: [_certificate(w.signer())[:-8]], "invalid_key"),
    "pem": (lambda w: [certificates(w.signer())["certificate-pem"].decode()], "invalid_key"), "beyond-any-size": (lambda _: ["A" * 900_000], "invalid_key"),
    "more-behind-it": (lambda w: [base64.b64encode(certificates(w.signer())["certificate-der"] + b"more").decode()], "invalid_key"),
    "outside-ascii": (lambda _: ["\u20ac"], "invalid_key"), "its-own": (lambda w: [_certificate(w.signer())], ACCEPTED), "its-own-and-another-behind": (lambda w: [_certificate(w.signer()), _certificate(w.attacker())], ACCEPTED),
}  # fmt: skip


def cases() -> Iterator[Case]:
    """Return the cases of keys and certificates that must agree: wherever the set comes from, whatever the chain says."""
    for name, (chain, code) in CHAINS.items():
        yield token(
            "C16", f"demanded-{name}", code, lambda w, c=chain: _demanding(w, w.signer(x5c=c(w))), portable=False
        )
        for place, read in PLACES.items():
            yield deed("C16", f"demanded-{name}-{place}", code, lambda w, c=chain, r=read: r(w, w.signer(x5c=c(w))))
    for alg in ("RS256", "PS256", "ES384", "ES512", "EdDSA"):
        yield token("C16", f"demanded-its-own-{alg}", ACCEPTED, lambda w, a=alg: _certified_by(w, a), portable=False)
    yield token("C16", "demanded-and-without-one", ACCEPTED, lambda w: _demanding(w, w.signer()), portable=False)
    yield misconfigured("C16", "demanded-of-a-key-source", jwks=Provided().keys, tighten=AGREES)
    yield misconfigured(
        "C16", "demanded-of-a-secret", jwks=..., secret=bytes(range(64)), algorithms=["HS256"], tighten=AGREES
    )


def _certificate(key: Signer) -> str:
    return base64.b64encode(certificates(key)["certificate-der"]).decode()


def _demanding(world: World, key: Signer, **settings: Any) -> Attempt:
    return world.attempt(world.good(key), key, world.signer(kid="k2", key="two"), tighten=AGREES, **settings)


def _certified_by(world: World, alg: str) -> Attempt:
    key = world.signer(alg)
    return _demanding(world, world.signer(alg, x5c=[_certificate(key)]), algorithms=EVERY)


def _set_with(world: World, key: Signer) -> dict[str, Any]:
    return jwks(key, world.signer(kid="k2", key="two"))


def _by(world: World, key: Signer, answers: Mapping[str, Any], **settings: Any) -> str:
    """Return what comes of the key's token where the issuer answers so; it answers nothing else."""
    bodies = {url: json.dumps(answer).encode() for url, answer in answers.items()}

    def fetch(url: str, **_: Any) -> Response:
        if url not in bodies:
            raise KeysUnavailable("fetch_refused", detail="nobody there")
        return Response(200, {}, bodies[url])

    bearer = world.bearer(fetch=fetch, tighten=AGREES, on_event=lambda _: None, **settings)
    text = world.good(key)
    return observed(lambda: bearer.verify(text), (text,))


def _from_file(world: World, key: Signer) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "jwks.json"
        file.write_text(json.dumps(_set_with(world, key)), encoding="utf-8")
        bearer = world.bearer(jwks=file, tighten=AGREES, on_event=lambda _: None)
    return observed(lambda: bearer.verify(world.good(key)))


def _from_url(world: World, key: Signer) -> str:
    return _by(world, key, {URL: _set_with(world, key)}, jwks=URL)


def _from_discovery(world: World, key: Signer) -> str:
    metadata = {"issuer": ISSUER, "jwks_uri": URL}
    answers = {f"{ISSUER}.well-known/openid-configuration": metadata, URL: _set_with(world, key)}
    return _by(world, key, answers, jwks=None)


def _from_bundle(world: World, key: Signer) -> str:
    return _by(world, key, {}, jwks=URL, bundle=_set_with(world, key))


def _from_store(world: World, key: Signer) -> str:
    stored = Stored(json.dumps(_set_with(world, key)).encode(), ISSUER, URL, time.time())

    class Store:
        def get(self, name: str) -> Stored:
            return stored

        def put(self, name: str, stored: Stored) -> None: ...

    return _by(world, key, {}, jwks=URL, store=Store())


PLACES: dict[str, Callable[[World, Signer], str]] = {
    "in-a-file": _from_file,
    "from-a-url": _from_url,
    "by-discovery": _from_discovery,
    "in-a-bundle": _from_bundle,
    "in-a-store": _from_store,
}
