"""The place of a secret as one text: each form leads to its source, and nothing else does."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.errors import ConfigError
from authkit.stores import secret_place, secrets
from tests.stores.stand_ins import Clock, ParametersStandIn, SecretsManagerStandIn

ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:edge-AbCdEf"
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of one's own that holds two values."""
    path = tmp_path / "edge.txt"
    path.touch(mode=0o600)
    path.write_bytes(b"new value \r\n\nold\n")
    return path


def fault(place: Any, **settings: Any) -> str:
    with pytest.raises(ConfigError) as found:
        secrets.at(place, **settings)
    return str(found.value)


def test_variables_are_read_in_their_order() -> None:
    """The first must be there; those after it may be missing."""
    environ = {"NEW": "n", "OLD": "o", "EMPTY": ""}

    assert secrets.at("env:NEW", environ=environ).current() == (b"n",)
    assert secrets.at("env:NEW,OLD,NONE,EMPTY", environ=environ).current() == (b"n", b"o")
    assert "NONE is missing or empty" in fault("env:NONE,NEW", environ=environ)


@pytest.mark.parametrize(("place", "value"), [("edge", "x"), ("edge#a", '{"a":"x"}')])
def test_a_secret_of_secrets_manager(place: str, value: str) -> None:
    """Its whole value, or one member; and it can be asked for anew."""
    clock = Clock()
    server = SecretsManagerStandIn(clock, value)

    source = secrets.at(f"secretsmanager:{place}", client=server)

    assert server.calls == []  # nothing is asked for before it is needed
    assert (source.current(), source.after_mismatch()) == ((b"x",), None)


def test_the_time_for_which_the_version_before_is_valid_comes_through() -> None:
    """With none of it, only the current version is."""
    clock = Clock()
    server = SecretsManagerStandIn(clock, "old")
    server.add("v1", "new", "AWSCURRENT")

    both, one = (secrets.at("secretsmanager:edge", client=server, previous_for=each) for each in (30 * 86400, 0))

    assert (both.current(), one.current()) == ((b"new", b"old"), (b"new",))


def test_a_parameter_of_ssm() -> None:
    """The latest version, or a member of it."""
    server = ParametersStandIn(**{"/edge": "y", "/json": '{"a":"x"}'})

    assert secrets.at("ssm:/edge", client=server).current() == (b"y",)
    assert secrets.at("ssm:/json#a", client=server).current() == (b"x",)


def test_an_arn_is_an_id() -> None:
    """Its colons divide nothing."""
    assert secret_place.parse(f"secretsmanager:{ARN}#key") == ("secretsmanager", ARN, "key")


def test_a_file_holds_one_value_a_line(file: Path) -> None:
    """Newest first, exactly as they are; empty lines are none."""
    assert secrets.at(f"file:{file}").current() == (b"new value ", b"old")


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777])
def test_a_file_that_is_open_to_others_is_refused(file: Path, mode: int) -> None:
    """It says what to do, and tells nothing of what is in it."""
    file.chmod(mode)

    said = fault(f"file:{file}")

    assert f"chmod 600 {str(file)!r}" in said
    assert "new value" not in said


@posix
def test_a_stricter_mode_will_do(file: Path) -> None:
    """One may forbid oneself to change it."""
    file.chmod(0o400)

    assert secrets.at(f"file:{file}").current()


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b"\n\r\n", "is empty"), (b"x" * 65_537, "is larger than")]
)
def test_a_file_without_a_usable_value_is_refused(file: Path, content: bytes, words: str) -> None:
    """With a reason."""
    file.write_bytes(content)

    assert words in fault(f"file:{file}")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A missing one, a folder, a path that no system has."""
    tmp_path.chmod(0o700)

    assert "cannot be read: No such file" in fault(f"file:{tmp_path / 'none'}")
    assert "file" in fault(f"file:{tmp_path}")
    assert "cannot be read" in fault("file:a\0b")


@posix
def test_a_pipe_does_not_hold_up_the_start(tmp_path: Path) -> None:
    """Nobody writes into it, and it is refused at once."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    said: list[str] = []

    asked = threading.Thread(target=lambda: said.append(fault(f"file:{tmp_path / 'pipe'}")), daemon=True)
    asked.start()
    asked.join(10)

    assert "is not a plain file" in said[0]


@pytest.mark.parametrize(
    "place",
    ["", "hunter2", "hunter2:x", "env", "env:", "ENV:A", " env:A", "file:", "ssm:", "secretsmanager:", None, 5, b"env:A"],
)  # fmt: skip
def test_no_other_text_is_a_place(place: Any) -> None:
    """The forms are named; what was given is not shown, since it may be the secret itself."""
    said = fault(place)

    assert all(form in said for form in ("env:NAME[,NAME2]", "secretsmanager:ID[#FIELD]", "ssm:NAME", "file:PATH"))
    assert "hunter2" not in said


@pytest.mark.parametrize("place", ["secretsmanager:#a", "secretsmanager:a#", "ssm:#", "ssm:a#"])
def test_a_member_needs_both_names(place: str) -> None:
    """A place that ends in the mark means something that was left out."""
    assert "a name is missing" in fault(place)


@pytest.mark.parametrize("place", ["env:A", "secretsmanager:a", "ssm:a", "file:/nowhere"])
def test_limits_are_seen_to_wherever_it_is(place: str) -> None:
    """So a fault shows on the laptop, where nothing asks for them."""
    said = fault(place, seconds=0, previous_for=-1, environ={"A": "a"})

    assert "seconds" in said
    assert "previous_for" in said


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_a_fault_of_configuration(text: str) -> None:
    """And never another exception."""
    try:
        place = secret_place.parse(text)
    except ConfigError:
        return
    assert text == f"{place.kind}:{place.name}" + (f"#{place.field}" if place.field else "")
