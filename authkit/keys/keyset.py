"""KeySet: the usable keys of one issuer, from a JWKS document (RFC 7517 section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, NamedTuple

from ..errors import ConfigError, KeyProblem, MalformedToken
from ..tokens.strictjson import parse_object
from .jwk import Key, read_key

MOST_KEYS = 100

_IDENTITY = ("kid", "kty", "alg", "crv", "n", "e", "x", "y")


class BadKeySet(Exception):
    """A document that gives no usable key. Whoever fetched it decides what that means."""


class Skipped(NamedTuple):
    """A key that was left out, and why."""

    kid: str | None
    code: str
    detail: str


class KeySet:
    """Immutable. A key that is malformed, weak or for another use is left out and told of; the others go on working."""

    __slots__ = ("_by_kid", "_chosen", "keys", "skipped")

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read a JWKS document.

        Raises:
            BadKeySet: it has no list of keys, too many, or none that can be used.
        """
        listed = document.get("keys")
        if not isinstance(listed, list):
            raise BadKeySet("no list of keys in it")
        if len(listed) > MOST_KEYS:
            raise BadKeySet(f"{len(listed)} keys, more than {MOST_KEYS}")
        self.keys, self.skipped = _sorted_out(listed)
        if not self.keys:
            # A kid is the issuer's word: cut and escaped, so that it cannot write log lines of its own.
            why = "; ".join(f"{key.kid!a:.64}: {key.code}" for key in self.skipped) or "it is empty"
            raise BadKeySet(f"no usable key in it ({why})")
        self._by_kid = _grouped(self.keys)
        self._chosen: dict[tuple[str, str], Key] = {}

    @classmethod
    def parse(cls, raw: bytes) -> KeySet:
        """Read a JWKS document from its bytes.

        Raises:
            BadKeySet: it is not strict JSON, or as the constructor says.
        """
        try:
            return cls(parse_object(raw))
        except MalformedToken as fault:
            raise BadKeySet(f"not a JSON object: {fault.code}") from None

    @classmethod
    def bundled(cls, path: str | PathLike[str]) -> KeySet:
        """Read a JWKS file that was packed with the function.

        Raises:
            ConfigError: the file is missing or gives no usable key.
        """
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - pathlib would cost the cold start 4 ms
                return cls.parse(file.read())
        except OSError as error:
            raise ConfigError(f"KeySet: {path} cannot be read ({type(error).__name__})") from None
        except BadKeySet as fault:
            raise ConfigError(f"KeySet: {path}: {fault}") from None

    def find(self, kid: str | None, alg: str) -> Key:
        """Return the one key a token names, for the algorithm it names.

        Raises:
            KeyProblem: ``kid_missing``, ``key_not_found``, ``ambiguous_key``, ``key_alg_mismatch``, or why the key
                that has this name was left out.
        """
        kid = demand_kid(kid)
        chosen = self._chosen.get((kid, alg))
        if chosen is None:
            chosen = self._chosen[kid, alg] = self._choose(kid, alg)
        return chosen

    def _choose(self, kid: str, alg: str) -> Key:
        named = self._by_kid.get(kid, ())
        fitting = [key for key in named if alg in key.algorithms]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise KeyProblem("ambiguous_key", claim="kid", detail="several keys of this name fit the algorithm")
        if named:
            raise KeyProblem("key_alg_mismatch", claim="alg", detail="the key of this name is for another algorithm")
        for left_out in self.skipped:
            if left_out.kid == kid:
                raise KeyProblem(left_out.code, claim="kid", detail=left_out.detail)
        raise KeyProblem("key_not_found", claim="kid", detail="the issuer has no key of this name")

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        return f"KeySet({[key.kid for key in self.keys]}, skipped={len(self.skipped)})"


def demand_kid(kid: str | None) -> str:
    """Return the name of a key; nothing is looked up, or fetched, without one.

    Raises:
        KeyProblem: ``kid_missing``.
    """
    if kid is None:
        raise KeyProblem("kid_missing", claim="kid", detail="the token does not name its key")
    return kid


def _sorted_out(listed: list[Any]) -> tuple[tuple[Key, ...], tuple[Skipped, ...]]:
    keys: dict[tuple[str, ...], Key] = {}
    skipped: list[Skipped] = []
    for jwk in listed:
        try:
            key = read_key(jwk)
        except KeyProblem as fault:
            kid = jwk.get("kid") if isinstance(jwk, Mapping) else None
            skipped.append(Skipped(kid if isinstance(kid, str) else None, fault.code, fault.detail))
        else:
            keys[tuple(repr(jwk.get(name)) for name in _IDENTITY)] = key  # the same key twice is one key
    return tuple(keys.values()), tuple(skipped)


def _grouped(keys: tuple[Key, ...]) -> dict[str, tuple[Key, ...]]:
    groups: dict[str, tuple[Key, ...]] = {}
    for key in keys:
        if key.kid is not None:
            groups[key.kid] = (*groups.get(key.kid, ()), key)
    return groups
