"""Issuing of API keys: made, replaced with overlap, and taken back, in any client store."""

import os
from collections.abc import Callable
from typing import NamedTuple

from ..credentials.apikey_pepper import pepper_faults
from ..credentials.apikey_text import PREFIX, new_key, prefix_faults
from ..credentials.client import Client
from ..errors import ConfigError, Refused, Unavailable
from .clients import ClientStore, Issued, RecordInvalid

LONGEST_OVERLAP = 366 * 86_400.0  # seconds
_TRIES = 8  # at a change that others change meanwhile

Entropy = Callable[[int], bytes]


class New(NamedTuple):
    """A key just made: its text, which is nowhere else and never comes back, and what the store keeps."""

    text: str
    issued: Issued

    def __repr__(self) -> str:
        return f"New(id={self.issued.id!r})"


class Renewed(NamedTuple):
    """A key just made, and the one it replaces."""

    new: New
    old: Issued


def issue(
    store: ClientStore,
    client: Client,
    *,
    pepper: bytes,
    now: float,
    prefix: str = PREFIX,
    entropy: Entropy = os.urandom,
) -> New:
    """Make a key for a client, and return it.

    Args:
        store: where its digest goes.
        client: to whom it is given.
        pepper: the newest.
        now: in seconds since the epoch.
        prefix: what it begins with.
        entropy: gives so many random bytes.

    Raises:
        ConfigError: names every fault.
        Unavailable: the store may have it, or not; it is not told, and so of no use to anybody.
    """
    faults = [*prefix_faults(prefix), *([] if isinstance(pepper, bytes) else ["pepper must be bytes"])]
    if faults or pepper_faults(pepper):
        raise ConfigError.of("issue", faults or pepper_faults(pepper))
    made = new_key(prefix, pepper, entropy)
    issued = Issued(made.digest, made.id, client, prefix, int(now))
    # A client that tries again after a lost answer finds its own first try.
    if not store.replace(None, issued) and store.find(made.digest) != issued:
        raise Unavailable("api_keys_changed", detail="a key of the same digest is there: is the randomness any?")
    return New(made.text, issued)


def find_by_id(store: ClientStore, key_id: str) -> Issued:
    """Return the key of this id.

    Raises:
        Refused: ``api_key_unknown``.
        Unavailable: the store cannot tell; of a record that is no key, nobody can tell whether it is this one.
    """
    damaged: list[RecordInvalid] = []
    found = next((each for each in store.listed(damaged.append) if each.id == key_id), None)
    if found is None and damaged:
        raise damaged[0]
    if found is None:
        raise Refused("api_key_unknown", detail="no key of this id")
    return found


def rotate(
    store: ClientStore,
    key_id: str,
    *,
    pepper: bytes,
    overlap: float,
    now: float,
    entropy: Entropy = os.urandom,
) -> Renewed:
    """Make a key that replaces another, which stays good for the overlap.

    Raises:
        ConfigError: names every fault.
        Refused: ``api_key_unknown``, ``revoked``, ``expired``, or ``rotated``: it has been replaced already.
        Unavailable: the store cannot tell. The old key is then as it was, or ends with the overlap.
    """
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise ConfigError(f"rotate: overlap must be 0 to {LONGEST_OVERLAP:g} seconds")
    old = find_by_id(store, key_id)
    _demand_replaceable(old, now)
    # The new one first: whatever fails from here on, the old one is not ended without a successor.
    new = issue(store, old.client, pepper=pepper, now=now, prefix=old.prefix or PREFIX, entropy=entropy)

    def ended(known: Issued) -> Issued | None:
        if known.successor == new.issued.id:
            return None
        _demand_replaceable(known, now)
        client = known.client.ends(now + overlap)
        return known._replace(client=client, successor=new.issued.id, version=known.version + 1)

    try:
        return Renewed(new, _changed(store, old, ended))
    except Refused:
        revoke(store, new.issued.id)
        raise
    except Unavailable as fault:
        detail = f"{fault.detail}; the key {new.issued.id} may be there, and is of no use: revoke it, and rotate again"
        raise Unavailable(fault.code, detail=detail) from None


def revoke(store: ClientStore, key_id: str) -> Issued:
    """Take a key back, for good, and return it as it is now. Taking it back again changes nothing.

    Raises:
        Refused: ``api_key_unknown``.
        Unavailable: it may have been done, or not.
    """

    def disabled(known: Issued) -> Issued | None:
        if known.client.disabled:
            return None
        return known._replace(client=known.client._replace(disabled=True), version=known.version + 1)

    return _changed(store, find_by_id(store, key_id), disabled)


def remove(store: ClientStore, key_id: str) -> Issued:
    """Take a key back and leave no trace of it, and return what it was.

    Raises:
        Refused: ``api_key_unknown``.
        Unavailable: it may have been done, or not.
    """
    found = find_by_id(store, key_id)
    for _ in range(_TRIES):
        if store.replace(found, None):
            return found
        known = store.find(found.digest)
        if known is None:
            return found
        found = known
    raise _changing()


def _demand_replaceable(old: Issued, now: float) -> None:
    end = old.client.not_after
    if old.client.disabled:
        raise Refused("revoked", detail=f"the key {old.id} was taken back: create another")
    if old.successor:
        raise Refused("rotated", detail=f"the key {old.id} was replaced by {old.successor}")
    if end is not None and now >= end:
        raise Refused("expired", detail=f"the key {old.id} has ended: create another")


def _changed(store: ClientStore, known: Issued, change: Callable[[Issued], Issued | None]) -> Issued:
    """Make a change to a key as it is at that very moment, and return what became of it.

    The change is None once it has been made: a client that tries again after a lost answer finds its own first try.
    """
    for _ in range(_TRIES):
        new = change(known)
        if new is None:
            return known
        if store.replace(known, new):
            return new
        known = find_by_id(store, known.id)
    raise _changing()


def _changing() -> Unavailable:
    return Unavailable("api_keys_changed", detail="others change it all the time: try again")
