"""Section F, rows 6 to 10: lifetimes, discovery and what it may not widen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from authkit.keys.answer import Response
from authkit.keys.fetch import fetcher
from authkit.keys.source import key_source
from tests.battery.case import Case, deed, observed
from tests.battery.header import with_mac
from tests.battery.keyset_documents import FULL, SECRET
from tests.battery.world import World
from tests.faults.server import answer, says
from tests.keys.provider import DOWN
from tests.keys.provider import World as Provided
from tests.support.tokens import ISSUER, jwks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authkit import JWTBearer

from tests.battery.fetching import KEYS, _answers, _served

CONFIG = f"{ISSUER}.well-known/openid-configuration"


CONTROLS = {
    "no-cache": ("no-cache", 60), "no-store": ("no-store", 60), "max-age-0": ("max-age=0", 60), "max-age-15": ("max-age=15", 60), "ten-years": ("max-age=315360000", 86_400), "an-hour": ("max-age=3600", 3600), "upper-case": ("MAX-AGE=3600", 3600),
    "negative": ("max-age=-5", 900), "word": ("max-age=soon", 900), "fraction": ("max-age=10.5", 900), "empty": ("max-age=", 900), "twice": ("max-age=3600, max-age=10", 900), "twice-the-same": ("max-age=3600, max-age=3600", 3600),
    "quoted": ('max-age="3600"', 3600), "huge": ("max-age=" + "9" * 400, 900), "arabic-digits": ("max-age=١٢٣", 900), "none": ("", 900), "public": ("public", 900), "s-maxage": ("s-maxage=7200", 900), "no-cache-and-max-age": ("max-age=3600, no-cache", 60), "hex": ("max-age=0x10", 900),
}  # fmt: skip


def freshness() -> Iterator[Case]:
    for name, (control, seconds) in CONTROLS.items():
        yield deed("F6", name, f"{seconds}", lambda w, c=control: _lifetime({"cache-control": c}))
    for name, headers, seconds in (
        ("age", {"cache-control": "max-age=3600", "age": "600"}, 3000), ("age-beyond-max-age", {"cache-control": "max-age=600", "age": "9999"}, 60), ("age-word", {"cache-control": "max-age=3600", "age": "old"}, 3600),
        ("age-negative", {"cache-control": "max-age=3600", "age": "-9"}, 3600), ("expires-alone", {"expires": "Thu, 01 Jan 2099 00:00:00 GMT"}, 900), ("expires-past", {"expires": "0"}, 900), ("date-skewed", {"date": "Thu, 01 Jan 2099 00:00:00 GMT", "cache-control": "max-age=3600"}, 3600),
    ):  # fmt: skip
        yield deed("F6", name, f"{seconds}", lambda w, h=headers: _lifetime(h))
    yield deed("F6", "no-cache-does-not-mean-a-fetch-a-token", "1 fetch", lambda w: _fetches_of_100(w, "no-cache"))
    yield deed("F7", "extends-the-life", "accepted, 2 fetches", _not_modified)
    yield deed("F7", "sends-the-etag-back", "[None, '\"v1\"']", _etags)
    yield deed("F7", "without-a-set", "jwks_invalid", lambda w: _first_304(w))
    yield deed(
        "F7",
        "nobody-asked-for-it",
        "fetch_status",
        lambda w: _served(says(answer("304 Not Modified", b"", 'ETag: "x"'))),
    )
    yield deed(
        "F7",
        "with-a-newline-in-the-etag",
        "fetch_refused|fetch_status|accepted",
        lambda w: _served(says(answer("200 OK", b"{}", 'ETag: "a\x0bb"'))),
    )


def _lifetime(headers: dict[str, str]) -> str:
    """The lifetime of a set that came with these headers."""
    provided = Provided()
    body = json.dumps(jwks(*provided.provider.keys)).encode()
    source = key_source(KEYS, issuer=ISSUER, fetch=lambda url, **_: Response(200, headers, body))
    source.find("k1", "ES256")
    return f"{source.state().lifetime:g}"  # type: ignore[attr-defined]


def _fetches_of_100(world: World, control: str) -> str:
    provided = Provided(control=control)
    provided.provider.keys = [world.signer()]
    bearer = world.bearer(jwks=provided.keys)
    for _ in range(100):
        bearer.verify(world.good())
    return f"{provided.keys.fetches} fetch"


def _not_modified(world: World) -> str:
    provided = Provided()
    provided.provider.keys, provided.provider.etag = [world.signer()], '"v1"'
    bearer = world.bearer(jwks=provided.keys)
    bearer.verify(world.good())
    provided.passes(901)
    bearer.verify(world.good())  # renewed by a 304
    provided.passes(23 * 3600.0)
    provided.passes(3600.0 - 905)  # older than a day by the first answer, and not by the second
    provided.provider.answer = DOWN
    return f"{observed(lambda: bearer.verify(world.good()))}, {len(set(provided.provider.etags))} fetches"


def _etags(world: World) -> str:
    provided = Provided()
    provided.provider.keys, provided.provider.etag = [world.signer()], '"v1"'
    provided.keys.find("k1", "ES256")
    provided.passes(901)
    provided.keys.find("k1", "ES256")
    return str(provided.provider.etags)


def _first_304(world: World) -> str:
    provided = Provided()
    provided.provider.status = 304
    return observed(lambda: world.bearer(jwks=provided.keys).verify(world.good()))


def metadata(**changes: Any) -> bytes:
    said = {"issuer": ISSUER, "jwks_uri": KEYS, **changes}
    return json.dumps({name: value for name, value in said.items() if value is not ...}).encode()


def discovered(world: World, document: bytes, **settings: Any) -> tuple[JWTBearer, list[str]]:
    """Return a verifier that finds its keys by this metadata, and the list of what it asks for."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Response:
        asked.append(url)
        return Response(200, {}, document if url == CONFIG else json.dumps(jwks(world.signer())).encode())

    return world.bearer(jwks=None, fetch=fetch, **settings), asked


DISCOVERY: dict[str, tuple[dict[str, Any], str]] = {
    "good": ({}, "accepted, 2 fetches"), "without-slash": ({"issuer": ISSUER.rstrip("/")}, "mismatch"), "upper-case": ({"issuer": ISSUER.upper()}, "mismatch"), "other-host": ({"issuer": "https://evil.example/"}, "mismatch"), "http": ({"issuer": ISSUER.replace("https", "http")}, "mismatch"),
    "missing": ({"issuer": ...}, "mismatch"), "null": ({"issuer": None}, "mismatch"), "list": ({"issuer": [ISSUER]}, "mismatch"), "port": ({"issuer": "https://idp.example.com:443/"}, "mismatch"), "template": ({"issuer": "https://idp.example.com/{tenantid}/"}, "mismatch"),
    "uri-missing": ({"jwks_uri": ...}, "forbidden"), "uri-null": ({"jwks_uri": None}, "forbidden"), "uri-int": ({"jwks_uri": 5}, "forbidden"), "uri-list": ({"jwks_uri": [KEYS]}, "forbidden"), "uri-object": ({"jwks_uri": {}}, "forbidden"), "uri-empty": ({"jwks_uri": ""}, "forbidden"),
    "uri-http": ({"jwks_uri": "http://idp.example.com/jwks"}, "forbidden"), "uri-file": ({"jwks_uri": "file:///etc/passwd"}, "forbidden"), "uri-relative": ({"jwks_uri": "/jwks"}, "forbidden"), "uri-user": ({"jwks_uri": "https://a@b.example/"}, "forbidden"),
    "uri-metadata": ({"jwks_uri": "http://169.254.169.254/latest/"}, "forbidden"), "uri-loopback": ({"jwks_uri": "http://127.0.0.1/jwks"}, "forbidden"), "uri-newline": ({"jwks_uri": "https://a.example/\r\nX: y"}, "forbidden"), "uri-of-another-host": ({"jwks_uri": "https://keys.other.example/jwks"}, "accepted, 2 fetches"),
}  # fmt: skip


_WORDS = {"mismatch": "discovery_issuer_mismatch, 1 fetches", "forbidden": "url_forbidden, 1 fetches"}


def discovery() -> Iterator[Case]:
    for name, (changes, word) in DISCOVERY.items():
        yield deed("F8", name, _WORDS.get(word, word), lambda w, c=changes: _discover(w, metadata(**c)))
    for name, document in {
        "html": b"<html>",
        "empty": b"",
        "list": b"[]",
        "twice": b'{"issuer":"a","issuer":"b"}',
        "utf-16": metadata().decode().encode("utf-16"),
        "deep": b'{"a":' * 5000,
        "a-megabyte-of-open-lists": b"[" * 1_000_000,
        "a-megabyte-of-open-objects": b'{"a":' * 200_000,
        **FULL,
        "digits": b'{"a":' + b"9" * 5000 + b"}",
    }.items():
        yield deed("F8", f"document-{name}", "discovery_invalid, 1 fetches", lambda w, d=document: _discover(w, d))
    yield deed("F8", "a-private-address-behind-the-uri", "url_forbidden", _private_uri)
    yield deed("F8", "pinned-by-the-url-of-the-keys", f"accepted, asked {KEYS} alone", lambda w: _pinned(w, KEYS))
    elsewhere = "https://keys.other.example/jwks"
    yield deed("F8", "pinned-to-another-host", f"accepted, asked {elsewhere} alone", lambda w: _pinned(w, elsewhere))
    yield deed("F8", "pinned-and-the-metadata-says-otherwise", "bad_signature", _moved)
    for name, issuer in {
        "evil": "https://evil.example/",
        "metadata": "http://169.254.169.254/",
        "slash": ISSUER.rstrip("/"),
        "user": "https://idp.example.com@evil.example/",
        "path": f"{ISSUER}../evil",
    }.items():
        yield deed(
            "F9",
            f"issuer-of-the-token-{name}",
            "issuer_mismatch, 0 fetches",
            lambda w, i=issuer: _discover(w, metadata(), iss=i),
        )
    yield deed("F9", "expired-costs-no-fetch", "expired, 0 fetches", lambda w: _discover(w, metadata(), exp=w.now - 1))
    yield deed(
        "F9",
        "for-others-costs-no-fetch",
        "audience_mismatch, 0 fetches",
        lambda w: _discover(w, metadata(), aud="other"),
    )
    yield deed(
        "F9",
        "a-list-as-issuer-costs-no-fetch",
        "bad_claim_type, 0 fetches",
        lambda w: _discover(w, metadata(), iss=[ISSUER]),
    )
    supported = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256", "PS512"]}
    for alg in ("none", "HS256", "PS512", "EdDSA"):
        yield deed(
            "F10", f"metadata-offers-{alg}", "alg_not_allowed, 0 fetches", lambda w, a=alg: _offered(w, a, supported)
        )
    yield deed(
        "F10",
        "metadata-offers-less",
        "accepted, 2 fetches",
        lambda w: _discover(w, metadata(id_token_signing_alg_values_supported=["PS512"])),
    )


def _discover(world: World, document: bytes, **claims: Any) -> str:
    bearer, asked = discovered(world, document)
    return f"{observed(lambda: bearer.verify(world.good(**claims)))}, {len(asked)} fetches"


def _pinned(world: World, url: str) -> str:
    """The URL of the keys given as ``jwks=`` is all that is ever asked: there is no metadata to move it."""
    asked = []

    def fetch(url: str, **_: Any) -> Response:
        asked.append(url)
        return Response(200, {}, json.dumps(jwks(world.signer())).encode())

    bearer = world.bearer(jwks=url, fetch=fetch)
    return f"{observed(lambda: bearer.verify(world.good()))}, asked {', '.join(asked)} alone"


def _moved(world: World) -> str:
    """Metadata that names a set of the attacker's, at another place, is not even read."""

    def fetch(url: str, **_: Any) -> Response:
        if url == CONFIG:
            return Response(200, {}, metadata(jwks_uri="https://evil.example/jwks"))
        return Response(200, {}, json.dumps(jwks(world.signer() if url == KEYS else world.attacker())).encode())

    return observed(lambda: world.bearer(jwks=KEYS, fetch=fetch).verify(world.good(world.attacker())))


def _private_uri(world: World) -> str:
    """Each address is judged as it is connected to, that of the keys too."""
    fetch = fetcher(resolve=lambda *_, **__: _answers("10.0.0.1"))

    def either(url: str, **given: Any) -> Response:
        return Response(200, {}, metadata()) if url == CONFIG else fetch(url, timeout=given["timeout"])

    return observed(lambda: world.bearer(jwks=None, fetch=either).verify(world.good()))


def _offered(world: World, alg: str, supported: dict[str, Any]) -> str:
    bearer, asked = discovered(world, metadata(**supported))
    key = world.signer()
    text = with_mac(world, alg, SECRET) if alg == "HS256" else key.raw(key.header(alg=alg), world.claims())
    return f"{observed(lambda: bearer.verify(text))}, {len(asked)} fetches"


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (freshness, discovery):
        yield from part()
