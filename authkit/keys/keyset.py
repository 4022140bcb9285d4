"""KeySet: the usable keys of one issuer, from a JWKS document (RFC 7517 section 5)."""

from collections.abc import Mapping
from os import PathLike
from typing import Any, NamedTuple

from ..errors import ConfigError, KeyProblem, MalformedToken
from ..tokens.strictjson import parse_document
from .jwk import UnusableKey, read_key
from .key import Key

MOST_KEYS = 100


class BadKeySet(Exception):
    """A document that gives no usable key. Whoever fetched it decides what that means.

    Args:
        message: what is wrong.
        skipped: its keys, of which none can be used; None where it is no key set at all.
    """

    def __init__(self, message: str, skipped: "tuple[Skipped, ...] | None" = None) -> None:
        self.skipped = skipped
        super().__init__(message)


class Skipped(NamedTuple):
    """A key that was left out, and why.

    Attributes:
        reason: the code, or ``private_key``, ``roca_key``, ``foreign_key`` or ``x5c_disagrees``.
    """

    kid: str | None
    code: str
    detail: str
    reason: str = ""


class KeySet:
    """Immutable. A key that is malformed, weak or for another use is left out and told of; the others go on working."""

    __slots__ = ("_by_kid", "_chosen", "_kid_optional", "keys", "skipped")

    def __init__(self, document: Mapping[str, Any], *, kid_optional: bool = False, x5c_agrees: bool = False) -> None:
        """Read a JWKS document.

        Args:
            document: with its list of ``keys``.
            kid_optional: lets a token that names no key be checked with the only one that fits its algorithm.
            x5c_agrees: leaves a key out that is published with a certificate of another key (RFC 7517 section 4.7). No
                chain is validated, and no certificate's time is looked at. A key without one is taken; what
                ``authkit keys bundle`` writes has none.

        Raises:
            BadKeySet: it has no list of keys, too many, or none that can be used.
        """
        listed = document.get("keys")
        if not isinstance(listed, list):
            raise BadKeySet("no list of keys in it")
        if len(listed) > MOST_KEYS:
            raise BadKeySet(f"{len(listed)} keys, more than {MOST_KEYS}")
        self.keys, self.skipped = _sorted_out(listed, x5c_agrees)
        if not self.keys:
            # A kid is the issuer's word: cut and escaped, so that it cannot write log lines of its own.
            why = "; ".join(f"{key.kid and key.kid[:64]!a:.64}: {key.code}" for key in self.skipped) or "it is empty"
            raise BadKeySet(f"no usable key in it ({why})", self.skipped)
        self._by_kid = _grouped(self.keys)
        self._chosen: dict[tuple[str | None, str], Key] = {}
        self._kid_optional = kid_optional

    @classmethod
    def parse(cls, raw: bytes, *, kid_optional: bool = False, x5c_agrees: bool = False) -> "KeySet":
        """Read a JWKS document from its bytes.

        Raises:
            BadKeySet: it is not strict JSON, or as the constructor says.
        """
        try:
            return cls(parse_document(raw), kid_optional=kid_optional, x5c_agrees=x5c_agrees)
        except MalformedToken as fault:
            raise BadKeySet(f"not a JSON object: {fault.code}") from None

    @classmethod
    def bundled(cls, path: str | PathLike[str], *, kid_optional: bool = False, x5c_agrees: bool = False) -> "KeySet":
        """Read a JWKS file that was packed with the function.

        Raises:
            ConfigError: the file is missing or gives no usable key.
        """
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - pathlib would cost the cold start 4 ms
                return cls.parse(file.read(), kid_optional=kid_optional, x5c_agrees=x5c_agrees)
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
        chosen = self._chosen.get((kid, alg))
        if chosen is None:
            chosen = self._chosen[kid, alg] = self._choose(kid, alg)
        return chosen

    def _choose(self, kid: str | None, alg: str) -> Key:
        if kid is None and not self._kid_optional:
            demand_kid(kid)
        named = self.keys if kid is None else self._by_kid.get(kid, ())
        fitting = [key for key in named if alg in key.algorithms]
        if len({(key.identity[-1], key.issuer) for key in fitting}) == 1:  # the same key said twice is one key
            return fitting[0]
        if fitting:
            raise KeyProblem("ambiguous_key", claim="kid", detail="several keys of this name fit the algorithm")
        if kid is None:
            raise KeyProblem("key_not_found", claim="kid", detail="the token names no key, and none fits its algorithm")
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


def _sorted_out(listed: list[Any], x5c_agrees: bool) -> tuple[tuple[Key, ...], tuple[Skipped, ...]]:
    keys: dict[tuple[object, ...], Key] = {}
    skipped: list[Skipped] = []
    for jwk in listed:
        try:
            key = read_key(jwk, x5c_agrees=x5c_agrees)
        except UnusableKey as fault:
            kid = jwk.get("kid") if isinstance(jwk, Mapping) else None
            skipped.append(Skipped(kid if isinstance(kid, str) else None, fault.code, fault.detail, fault.reason))
        else:
            # The same key twice is one key, however its numbers are written.
            keys.setdefault((key.kid, key.algorithms, key.issuer, key.identity[-1]), key)
    return tuple(keys.values()), tuple(skipped)


def _grouped(keys: tuple[Key, ...]) -> dict[str, tuple[Key, ...]]:
    groups: dict[str, tuple[Key, ...]] = {}
    for key in keys:
        if key.kid is not None:
            groups[key.kid] = (*groups.get(key.kid, ()), key)
    return groups
