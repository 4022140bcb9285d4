"""The last decisions are kept in a file that is their owner's alone, replaced as a whole, bounded, and read with care."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from authkit.errors import ConfigError
from authkit.local.call import Call
from authkit.local.explanation.keeper import Explainer, Keeper
from authkit.local.explanation.last import KEPT, Decision, place, read, write
from authkit.local.explanation.tree import Explanation, Node
from authkit.local.message import HttpReply, HttpRequest
from authkit.local.settings import Settings
from authkit.policy.route import Route
from authkit.policy.routes import Routes

NODES = (Node("gateway", True, "route GET /a", ("rest-request event",)), Node("token", None, "nobody"))


def decision(number: int = 1, said: str = "") -> Decision:
    """Return a decision."""
    nodes = (*NODES, Node("result", False, said or "403"))
    return Decision(Explanation(f"GET /{number}", "rest-request", 403, "refused", "denied", nodes), 1000.0, "a test")


def call(path: str = "/a") -> Call:
    """Return a call that asked nobody."""
    return Call(HttpRequest("GET", path), HttpReply(404), (), refusal="MISSING_AUTHENTICATION_TOKEN")


def explainer() -> Explainer:
    """Return an explainer of such calls."""
    return Explainer(Settings(("header.a",)), Routes([Route("GET", "/a")]), watching=None, clock=lambda: 1000.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the decisions are to be."""
    return place({"XDG_CACHE_HOME": str(tmp_path)})


def test_what_is_written_is_read_again(file: Path) -> None:
    """The newest last."""
    write(file, [decision(1), decision(2)])

    assert read(file) == (decision(1), decision(2))


def test_the_file_is_its_owners_alone(file: Path) -> None:
    """And so is its folder; nothing is left beside it."""
    write(file, [decision()])
    write(file, [decision()])

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_link_is_replaced_and_never_written_through_or_followed(file: Path, tmp_path: Path) -> None:
    """Somebody may have put it there."""
    other = tmp_path / "other"
    other.write_text("precious")
    file.parent.mkdir()
    file.symlink_to(other)

    with pytest.raises(OSError, match="symbolic link"):
        read(file)
    write(file, [decision()])

    assert other.read_text() == "precious"
    assert not file.is_symlink()


def test_only_so_many_and_so_much_are_kept(file: Path) -> None:
    """The newest of them."""
    write(file, [decision(number) for number in range(KEPT + 5)])
    many = read(file)
    write(file, [decision(number, "x" * 90_000) for number in range(KEPT)])
    large = read(file)

    assert [each.explanation.asked for each in many][:: KEPT - 1] == ["GET /5", f"GET /{KEPT + 4}"]
    assert 5 < len(large) < KEPT
    assert large[-1].explanation.asked == f"GET /{KEPT - 1}"
    assert file.stat().st_size <= 1 << 20


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        "{}",
        "null",
        json.dumps({**decision().data(), "at": "soon"}),
        json.dumps({**decision().data(), "at": True}),
        json.dumps({**decision().data(), "at": 10**400}),
        json.dumps({**decision().data(), "by": None}),
        json.dumps({**decision().data(), "asked": 1}),
        json.dumps({**decision().data(), "outcome": "perhaps"}),
        json.dumps({**decision().data(), "status": "200"}),
        json.dumps({**decision().data(), "steps": [{"place": "x"}]}),
        json.dumps({**decision().data(), "steps": [{"place": "x", "good": 1, "said": "", "more": 7}]}),
        "[" * 100_000,
        "x" * (1 << 20) + "x",
    ],
)
def test_a_file_that_is_none_of_ours_is_told_as_that(text: str, file: Path) -> None:
    """With what to do."""
    file.parent.mkdir()
    file.write_text(text)

    with pytest.raises(ConfigError, match="remove it"):
        read(file)


def test_what_is_read_can_steer_no_terminal(file: Path) -> None:
    """Whoever has written it."""
    file.parent.mkdir()
    file.write_text(json.dumps({**decision().data(), "asked": "GET /\x1b[31m", "code": "\x07", "by": "me\x1b[2J"}))

    (found,) = read(file)

    assert found.explanation.asked == r"GET /\x1b[31m"
    assert found.explanation.code == r"\x07"
    assert found.by == r"me\x1b[2J"


def test_a_folder_or_a_pipe_in_its_place_is_not_read(file: Path) -> None:
    """And not waited for."""
    file.parent.mkdir()
    os.mkfifo(file)

    with pytest.raises(ConfigError, match="is not what authkit writes"):
        read(file)


def test_no_file_is_no_decision(file: Path) -> None:
    """And no fault."""
    assert read(file) == ()


def test_where_it_is(tmp_path: Path) -> None:
    """A cache directory that is not absolute is to be ignored."""
    assert place({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "authkit" / "decisions.json"
    assert place({"XDG_CACHE_HOME": "relative"}) == place({}) == Path.home() / ".cache" / "authkit" / "decisions.json"


def test_without_a_home_it_is_told_what_to_set() -> None:
    """A process may have none; a command that only wanted to keep its decisions runs on."""

    def nowhere() -> Path:
        raise RuntimeError("no home")

    with pytest.raises(ConfigError, match="set XDG_CACHE_HOME"):
        place({}, nowhere)


def test_what_cannot_be_replaced_leaves_nothing_behind(file: Path) -> None:
    """A folder stands in its place."""
    file.mkdir(parents=True)
    (file / "in-the-way").touch()

    with pytest.raises(IsADirectoryError):
        write(file, [decision()])

    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_keeper_tells_as_before_and_keeps_all_when_it_ends(file: Path) -> None:
    """Each call, in its order."""
    told: list[Call] = []
    with Keeper(file, by="a test").running() as keeper:
        tell = keeper.also(told.append, explainer())
        tell(call("/a"))
        tell(call("/b"))

    kept = read(file)
    assert [each.request.path for each in told] == ["/a", "/b"]
    assert [each.explanation.asked for each in kept] == ["GET /a", "GET /b"]
    assert {(each.by, each.at) for each in kept} == {("a test", 1000.0)}


def test_a_keeper_writes_while_it_runs(file: Path) -> None:
    """Whoever asks in another terminal need not wait for its end."""
    begun = threading.Event()
    found: list[Decision] = []

    class Looking(Explainer):
        def explain(self, seen: Any) -> Explanation:
            begun.set()
            found.extend(read(file))  # what there is before this one is written
            return super().explain(seen)

    own = Looking(Settings(("header.a",)), Routes([Route("GET", "/a")]), watching=None)
    with Keeper(file, by="a test").running() as keeper:
        tell = keeper.also(lambda _: None, own)
        tell(call("/first"))
        assert begun.wait(10)
        tell(call("/second"))

    assert [each.explanation.asked for each in found] == ["GET /first"]


def test_under_load_only_the_newest_are_explained(file: Path) -> None:
    """All others could have been read by nobody."""
    explained: list[str] = []
    go = threading.Event()

    class Slow(Explainer):
        def explain(self, seen: Any) -> Explanation:
            go.wait(10)
            explained.append(seen.call.request.path)
            return super().explain(seen)

    slow = Slow(Settings(("header.a",)), Routes([Route("GET", "/a")]), watching=None)
    with Keeper(file, by="a test").running() as keeper:
        tell = keeper.also(lambda _: None, slow)
        for number in range(500):
            tell(call(f"/{number}"))
        go.set()

    assert len(explained) <= 2 * KEPT
    assert read(file)[-1].explanation.asked == "GET /499"


def test_what_cannot_be_kept_is_told_once_and_harms_nobody(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "authkit").write_text("")
    complaints: list[OSError] = []
    complained = threading.Event()
    told: list[Call] = []

    def complain(fault: OSError) -> None:
        complaints.append(fault)
        complained.set()

    with Keeper(tmp_path / "authkit" / "decisions.json", by="a test", complain=complain).running() as keeper:
        tell = keeper.also(told.append, explainer())
        tell(call())
        assert complained.wait(10)
        tell(call())

    assert len(told) == 2
    assert len(complaints) == 1


def test_without_a_file_nothing_is_kept_and_no_thread_runs() -> None:
    """As where there is no home."""
    told: list[Call] = []
    before = threading.active_count()

    with Keeper(None, by="a test").running() as keeper:
        keeper.also(told.append, explainer())(call())
        during = threading.active_count()

    assert (len(told), during) == (1, before)
