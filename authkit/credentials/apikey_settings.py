"""Settings of an `APIKey`: as given, all that is wrong with them, and what they make."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..gateway.sources import Source
from ..keys.clocks import Clocks
from ..stores.clients import ClientStore, MemoryClients
from .apikey_memory import KeyMemory, Limits
from .apikey_pepper import pepper_faults
from .apikey_text import prefix_faults
from .client import Client

LONGEST_CACHE = 3600.0  # seconds that a key may pass after it was taken back
LONGEST_STALE = 24 * 3600.0
MOST_ENTRIES = 100_000


class APIKeySettings(NamedTuple):
    """The arguments of `APIKey`, as given."""

    store: Any
    pepper: Any
    prefix: Any
    source: Any
    networks: Any
    cache_seconds: Any
    unknown_seconds: Any
    max_stale: Any
    entries: Any
    clock: Any
    monotonic: Any
    jitter: Any

    def __repr__(self) -> str:
        return f"APIKeySettings(prefix={self.prefix!r})"  # the pepper is a secret

    def faults(self) -> list[str]:
        """Say everything that is wrong."""
        faults = [*self._store_faults(), *pepper_faults(self.pepper), *prefix_faults(self.prefix)]
        if not isinstance(self.source, Source):
            faults.append("source must be a Header, Query or Cookie")
        if not isinstance(self.networks, bool):
            faults.append("networks is true or false")
        return [*faults, *self._limit_faults()]

    def clients(self) -> ClientStore:
        """Return the store."""
        if isinstance(self.store, Mapping):
            return MemoryClients(self.store)
        if isinstance(self.store, str):
            from ..stores.clients_place import clients_at

            return clients_at(self.store)
        store: ClientStore = self.store
        return store

    def memory(self) -> KeyMemory[Any]:
        """Return the memory of what the store said."""
        limits = Limits(self.cache_seconds, self.unknown_seconds, self.max_stale, self.entries)
        return KeyMemory(limits, clocks=Clocks(self.monotonic, self.clock), jitter=self.jitter)

    def _store_faults(self) -> list[str]:
        if not isinstance(self.store, (Mapping, str)):
            return [] if callable(getattr(self.store, "find", None)) else ["store must be a client store, or its place"]
        try:
            self.clients()
        except ConfigError as fault:
            return [f"store: {fault}"]
        return [] if self.networks or not isinstance(self.store, Mapping) else self._bound_faults(self.store)

    def _bound_faults(self, given: Mapping[Any, Any]) -> list[str]:
        """A client that is bound to networks can only be let in by what reads addresses."""
        clients = (each if isinstance(each, Client) else each.client for each in given.values())
        bound = sorted(client.id for client in clients if client.networks)
        return [f"{', '.join(bound)}: bound to networks, so say networks=True"] if bound else []

    def _limit_faults(self) -> list[str]:
        faults = [
            f"{name} must be 0 to {most:g} seconds"
            for name, most in (
                ("cache_seconds", LONGEST_CACHE),
                ("unknown_seconds", LONGEST_CACHE),
                ("max_stale", LONGEST_STALE),
            )
            if not _is_within(getattr(self, name), most)
        ]
        if type(self.entries) is not int or not 0 < self.entries <= MOST_ENTRIES:
            faults.append(f"entries must be 1 to {MOST_ENTRIES}")
        clocks = ("clock", "monotonic", "jitter")
        return faults + [f"{name} cannot be called" for name in clocks if not callable(getattr(self, name))]


def _is_within(value: object, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most
