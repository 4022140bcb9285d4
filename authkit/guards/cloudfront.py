"""CloudFrontSecret: only requests that came by one's own distribution, which adds a secret header to them."""

import hmac
import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ConfigError, Forbidden, NoCredential, Unauthenticated, Unavailable
from ..gateway.sources import Source, read_one
from ..stores.source import Given, SecretSource, source_of

if TYPE_CHECKING:
    from ..gateway.request import Request

LEAST = 16  # bytes: with fewer it could be guessed
LONGEST = 1024  # bytes, and beyond what a secret needs: longer ones are refused unread

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2: a token
_SENDABLE = re.compile(rb"[!-+\--~]+")  # visible ASCII, without the comma by which an HTTP API joins several values


class _Known(NamedTuple):
    """Values of the source, and the digests of those that are fit to be a secret."""

    values: tuple[bytes, ...]
    digests: tuple[bytes, ...]

    @property
    def unfit(self) -> int:
        return len(self.values) - len(self.digests)

    def __repr__(self) -> str:
        return f"_Known(digests={len(self.digests)}, unfit={self.unfit})"


class CloudFrontSecret:
    """Refuse what did not come by one's own CloudFront distribution.

    >>> CloudFrontSecret(secrets.manager("edge/origin-verify"))

    The distribution adds the header to what it sends to the origin, in place of one that a viewer sent. Every value of
    the source that is valid now will do: during a rotation some edges send the old one, and some the new.

    Args:
        source: where the values come from, as ``secrets.manager(…)``; or the one value itself.
        header: the header's name.
        least: bytes that a secret must have; 16 or more.

    Raises:
        ConfigError: names every fault, among them a secret given here that is empty, too short, or no header can carry.
    """

    per_request = False

    def __init__(
        self, source: SecretSource | str | bytes, header: str = "x-origin-verify", *, least: int = LEAST
    ) -> None:
        faults = []
        if not isinstance(header, str) or not _NAME.fullmatch(header):
            faults.append("header must be the name of a header")
        if type(least) is not int or not LEAST <= least <= LONGEST:
            faults.append(f"least must be a number of bytes from {LEAST} to {LONGEST}")
        try:
            self._source = source_of(source, "source")
        except ConfigError as fault:
            faults.append(str(fault))
        if not faults:
            self._least = least
            faults += self._given_faults()
        if faults:
            raise ConfigError.of("CloudFrontSecret", faults)
        self._header = Source("header", header.lower())
        self.reads = (str(self._header),)
        self._known = _Known((b"",), ())  # no source's

    def __call__(self, request: "Request") -> None:
        """Let a request pass that has exactly one value there, which is one of the secrets.

        Raises:
            Forbidden: ``origin_secret_missing``, ``origin_secret_repeated`` or ``origin_secret_mismatch``.
            Unavailable: the secrets cannot be had, or none of them is fit to be one; or the value fits none, and it
                cannot be told whether there are newer ones.
        """
        value = self._value(request)
        values, known = self._source.current(), self._known
        if values is not known.values:
            known = self._fit(values)
        digest = sha256(value).digest()
        if _is_one_of(digest, known.digests):
            return
        if len(value) <= LONGEST:
            anew = self._source.after_mismatch()
            # None says that they are fresh; still others than those compared with, if somebody has just fetched them.
            values = self._source.current() if anew is None else anew
            if values is not known.values:
                known = self._fit(values)
                if _is_one_of(digest, known.digests):
                    return
        raise self._refusal(known)

    def _value(self, request: "Request") -> bytes:
        try:
            value = read_one(self._header, request)
        except NoCredential:
            detail = "did the request come past the distribution, or does that not add the header?"
            raise Forbidden("origin_secret_missing", claim=self.reads[0], detail=detail) from None
        except Unauthenticated as fault:
            raise Forbidden("origin_secret_repeated", claim=self.reads[0], detail=fault.detail) from None
        if len(value) > LONGEST:
            value = value[: LONGEST + 1]  # so that nobody pays for hashing it: one more than the longest fits none
        return value.encode() if value.isascii() else value.encode("utf-8", "surrogatepass")

    def _fit(self, values: tuple[bytes, ...]) -> _Known:
        """Return what can be compared with, and remember it: nothing else is done while the values stay the same."""
        fit = (value for value in values if not _faults_of(value, self._least))
        known = _Known(values, tuple(sha256(value).digest() for value in fit))
        if not known.digests:
            raise self._unfit(known)
        self._known = known
        return known

    def _refusal(self, known: _Known) -> Forbidden | Unavailable:
        """Where one of the secrets is unfit, the distribution may be sending that one: then it is we who are wrong."""
        if known.unfit:
            return self._unfit(known)
        detail = (
            f"none of the {len(known.digests)} in use; did the request come past the distribution, or does that send an"
            " older one?"
        )
        return Forbidden("origin_secret_mismatch", claim=self.reads[0], detail=detail)

    def _unfit(self, known: _Known) -> Unavailable:
        faults = sorted({fault for value in known.values for fault in _faults_of(value, self._least)})
        detail = f"{self._source!r}: {'; '.join(faults) or 'there is no value'}"
        return Unavailable("origin_secret_unfit", detail=detail)

    def _given_faults(self) -> list[str]:
        """What is known from the start is judged at once."""
        values = self._source.current() if isinstance(self._source, Given) else ()
        return sorted({fault for value in values for fault in _faults_of(value, self._least)})

    def __repr__(self) -> str:
        if not hasattr(self, "_header"):  # in the traceback of its own construction, which failed
            return "CloudFrontSecret()"
        return f"CloudFrontSecret({self._source!r}, header={self._header.name!r})"


def _is_one_of(digest: bytes, digests: tuple[bytes, ...]) -> bool:
    """Compare with all of them, in the same time wherever the first difference is, or the one that fits."""
    found = False
    for each in digests:
        found |= hmac.compare_digest(digest, each)
    return found


def _faults_of(value: bytes, least: int) -> list[str]:
    faults = []
    if len(value) < least:
        faults.append(f"a secret has {least} bytes at least")
    elif len(set(value)) < 6:
        faults.append("hardly any two bytes of a secret differ")
    if len(value) > LONGEST:
        faults.append(f"a secret has {LONGEST} bytes at most")
    if value and not _SENDABLE.fullmatch(value):
        faults.append("a secret is made of visible ASCII characters, without commas: no other can be sent in a header")
    return faults
