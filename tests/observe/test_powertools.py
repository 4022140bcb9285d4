"""Decisions reach Powertools' Logger and Metrics, both handed in."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics

from authkit.observe.powertools import powertools
from authkit.observe.record import Outcome, Record

LEVELS: dict[Outcome, str] = {
    "allowed": "DEBUG",
    "unauthenticated": "WARNING",
    "forbidden": "WARNING",
    "unavailable": "ERROR",
    "error": "ERROR",
}


@pytest.fixture
def stream() -> io.StringIO:
    """Return where the logger writes."""
    return io.StringIO()


@pytest.fixture
def logger(stream: io.StringIO, request: pytest.FixtureRequest) -> Logger:
    """Return a logger of the test's own: Powertools keeps them by name."""
    return Logger(service=request.node.nodeid, stream=stream, level="DEBUG")


@pytest.fixture
def metrics() -> Metrics:
    """Return metrics without what an earlier test left behind."""
    own = Metrics(namespace="authkit-tests", service="authorizer")
    own.clear_metrics()
    return own


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return what was logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(("outcome", "level"), list(LEVELS.items()))
def test_a_decision_is_logged_at_its_level(outcome: Outcome, level: str, logger: Logger, stream: io.StringIO) -> None:
    """With its fields beside the message, for queries."""
    powertools(logger=logger, reveal_principal=True)(Record(outcome, "rest-token", code="why", principal="ann\n"))

    (line,) = lines(stream)
    assert (line["level"], line["message"]) == (level, "authorizer decision")
    assert line["authorizer"]["outcome"] == outcome
    assert line["authorizer"]["principal"] == "ann\\n"


@pytest.mark.parametrize("outcome", list(LEVELS))
def test_a_decision_is_counted_by_its_outcome_alone(
    outcome: Outcome, metrics: Metrics, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dimension a caller could fill would be theirs to multiply."""
    record = Record(outcome, "rest-token", code="why", concern="exp", principal="ann", seconds=0.002)

    powertools(metrics=metrics)(record)
    metrics.flush_metrics()

    told = json.loads(capsys.readouterr().out)
    (described,) = told["_aws"]["CloudWatchMetrics"]
    assert {metric["Name"] for metric in described["Metrics"]} == {f"Authorizer{outcome.title()}", "AuthorizerLatency"}
    assert told[f"Authorizer{outcome.title()}"] == [1.0]
    assert told["AuthorizerLatency"] == [2.0]
    assert described["Dimensions"] == [["service"]]
    assert "ann" not in json.dumps(told)


def test_both_are_told(
    logger: Logger, metrics: Metrics, stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """One observer for both."""
    observe = powertools(logger=logger, metrics=metrics)

    observe(Record("allowed", resources=(1, 0)))
    observe(Record("allowed", resources=(1, 0)))
    metrics.flush_metrics()

    assert len(lines(stream)) == 2
    assert json.loads(capsys.readouterr().out)["AuthorizerAllowed"] == [1.0, 1.0]


def test_neither_is_needed() -> None:
    """Then nothing is told, and nothing fails."""
    powertools()(Record("error"))


def test_the_principal_is_a_digest_unless_told_otherwise(logger: Logger, stream: io.StringIO) -> None:
    """It may be somebody's address."""
    powertools(logger=logger)(Record("forbidden", principal="ann@example.com"))

    (line,) = lines(stream)
    assert line["authorizer"]["principal"].startswith("sha256:")
    assert "ann" not in stream.getvalue()


@pytest.mark.parametrize(("value", "warned"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_logging_whole_events_is_warned_of(
    value: str, warned: bool, logger: Logger, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every event holds a credential."""
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", value)

    powertools(logger=logger)

    assert [line["level"] for line in lines(stream)] == ["WARNING"] * warned
