"""FileStore: a folder in which processes of one machine, or functions with one file system, share key sets."""

from __future__ import annotations

import json
import os
import stat
from hashlib import sha256
from os import PathLike
from typing import Any

from ..errors import ConfigError, MalformedToken
from ..tokens.strictjson import parse_object
from .bounded import LARGEST_BODY
from .store import Stored

_LARGEST_HEAD = 8192  # bytes


class FileStore:
    """A `KeyStore` of files, one an entry: a line of JSON that says what it is, then the document as it was fetched.

    Names become hashes, so none leads out of the folder. A file is written beside its place and then renamed, so
    nobody ever reads half of one.

    Args:
        folder: is made, for this user alone, where it does not exist.

    Raises:
        ConfigError: it is no folder, cannot be made, or others can write to it.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self._folder = os.fspath(folder)
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - pathlib costs the cold start 4 ms
            found = os.stat(self._folder)  # noqa: PTH116 - as above
        except OSError as error:
            raise ConfigError(f"FileStore: {self._folder} cannot be used ({type(error).__name__})") from None
        # Who can write here can vouch for keys.
        if hasattr(os, "geteuid") and (found.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(found.st_mode) & 0o022):
            raise ConfigError(
                f"FileStore: others can write to {self._folder}; it must be this user's alone (chmod 700)"
            )

    def get(self, name: str) -> Stored | None:
        """Return the entry of this name, if there is one.

        Raises:
            ValueError: the file is none of ours.
            OSError: it cannot be read.
        """
        try:
            with open(self._place(name), "rb") as file:  # noqa: PTH123 - pathlib costs the cold start 4 ms
                raw = file.read(_LARGEST_HEAD + LARGEST_BODY + 1)
        except FileNotFoundError:
            return None
        head, newline, body = raw.partition(b"\n")
        if not newline or len(head) > _LARGEST_HEAD or len(body) > LARGEST_BODY:
            raise ValueError("not an entry of a key store")
        try:
            return _entry(parse_object(head), body)
        except MalformedToken as fault:
            raise ValueError(f"not an entry of a key store: {fault.code}") from None

    def put(self, name: str, stored: Stored) -> None:
        """Keep an entry under this name, in place of the one before.

        Raises:
            OSError: it cannot be written.
        """
        members = {each: value for each, value in stored._asdict().items() if each != "body"}
        place = self._place(name)
        draft = f"{place}.{os.urandom(8).hex()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor is no path
                file.write(json.dumps(members).encode() + b"\n" + stored.body)
            os.replace(draft, place)  # noqa: PTH105 - as above
        except BaseException:
            os.unlink(draft)  # noqa: PTH108 - as above
            raise

    def _place(self, name: str) -> str:
        return f"{self._folder}{os.sep}{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}.jwks"

    def __repr__(self) -> str:
        return f"FileStore({self._folder!r})"


def _entry(members: dict[str, Any], body: bytes) -> Stored:
    """Judge nothing but the names: what the values are worth, whoever asked finds out for every store."""
    if set(members) != set(Stored._fields) - {"body"}:
        raise ValueError("not an entry of a key store: other members")
    return Stored(body=body, **members)
