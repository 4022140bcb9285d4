"""The observer that needs nothing writes one JSON line, at the level its outcome deserves."""

from __future__ import annotations

import json
import logging

import pytest

from authkit.observe.log import LEVELS, log_line
from authkit.observe.record import Outcome, Record


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        ("allowed", "DEBUG"),
        ("unauthenticated", "WARNING"),
        ("forbidden", "WARNING"),
        ("unavailable", "ERROR"),
        ("error", "ERROR"),
    ],
)
def test_each_outcome_has_its_level(outcome: Outcome, level: str, caplog: pytest.LogCaptureFixture) -> None:
    """A caller's fault is a warning, ours an error."""
    caplog.set_level(logging.DEBUG, logger="authkit")

    log_line(Record(outcome, "rest-token", code="code"))

    (line,) = caplog.records
    assert (line.name, line.levelname) == ("authkit", level)
    assert json.loads(line.getMessage())["authorizer"]["outcome"] == outcome


def test_an_allow_is_not_logged_unless_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    """Lambda's own level is warnings and above."""
    caplog.set_level(logging.WARNING, logger="authkit")

    log_line(Record("allowed"))

    assert caplog.records == []


@pytest.mark.parametrize("text", ["a\nERROR forged", '","outcome":"allowed', "%s %d %(x)s", "\ud800", "münchen"])
def test_a_line_is_one_line_of_json_whatever_is_in_it(text: str, caplog: pytest.LogCaptureFixture) -> None:
    """What a caller chose cannot end it, add to it or format it."""
    log_line(Record("forbidden", principal=text, detail=text))

    message = caplog.records[0].getMessage()
    told = json.loads(message)["authorizer"]
    assert message.isprintable()
    assert told["outcome"] == "forbidden"
    assert told.keys() == {"outcome", "principal", "detail", "effect", "ms"}


def test_every_outcome_has_a_level() -> None:
    """A new one without would make the observer fail, in silence."""
    assert set(LEVELS) == set(Outcome.__args__)  # type: ignore[attr-defined]
