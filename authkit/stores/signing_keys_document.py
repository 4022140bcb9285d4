"""Partners in one JSON document, as a secret in Secrets Manager holds it.

::

    {"partners": {
        "partner-7": {"client": {"id": "acme", "scopes": ["orders:read"]},
                      "secrets": ["the new one", {"secret": "the old one", "not_after": 1795000000}]},
        "partner-8": {"client": {"id": "globex"}, "public_keys": ["<64 bytes, hexadecimal>"]},
        "partner-9": {"client": {"id": "initech"},
                      "derived": [{"day": "20261121", "region": "eu-west-1", "service": "acme-orders",
                                   "key": "<32 bytes, hexadecimal>"}]}}}
"""

from __future__ import annotations

from hmac import compare_digest

from ..errors import Unavailable
from .signing_keys import Partner
from .signing_keys_records import document_of, partner_of, partners_in
from .source import SecretSource, source_of

__all__ = ["PartnerDocument", "document_of"]


class PartnerDocument:
    """Partners in a JSON document. One that is bad spoils no other.

    All are read when the document comes: read when it is asked for, a known one would take longer than an unknown one.

    Args:
        source: the document: a text, bytes, or a secret source as `authkit.secrets` makes them. It keeps what it
            fetched for a bounded time, and after a signature that fits nothing it is asked anew once an interval.

    Raises:
        ConfigError: it is no source.
    """

    def __init__(self, source: str | bytes | SecretSource) -> None:
        self._source = source_of(source, "PartnerDocument")
        self._read: tuple[bytes, dict[str, Partner | str]] = (b"", {})

    def find(self, access_key_id: str) -> Partner | None:
        """Return the partner of an access key id, if there is one.

        Raises:
            Unavailable: the document cannot be had, or it or this partner's part of it is none.
        """
        found = self._partners(self._source.current()).get(access_key_id)
        if isinstance(found, str):
            raise Unavailable("signing_key_record_invalid", detail=found)
        return found

    def renewed(self) -> bool:
        """Fetch the document anew, at most once an interval, and tell whether it has changed."""
        before = self._read[0]
        anew = self._source.after_mismatch()
        return anew is not None and not compare_digest(anew[0], before)

    def prefetch(self) -> bool:
        """Have the document ready before the first request, and tell whether it is. Never raises."""
        try:
            self._partners(self._source.current())
        except Unavailable:
            return False
        return True

    def _partners(self, values: tuple[bytes, ...]) -> dict[str, Partner | str]:
        raw = values[0]  # the newest: two live secrets are two of one document, not two documents
        before, partners = self._read
        if raw is not before:
            partners = {name: _partner_or_fault(name, members) for name, members in partners_in(raw).items()}
            self._read = (raw, partners)
        return partners

    def __repr__(self) -> str:
        return f"PartnerDocument({len(self._read[1])})"


def _partner_or_fault(access_key_id: str, members: object) -> Partner | str:
    try:
        return partner_of(access_key_id, members)
    except Unavailable as fault:
        return fault.detail
