"""What monitoring/ looks for is there: every query and filter is held against lines that are really logged."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest

from authkit.keys.events import KeyEvent, log_event
from authkit.observe.log import log_line
from authkit.observe.powertools import powertools
from authkit.observe.record import Outcome, Record
from tests.blueprints.blueprint import FOLDER, Blueprint, blueprints

MONITORING = Blueprint(FOLDER / "monitoring")
RUNTIME = {"timestamp", "level", "message", "logger", "requestId"}  # of a line by Lambda's runtime, as LogFormat: JSON
FUNCTIONS = {"count", "count_distinct", "latest", "min", "max", "ispresent"}
WORDS = {"filter", "stats", "sort", "by", "desc", "limit", "parse", "as", "and", "or", "in", "like", *FUNCTIONS}
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def queries() -> dict[str, str]:
    """Return the queries without their comments, by name."""
    files = sorted((MONITORING.path / "queries").glob("*.txt"))
    return {file.stem: re.sub(r"^#.*\n", "", file.read_text(), flags=re.MULTILINE) for file in files}


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of the template's resources of a kind, by name."""
    found = MONITORING.template()["Resources"].items()
    return {name: each["Properties"] for name, each in found if each["Type"] == kind}


def parsed(query: str) -> dict[str, str]:
    """Return what a query takes out of a line's message: patterns by the names it gives them."""
    found = re.findall(r"^\| parse message '(.*)' as (\w+)$", query, re.MULTILINE)
    assert len(found) == query.count("parse")
    return {name: pattern for pattern, name in found}


def fields(query: str) -> set[str]:
    """Return the fields a query reads and does not make itself."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"|/[^/\n]*/", " ", query)
    made = set(re.findall(r"\bas (\w+)", bare))
    return set(re.findall(r"(?<![\w@])[A-Za-z_]\w*", bare)) - made - WORDS


def of_authorizer(query: str) -> bool:
    """Tell whose log a query reads."""
    return "logger" in query


class Lines(logging.Handler):
    """Keeps lines as Lambda's runtime writes them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        given = {"timestamp": "2026-01-01T00:00:00Z", "requestId": "c6af9ac6", "logger": record.name}
        self.lines.append({**given, "level": record.levelname, "message": record.getMessage()})


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """Every line the library logs for these decisions and key events."""
    keeper, logger = Lines(), logging.getLogger("authkit")
    logger.addHandler(keeper)
    try:
        for outcome in OUTCOMES:
            said = (
                {}
                if outcome == "allowed"
                else {"code": f"{outcome}_code", "concern": "exp", "detail": 'a "forbidden" error'}
            )
            log_line(Record(outcome, kind="rest-token", **said))
        for name in ("fetch_failed", "store_failed", "fetched"):
            log_event(KeyEvent(name, issuer="https://idp.example.com/", code="timeout", detail="no answer"))
        yield keeper.lines
    finally:
        logger.removeHandler(keeper)


def read(message: str, pattern: str) -> str | None:
    """Return what ``parse`` would: each ``*`` takes as little as it can, up to what follows it."""
    found = re.search(".*?".join(re.escape(part) for part in pattern.split("*")).replace(".*?", "(.*?)"), message)
    return found[1] if found else None


def test_every_field_of_a_decision_that_a_query_reads_is_logged(lines: list[dict[str, Any]]) -> None:
    """Outcome, code, concern and detail, each as it was; a quote in a detail ends nothing and forges nothing."""
    patterns = parsed(queries()["refusals-by-reason"])

    seen = [{name: read(line["message"], each) for name, each in patterns.items()} for line in lines]

    decisions = [each for each in seen if each["outcome"]]
    assert set(patterns) <= set(Record._fields)
    assert [each["outcome"] for each in decisions] == [outcome for outcome in OUTCOMES if outcome != "allowed"]
    for each in decisions:
        assert (each["code"], each["concern"]) == (f"{each['outcome']}_code", "exp")
        assert str(each["detail"]).startswith("a ")


def test_every_field_of_a_key_event_that_a_query_reads_is_logged(lines: list[dict[str, Any]]) -> None:
    """Which event, whose keys, and why; the events that it looks for are logged at all."""
    query = queries()["stale-keys"]
    patterns = parsed(query)
    told = re.search(r"event in \[(.*)\]", query)
    assert told

    seen = [{name: read(line["message"], each) for name, each in patterns.items()} for line in lines]

    events = [each for each in seen if each["event"]]
    assert set(patterns) - {"event"} <= set(KeyEvent._fields)
    assert [each["event"] for each in events] == re.findall(r'"(\w+)"', told[1])
    assert {(each["issuer"], each["code"]) for each in events} == {("https://idp.example.com/", "timeout")}


@pytest.mark.parametrize("name", [name for name, query in queries().items() if of_authorizer(query)])
def test_a_query_of_the_authorizers_log_reads_what_the_runtime_writes(name: str) -> None:
    """What is not taken out of the message is a field of the runtime's line."""
    assert fields(queries()[name]) <= RUNTIME


def test_the_runtime_writes_these_fields() -> None:
    """By the formatter of AWS's own runtime client, where that is installed."""
    utils = pytest.importorskip("awslambdaric.lambda_runtime_log_utils", reason="awslambdaric is not installed")
    record = logging.LogRecord("authkit", logging.WARNING, "here", 1, "%s", ('{"authorizer": {}}',), None)
    record.aws_request_id = "c6af9ac6"

    written = json.loads(utils.JsonFormatter().format(record))

    assert set(written) >= RUNTIME
    assert (written["logger"], written["message"]) == ("authkit", '{"authorizer": {}}')


def access_log(blueprint: Blueprint) -> set[str] | None:
    """Return the fields of a blueprint's access log; none if it has none of calls."""
    for each in blueprint.template()["Resources"].values():
        if each["Type"] in ("AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Stage"):
            setting = each["Properties"].get("AccessLogSetting") or each["Properties"]["AccessLogSettings"]
            written = set(json.loads(setting["Format"]))
            return written if "Serverless" in each["Type"] else {*written, "path"}  # calls over a WebSocket have none
    return None


@pytest.mark.parametrize("blueprint", [each for each in blueprints() if access_log(each)], ids=lambda each: each.name)
def test_a_query_of_the_access_log_reads_what_every_blueprint_writes(blueprint: Blueprint) -> None:
    """No blueprint's access log lacks what a query, or the filter of the blind spot, asks for."""
    written = access_log(blueprint)
    assert written is not None
    wanted = {name: fields(query) for name, query in queries().items() if not of_authorizer(query)}
    wanted["Unasked"] = set(re.findall(r"\$\.(\w+)", resources("AWS::Logs::MetricFilter")["Unasked"]["FilterPattern"]))

    assert {name: read - written for name, read in wanted.items() if read - written} == {}


def matches(pattern: str, line: Mapping[str, Any]) -> bool:
    """Judge a metric filter: every member is the text in quotes, or has what the expression between ``%`` finds."""
    terms = re.findall(r'\$\.(\w+) = (?:"([^"*]*)"|%([\w.]+)%)', pattern)
    spelled = " && ".join(f"$.{name} = " + (f'"{text}"' if text else f"%{found}%") for name, text, found in terms)
    assert pattern == f"{{ {spelled} }}"
    return all(line[name] == text if text else re.search(found, line[name]) for name, text, found in terms)


@pytest.mark.parametrize("outcome", [each for each in OUTCOMES if each != "allowed"])
def test_a_filter_counts_its_outcome_and_no_other(outcome: Outcome, lines: list[dict[str, Any]]) -> None:
    """Under the name by which Powertools would have counted it."""
    filters = resources("AWS::Logs::MetricFilter").values()
    (ours,) = (each for each in filters if each["MetricTransformations"][0]["MetricName"] == metric(outcome))

    counted = [line for line in lines if matches(ours["FilterPattern"], line)]

    assert [json.loads(line["message"])["authorizer"]["outcome"] for line in counted] == [outcome]


def metric(outcome: Outcome) -> str:
    """Return the name that Powertools' Metrics are given for an outcome."""
    names: list[str] = []

    class Metrics:
        def add_metric(self, *, name: str, unit: str, value: float) -> None:
            names.append(name)

    kept: Any = Metrics()
    powertools(metrics=kept)(Record(outcome))
    return names[0]


def test_the_filter_of_key_fetches_counts_those_that_failed(lines: list[dict[str, Any]]) -> None:
    """And no other event."""
    pattern = resources("AWS::Logs::MetricFilter")["FailedKeyFetches"]["FilterPattern"]

    counted = [line for line in lines if matches(pattern, line)]

    assert [json.loads(line["message"])["keys"]["name"] for line in counted] == ["fetch_failed"]


def test_the_blind_spot_is_a_401_without_an_authorizers_status() -> None:
    """As API Gateway writes an access log: text, and a dash for what there is not."""
    pattern = resources("AWS::Logs::MetricFilter")["Unasked"]["FilterPattern"]

    assert matches(pattern, {"status": "401", "authorizerStatus": "-"})
    assert not matches(pattern, {"status": "401", "authorizerStatus": "401"})
    assert not matches(pattern, {"status": "403", "authorizerStatus": "-"})


# As the developer guide lists them: https://docs.aws.amazon.com/apigateway/latest/developerguide/, pages
# api-gateway-metrics-and-dimensions, http-api-metrics and apigateway-websocket-api-logging.
OF_REST = {"4XXError", "5XXError", "Latency"}
OF_KIND = {
    "rest": {*OF_REST, "IntegrationLatency", "Count", "CacheHitCount", "CacheMissCount"},
    "http": {"4xx", "5xx", "Count", "IntegrationLatency", "Latency", "DataProcessed"},
    "websocket": {
        "ConnectCount",
        "MessageCount",
        "IntegrationError",
        "ClientError",
        "ExecutionError",
        "IntegrationLatency",
    },
}


def named(value: Any, kind: str) -> str:
    """Return a name that the template looks up by the kind of the API."""
    if isinstance(value, str):
        return value
    mapping, key, member = value["Fn::FindInMap"]
    assert key == {"Ref": "ApiKind"}
    found: str = MONITORING.template()["Mappings"][mapping][kind][member]
    return found


def test_every_metric_of_an_alarm_is_one_that_is_counted() -> None:
    """By a filter of this template, or by the service itself, for which each kind of API has a name."""
    kinds = MONITORING.template()["Mappings"]["Metrics"]
    made = {each["MetricTransformations"][0]["MetricName"] for each in resources("AWS::Logs::MetricFilter").values()}
    alarms = resources("AWS::CloudWatch::Alarm").values()
    own = {"Ref": "AWS::StackName"}

    assert {each["MetricName"] for each in alarms if each["Namespace"] == own} == made
    assert {each["Namespace"] for each in alarms if each["Namespace"] != own} == {"AWS/Lambda", "AWS/ApiGateway"}
    assert all(bool(each.get("Dimensions")) == (each["Namespace"] != own) for each in alarms)
    assert set(kinds) == set(MONITORING.template()["Parameters"]["ApiKind"]["AllowedValues"])
    assert {named(each["MetricName"], "rest") for each in alarms if each["Namespace"] == "AWS/ApiGateway"} == OF_REST
    for each in alarms:
        if each["Namespace"] == "AWS/ApiGateway":
            assert {named(each["Dimensions"][0]["Name"], kind) for kind in kinds} == {"ApiName", "ApiId"}
            assert all(named(each["MetricName"], kind) in OF_KIND[kind] for kind in kinds)


def test_the_saved_queries_are_the_files() -> None:
    """The template holds what Terraform reads from beside it, each over the log it is for."""
    saved = {
        each["Name"]["Fn::Sub"].rpartition("/")[2]: each for each in resources("AWS::Logs::QueryDefinition").values()
    }

    files = {name: (MONITORING.path / "queries" / f"{name}.txt").read_text() for name in queries()}
    logs = {
        name: [{"Ref": "AuthorizerLog" if of_authorizer(text) else "AccessLog"}] for name, text in queries().items()
    }
    listed = re.search(r"of_authorizer += \[(.*)\]", MONITORING.text("main.tf"))

    assert {name: each["QueryString"] for name, each in saved.items()} == files
    assert {name: each["LogGroupNames"] for name, each in saved.items()} == logs
    assert listed
    assert set(re.findall(r'"([\w-]+)"', listed[1])) == {
        name for name, text in queries().items() if of_authorizer(text)
    }


def test_the_dashboard_shows_metrics_and_queries_that_there_are() -> None:
    """Its body is JSON, and what it draws is what the rest of the template makes."""
    (dashboard,) = resources("AWS::CloudWatch::Dashboard").values()
    body, looked_up = dashboard["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    made = {each["MetricTransformations"][0]["MetricName"] for each in resources("AWS::Logs::MetricFilter").values()}
    flat = {" ".join(text.split()) for text in queries().values()}

    drawn = [one for each in widgets if each["type"] == "metric" for one in each["properties"]["metrics"]]
    asked = [each["properties"]["query"].partition(" | ")[2] for each in widgets if each["type"] == "log"]

    assert {one[1] for one in drawn if one[0] == "${AWS::StackName}"} == made
    ours = {part.strip("${}") for one in drawn if one[0] == "AWS/ApiGateway" for part in one[1:3]}
    assert ours == set(looked_up)
    assert {named(value, "http") for value in looked_up.values()} == {"ApiId", "Count", "4xx", "5xx", "Latency"}
    assert asked
    assert {" ".join(text.split()) for text in asked} <= flat


def test_template_and_terraform_watch_the_same() -> None:
    """Metrics, patterns and events, word by word."""
    text = MONITORING.text("main.tf").replace('\\"', '"')
    patterns = [each["FilterPattern"] for each in resources("AWS::Logs::MetricFilter").values()]
    kinds = MONITORING.template()["Mappings"]["Metrics"]
    alarms = resources("AWS::CloudWatch::Alarm").values()
    watched = [named(each["MetricName"], kind) for each in alarms for kind in kinds]
    events = [
        name for each in resources("AWS::Events::Rule").values() for name in each["EventPattern"]["detail"]["eventName"]
    ]

    assert [each for each in [*patterns, *watched, *events] if not re.search(rf'"{re.escape(each)}"', text)] == []
    assert (
        len(re.findall(r'"[A-Z]\w+"', text.partition("eventName = [")[2].partition("          ]")[0]))
        == len(events) - 2
    )


def test_the_rule_on_changes_knows_each_way_to_take_an_authorizer_off() -> None:
    """By changing what is there, by making it anew, by a document, and for an HTTP API too; and what brings it live."""
    rule = resources("AWS::Events::Rule")["ChangedApi"]
    ways = {"UpdateMethod", "PutMethod", "PutRestApi", "UpdateRoute", "CreateRoute", "ReimportApi", "CreateDeployment"}

    assert set(rule["EventPattern"]["detail"]["eventName"]) >= {*ways, "UpdateRestApi", "UpdateApi", "UpdateDomainName"}
