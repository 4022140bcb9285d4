"""No output ever holds a secret, wherever in an event it was planted."""

from __future__ import annotations

import io
import json
import logging
import traceback
from copy import deepcopy
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authkit import APIKey, Authorizer, CloudFrontSecret, Cookie, Field, JWTBearer, Query, Route, first_of, secrets
from authkit.observe.log import log_line
from authkit.observe.powertools import powertools
from authkit.testing import appsync, http_v1, http_v2, rest_request, rest_token, websocket
from tests.support.tokens import AUDIENCE, ISSUER, jwks, new_signer

SECRET = "S3CR3T-of-the-caller-7f3a9c"
EDGE = "the-edge-secret-that-nobody-knows"
PEPPER = b"a pepper of thirty-two bytes ...!"
# What the gateway writes and the log repeats on purpose.
TOLD = ({"requestContext", "requestId"}, {"methodArn"}, {"routeArn"})

EVENTS = {
    "rest-token": rest_token("GET", "/orders/1", token="t"),
    "rest-request": rest_request("GET", "/orders/1", token="t", query={"q": "1"}, headers={"cookie": "a=b"}),
    "http-v1": http_v1("GET", "/orders/1", token="t", query={"q": "1"}),
    "http-v2": http_v2("GET", "/orders/1", token="t", query={"q": "1"}),
    "websocket": websocket(token="t", query={"q": "1"}),
    "appsync": appsync("query Q { order { id } }", "t"),
}
ROUTES = [Route("GET", "/orders/{id}"), Route("$connect"), Field("Query.order")]
KEY = new_signer("ES256", "k1")
BEARER = {"issuer": ISSUER, "audience": AUDIENCE, "jwks": jwks(KEY)}
CREDENTIALS = {
    "bearer": lambda: JWTBearer(**BEARER),
    "query": lambda: JWTBearer(**BEARER, source=Query("q")),
    "cookie": lambda: JWTBearer(**BEARER, source=Cookie("a")),
    "api key": lambda: APIKey(store={}, pepper=PEPPER),
    "first of": lambda: first_of(JWTBearer(**BEARER), APIKey(store={}, pepper=PEPPER)),
}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where every text of an event is."""
    if isinstance(value, dict):
        return [each for name, inner in value.items() for each in leaves(inner, (*path, name))]
    if isinstance(value, list):
        return [each for at, inner in enumerate(value) for each in leaves(inner, (*path, at))]
    return [path] if isinstance(value, str) else []


def planted(event: dict[str, Any], place: tuple[Any, ...], text: str) -> dict[str, Any]:
    """Return the event with a text in one place."""
    changed = deepcopy(event)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = text
    return changed


PLACES = [
    (kind, place)
    for kind, event in EVENTS.items()
    for place in leaves(event)
    if set(place) not in TOLD and place[-1] not in ("type", "version")
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    where=st.sampled_from(PLACES),
    credential=st.sampled_from(sorted(CREDENTIALS)),
    guarded=st.booleans(),
    form=st.sampled_from(
        ["{}", "Bearer {}", "Bearer x.{}.y", "Basic {}", "a={}", "ak_live_{}", '{{"alg":"{}"}}', "{}\n{}"]
    ),
)
def test_no_output_holds_what_was_planted(
    where: tuple[str, tuple[Any, ...]], credential: str, guarded: bool, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Log lines at every level, Powertools' lines and metrics, answers, errors with their traces, and reprs."""
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    kind, place = where
    stream = io.StringIO()
    logger = Logger(service="redaction", stream=stream, level="DEBUG")
    metrics = Metrics(namespace="redaction", service="redaction")
    told = powertools(logger=logger, metrics=metrics)
    records: list[Any] = []

    def observe(record: Any) -> None:
        log_line(record)
        told(record)
        records.append(record)

    guards = [CloudFrontSecret(secrets.given(EDGE))] if guarded else []
    handler = Authorizer(authenticate=CREDENTIALS[credential](), routes=ROUTES, guards=guards, observe=observe)
    event = planted(EVENTS[kind], place, form.format(SECRET, SECRET))

    try:
        said = json.dumps(handler(event))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is output
        said = "".join(traceback.format_exception(error)) + repr(error) + str(error)

    for handle in list(logger.handlers):
        handle.flush()
    output = [said, stream.getvalue(), caplog.text, repr(handler), repr(records), json.dumps(metrics.metric_set)]
    metrics.clear_metrics()
    assert len(records) == 1
    for text in output:
        assert SECRET not in text
        assert EDGE not in text
        assert PEPPER.decode() not in text


def test_every_kind_has_places_to_plant_in() -> None:
    """So that the property is about all of them."""
    assert {kind for kind, _ in PLACES} == set(EVENTS)
    assert len(PLACES) > 100
