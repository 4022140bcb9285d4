"""Metering of callers who never see a usage plan's key: it goes back with the policy (contract section 9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import AuthkitError, ConfigError, Forbidden, MalformedToken, Unavailable
from ..principal import Principal
from ..tokens.strictjson import parse_object
from .metered_key import ADVICE, is_usage_key

if TYPE_CHECKING:
    from ..gateway.request import Request

_REST = frozenset({"rest-token", "rest-request"})
_CODE = "usage_keys_unavailable"


class UsageKeys:
    """Usage keys by the names of callers, as one JSON object in a secret: ``{"acme": "<the key's value>", …}``.

    >>> metered(JWTBearer(...), by="client_id", keys=UsageKeys(secrets.manager("orders/usage-keys")))

    A name that is not there causes one fetch an interval at most, as the source says.

    Args:
        source: a secret source, whose newest value is the object.

    Raises:
        ConfigError: it is no secret source.
    """

    def __init__(self, source: Any) -> None:
        if not all(callable(getattr(source, name, None)) for name in ("current", "after_mismatch")):
            raise ConfigError("UsageKeys: a secret source is needed, as secrets.manager('orders/usage-keys')")
        self._source = source
        self._read: tuple[bytes, dict[str, Any]] = b"", {}

    def __call__(self, name: str) -> str | None:
        """Return the usage key of a caller, if there is one.

        Raises:
            Unavailable: the secret cannot be had, or is no such object.
        """
        found = self._table(self._source.current()).get(name)
        if found is None:
            anew = self._source.after_mismatch()
            found = self._table(anew).get(name) if anew is not None else None
        return found

    def _table(self, values: tuple[bytes, ...]) -> dict[str, Any]:
        raw = values[0] if values else b""
        read = self._read
        if read[0] != raw or not raw:
            try:
                read = raw, parse_object(raw)
            except MalformedToken as fault:
                raise Unavailable(_CODE, detail=f"the secret is no JSON object: {fault.code}") from None
            self._read = read
        return read[1]

    def __repr__(self) -> str:
        return f"UsageKeys({type(self._source).__name__})"  # never what is in it


class Metered:
    """What `metered` returns."""

    def __init__(
        self,
        authenticate: Callable[[Request], Principal],
        *,
        by: str | Callable[[Principal], str | None],
        keys: Callable[[str], str | None] | None,
        default: str | None,
    ) -> None:
        self._authenticate = authenticate
        self._by = by
        self._keys = keys
        self._default = default
        self.reads: tuple[str, ...] = getattr(authenticate, "reads", ())  # `metered` has seen that it has them
        self.takes: frozenset[str] = getattr(authenticate, "takes", frozenset())
        self.optional: tuple[str, ...] = getattr(authenticate, "optional", ())
        self.per_request = bool(getattr(authenticate, "per_request", False))

    def __call__(self, request: Request) -> Principal:
        """Return the principal with its usage key; on an API that is not REST, as it is, without one.

        Raises:
            Forbidden: ``usage_key_missing``, it has none.
            Unavailable: nobody can tell.
        """
        principal = self._authenticate(request)
        if request.kind not in _REST:
            return principal._replace(usage_key=None)
        key = self._key_of(principal)
        if key is None:
            key = self._default
        if key is None:
            raise Forbidden("usage_key_missing", claim=self._concern, detail="no usage key is known for this caller")
        if not isinstance(key, str) or not is_usage_key(key):
            # The operator's fault, and not the caller's: a 403 would be kept.
            raise Unavailable("usage_key_invalid", detail=f"for the principal {principal.id}: {ADVICE}")
        return principal._replace(usage_key=key)

    @property
    def _concern(self) -> str:
        return self._by if isinstance(self._by, str) else ""

    def _key_of(self, principal: Principal) -> object:
        try:
            if callable(self._by):
                return self._by(principal)
            name = principal.claims.get(self._by)
            if not isinstance(name, str) or not name:
                return None
            return self._keys(name) if self._keys else name
        except AuthkitError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a look-up raises when it is down
            raise Unavailable(_CODE, detail=f"the look-up raised {type(error).__name__}") from None

    def __repr__(self) -> str:
        return f"metered({type(self._authenticate).__name__}, by={self._concern or 'a callable'!r})"


def metered(
    authenticate: Callable[[Request], Principal],
    *,
    by: str | Callable[[Principal], str | None],
    keys: Mapping[str, str] | Callable[[str], str | None] | None = None,
    default: str | None = None,
) -> Metered:
    """Return a credential whose principals are metered under keys of usage plans, which they never see.

    >>> metered(JWTBearer(...), by="client_id", keys={"web": web_key, "batch": batch_key})

    The REST API's ``apiKeySource`` must be ``AUTHORIZER`` and its methods must require a key; else the gateway pays no
    heed. A key that is in no plan with this API and stage is a 403 of the gateway's own (``INVALID_API_KEY``). HTTP and
    WebSocket APIs take no usage key from an authorizer: there the principal has none.

    Args:
        authenticate: the credential, as ``JWTBearer(...)``.
        by: the claim that names the caller, or a callable that takes the principal and returns its usage key.
        keys: usage keys by the claim's value, a callable that looks them up, or `UsageKeys`. None: the claim is the
            usage key itself; then nobody may read the token but who may know the key.
        default: the usage key of callers who have none of their own; None: they are refused.

    Raises:
        ConfigError: names every fault, and no key.
    """
    faults = _faults(authenticate, by, keys, default)
    if faults:
        raise ConfigError.of("metered", faults)
    look_up = dict(keys).get if isinstance(keys, Mapping) else keys
    return Metered(authenticate, by=by, keys=look_up, default=default)


def _faults(authenticate: object, by: object, keys: object, default: object) -> list[str]:
    faults = []
    if not callable(authenticate) or not isinstance(getattr(authenticate, "reads", None), tuple):
        faults.append("authenticate must be a credential, which says what it reads")
    if not callable(by) and not (isinstance(by, str) and by):
        faults.append("by must be the name of a claim, or a callable that takes the principal")
    if callable(by) and keys is not None:
        faults.append("keys are looked up by a claim: a callable returns the usage key itself")
    if isinstance(keys, Mapping):
        names = (
            str(name) for name, key in keys.items() if not isinstance(name, str) or not name or not is_usage_key(key)
        )
        faults += [f"keys of {name}: {ADVICE}" for name in sorted(names)]
    elif keys is not None and not callable(keys):
        faults.append("keys must map names to usage keys, or be a callable that looks them up")
    if default is not None and not is_usage_key(default):
        faults.append(f"default: {ADVICE}")
    return faults
