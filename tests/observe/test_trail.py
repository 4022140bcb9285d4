"""Where a foreign exception comes from, in words that hold nothing of what it says."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from authkit.observe.trail import place_of, unforeseen


def raised(call: Callable[[], object]) -> Exception:
    """Return what a call raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of any type
        call()
    return caught.value


def test_the_place_is_the_callers_and_not_the_libraries_below_it() -> None:
    """The standard library is nobody's own code, frozen or not; nor does the message show."""
    line = sys._getframe().f_lineno + 1
    ours = [raised(lambda: json.loads("s3cret")), raised(lambda: os.environ["S3CRET_THAT_IS_NOT_SET"])]

    assert [place_of(each) for each in ours] == [f"test_trail.py:{line}"] * 2
    assert str(unforeseen(ours[0], "enrich")) == f"JSONDecodeError in enrich at test_trail.py:{line}"


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages"])
def test_what_is_installed_is_a_library(folder: str, tmp_path: Path) -> None:
    """As somebody else's package, called by one's own module."""
    file = tmp_path / "lib" / folder / "theirs.py"
    names: dict[str, Callable[[], object]] = {}
    exec(compile("def fail():\n    raise ValueError('s3cret')\n", str(file), "exec"), names)

    line = sys._getframe().f_lineno + 1
    error = raised(lambda: names["fail"]())

    assert place_of(error) == f"test_trail.py:{line}"


def test_where_there_are_libraries_alone_the_deepest_is_told() -> None:
    """Better that than nothing; and an exception that was never raised has no place."""
    error = raised(lambda: json.loads("{"))
    trace = error.__traceback__
    while trace is not None and "json" not in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next

    assert place_of(error.with_traceback(trace)).startswith("decoder.py:")
    assert place_of(ValueError("s3cret")) == ""
    assert str(unforeseen(ValueError("s3cret"), "routes")) == "ValueError in routes"
