"""API keys of our own: kept as keyed digests, each given to a client (contract section 9)."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, Forbidden, Unauthenticated, Unavailable
from ..gateway.sources import Header, Source, read_one
from ..principal import Principal
from ..stores.clients import Issued, RecordInvalid
from .apikey_memory import Kept
from .apikey_pepper import demand_peppers, peppers_of
from .apikey_settings import APIKeySettings
from .apikey_text import PREFIX, demand_form, digest_of, pattern, pepper_of
from .client import KEY_ID, Client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..gateway.request import Request
    from ..guards.networks import Ranges
    from ..stores.clients import ClientStore

ADDRESS = "context.identity.sourceIp"

_X_API_KEY = Header("x-api-key")


class _Holder:
    """A key that the store has, made ready for requests. The principal is made once: it is immutable."""

    __slots__ = ("disabled", "id", "not_after", "not_before", "principal", "ranges")

    def __init__(self, issued: Issued) -> None:
        client = issued.client
        self.id = issued.id
        self.disabled = client.disabled
        self.not_before = client.not_before
        self.not_after = client.not_after
        self.ranges = _ranges(client.networks)
        self.principal = Principal(
            client.id,
            scopes=client.scopes,
            claims={**client.context, KEY_ID: issued.id},
            usage_key=client.usage_key,
            expires_at=client.not_after,
        )


class APIKey:
    """Authenticate an API key that was made by ``authkit keys create``, and make its client the principal.

    >>> APIKey(store="dynamodb:api-keys", pepper=secrets.manager("orders/api-key-pepper"))

    A key that was taken back passes for ``cache_seconds`` more in an execution environment that knows it, and, while the
    store cannot be asked, until what it last said is ``max_stale`` seconds old. Add what the store keeps by itself
    (`SecretsManagerClients`), and the gateway's own TTL.

    A made-up key costs the store nothing: without the pepper nobody can make one that is looked up.

    Args:
        store: a `ClientStore`; its place, as ``"dynamodb:TABLE"``; or clients by the digests of their keys.
        pepper: what the digests are keyed with: 32 bytes or more, several of them newest first, or a secret source. A key
            is good as long as the pepper it was made with is among them: give ``secrets.manager`` a ``previous_for``
            that is as long as it takes to rotate all keys.
        prefix: what the keys begin with; those of other environments are refused.
        source: where the key is. It stands there alone, without a scheme before it.
        networks: whether clients may be bound to networks. Then the source address is an identity source.
        cache_seconds: how long the store's answer of a key is kept; 0: not at all.
        unknown_seconds: how long it is kept that the store does not have one.
        max_stale: how old an answer may become while the store cannot be asked; 0: not older than ``cache_seconds``.
        entries: how many answers of either kind are kept.
        clock, monotonic, jitter: the time in seconds since the epoch, a clock nobody can set, and randomness in [0, 1).

    Raises:
        ConfigError: names every fault.
    """

    per_request = False

    def __init__(
        self,
        *,
        store: ClientStore | Mapping[str, Any] | str,
        pepper: Any,
        prefix: str = PREFIX,
        source: Source = _X_API_KEY,
        networks: bool = False,
        cache_seconds: float = 60.0,
        unknown_seconds: float = 10.0,
        max_stale: float = 3600.0,
        entries: int = 1000,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        given = APIKeySettings(**{name: value for name, value in locals().items() if name != "self"})
        faults = given.faults()
        if faults:
            raise ConfigError.of("APIKey", faults)
        self._store = given.clients()
        self._peppers = peppers_of(pepper)
        self._form = re.compile(pattern(prefix))
        self._source = source
        self._memory = given.memory()
        self._clock = clock
        self._pack = _packer() if networks else None
        self.reads: tuple[str, ...] = (str(source), ADDRESS) if networks else (str(source),)
        self.takes = frozenset({str(source)})  # whatever stands there is a key, or a wrong one
        self._limits = (cache_seconds, max_stale)

    def __call__(self, request: Request) -> Principal:
        """Return the principal of a request.

        Raises:
            NoCredential: there is no key.
            Unauthenticated: it is repeated, malformed, unknown, taken back, or not good at this time.
            Forbidden: its client may not call from this address.
            Unavailable: nobody can tell.
        """
        text = read_one(self._source, request)
        name = self._memory.name(text)
        kept: Kept[_Holder] = self._memory.get(name) or self._asked(name, text)
        holder = kept.known
        if holder is None:
            raise self._unknown("the store does not have it")
        self._demand_in_time(holder)
        if holder.ranges is not None:
            self._demand_near(holder.ranges, request)
        return holder.principal

    def explain(self) -> str:
        """Say in words what is read, and how old what is known may be."""
        seconds, stale = self._limits
        own = getattr(self._store, "seconds", 0)
        return "\n".join([
            f"reads {', '.join(self.reads)}; answers may be cached",
            f"keys of the form {self._form.pattern}; {self._store!r}",
            f"a key taken back passes for {seconds + own:g} s at most, and {max(stale, seconds) + own:g} s in an outage",
        ])  # fmt: skip

    def _asked(self, name: bytes, text: str) -> Kept[_Holder]:
        """Look a key up, once its text shows that it was made with one of the peppers."""
        if not name:
            raise Unauthenticated("api_key_malformed", claim=str(self._source), detail="too long, or not ASCII")
        try:
            demand_form(text, self._form)
        except Unauthenticated as fault:
            raise Unauthenticated(fault.code, claim=str(self._source), detail=fault.detail) from None
        digest = digest_of(text, self._pepper_of(text))
        return self._memory.ask(name, lambda: self._found(digest))

    def _pepper_of(self, text: str) -> bytes:
        found = pepper_of(text, demand_peppers(self._peppers.current()))
        if found is None:
            # Made up, or made after a rotation that has not come here: worth asking, once an interval.
            anew: Sequence[bytes] | None = self._peppers.after_mismatch()
            found = pepper_of(text, demand_peppers(anew)) if anew is not None else None
        if found is None:
            raise self._unknown("it was not made with this pepper: made up, or of another store")
        return found

    def _found(self, digest: str) -> _Holder | None:
        issued = self._store.find(digest)
        if issued is None:
            return None
        # Of a store handed in: to let somebody else in is the worst, and one odd record must not shut out all others.
        if not isinstance(issued, Issued) or not isinstance(issued.client, Client):
            raise RecordInvalid(detail=f"the store answered with {type(issued).__name__}, or one without a Client")
        if issued.digest != digest:
            raise RecordInvalid(detail="the store answered with another key than it was asked for")
        return _Holder(issued)

    def _unknown(self, detail: str) -> Unauthenticated:
        return Unauthenticated("api_key_unknown", claim=str(self._source), detail=detail)

    def _demand_in_time(self, holder: _Holder) -> None:
        code = ""
        now = self._clock()
        if holder.disabled:
            code = "revoked"
        elif holder.not_before is not None and now < holder.not_before:
            code = "not_yet_valid"
        elif holder.not_after is not None and now >= holder.not_after:
            code = "expired"
        if code:
            raise Unauthenticated(code, claim=str(self._source), detail=f"the key {holder.id}")

    def _demand_near(self, ranges: Ranges, request: Request) -> None:
        from ..guards.networks import address_of

        if self._pack is None:
            # To let it in would be wrong, and a refusal would be kept: the address is no identity source.
            raise Unavailable("api_key_networks", detail="its client is bound to networks; say APIKey(networks=True)")
        address = self._pack(address_of(request))
        if not address or not ranges.hold(address):
            raise Forbidden("source_network", claim=ADDRESS, detail="the client may not call from this address")

    def __repr__(self) -> str:
        if not hasattr(self, "_source"):  # in the traceback of its own construction, which failed
            return "APIKey()"
        return f"APIKey(source={self._source}, store={self._store!r})"


def _ranges(networks: Sequence[str]) -> Ranges | None:
    if not networks:
        return None
    from ..guards.networks import Ranges  # most clients have no networks

    return Ranges(networks)


def _packer() -> Callable[[str], bytes]:
    from ..guards.networks import packer

    return packer()
