"""Bundles: a key set that is packed with the function, with a stamp that says whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any

from ..errors import ConfigError, KeyProblem, MalformedToken
from ..tokens.strictjson import parse_object
from .jwk import read_key
from .keyset import BadKeySet, KeySet

STAMP = "authkit"
"""The member of a JWKS that holds the stamp. RFC 7517 section 5: who does not know it ignores it."""

Bundle = str | PathLike[str] | Mapping[str, Any]

_PUBLIC = ("kid", "kty", "alg", "use", "key_ops", "crv", "n", "e", "x", "y", "issuer")


def bundled(body: bytes, *, issuer: str | None, url: str, fetched_at: float) -> tuple[dict[str, Any], KeySet]:
    """Return the usable keys of a fetched set as a JWKS with a stamp, and the set with what was left out.

    Args:
        body: the document as it was fetched.
        issuer: whose keys they are, if that is known.
        url: where they came from.
        fetched_at: when, in seconds since the epoch.

    Raises:
        BadKeySet: there are none.
    """
    keys = KeySet.parse(body)
    usable = [
        {name: jwk[name] for name in _PUBLIC if name in jwk} for jwk in parse_object(body)["keys"] if _is_usable(jwk)
    ]
    stamp = {"issuer": issuer, "url": url, "fetched_at": int(fetched_at)}
    return {"keys": usable, STAMP: stamp}, keys


def read_bundle(bundle: Bundle, *, issuer: str, kid_optional: bool = False, x5c_agrees: bool = False) -> KeySet:
    """Return the set of a file, or of a mapping.

    Args:
        bundle: which.
        issuer: whose keys they must be, if the stamp says; without a stamp it is up to whoever packed it.
        kid_optional, x5c_agrees: as for `KeySet`.

    Raises:
        ConfigError: it cannot be read, has no usable key, or is stamped for another issuer.
    """
    place = "the mapping" if isinstance(bundle, Mapping) else fspath(bundle)
    try:
        document = bundle if isinstance(bundle, Mapping) else parse_object(_read(place))
        _demand_issuer(document, issuer, place)
        return KeySet(document, kid_optional=kid_optional, x5c_agrees=x5c_agrees)
    except MalformedToken as fault:
        raise ConfigError(f"jwks: {place}: not a JSON object: {fault.code}") from None
    except BadKeySet as fault:
        raise ConfigError(f"jwks: {place}: {fault}") from None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib would cost the cold start 4 ms
            return file.read()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ConfigError(f"jwks: {path} cannot be read ({type(error).__name__})") from None


def _demand_issuer(document: Mapping[str, Any], issuer: str, place: str) -> None:
    if STAMP not in document:
        return
    stamp = document[STAMP]
    named = stamp.get("issuer", "") if isinstance(stamp, Mapping) else ""
    if named is not None and named != issuer:
        raise ConfigError(f"jwks: {place} holds the keys of {named!a:.256}, not of {issuer}")


def _is_usable(jwk: object) -> bool:
    try:
        read_key(jwk)
    except KeyProblem:
        return False
    return True
