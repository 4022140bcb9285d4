"""FileClients: a client store in a file, read again when it has changed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import NamedTuple

from ..errors import Unavailable
from .clients import KIND, Damaged, Issued
from .clients_document import ClientDocument

LARGEST = 16 * 1024 * 1024  # bytes


class _Read(NamedTuple):
    """A file as it was read."""

    mark: tuple[int, ...]
    document: ClientDocument


class FileClients:
    """Keys in a file of JSON, this user's alone (0600).

    A change is written beside its place and then renamed, so nobody ever reads half of one, and those who change it
    take turns by a lock on ``<file>.lock``. It is read again as soon as time, size or file have changed. Where the place
    is a link, all of this is done where it leads to. A folder that everybody can write to, and so put another file into
    the place of this one, is not taken.

    Args:
        path: the file. The first key that is put into it makes it.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path = os.fspath(path)
        self._read: _Read | None = None

    def find(self, digest: str) -> Issued | None:
        """Return the key of this digest, if there is one.

        Raises:
            Unavailable: the file cannot be read, others can write to it or replace it, or it holds something else.
        """
        return self._document().find(digest)

    def listed(self, damaged: Damaged | None = None) -> list[Issued]:
        """Return all keys; see `ClientStore.listed`.

        Raises:
            Unavailable: as for `find`.
        """
        return self._document().listed(damaged)

    def replace(self, old: Issued | None, new: Issued | None) -> bool:
        """Put one key in the place of another; see `ClientStore.replace`.

        Raises:
            Unavailable: as for `find`, or it cannot be written.
        """
        try:
            with self._alone():
                there = os.path.exists(self._path)  # noqa: PTH110 - pathlib costs the cold start 4 ms
                document = (self._document() if there else ClientDocument({})).replaced(old, new)
                if document is not None:
                    self._write(document.raw(indent=1) + b"\n")
                return document is not None
        except OSError as error:
            raise self._outage(error) from None

    def _document(self) -> ClientDocument:
        known = self._read
        try:
            if known is not None and known.mark == _mark(os.stat(self._path)):  # noqa: PTH116 - as above
                return known.document
            with open(self._path, "rb") as file:  # noqa: PTH123 - as above
                found = os.fstat(file.fileno())
                raw = file.read(LARGEST + 1)
            if os.name == "posix":
                self._demand_own(found)
        except OSError as error:
            raise self._outage(error) from None
        if len(raw) > LARGEST:
            raise Unavailable(f"{KIND}_invalid", detail=f"{self._path}: more than {LARGEST} bytes")
        self._read = _Read(_mark(found), ClientDocument.parse(raw, self._path))
        return self._read.document

    def _demand_own(self, found: os.stat_result) -> None:
        """Who can write to it can make keys. In a function, whoever unpacked it owns it, and the folder too."""
        folders = [os.stat(os.path.dirname(place) or ".") for place in (self._path, self._place())]  # noqa: PTH116, PTH120 - as above
        if found.st_uid not in (0, os.geteuid(), folders[0].st_uid) or stat.S_IMODE(found.st_mode) & 0o022:
            raise Unavailable(f"{KIND}_denied", detail=f"{self._path}: others can write to it; chmod 600")
        if any(each.st_mode & stat.S_IWOTH and not each.st_mode & stat.S_ISVTX for each in folders):
            detail = f"{self._path}: everybody can write to its folder, and replace it; chmod o-w"
            raise Unavailable(f"{KIND}_denied", detail=detail)

    def _place(self) -> str:
        """Where a link leads to: a change is made there, or whoever reads it there would never learn of it."""
        return os.path.realpath(self._path)  # at each use: what it leads to may be exchanged

    def _write(self, raw: bytes) -> None:
        place = self._place()
        draft = f"{place}.{os.urandom(8).hex()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor is no path
                file.write(raw)
                file.flush()
                os.fsync(descriptor)
            os.replace(draft, place)  # noqa: PTH105 - as above
        except BaseException:
            os.unlink(draft)  # noqa: PTH108 - as above
            raise
        _keep_name(os.path.dirname(place))  # noqa: PTH120 - as above

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep out whoever else changes the file, in this process or another."""
        # Only who changes it needs this; Windows has no such module.
        import fcntl

        descriptor = os.open(f"{self._place()}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _outage(self, error: OSError) -> Unavailable:
        if isinstance(error, FileNotFoundError):
            return Unavailable(f"{KIND}_not_found", detail=f"{self._path}: there is no such file; keys create makes it")
        ending = "denied" if isinstance(error, PermissionError) else "unavailable"
        return Unavailable(f"{KIND}_{ending}", detail=f"{self._path}: {type(error).__name__}")

    def __repr__(self) -> str:
        return f"FileClients({self._path!r})"


def _keep_name(folder: str) -> None:
    """Have the disk keep a new name too, not only the file: a revocation that was reported survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mark(found: os.stat_result) -> tuple[int, ...]:
    # The file's number too: each change makes another file, however quickly one follows the other.
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev, found.st_mode
