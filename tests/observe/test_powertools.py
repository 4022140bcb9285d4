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


@pytest.fixture
def named(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a service in the environment, one of the test's own: Powertools keeps loggers and metrics by name."""
    service = f"orders-of-{request.node.name}"
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", service)
    return service


def metrics_of_the_environment() -> Metrics:
    """Return metrics as a function makes them, without what an earlier test left behind."""
    own = Metrics()
    own.clear_metrics()
    return own


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("variable", ["POWERTOOLS_LOG_LEVEL", "LOG_LEVEL"])
@pytest.mark.parametrize(
    ("level", "logged"),
    [
        ("DEBUG", ["allowed", "forbidden", "unavailable"]),
        ("INFO", ["forbidden", "unavailable"]),
        ("WARNING", ["forbidden", "unavailable"]),
        ("ERROR", ["unavailable"]),
        ("CRITICAL", []),
    ],
)
def test_the_level_of_the_environment_decides_what_is_logged(
    variable: str, level: str, logged: list[str], stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Allowed decisions at DEBUG, refusals from WARNING, outages from ERROR."""
    monkeypatch.setenv(variable, level)
    observe = powertools(logger=Logger(stream=stream))

    for outcome in ("allowed", "forbidden", "unavailable"):
        observe(Record(outcome))

    assert [line["authorizer"]["outcome"] for line in lines(stream)] == logged


def test_a_level_set_later_decides_as_well(logger: Logger, stream: io.StringIO) -> None:
    """As when somebody looks for a fault in a running function."""
    observe = powertools(logger=logger)

    logger.setLevel("ERROR")
    observe(Record("forbidden"))
    logger.setLevel("DEBUG")
    observe(Record("allowed"))

    assert [line["authorizer"]["outcome"] for line in lines(stream)] == ["allowed"]


def test_lines_are_of_the_service_of_the_environment(named: str, stream: io.StringIO) -> None:
    """So that those of all the service's functions are found together."""
    powertools(logger=Logger(stream=stream))(Record("forbidden"))

    (line,) = lines(stream)
    assert line["service"] == named


@pytest.mark.usefixtures("named")
@pytest.mark.filterwarnings(
    "ignore:POWERTOOLS_DEV environment variable is enabled:UserWarning"
)  # its own, at each start
@pytest.mark.parametrize(("value", "spread"), [("true", True), ("false", False)])
def test_lines_are_spread_out_for_a_developer_who_asks(
    value: str, spread: bool, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By POWERTOOLS_DEV; else a decision is one line."""
    monkeypatch.setenv("POWERTOOLS_DEV", value)

    powertools(logger=Logger(stream=stream))(Record("forbidden", code="why"))

    written = stream.getvalue()
    assert json.loads(written)["authorizer"]["code"] == "why"
    assert (len(written.splitlines()) > 1) == spread


def test_metrics_are_of_the_namespace_and_service_of_the_environment(
    named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the service's dashboards and alarms look for them."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Orders")
    own = metrics_of_the_environment()

    powertools(metrics=own)(Record("allowed"))
    own.flush_metrics()

    told = json.loads(capsys.readouterr().out)
    (described,) = told["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"], told["service"]) == ("Orders", [["service"]], named)


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(("value", "counted"), [("true", False), ("false", True)])
def test_metrics_are_off_where_the_environment_says_so(
    value: str, counted: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in tests and on laptops; lines are logged all the same."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Orders")
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", value)
    own = metrics_of_the_environment()

    powertools(metrics=own)(Record("allowed"))
    own.flush_metrics()

    assert ("AuthorizerAllowed" in capsys.readouterr().out) == counted


def test_what_the_function_itself_gives_counts_more(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: Any
) -> None:
    """A logger and metrics that were named in code stay so: the observer names neither anew."""
    for name in ("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"):
        monkeypatch.setenv(name, "of-the-environment")
    service = request.node.nodeid
    own = Metrics(namespace="Given", service=service)
    own.clear_metrics()

    powertools(logger=Logger(service=service, stream=stream), metrics=own)(Record("forbidden"))
    own.flush_metrics()

    told = json.loads(capsys.readouterr().out)
    assert lines(stream)[0]["service"] == told["service"] == service
    assert told["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Given"
