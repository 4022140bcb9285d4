"""FileStore: the contract of stores, and what is particular to files."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from authkit.errors import ConfigError
from authkit.keys.filestore import FileStore
from tests.keys.store_contract import *  # noqa: F403 - the contract's tests run here
from tests.keys.store_contract import ENTRY, NAME

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """A store in a folder that does not exist yet."""
    return FileStore(tmp_path / "of" / "keys")


def test_files_are_this_users_alone_and_named_by_hashes(tmp_path: Path) -> None:
    """Nothing of a name gets into a path, and no draft is left."""
    folder = tmp_path / "keys"

    FileStore(folder).put("../../etc/passwd", ENTRY)

    (file,) = folder.iterdir()
    assert file.suffix == ".jwks"
    assert len(file.stem) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_processes_share_a_folder(tmp_path: Path) -> None:
    """By text or path."""
    FileStore(str(tmp_path / "keys")).put(NAME, ENTRY)

    assert FileStore(tmp_path / "keys").get(NAME) == ENTRY


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    """Who can write there can vouch for keys."""
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(mode)

    with pytest.raises(ConfigError, match="others can write"):
        FileStore(folder)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    """While constructing."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot be used"):
        FileStore(tmp_path / "file")
    with pytest.raises(ConfigError, match="cannot be used"):
        FileStore(tmp_path / "file" / "below")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"{}\n", b"no json\n{}", b'{"issuer":"a"}', b"[]\n", b"\xff\n", b'{"issuer":"a","issuer":"b"}\n',
        b'{"issuer":"a","url":"b","stored_at":1,"etag":null,"lifetime":1,"more":1}\nx', b"x" * 10_000 + b"\n", b"[" * 9000 + b"\n",
        b'{"issuer":"a","url":"b","stored_at":1,"etag":null,"lifetime":1}\n' + b"x" * 1_048_577, b" " * 9_000_000,
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_ours_is_an_error_of_its_own(store: FileStore, content: bytes) -> None:
    """Cut short, foreign, too long: whoever asked is told, and asks the issuer."""
    store.put(NAME, ENTRY)
    (file,) = map(os.fspath, os.scandir(store._folder))
    with open(file, "wb") as opened:  # noqa: PTH123 - as the store has it
        opened.write(content)

    with pytest.raises(ValueError, match="not an entry"):
        store.get(NAME)


def test_a_put_that_fails_leaves_the_old_entry_and_no_draft(tmp_path: Path) -> None:
    """A folder that went away, or an entry that cannot be written."""
    store = FileStore(tmp_path / "keys")
    store.put(NAME, ENTRY)

    with pytest.raises(TypeError):
        store.put(NAME, ENTRY._replace(etag=object()))  # type: ignore[arg-type]

    assert store.get(NAME) == ENTRY
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_nobody_reads_half_a_file(store: FileStore) -> None:
    """Readers meet whole entries only, however many write."""
    entries = [ENTRY._replace(body=bytes([each]) * 50_000, stored_at=float(each)) for each in range(4)]
    store.put(NAME, entries[0])

    def write(entry: object) -> None:
        for _ in range(25):
            store.put(NAME, entry)  # type: ignore[arg-type]

    writers = [threading.Thread(target=write, args=(entry,)) for entry in entries]
    for writer in writers:
        writer.start()
    seen = {store.get(NAME) for _ in range(200)}
    for writer in writers:
        writer.join()

    assert seen <= set(entries)


def test_the_repr_tells_the_folder(tmp_path: Path) -> None:
    """And nothing of what is in it."""
    assert repr(FileStore(tmp_path / "keys")) == f"FileStore({str(tmp_path / 'keys')!r})"
