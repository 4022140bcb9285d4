"""SigV4 as a credential: signed requests, as far as events of API Gateway tell what was signed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authkit import sigv4
from authkit.authorizer import Authorizer
from authkit.credentials.client import Client
from authkit.credentials.first_of import first_of
from authkit.credentials.sigv4 import SigV4
from authkit.errors import (
    BadEvent,
    ConfigError,
    Forbidden,
    NoCredential,
    Refused,
    Unauthenticated,
    Unavailable,
)
from authkit.gateway.request import parse
from authkit.gateway.sources import reads
from authkit.policy.route import Route
from authkit.principal import Principal
from authkit.stores.replay import MemoryReplay
from authkit.stores.signing_keys import MemoryPartners, Partner
from authkit.testing.appsync_events import appsync
from authkit.testing.http_events import http_v1
from authkit.testing.iam import CREDENTIALS, SERVICE, signed_http_v2, signed_rest_request
from authkit.testing.rest_events import rest_request, rest_token, websocket

NOW = 1_795_254_000.0
HOST = "stubapi001.execute-api.eu-west-1.amazonaws.com"
KEY_ID = CREDENTIALS.access_key_id
SECRET = CREDENTIALS.secret_access_key
ACME = Client("acme", scopes={"orders:read"}, context={"tier": "gold"})
PARTNER = Partner.of(KEY_ID, ACME, secrets=[SECRET])
BUILDERS = pytest.mark.parametrize("signed", [signed_rest_request, signed_http_v2], ids=["rest", "http-v2"])


def slot(partners: Any = PARTNER, now: float = NOW, **more: Any) -> SigV4:
    """Return a slot for the tests' region and service."""
    return SigV4(partners=partners, regions=["eu-west-1"], services=[SERVICE], clock=lambda: now, **more)


def code_of(credential: SigV4, event: dict[str, Any]) -> str:
    """Return the code that an event is refused with."""
    with pytest.raises(Unauthenticated) as caught:
        credential(parse(event))
    return caught.value.code


@BUILDERS
def test_a_signed_request_is_its_partners(signed: Any) -> None:
    """The principal is the client that the access key id was given to."""
    event = signed("GET", "/orders/1", query={"tag": ["b", "a", ""], "q": "a b+c%/ü"}, at=NOW)

    principal = slot()(parse(event))

    assert (principal.id, principal.scopes) == ("acme", {"orders:read"})
    assert (principal.claims["tier"], principal.claims["access_key_id"]) == ("gold", KEY_ID)
    assert principal.expires_at == NOW + 300


@BUILDERS
def test_a_presigned_url_is_taken_where_the_rules_have_it(signed: Any) -> None:
    """By default only a header counts; with the rule, links do as well, until they end."""
    event = signed("GET", "/orders/1", query={"a": "1"}, mechanism="query", expires=60, at=NOW)

    assert slot(mechanisms=["query"])(parse(event)).id == "acme"
    assert code_of(slot(), event) == "mechanism_not_allowed"
    assert code_of(slot(now=NOW + 61, mechanisms=["query"]), event) == "signature_expired"


@BUILDERS
def test_a_declared_hash_becomes_a_claim(signed: Any) -> None:
    """Of the body the authorizer knows what was signed, and no more."""
    declared = signed("POST", "/orders", body=b'{"n": 1}', at=NOW)

    claims = slot()(parse(declared)).claims

    assert claims["payload_sha256"] == sha256(b'{"n": 1}').hexdigest()


def test_a_key_of_sigv4a_needs_no_secret_here() -> None:
    """The store has the public half alone."""
    public = sigv4.KeyPairs().public(CREDENTIALS)
    partner = Partner.of(KEY_ID, ACME, public_keys=[public.point])
    event = rest_request(
        "GET", "/orders/1", at=NOW, headers=signature(path="/prod/orders/1", region="eu-*", algorithm=sigv4.V4A)
    )

    assert slot(partner, algorithms=[sigv4.V4A])(parse(event)).id == "acme"


def test_a_derived_key_is_good_for_its_day_region_and_service() -> None:
    """The authorizer then holds no secret that could sign elsewhere."""
    value = sigv4.signing_key(SECRET, "20261121", "eu-west-1", SERVICE)
    other = Partner.of(KEY_ID, ACME, derived=[("20261122", "eu-west-1", SERVICE, value)])
    event = signed_rest_request("GET", "/orders/1", at=NOW)

    assert slot(Partner.of(KEY_ID, ACME, derived=[("20261121", "eu-west-1", SERVICE, value)]))(parse(event)).id
    assert code_of(slot(other), event) == "key_not_found"


def signature(path: str = "/prod/orders/1", host: str = HOST, **more: Any) -> dict[str, str]:
    """Return the headers of a signed GET."""
    given = {"region": "eu-west-1", "service": SERVICE, "clock": lambda: NOW, **more}
    return dict(sigv4.sign(method="GET", url=f"https://{host}{path}", credentials=CREDENTIALS, **given).headers)


@BUILDERS
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"region": "eu-central-1"}, "scope_mismatch"),
        ({"service": "execute-api"}, "scope_mismatch"),
        ({"at": NOW - 301}, "signature_expired"),
        ({"at": NOW + 301}, "signature_not_yet_valid"),
        ({"credentials": sigv4.Credentials(access_key_id=KEY_ID, secret_access_key="x")}, "signature_mismatch"),
        ({"credentials": sigv4.Credentials(access_key_id="nobody", secret_access_key="x")}, "key_not_found"),
        (
            {"credentials": sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET, session_token="t")},
            "token_mismatch",
        ),
    ],
)
def test_what_was_signed_otherwise_is_refused(signed: Any, changes: dict[str, Any], code: str) -> None:
    """By the verifier's rules, and not by what a request says of itself."""
    assert code_of(slot(), signed("GET", "/orders/1", **{"at": NOW, **changes})) == code


def put(place: str, name: str, value: Any) -> Any:
    """Return what puts a value into one of an event's maps."""

    def change(event: dict[str, Any]) -> None:
        event[place][name] = value

    return change


def to_another_path(event: dict[str, Any]) -> None:
    """Change the path, in the ARN as well."""
    event["methodArn"] = event["methodArn"].replace("orders/1", "orders/2")
    event["requestContext"]["path"] = "/prod/orders/2"


MANY, QUERY = "multiValueHeaders", "multiValueQueryStringParameters"
CHANGES: dict[str, Any] = {
    "method": lambda event: event.update(methodArn=event["methodArn"].replace("/GET/", "/POST/")),
    "path": to_another_path,
    "query value": put(QUERY, "a", ["2"]),
    "query repeated": put(QUERY, "a", ["1", "1"]),
    "query added": put(QUERY, "b", [""]),
    "host": put(MANY, "Host", ["other.example"]),
    "date": put(MANY, "X-Amz-Date", ["20261121T094001Z"]),
    "content type": put(MANY, "Content-Type", ["text/html"]),
    "date twice, in the other map": put("headers", "x-amz-date", "20261121T094001Z"),
    "header added": put(MANY, "X-Amz-Target", ["x"]),
    "authorization twice": lambda event: event[MANY]["Authorization"].append("AWS4-HMAC-SHA256 x"),
    "presigned as well": put(QUERY, "X-Amz-Signature", ["0" * 64]),
}


@pytest.mark.parametrize("place", CHANGES)
def test_whatever_is_changed_on_the_way_is_refused(place: str) -> None:
    """A signature is over all of it."""
    event = signed_rest_request("GET", "/orders/1", query={"a": "1"}, headers={"Content-Type": "a/b"}, at=NOW)
    assert slot()(parse(event)).id == "acme"

    CHANGES[place](event)

    assert code_of(slot(), event)


def test_what_is_allowed_is_what_was_signed() -> None:
    """Of an event whose two paths differ, one was cut or decoded: nobody knows what was signed."""
    event = signed_http_v2("GET", "/orders/1", at=NOW)
    event["routeArn"] = event["routeArn"].replace("orders/1", "orders/1?x")

    assert code_of(slot(), event) == "wire_form_lost"


def test_a_signature_for_two_segments_is_none_for_one_with_an_encoded_slash() -> None:
    """Decoded, the paths are the same; what the gateway routes, and the policy allows, is another resource."""
    event = signed_rest_request("GET", "/files/a/b", at=NOW)
    moved = rest_request("GET", "/files/a%2Fb", headers=signature("/prod/files/a/b"), at=NOW)
    kept = signed_rest_request("GET", "/files/a%2Fb", at=NOW)
    decoded = {**moved, "requestContext": {**moved["requestContext"], "path": event["requestContext"]["path"]}}

    assert slot()(parse(event)).id == slot()(parse(kept)).id == "acme"
    assert code_of(slot(), moved) == "signature_mismatch"
    assert code_of(slot(), decoded) == "wire_form_lost"


def test_behind_an_http_api_an_escaped_path_is_refused_or_guessed_by_name() -> None:
    """Its gateway decodes paths, so the signed spelling is lost; REST APIs keep it."""
    event = signed_http_v2("GET", "/orders/a%20b", at=NOW)
    event["requestContext"]["http"]["path"] = event["rawPath"] = "/orders/a b"

    assert code_of(slot(), event) == "wire_form_lost"
    assert slot(escaped_paths="reencode")(parse(event)).id == "acme"


def test_behind_an_http_api_what_needs_no_escape_is_taken_as_it_is() -> None:
    """If it had one, no signature fits."""
    event = signed_http_v2("GET", "/orders/x:y@z", at=NOW)
    escaped = signed_http_v2("GET", "/orders/x%3Ay", at=NOW)
    escaped["requestContext"]["http"]["path"] = escaped["rawPath"] = "/orders/x:y"

    assert slot()(parse(event)).id == "acme"
    assert code_of(slot(), escaped) == "signature_mismatch"


def test_a_rest_apis_escapes_are_taken_as_sent() -> None:
    """And what must have been decoded is refused."""
    kept = signed_rest_request("GET", "/orders/a%20b", at=NOW)
    decoded = signed_rest_request("GET", "/orders/a%20b", at=NOW)
    decoded["requestContext"]["path"] = "/prod/orders/a b"

    assert slot()(parse(kept)).id == "acme"
    assert code_of(slot(), decoded) == "wire_form_lost"
    assert slot(escaped_paths="reencode")(parse(decoded)).id == "acme"


def test_a_query_whose_repeats_are_hidden_is_refused() -> None:
    """Payload 1.0 as documented tells one value a name: another could have been added before it."""
    event = http_v1("GET", "/orders/1", query={"a": "1"}, headers=signature("/orders/1?a=1"), at=NOW)

    assert code_of(slot(), event) == "wire_form_lost"
    event["multiValueQueryStringParameters"] = {"a": ["1"]}
    assert slot()(parse(event)).id == "acme"


def test_payload_1_0_without_a_query_loses_nothing() -> None:
    """Its headers come as signing joins them."""
    event = http_v1("GET", "/orders/1", headers=signature("/orders/1"), at=NOW)

    assert slot()(parse(event)).id == "acme"


def test_cookies_are_put_together_again() -> None:
    """Payload 2.0 takes them out of the headers."""
    headers = {"Cookie": "a=1; b=2"}
    event = signed_http_v2("GET", "/orders/1", headers=headers, at=NOW)
    own = signature("/orders/1", headers=list(headers.items()), signed_headers=["cookie"])
    event["headers"] |= {name.lower(): value for name, value in own.items()}

    assert slot()(parse(event)).id == "acme"


@pytest.mark.parametrize("domain", [None, "api.example.com"])
@BUILDERS
def test_stage_and_base_path_are_signed_as_the_event_tells_them(signed: Any, domain: str | None) -> None:
    """On the API's own domain the stage is part of the path."""
    event = signed("GET", "/orders/1", domain=domain, stage="prod", at=NOW)

    assert slot()(parse(event)).id == "acme"


@pytest.mark.parametrize(
    ("base", "path", "asked"),
    [
        ("https://cdn.example.com/v1", "/orders/1", "/v1/orders/1"),
        ("https://cdn.example.com/", "/orders/1", "/orders/1"),
        ("https://cdn.example.com:8443/v1/", "/orders/", "/v1/orders/"),
        ("https://cdn.example.com/v1", "/", "/v1/"),
    ],
)
def test_behind_a_distribution_the_public_url_counts(base: str, path: str, asked: str) -> None:
    """Callers sign what they see; the gateway sees another host and the stage."""
    host = base.removeprefix("https://").partition("/")[0]
    event = rest_request("GET", path, headers=signature(asked, host), at=NOW)

    assert slot(public_url=base)(parse(event)).id == "acme"
    assert code_of(slot(public_url="https://other.example.com"), event) == "signature_mismatch"
    assert code_of(slot(), event) == "signature_mismatch"


def test_the_public_root_may_come_without_a_slash() -> None:
    """A base path by itself is the root as well."""
    event = rest_request("GET", "/", headers=signature("/v1", "cdn.example.com"), at=NOW)
    event["requestContext"]["path"] = "/prod"

    assert slot(public_url="https://cdn.example.com/v1")(parse(event)).id == "acme"


def test_a_websocket_is_opened_at_its_stage() -> None:
    """A browser brings a presigned URL; the event has no path, so on a custom domain it has to be said."""
    link = sigv4.presign(
        **{"method": "GET", "url": f"https://{HOST}/prod", "credentials": CREDENTIALS, "region": "eu-west-1"},
        **{"service": SERVICE, "clock": lambda: NOW},
    ).url
    query = dict(pair.split("=") for pair in link.partition("?")[2].split("&"))
    query = {name: value.replace("%2F", "/").replace("%3B", ";") for name, value in query.items()}
    own, custom = websocket(query=query, at=NOW), websocket(query=query, domain="ws.example.com", at=NOW)

    assert slot(mechanisms=["header", "query"])(parse(own)).id == "acme"
    with pytest.raises(BadEvent, match="public_url"):
        slot(mechanisms=["query"])(parse(custom))
    assert code_of(slot(mechanisms=["query"], public_url="https://ws.example.com"), custom) == "signature_mismatch"


@pytest.mark.parametrize(
    "event",
    [
        rest_token("GET", "/orders/1", "Credential=x", scheme="AWS4-HMAC-SHA256"),
        appsync("{ a }", token="AWS4-HMAC-SHA256 x"),
    ],
    ids=["token", "appsync"],
)
def test_events_that_do_not_tell_the_request_are_refused(event: dict[str, Any]) -> None:
    """There the function is attached wrongly, whatever the caller sent."""
    with pytest.raises(BadEvent):
        slot()(parse(event))


def test_an_event_without_a_path_is_none() -> None:
    """It is not guessed from the ARN."""
    event = signed_rest_request("GET", "/orders/1", at=NOW)
    del event["requestContext"]["path"]

    with pytest.raises(BadEvent, match="no path"):
        slot()(parse(event))


@pytest.mark.parametrize(
    "event",
    [
        rest_request("GET", "/orders/1"),
        rest_request("GET", "/orders/1", token="t"),
        rest_request("GET", "/orders/a b", token="t"),
        http_v1("GET", "/orders/1", token="t", query={"a": "1"}),
        rest_request("GET", "/orders/1", query={"a": "x-amz-signature"}),
    ],
    ids=["nothing", "bearer", "bearer, odd path", "bearer, hidden query", "a value"],
)
def test_without_a_signature_there_is_no_credential(event: dict[str, Any]) -> None:
    """So the next kind may be asked for."""
    with pytest.raises(NoCredential):
        slot()(parse(event))


def test_first_of_takes_a_signature_or_a_token() -> None:
    """A signature that is wrong is no absent one."""

    @reads("header.authorization")
    def bearer(request: Any) -> Principal:
        return Principal("somebody")

    either = first_of(slot(), bearer)
    wrong = signed_rest_request("GET", "/orders/1", region="us-east-1", at=NOW)

    assert either(parse(signed_rest_request("GET", "/orders/1", at=NOW))).id == "acme"
    assert either(parse(rest_request("GET", "/orders/1", token="t"))).id == "somebody"
    with pytest.raises(Unauthenticated, match="scope_mismatch"):
        either(parse(wrong))


def test_an_authorizer_with_it_is_never_cacheable() -> None:
    """A signature vouches for one request; a kept answer would be for others."""
    header, query = slot(), slot(mechanisms=["query"])
    authorizer = Authorizer(authenticate=header, routes=[Route("GET", "/orders/{id}", scopes={"orders:read"})])

    answer = authorizer(signed_rest_request("GET", "/orders/1", at=NOW))

    assert (header.per_request, authorizer.cacheable) == (True, False)
    assert header.reads == ("header.authorization",)
    assert query.reads == ("querystring.X-Amz-Signature",)
    assert slot(mechanisms=["query", "header"]).reads == ("header.authorization", "querystring.X-Amz-Signature")
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def test_a_replay_store_lets_each_signature_in_once() -> None:
    """It is an option: two honest requests that are the same in one second are one."""
    once = slot(replay=MemoryReplay(clock=lambda: NOW))
    event = signed_rest_request("GET", "/orders/1", at=NOW)

    assert once(parse(event)).id == "acme"
    assert code_of(once, event) == "signature_replayed"


class Broken:
    """A store that fails."""

    def __init__(self, error: Exception | None = None, answer: Any = None) -> None:
        self.error, self.answer = error, answer

    def _told(self) -> Any:
        if self.error:
            raise self.error
        return self.answer

    def consume(self, holder: str, mark: str, *, until: float) -> Any:
        return self._told()

    def find(self, access_key_id: str) -> Any:
        return self._told()

    def renewed(self) -> bool:
        return False


def test_a_store_that_fails_is_an_outage() -> None:
    """And tells nothing of what it said: it could hold a secret."""
    event = signed_rest_request("GET", "/orders/1", at=NOW)

    for credential in (
        slot(replay=Broken(OSError("secret"))),
        slot(replay=Broken(answer=1)),
        slot(Broken(OSError("secret"))),
        slot(Broken(Unavailable("down"))),
        slot(replay=Broken(Unavailable("down"))),
    ):
        with pytest.raises(Unavailable) as caught:
            credential(parse(event))
        assert "secret" not in str(caught.value)


def test_a_store_that_answers_with_another_partner_lets_nobody_in() -> None:
    """That would be the worst it could do."""
    other = Partner.of("other", ACME, secrets=[SECRET])

    with pytest.raises(ConfigError, match="another partner"):
        slot(Broken(answer=other))(parse(signed_rest_request("GET", "/orders/1", at=NOW)))


class Renewing(Broken):
    """A store that learns of a partner when it is asked anew."""

    asked = 0

    def renewed(self) -> bool:
        self.asked += 1
        self.answer, changed = PARTNER, self.answer is not PARTNER
        return changed


def test_a_signature_that_fits_nothing_asks_the_store_anew() -> None:
    """Once, and the same whether the access key id is known or not."""
    unknown = Renewing()
    rotated = Renewing(answer=Partner.of(KEY_ID, ACME, secrets=["the one before"]))
    event = signed_rest_request("GET", "/orders/1", at=NOW)
    wrong = signed_rest_request("GET", "/orders/1", region="us-east-1", at=NOW)

    assert slot(unknown)(parse(event)).id == slot(rotated)(parse(event)).id == "acme"
    assert code_of(slot(unknown), wrong) == "scope_mismatch"
    assert (unknown.asked, rotated.asked) == (1, 1)


@pytest.mark.parametrize(
    ("client", "code"),
    [
        (Client("acme", disabled=True), "revoked"),
        (Client("acme", not_before=NOW + 1), "not_yet_valid"),
        (Client("acme", not_after=NOW), "expired"),
    ],
)
def test_a_clients_own_end_counts(client: Client, code: str) -> None:
    """A good signature of somebody who was taken back is none."""
    assert code_of(slot(Partner.of(KEY_ID, client, secrets=[SECRET])), signed_rest_request("GET", "/o", at=NOW)) == code


def test_a_clients_end_is_the_principals() -> None:
    """If it is the sooner one."""
    client = Client("acme", not_after=NOW + 10)

    principal = slot(Partner.of(KEY_ID, client, secrets=[SECRET]))(parse(signed_rest_request("GET", "/o", at=NOW)))

    assert principal.expires_at == NOW + 10


@BUILDERS
def test_a_client_may_be_bound_to_networks(signed: Any) -> None:
    """By the address of the immediate peer."""
    bound = slot(Partner.of(KEY_ID, Client("acme", networks=["203.0.113.0/24"]), secrets=[SECRET]))

    assert bound(parse(signed("GET", "/o", at=NOW))).id == "acme"
    with pytest.raises(Forbidden, match="source_network"):
        bound(parse(signed("GET", "/o", source_ip="198.51.100.1", at=NOW)))


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding"])
def test_a_body_that_was_not_declared_is_refused_where_it_shows(name: str) -> None:
    """The signature would be good, for an empty one."""
    event = signed_rest_request("POST", "/orders", at=NOW)
    event["multiValueHeaders"][name] = ["7"]

    assert code_of(slot(), event) == "payload_unavailable"


def test_an_unsigned_body_has_no_hash_to_compare() -> None:
    """It is taken by name only, and then nothing is handed on that a handler could take for a proof."""
    headers = signature(payload_hash=sigv4.UNSIGNED_PAYLOAD)
    event = rest_request("GET", "/orders/1", headers=headers, at=NOW)
    partner = Partner.of(KEY_ID, Client("acme", context={"payload_sha256": "0" * 64}), secrets=[SECRET])

    assert code_of(slot(), event) == "payload_not_allowed"
    assert "payload_sha256" not in slot(partner, payloads=["unsigned"])(parse(event)).claims


@given(
    event=st.fixed_dictionaries(
        {
            "headers": st.dictionaries(
                st.sampled_from(["Authorization", "Host", "x-amz-date", "x-amz-security-token", "Cookie", "é", ""]),
                st.one_of(st.text(), st.none(), st.lists(st.text()), st.just("AWS4-HMAC-SHA256 x")),
            ),
            "multiValueHeaders": st.one_of(
                st.none(), st.dictionaries(st.text(), st.one_of(st.lists(st.text()), st.text(), st.none()))
            ),
            "queryStringParameters": st.one_of(st.none(), st.dictionaries(st.text(), st.text())),
            "multiValueQueryStringParameters": st.one_of(
                st.none(),
                st.dictionaries(
                    st.one_of(st.text(), st.just("X-Amz-Signature"), st.just("\ud800")),
                    st.one_of(st.lists(st.one_of(st.text(), st.just("\ud800"))), st.none(), st.text()),
                ),
            ),
            "requestContext": st.fixed_dictionaries(
                {"path": st.one_of(st.text().map("/prod/{}/orders/1".format), st.just("/\ud800/orders/1"))},
                optional={"domainName": st.text()},
            ),
        }
    ),
    kind=st.sampled_from([None, "1.0", "2.0"]),
    escaped=st.sampled_from(["refuse", "reencode"]),
)
@settings(max_examples=300, deadline=None)
def test_hostile_events_are_refused_and_nothing_else(event: dict[str, Any], kind: str | None, escaped: str) -> None:
    """Whatever a caller sends is refused by a word of ours."""
    arn = "arn:aws:execute-api:eu-west-1:111122223333:stubapi001/prod/GET/orders/1"
    context = event["requestContext"]
    whole = {"type": "REQUEST", "methodArn": arn, "routeArn": arn, **event, **({"version": kind} if kind else {})}
    whole["requestContext"] = {**context, "http": {"path": context["path"]}}
    whole["rawQueryString"] = next(iter(event["queryStringParameters"] or ()), None)
    whole["cookies"] = list(event["queryStringParameters"] or ())

    with pytest.raises(Refused):
        slot(mechanisms=["header", "query"], escaped_paths=escaped)(parse(whole))


@given(
    path=st.text(alphabet="abcXYZ019-._~/", min_size=1, max_size=20).filter(
        lambda text: "//" not in f"/{text}" and not {".", ".."} & set(text.split("/"))
    ),
    query=st.dictionaries(
        st.text(max_size=5).filter(bool), st.lists(st.text(max_size=5), min_size=1, max_size=3), max_size=4
    ),
    body=st.binary(max_size=20),
)
@settings(max_examples=200, deadline=None)
def test_what_is_signed_is_verified(path: str, query: dict[str, list[str]], body: bytes) -> None:
    """Of any plain path and any query, behind either kind of API."""
    for signed in (signed_rest_request, signed_http_v2):
        event = signed("POST", f"/{path}", query=query, body=body, at=NOW)

        assert slot()(parse(event)).id == "acme"


def test_a_wrong_configuration_names_every_fault() -> None:
    """All in one message, before the first request."""
    with pytest.raises(ConfigError) as caught:
        SigV4(
            **{"partners": {}, "regions": "eu-west-1", "services": [SERVICE], "public_url": "http://x", "clock": 5},
            **{"escaped_paths": "guess", "replay": MemoryReplay, "payloads": ["checked"]},
        )

    text = str(caught.value)
    for fault in (
        "partners must",
        "regions must",
        "public_url must",
        "escaped_paths",
        "replay has",
        "payloads:",
        "clock",
    ):
        assert fault in text


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"partners": [PARTNER, PARTNER]}, "given twice"),
        ({"public_url": 5}, "public_url must"),
        ({"public_url": "https://user@host/"}, "public_url must"),
        ({"colour": "red"}, "colour"),
        ({"partners": MemoryPartners}, "partners must"),
    ],
)
def test_single_faults_are_named(more: dict[str, Any], fault: str) -> None:
    """Each by a word that leads to it."""
    with pytest.raises(ConfigError, match=fault):
        slot(**{"partners": PARTNER, **more})


def test_a_store_that_fetches_is_asked_before_the_first_request() -> None:
    """One that does not is ready."""

    class Fetching(Broken):
        def prefetch(self) -> bool:
            return False

    assert slot().prefetch() is True
    assert slot(Fetching()).prefetch() is False


def test_nothing_shows_a_secret() -> None:
    """Neither the slot nor what it was given."""
    shown = repr(slot()) + repr(PARTNER) + repr(PARTNER.keys) + repr(MemoryPartners(PARTNER))

    assert SECRET.decode() not in shown
    assert "wJalr" not in shown
