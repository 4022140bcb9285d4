"""Deployment: runtime, and what somebody will miss on the day it matters: logs, traces, limits, a firewall."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..lint import hcl
from ..lint.finding import Finding
from .project import Project, resources

RUNTIMES = tuple(f"python3.{minor}" for minor in range(10, 15))
_APIS = {"AWS::Serverless::Api": "AccessLogSetting", "AWS::Serverless::HttpApi": "AccessLogSettings"}
# What stands in a configuration of Terraform that has it.
_WORDS = {
    "logs_missing": (
        "access_log_settings",
        "no access log: nobody can tell later who called",
        "Set access_log_settings.",
    ),
    "tracing_missing": ("mode = Active", "no function is traced", 'Set tracing_config { mode = "Active" }.'),
    "limits_missing": (
        "throttling_rate_limit",
        "nothing is throttled but by the account",
        "Set throttling_rate_limit.",
    ),
    "firewall_missing": ("aws_wafv2_web_acl_association|web_acl_id", "no web ACL is associated", "Associate one."),
}


def judge(project: Project) -> Iterator[Finding]:
    """Yield what is wrong with the function's runtime, and notes on what is not there."""
    if project.function is not None:
        place = f"{project.function.place}/Properties"
        yield from _runtime(project.function.properties.get("Runtime"), f"{place}/Runtime")
        if project.function.properties.get("Tracing") != "Active":
            yield Finding("tracing_missing", "note", place, "the function is not traced", "Set Tracing: Active.")
    for file, content in project.templates.items():
        yield from _template(content, file)
    for file, text in project.terraform.items():
        yield from _runtimes(file, text)
    if any('_api_gateway_stage"' in text or '_apigatewayv2_stage"' in text for text in project.terraform.values()):
        yield from _terraform(project.terraform)


def _runtime(runtime: object, place: str) -> Iterator[Finding]:
    if isinstance(runtime, str) and runtime not in RUNTIMES:
        problem = f"authkit does not run on {runtime}: it needs Python 3.10 to 3.14"
        yield Finding("runtime_unknown", "error", place, problem, f"Set {RUNTIMES[-2]}.")


def _template(content: Mapping[str, Any], file: str) -> Iterator[Finding]:
    listed = list(resources(content))
    apis = [(name, kind, given) for name, kind, given in listed if kind in _APIS]
    for name, kind, given in apis:
        place, log = f"{file}:/Resources/{name}/Properties", _APIS[kind]
        if log not in given:
            problem = "it has no access log: nobody can tell later who called"
            yield Finding("logs_missing", "note", place, problem, f"Set {log}, with the authorizer's own fields.")
        if kind == "AWS::Serverless::Api" and str(given.get("TracingEnabled")).lower() != "true":
            yield Finding("tracing_missing", "note", place, "the stage is not traced", "Set TracingEnabled: true.")
        if "Throttling" not in str(given):
            problem = "it is throttled by the account's limits alone"
            advice = "Set ThrottlingRateLimit and ThrottlingBurstLimit."
            yield Finding("limits_missing", "note", place, problem, advice)
    guarded = any(kind == "AWS::WAFv2::WebACLAssociation" or "WebACLId" in str(given) for _, kind, given in listed)
    for name, kind, _ in apis:
        if kind == "AWS::Serverless::Api" and not guarded:  # an HTTP API takes no web ACL
            place = f"{file}:/Resources/{name}"
            yield Finding("firewall_missing", "note", place, "no web ACL is associated with it", "Associate one.")


def _runtimes(file: str, text: str) -> Iterator[Finding]:
    try:
        blocks = hcl.parse(text)
    except hcl.Unreadable:
        return  # which the linter says
    for block in blocks:
        if block.kind == "resource" and block.labels[:1] == ("aws_lambda_function",):
            yield from _runtime(block.attributes.get("runtime"), f"{file}:{block.line}")


def _terraform(files: Mapping[str, str]) -> Iterator[Finding]:
    text = re.sub(r'[ \t"]+', " ", " ".join(files.values()))
    for code, (words, problem, advice) in _WORDS.items():
        if code == "firewall_missing" and "aws_api_gateway_stage" not in text:
            continue  # an HTTP API takes no web ACL
        if not re.search(words, text):
            yield Finding(code, "note", next(iter(files)), problem, advice)
