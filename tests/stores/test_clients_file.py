"""FileClients: what is particular to files."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from authkit.credentials.client import Client
from authkit.errors import Unavailable
from authkit.stores.clients import Issued
from authkit.stores.clients_file import LARGEST, FileClients

DIGEST = "a" * 64
KEY = Issued(DIGEST, "keya", Client("acme"))


def test_the_file_is_this_users_alone(tmp_path: Path) -> None:
    """The lock too, and no draft is left."""
    FileClients(tmp_path / "keys.json").replace(None, KEY)

    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert modes == {"keys.json": 0o600, "keys.json.lock": 0o600}


def test_a_change_by_another_is_seen_at_once(tmp_path: Path) -> None:
    """However quickly it follows: each makes another file."""
    mine, theirs = FileClients(tmp_path / "keys.json"), FileClients(str(tmp_path / "keys.json"))
    known = KEY
    theirs.replace(None, known)

    for number in range(20):
        assert mine.find(DIGEST) == known
        changed = known._replace(client=Client(f"c{number % 10}"), version=known.version + 1)
        assert theirs.replace(known, changed)
        known = changed

    assert mine.find(DIGEST) == known


def test_it_is_read_again_only_if_it_changed(tmp_path: Path) -> None:
    """The same keys, the very same objects."""
    store = FileClients(tmp_path / "keys.json")
    store.replace(None, KEY)
    store.find(DIGEST)
    read = store._read

    store.find(DIGEST)
    store.find("b" * 64)

    assert store._read is read


@pytest.mark.parametrize("mode", [0o622, 0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_to_is_an_outage(tmp_path: Path, mode: int) -> None:
    """Who can write there can make keys. As soon as it is so."""
    file = tmp_path / "keys.json"
    store = FileClients(file)
    store.replace(None, KEY)
    store.find(DIGEST)

    file.chmod(mode)

    with pytest.raises(Unavailable, match=r"api_keys_denied: .*chmod 600"):
        store.find(DIGEST)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_an_outage(tmp_path: Path) -> None:
    """Put there in a folder that many can write to. Whose folder it is may own it: so functions are unpacked."""
    file = tmp_path / "keys.json"
    store = FileClients(file)
    store.replace(None, KEY)
    os.chown(file, 12345, -1)

    with pytest.raises(Unavailable, match="api_keys_denied"):
        FileClients(file).find(DIGEST)
    os.chown(tmp_path, 12345, -1)
    assert FileClients(file).find(DIGEST) == KEY


def test_a_folder_that_everybody_can_write_to_is_an_outage(tmp_path: Path) -> None:
    """Whoever can rename there puts an older file in its place, and what was taken back is good again. A sticky one does."""
    folder = tmp_path / "open"
    folder.mkdir()
    store = FileClients(folder / "keys.json")
    store.replace(None, KEY)

    folder.chmod(0o777)
    with pytest.raises(Unavailable, match=r"api_keys_denied: .*chmod o-w"):
        FileClients(folder / "keys.json").find(DIGEST)

    folder.chmod(0o1777)
    assert FileClients(folder / "keys.json").find(DIGEST) == KEY


def test_a_link_is_no_way_around_the_folder(tmp_path: Path) -> None:
    """Its own folder is not the one where the file can be replaced."""
    folder = tmp_path / "open"
    folder.mkdir()
    FileClients(folder / "keys.json").replace(None, KEY)
    (tmp_path / "link.json").symlink_to(folder / "keys.json")

    folder.chmod(0o777)

    with pytest.raises(Unavailable, match=r"api_keys_denied: .*chmod o-w"):
        FileClients(tmp_path / "link.json").find(DIGEST)


def test_a_change_through_a_link_is_made_where_it_leads_to(tmp_path: Path) -> None:
    """Else what was taken back by the link would be good for whoever reads the file itself."""
    real, link = FileClients(tmp_path / "keys.json"), tmp_path / "elsewhere" / "link.json"
    real.replace(None, KEY)
    link.parent.mkdir()
    link.symlink_to(tmp_path / "keys.json")

    revoked = KEY._replace(client=Client("acme", disabled=True), version=2)
    assert FileClients(link).replace(KEY, revoked)

    assert real.find(DIGEST) == revoked
    assert link.is_symlink()
    assert [each.name for each in link.parent.iterdir()] == ["link.json"]


def test_a_lock_is_never_followed_elsewhere(tmp_path: Path) -> None:
    """Whoever can put a link there would have a file made where they like."""
    (tmp_path / "keys.json.lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Unavailable, match=r"api_keys_unavailable: .*OSError"):
        FileClients(tmp_path / "keys.json").replace(None, KEY)

    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    """Not a store without keys: its name may be wrong."""
    store = FileClients(tmp_path / "keys.json")

    with pytest.raises(Unavailable, match="api_keys_not_found"):
        store.find(DIGEST)
    with pytest.raises(Unavailable, match="api_keys_not_found"):
        store.listed()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"keys":', b"x" * 100])
def test_a_file_of_something_else_is_an_outage(tmp_path: Path, content: bytes) -> None:
    """And is not written over."""
    file = tmp_path / "keys.json"
    file.write_bytes(content)
    file.chmod(0o600)
    store = FileClients(file)

    with pytest.raises(Unavailable, match="api_keys_invalid"):
        store.find(DIGEST)
    with pytest.raises(Unavailable, match="api_keys_invalid"):
        store.replace(None, KEY)
    assert file.read_bytes() == content


def test_a_file_that_is_too_long_is_an_outage(tmp_path: Path) -> None:
    """Not read to its end."""
    file = tmp_path / "keys.json"
    file.touch(0o600)
    os.truncate(file, LARGEST + 1)

    with pytest.raises(Unavailable, match="more than 16777216 bytes"):
        FileClients(file).find(DIGEST)


def test_a_folder_or_nothing_to_write_to_is_an_outage(tmp_path: Path) -> None:
    """Each with its name."""
    with pytest.raises(Unavailable, match=r"api_keys_unavailable: .*IsADirectoryError"):
        FileClients(tmp_path).find(DIGEST)
    with pytest.raises(Unavailable, match="api_keys_not_found"):
        FileClients(tmp_path / "nowhere" / "keys.json").replace(None, KEY)


def test_a_change_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    """As a folder in its place."""
    (tmp_path / "keys.json").mkdir()
    store = FileClients(tmp_path / "keys.json")

    with pytest.raises(Unavailable):
        store.replace(None, KEY)
    with pytest.raises(OSError, match=r"keys\.json"):
        store._write(b"{}")

    assert sorted(each.name for each in tmp_path.iterdir()) == ["keys.json", "keys.json.lock"]


def test_nobody_reads_half_a_file_and_no_change_is_lost(tmp_path: Path) -> None:
    """Several writers, each with its own keys, and readers meanwhile."""
    place = tmp_path / "keys.json"
    FileClients(place).replace(None, KEY)

    def write(digit: str) -> None:
        store = FileClients(place)
        for number in range(10):
            assert store.replace(None, Issued(f"{digit}{number:063x}", f"k{digit}{number}", Client("acme")))

    writers = [threading.Thread(target=write, args=(digit,)) for digit in "bcde"]
    for writer in writers:
        writer.start()
    reader = FileClients(place)
    found = [reader.find(DIGEST) for _ in range(200)]
    for writer in writers:
        writer.join()

    assert set(map(repr, found)) == {repr(KEY)}
    assert len(FileClients(place).listed()) == 41
