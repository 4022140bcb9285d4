"""Signing keys: whom access key ids were given to, and the keys they sign with (SigV4 and SigV4a).

A signature cannot be verified with a digest, so a secret must be kept as it is: in Secrets Manager, which logs who reads
it. Two ways need no secret here: keys derived for a day, region and service, and public keys of SigV4a.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from ..credentials.client import Client
from ..errors import ConfigError
from ..sigv4.credentials import Credentials, SigningKey
from ..sigv4.draft import Scope
from ..sigv4.ecdsa import PublicKey
from ..sigv4.proof import MOST_KEYS, Key

MOST_LISTED = 64  # keys of one partner, those of other days and services with them


class LiveKey(NamedTuple):
    """One key of a partner. Its repr shows none of it.

    Args:
        key: a secret, a derived key or a public one.
        not_after: when it ends, in seconds since the epoch, if it does.
        scope: of a derived key: the day, region and service it is for.
    """

    key: Key
    not_after: float | None = None
    scope: tuple[str, str, str] | None = None

    def serves(self, scope: Scope, now: float) -> bool:
        """Tell whether it can have made a signature for this scope, and has not ended."""
        fits = self.scope is None or self.scope == (scope.day, scope.region, scope.service)
        return fits and (self.not_after is None or now < self.not_after)

    def __repr__(self) -> str:
        return f"LiveKey({type(self.key).__name__}, not_after={self.not_after})"


class Partner(NamedTuple):
    """Whom an access key id was given to, and its keys, newest first. Its repr shows no key."""

    access_key_id: str
    client: Client
    keys: tuple[LiveKey, ...]

    @classmethod
    def of(
        cls,
        access_key_id: str,
        client: Client,
        *,
        secrets: Iterable[str | bytes | tuple[str | bytes, float]] = (),
        public_keys: Iterable[bytes | PublicKey] = (),
        derived: Iterable[tuple[str, str, str, bytes]] = (),
    ) -> "Partner":
        """Return a partner.

        >>> Partner.of("partner-7", Client("acme"), secrets=["the new one", ("the old one", 1_795_000_000)])

        Args:
            access_key_id: what requests name it by.
            client: who it is, and what it may do.
            secrets: newest first; with the moment a secret ends, in seconds since the epoch, if it does.
            public_keys: of SigV4a, as `authkit.sigv4.PublicKey` takes them.
            derived: day, region, service and the signing key derived for them.

        Raises:
            ConfigError: names every fault, and shows no key.
        """
        faults: list[str] = []
        keys = [
            *_collected(faults, "secrets", secrets, lambda each: _secret(access_key_id, each)),
            *_collected(faults, "public_keys", public_keys, _public),
            *_collected(faults, "derived", derived, _derived),
        ]
        if not isinstance(client, Client):
            faults.append("client must be a Client")
        if not faults:
            faults += _amount_faults(keys)
        if faults:
            raise ConfigError.of("Partner", dict.fromkeys(faults))
        return cls(access_key_id, client, tuple(keys))

    def live(self, scope: Scope, now: float) -> tuple[Key, ...]:
        """Return the keys that can have made a signature for this scope now."""
        return tuple(each.key for each in self.keys if each.serves(scope, now))

    def rotated(self, secret: str | bytes, *, until: float) -> "Partner":
        """Return the same partner with a new secret: those it had are good until this moment, or their own end.

        At most two secrets are live: of three the oldest goes at once.
        """
        fresh = LiveKey(Credentials(access_key_id=self.access_key_id, secret_access_key=secret))
        held = [each for each in self.keys if isinstance(each.key, Credentials)]
        others = [each for each in self.keys if not isinstance(each.key, Credentials)]
        ending = [each._replace(not_after=_sooner(each.not_after, until)) for each in held[: MOST_KEYS - 2]]
        return self._replace(keys=(fresh, *ending, *others))

    def __repr__(self) -> str:
        return f"Partner({self.access_key_id!r}, {self.client!r}, keys={len(self.keys)})"


class PartnerStore(Protocol):
    """Keeps partners by their access key ids. What it answers is the truth, or it raises."""

    def find(self, access_key_id: str) -> Partner | None:
        """Return the partner of an access key id, if there is one. Takes as long where there is none.

        Raises:
            Unavailable: it cannot tell.
        """

    def renewed(self) -> bool:
        """Tell whether it knows something new: asked after a signature that fits no key, so that a rotation is noticed.

        Raises:
            Unavailable: it cannot tell.
        """


class MemoryPartners:
    """Partners that are given, in this process's memory.

    Args:
        partners: each with an access key id of its own.

    Raises:
        ConfigError: one is none, or an access key id is given twice.
    """

    def __init__(self, *partners: Partner) -> None:
        faults = ["a partner is what Partner.of returns" for each in partners if not isinstance(each, Partner)]
        self._known = {each.access_key_id: each for each in partners if isinstance(each, Partner)}
        if not faults and len(self._known) < len(partners):
            faults.append("an access key id is given twice")
        if faults:
            raise ConfigError.of("MemoryPartners", dict.fromkeys(faults))

    def find(self, access_key_id: str) -> Partner | None:
        """Return the partner of an access key id, if there is one."""
        return self._known.get(access_key_id)

    def renewed(self) -> bool:
        """Tell that nothing is new."""
        return False

    def __repr__(self) -> str:
        return f"MemoryPartners({len(self._known)})"


def lookup_of(
    store: PartnerStore, met: Callable[[Partner], None], clock: Callable[[], float] = time.time
) -> Callable[[str, Scope], tuple[Key, ...] | None]:
    """Return a store as `authkit.sigv4.verify` takes it.

    Args:
        store: of partners.
        met: is told which partner was found.
        clock: gives the time in seconds since the epoch.
    """

    def lookup(access_key_id: str, scope: Scope) -> tuple[Key, ...] | None:
        partner = store.find(access_key_id)
        if partner is None:
            _NOBODY.live(scope, clock())  # for nothing, so that an unknown one takes as long
            return None
        if partner.access_key_id != access_key_id:  # to let somebody else in is the worst a store can do
            raise ConfigError("the partner store answered with another partner than it was asked for")
        met(partner)
        return partner.live(scope, clock())

    return lookup


def _collected(
    faults: list[str], what: str, given: Iterable[object], make: Callable[[object], LiveKey]
) -> list[LiveKey]:
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        faults.append(f"{what} must be a list")
        return []
    found = []
    for each in given:
        try:
            found.append(make(each))
        except ConfigError as fault:  # its words show no key
            faults.append(f"{what}: {fault}")
        except (TypeError, ValueError):
            faults.append(f"{what}: one is of another form than the others should be")
    return found


def _secret(access_key_id: str, given: object) -> LiveKey:
    secret, end = given if isinstance(given, tuple) else (given, None)
    if end is not None and (isinstance(end, bool) or not isinstance(end, (int, float))):
        raise ConfigError("a secret ends at a number of seconds since the epoch")
    return LiveKey(Credentials(access_key_id=access_key_id, secret_access_key=secret), end)


def _public(given: object) -> LiveKey:
    return LiveKey(given if isinstance(given, PublicKey) else PublicKey(given))  # type: ignore[arg-type]


def _derived(given: object) -> LiveKey:
    if not isinstance(given, tuple):
        raise ConfigError("a derived key is a tuple: day, region, service and the key")
    day, region, service, value = given
    if not all(isinstance(each, str) for each in (day, region, service)):
        raise ConfigError("day, region and service are texts")
    return LiveKey(SigningKey(value), None, (day, region, service))


def _amount_faults(keys: list[LiveKey]) -> list[str]:
    """Two secrets are enough to go from one to the other; more would be live by oversight."""
    secrets = sum(isinstance(each.key, Credentials) for each in keys)
    public = sum(isinstance(each.key, PublicKey) for each in keys)
    scopes = [each.scope for each in keys if each.scope is not None]
    faults = [] if keys else ["give one key at least"]
    faults += ["two secrets at most are live at the same time"] if secrets > MOST_KEYS - 1 else []
    faults += ["two public keys at most are live at the same time"] if public > MOST_KEYS - 1 else []
    faults += ["a scope has one derived key"] if len(set(scopes)) < len(scopes) else []
    faults += ["both secrets and public keys: of SigV4a that would be too many"] if secrets + public > MOST_KEYS else []
    return faults + ([f"{MOST_LISTED} keys at most"] if len(keys) > MOST_LISTED else [])


def _sooner(end: float | None, until: float) -> float:
    return until if end is None else min(end, until)


_NOBODY = Partner.of("nobody", Client("nobody"), secrets=["nobody's"])
