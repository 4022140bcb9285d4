"""KeyStore: where environments of one function share what one of them has fetched."""

from typing import NamedTuple, Protocol

from .cachecontrol import DEFAULT


class Stored(NamedTuple):
    """A key set as it was fetched, and where and when.

    Attributes:
        body: the document, byte for byte.
        issuer: whose keys they are.
        url: where the issuer's keys were looked for, as configured.
        stored_at: when the issuer last gave or confirmed it, in seconds since the epoch.
        etag: what the issuer calls this version. It is for people: it is never sent back on the word of a store, or
            the issuer's "not modified" would vouch for a body that the issuer never saw.
        lifetime: for how many seconds from then it is fresh.
    """

    body: bytes
    issuer: str
    url: str
    stored_at: float
    etag: str | None = None
    lifetime: float = DEFAULT


class KeyStore(Protocol):
    """Keeps entries by name. It may raise anything and lose anything: then the issuer is asked.

    What it gives is inspected like a fetched set. Who can write to it can still put keys of their own into it, so it
    needs the protection that the function's code has. A request can wait for it: bound what it does in time.
    """

    def get(self, name: str) -> Stored | None:
        """Return the entry of this name, if there is one."""

    def put(self, name: str, stored: Stored) -> None:
        """Keep an entry under this name, in place of the one before."""
