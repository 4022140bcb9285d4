"""A whole client store as one JSON document: ``{"keys": {"<digest>": {…}}}``."""

from __future__ import annotations

import json
from typing import Any

from ..errors import MalformedToken, Unavailable
from ..tokens.strictjson import parse_object
from .clients import Damaged, Issued, all_read, digest_of_change, is_of_version, of_members, to_members


class ClientDocument:
    """Keys as a document has them: each is read only when it is asked for, so that a bad one spoils no other.

    Args:
        members: by their digests.
    """

    __slots__ = ("_members",)

    def __init__(self, members: dict[str, Any]) -> None:
        self._members = members

    @classmethod
    def parse(cls, raw: bytes, what: str) -> ClientDocument:
        """Return the document in these bytes; ``{}`` is one without keys.

        Raises:
            Unavailable: ``api_keys_invalid``.
        """
        try:
            content = parse_object(raw)
        except MalformedToken as fault:
            raise Unavailable("api_keys_invalid", detail=f"{what}: {fault.code}") from None
        members = content.get("keys", {})
        if not set(content) <= {"keys"} or not isinstance(members, dict):
            raise Unavailable("api_keys_invalid", detail=f"{what}: not a document of API keys")
        return cls(members)

    def find(self, digest: str) -> Issued | None:
        """Return the key of this digest, if there is one.

        Raises:
            RecordInvalid: there is something else.
        """
        found = self._members.get(digest)
        return None if found is None and digest not in self._members else of_members(digest, found)

    def listed(self, damaged: Damaged | None = None) -> list[Issued]:
        """Return all keys; see `ClientStore.listed`.

        Raises:
            RecordInvalid: one is none, and nobody is told.
        """
        return all_read(of_members, self._members.items(), damaged)

    def replaced(self, old: Issued | None, new: Issued | None) -> ClientDocument | None:
        """Return another document after a change; None if this one does not have what was to be replaced."""
        digest = digest_of_change(old, new)
        if not is_of_version(self.find(digest), old):
            return None
        kept = {name: members for name, members in self._members.items() if name != digest}
        return ClientDocument(kept if new is None else {**kept, digest: to_members(new)})

    def raw(self, *, indent: int | None = None) -> bytes:
        """Return it as JSON: indented for people, or as short as can be."""
        separators = (",", ":") if indent is None else None
        return json.dumps({"keys": self._members}, sort_keys=True, indent=indent, separators=separators).encode()

    def __repr__(self) -> str:
        return f"ClientDocument({len(self._members)})"
