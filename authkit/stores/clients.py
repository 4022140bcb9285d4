"""Client stores: which API keys were given to whom. A key is known by its keyed digest alone, never by its text."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from ..credentials.client import Client
from ..errors import ConfigError, MalformedToken, Unavailable
from ..tokens.lock import Lock
from ..tokens.strictjson import parse_object

KIND = "api_keys"
"""How the codes of a client store's outages begin."""

DIGEST = re.compile(r"[0-9a-f]{64}")
LATEST = 253_402_300_799  # seconds since the epoch: the end of the year 9999
_ID = re.compile(r"[0-9A-Za-z]{1,64}")


class RecordInvalid(Unavailable):
    """What the store has under one digest is no record. Others may be good."""

    default_code = "api_key_record_invalid"


Damaged = Callable[[RecordInvalid], object]
"""Is told of a record that is no key."""


class Issued(NamedTuple):
    """One key that was given to a client.

    Attributes:
        digest: the HMAC-SHA-256 of the key's text under the pepper, in hexadecimal digits.
        id: the key's name for people; no secret.
        client: to whom it was given.
        prefix: what its text begins with.
        created_at: when, in seconds since the epoch.
        successor: the id of the key that replaces it, once it is being rotated.
        version: counts its changes.
    """

    digest: str
    id: str
    client: Client
    prefix: str = ""
    created_at: float = 0
    successor: str = ""
    version: int = 1

    def __repr__(self) -> str:
        return f"Issued(id={self.id!r}, client={self.client!r}, version={self.version!r})"  # the digest is what it is asked by


class ClientStore(Protocol):
    """Keeps keys by their digests. What it answers is the truth, or it raises."""

    def find(self, digest: str) -> Issued | None:
        """Return the key of this digest, if there is one.

        Raises:
            Unavailable: it cannot tell.
        """

    def listed(self, damaged: Damaged | None = None) -> list[Issued]:
        """Return all keys, in no order.

        Args:
            damaged: is told of each record that is no key, so that it keeps nobody from the others; None: it is raised.

        Raises:
            Unavailable: it cannot tell.
        """

    def replace(self, old: Issued | None, new: Issued | None) -> bool:
        """Put one key in the place of another of the same digest, and tell whether that was done.

        Of several who replace the same one at the same time, one does. None stands for a key that is not there.

        Raises:
            Unavailable: it may have been done, or not.
        """


class MemoryClients:
    """Keys that are given, in this process's memory.

    >>> MemoryClients({digest: Client("acme", scopes={"orders:read"})})

    Args:
        given: clients, or keys, by their digests.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(self, given: Mapping[str, Client | Issued] = {}) -> None:
        faults, known = [], {}
        for digest, each in given.items() if isinstance(given, Mapping) else [("", None)]:
            if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
                faults.append(
                    "a key is given by its digest, 64 hexadecimal digits: what issue() and digest_of() return"
                )
            elif not isinstance(each, (Client, Issued)) or (isinstance(each, Issued) and each.digest != digest):
                faults.append(f"{digest[:12]}…: a Client, or what was Issued under this digest")
            else:
                known[digest] = each if isinstance(each, Issued) else Issued(digest, digest[:12], each)
        if faults:
            raise ConfigError.of("MemoryClients", dict.fromkeys(faults))
        self._known: dict[str, Issued] = known
        self._lock = Lock()

    def find(self, digest: str) -> Issued | None:
        """Return the key of this digest, if there is one."""
        return self._known.get(digest)

    def listed(self, damaged: Damaged | None = None) -> list[Issued]:  # noqa: ARG002 - these were keys from the start
        """Return all keys."""
        with self._lock:
            return list(self._known.values())

    def replace(self, old: Issued | None, new: Issued | None) -> bool:
        """Put one key in the place of another; see `ClientStore.replace`."""
        digest = digest_of_change(old, new)
        with self._lock:
            if not is_of_version(self._known.get(digest), old):
                return False
            if new is None:
                del self._known[digest]
            else:
                self._known[digest] = new
            return True

    def __repr__(self) -> str:
        return f"MemoryClients({len(self._known)})"


def digest_of_change(old: Issued | None, new: Issued | None) -> str:
    """Return the digest that a change is about.

    Raises:
        ValueError: it is about two, or none, or does not count itself.
    """
    both = [each for each in (old, new) if each is not None]
    counts = old is None or new is None or new.version == old.version + 1
    if len({each.digest for each in both}) != 1 or not counts:
        raise ValueError("a change is about one key, and counts its version one on")
    return both[0].digest


def is_of_version(known: Issued | None, old: Issued | None) -> bool:
    """Tell whether what is known is what somebody believes to be there."""
    return (known.version if known else 0) == (old.version if old else 0)


def to_members(issued: Issued) -> dict[str, Any]:
    """Return a key as JSON has it, without its digest."""
    members = {**issued._asdict(), "client": issued.client.document()}
    return {name: value for name, value in members.items() if name != "digest"}


def to_text(issued: Issued) -> str:
    """Return a key as a text of JSON, without its digest."""
    return json.dumps(to_members(issued), sort_keys=True)


def of_text(digest: str, text: object) -> Issued:
    """Return the key that a store has as JSON under this digest.

    Raises:
        RecordInvalid: it is none.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if not isinstance(raw, bytes):
        raise _invalid(digest, "no text")
    try:
        return of_members(digest, parse_object(raw))
    except MalformedToken as fault:
        raise _invalid(digest, fault.code) from None


def of_members(digest: object, members: object) -> Issued:
    """Return the key that these members describe.

    Raises:
        RecordInvalid: they describe none.
    """
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        raise RecordInvalid(detail="what is kept under another name than a digest is no key")
    if not isinstance(members, Mapping) or not set(members) <= set(Issued._fields) - {"digest"}:
        raise _invalid(digest, "not the members of a key")
    client = members.get("client")
    if not isinstance(client, Mapping) or not _are_sound(members):
        raise _invalid(digest, "members of other types than a key's")
    try:
        return Issued(**{**members, "digest": digest, "client": Client.of(client)})
    except ConfigError as fault:  # its words name members, and show no value
        raise _invalid(digest, str(fault)) from None


def all_read(
    read: Callable[[Any, Any], Issued], records: Iterable[tuple[Any, Any]], damaged: Damaged | None
) -> list[Issued]:
    """Return the keys of these records, by name and content; see `ClientStore.listed`.

    Raises:
        RecordInvalid: one is none, and nobody is told.
    """
    keys = []
    for name, content in records:
        try:
            keys.append(read(name, content))
        except RecordInvalid as fault:
            if damaged is None:
                raise
            damaged(fault)
    return keys


def _are_sound(members: Mapping[str, Any]) -> bool:
    name, created, version = members.get("id"), members.get("created_at", 0), members.get("version", 1)
    texts = (members.get("prefix", ""), members.get("successor", ""))
    return (
        isinstance(name, str)
        and _ID.fullmatch(name) is not None
        and all(isinstance(each, str) for each in texts)
        and isinstance(created, (int, float))
        and not isinstance(created, bool)
        and 0 <= created <= LATEST
        and type(version) is int
        and version >= 1
    )


def _invalid(digest: str, why: str) -> RecordInvalid:
    return RecordInvalid(detail=f"the record of the digest {digest[:12]}…: {why}")
