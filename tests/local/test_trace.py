"""The trace of a call steers no terminal, whatever path and policy say."""

from __future__ import annotations

from authkit.local.call import Call, Step
from authkit.local.message import HttpReply, HttpRequest
from authkit.local.trace import draw


def test_a_trace_is_lines_of_printable_text() -> None:
    """A handler's resource can hold anything, and so can a path."""
    steps = (Step("gateway", True, "route"), Step("policy", False, "Deny GET/\x1b[2J\n├─ ✓ forged"))
    call = Call(HttpRequest("GET", "/\x1b[31m"), HttpReply(403), steps)

    plain, coloured = draw(call).split("\n"), draw(call, colour=True)

    assert len(plain) == 3
    assert all(line.isprintable() for line in plain)
    assert plain[0].endswith(" 403")
    assert "\033[31m403" in coloured
    assert "\x1b[2J" not in coloured
