"""Client: to whom API keys are given, and what they may do with them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..errors import ConfigError, MalformedToken
from ..tokens.claims import Claims
from ..tokens.strictjson import parse_object
from .metered_key import ADVICE, is_usage_key

KEY_ID = "api_key_id"
"""The claim by which a principal tells with which of its keys it called."""

LONGEST_ID = 256  # characters
LARGEST_CONTEXT = 8 * 1024  # bytes, as JSON


class _Fields(NamedTuple):
    id: str
    scopes: frozenset[str]
    usage_key: str | None
    context: Claims
    networks: tuple[str, ...]
    not_before: float | None
    not_after: float | None
    disabled: bool


class Client(_Fields):
    """To whom a key was given. Immutable.

    >>> Client("acme", scopes={"orders:read"}, networks=["203.0.113.0/24"])

    Args:
        id: who it is; becomes the principal's id.
        scopes: what it may do.
        usage_key: the usage plan's key that its calls are metered under: the value, which is a secret, and not the id.
        context: what else is known of it; becomes the principal's claims.
        networks: where it may call from; none means from anywhere.
        not_before, not_after: from when and until when, in seconds since the epoch.
        disabled: whether its key was taken back.

    Raises:
        ConfigError: names every fault, and never a value that may be a secret.
    """

    __slots__ = ()

    def __new__(  # noqa: D102 - the class says what it takes
        cls,
        id: str,  # noqa: A002 - the gateway's own word for it is principal id
        *,
        scopes: Iterable[str] = (),
        usage_key: str | None = None,
        context: Mapping[str, Any] = {},
        networks: Iterable[str] = (),
        not_before: float | None = None,
        not_after: float | None = None,
        disabled: bool = False,
    ) -> "Client":
        held, listed = _listed(scopes), _listed(networks)
        faults = [
            *_id_faults(id),
            *([] if all(map(_is_scope, held)) else ["scopes must be a collection of texts without blanks"]),
            *([] if usage_key is None or is_usage_key(usage_key) else [f"usage_key: {ADVICE}"]),
            *_context_faults(context),
            *(_network_faults(listed) if listed else []),
            *_time_faults(not_before, not_after),
            *([] if isinstance(disabled, bool) else ["disabled is true or false"]),
        ]
        if faults:
            raise ConfigError.of("Client", faults)
        # Through JSON: a copy that nobody else can change, and the same as what a store gives back.
        known = Claims(json.loads(json.dumps(dict(context))))
        ranges = tuple(dict.fromkeys(listed))
        return super().__new__(cls, id, frozenset(held), usage_key, known, ranges, not_before, not_after, disabled)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Client":
        """Return the client that `document` described.

        Raises:
            ConfigError: it describes none.
        """
        # Written out: whoever wrote them must not steer the terminal of whoever reads this.
        strangers = sorted(repr(name) for name in document if name not in cls._fields)
        if strangers or "id" not in document:
            raise ConfigError.of("Client", [f"no member is named {', '.join(strangers)}"] if strangers else ["no id"])
        return cls(**document)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it, without what it lacks."""
        members = {**self._asdict(), "scopes": sorted(self.scopes), "context": dict(self.context)}
        members["networks"] = list(self.networks)
        # Not by what is falsy: an end at 0 is an end.
        return {
            name: value for name, value in members.items() if not (value is None or value is False or value in ([], {}))
        }

    def ends(self, at: float) -> "Client":
        """Return the same client, ending at this moment if it did not end before; disabled if it would begin later."""
        if self.not_before is not None and at <= self.not_before:
            return self._replace(disabled=True)
        end = at if self.not_after is None else min(at, self.not_after)
        return self._replace(not_after=end)

    def __repr__(self) -> str:
        # The usage key is a secret; what the context says is personal data.
        return f"Client(id={self.id!r}, scopes={sorted(self.scopes)!r}, disabled={self.disabled!r})"


def _listed(given: object) -> tuple[Any, ...]:
    """Return what was given as a tuple; a text, or a mapping, is no collection of texts, and becomes what is none."""
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping)) else (None,)


def _is_scope(given: object) -> bool:
    return isinstance(given, str) and bool(given) and given.isprintable() and " " not in given


def _id_faults(given: object) -> list[str]:
    fits = isinstance(given, str) and 0 < len(given) <= LONGEST_ID and given.isprintable()
    return [] if fits else [f"id must be a printable text of 1 to {LONGEST_ID} characters"]


def _context_faults(given: object) -> list[str]:
    if not isinstance(given, Mapping) or not all(isinstance(name, str) and name for name in given):
        return ["context must map names to values that JSON has"]
    if KEY_ID in given:
        return [f"context: {KEY_ID} is told by the key itself"]
    try:
        raw = json.dumps(dict(given), allow_nan=False).encode()
        # As deep as it lies in a document: what could not be read again would make the whole of it unreadable.
        parse_object(b'{"keys":{"":{"client":{"context":' + raw + b"}}}}")
    except (TypeError, ValueError, RecursionError):
        return ["context must map names to values that JSON has"]
    except MalformedToken as fault:
        return [f"context must map names to values that every store can give back: {fault.code}"]
    size = len(raw)
    return [] if size <= LARGEST_CONTEXT else [f"context is more than {LARGEST_CONTEXT} bytes of JSON"]


def _network_faults(listed: tuple[Any, ...]) -> list[str]:
    from ..guards.networks import Ranges  # most clients have no networks

    try:
        Ranges(listed)
    except ValueError as fault:
        return [f"networks: {fault}"]
    return []


def _time_faults(not_before: object, not_after: object) -> list[str]:
    faults = [
        f"{name} must be seconds since the epoch, or None"
        for name, given in (("not_before", not_before), ("not_after", not_after))
        if given is not None and not _is_time(given)
    ]
    if not faults and not_before is not None and not_after is not None and not_before >= not_after:  # type: ignore[operator]
        faults.append("not_after must be later than not_before")
    return faults


def _is_time(given: object) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool) and 0 <= given < 2**53
