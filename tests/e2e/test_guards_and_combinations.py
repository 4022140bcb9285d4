"""Guards, client certificates, combinations and enrichment behind the emulated gateway, its result cache on where that is right."""

from __future__ import annotations

import http.client
import io
import json
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from authkit import Authorizer, Principal, Route
from authkit.credentials.client_certificate import ClientCertificate
from authkit.credentials.client_certificate_rules import CertificateRule
from authkit.credentials.first_of import both, first_of
from authkit.credentials.known import known
from authkit.enrich.claims import from_claims
from authkit.enrich.lookup import Lookup
from authkit.errors import Unauthenticated
from authkit.gateway.sources import Header, read_one, reads
from authkit.guards.cloudfront import CloudFrontSecret
from authkit.guards.endpoint import VpcEndpoint
from authkit.guards.headers import RequiredHeader
from authkit.guards.networks import networks
from authkit.guards.origin import Origin
from authkit.guards.stage import StageVariable
from authkit.local.emulator import running_emulator
from authkit.local.events import Api
from authkit.local.settings import Settings
from authkit.local.tls import mutual_tls
from tests.credentials.apikeys import keys
from tests.local.authority import Authority
from tests.local.gateways import body, gateway, sent
from tests.support.tokens import bearer, signer

if TYPE_CHECKING:
    from pathlib import Path

    from authkit.observe.record import Record

ALLOWED, ELSEWHERE = "203.0.113.7", "198.51.100.7"
APP = "https://app.example.com"
KEY = "k_live_0123456789abcdef"
EVENT_KINDS = ("rest-request", "http-v1", "http-v2", "websocket")
STATUS_OF_401 = {"rest-request": 401, "rest-token": 401, "websocket": 401, "http-v1": 403, "http-v2": 403}


class Counted:
    """An authorizer that counts how often the gateway asked it, and keeps what it told."""

    def __init__(self, kind: str = "rest-request", **slots: Any) -> None:
        self.asked = 0
        self.told: list[Record] = []
        routes = [Route("$connect")] if kind == "websocket" else [Route("GET", "/orders/{id}")]
        self.handler = Authorizer(**{"routes": routes, "authenticate": bearer(), "observe": self.told.append, **slots})

    def __call__(self, event: Any, context: object) -> Any:
        self.asked += 1
        return self.handler(event, context)

    def attached(self, kind: str = "rest-request", **settings: Any) -> Any:
        """Return a gateway that is set as the authorizer says: its identity sources, or none and TTL 0."""
        cached = {"sources": self.handler.identity_sources} if self.handler.cacheable else {"sources": (), "ttl": 0}
        return gateway(self, kind, **{**cached, **settings})


@reads("header.x-api-key")
def key(request: Any) -> Principal:
    """Take one API key."""
    return _client(request, Header("x-api-key"))


@reads("header.authorization")
def key_in_authorization(request: Any) -> Principal:
    """Take the same where tokens are."""
    return _client(request, Header("authorization"))


def _client(request: Any, source: Any) -> Principal:
    if read_one(source, request) != KEY:
        raise Unauthenticated("api_key_unknown")
    return Principal("client-7", claims={"company": "Example Corp"})


def token() -> tuple[str, str]:
    """Return the header of a good token."""
    return "Authorization", f"Bearer {signer().token()}"


def status(attached: Any, *headers: tuple[str, str], kind: str = "", address: str = ALLOWED, **more: Any) -> int:
    """Send a request and return the status."""
    request = sent("/orders/1", *headers, kind=kind, **more)
    return attached.respond(request._replace(source_ip=address)).status


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_networks_let_in_by_address(kind: str) -> None:
    """On each kind of API; nothing is kept here, so each request is judged by its own address."""
    guarded = Counted(kind, guards=[networks(allow=["203.0.113.0/24"])])
    attached = guarded.attached(kind, sources=(), ttl=0)
    good = 101 if kind == "websocket" else 200

    found = [status(attached, token(), kind=kind, address=each) for each in (ALLOWED, ELSEWHERE, ALLOWED)]

    assert found == [good, 403, good]
    assert [record.code for record in guarded.told] == ["", "source_network", ""]


def test_an_answer_is_kept_for_its_address_alone() -> None:
    """The address is an identity source: the same token from elsewhere is asked for anew, and refused."""
    guarded = Counted(guards=[networks(allow=["203.0.113.0/24"])])
    attached = guarded.attached()

    found = [
        status(attached, token_once, address=each)
        for token_once in [token()]
        for each in (ALLOWED, ALLOWED, ELSEWHERE, ELSEWHERE)
    ]

    assert found == [200, 200, 403, 403]
    assert guarded.asked == 2


def test_without_the_address_in_its_key_a_gateway_would_keep_it_for_everybody() -> None:
    """What the declared source prevents, shown on a gateway that was told less."""
    guarded = Counted(guards=[networks(allow=["203.0.113.0/24"])])
    attached = guarded.attached(sources=("header.authorization",))
    header = token()

    assert [status(attached, header, address=each) for each in (ALLOWED, ELSEWHERE)] == [200, 200]
    assert guarded.handler.identity_sources == ("header.authorization", "context.identity.sourceIp")


def test_only_pages_of_our_own_open_a_websocket() -> None:
    """A browser says whose page it was; a program that says nothing is no browser."""
    guarded = Counted("websocket", guards=[Origin(APP)])
    attached = guarded.attached("websocket")

    found = [
        status(attached, token(), *more, kind="websocket")
        for more in ((("Origin", APP),), (("Origin", "https://evil.example"),), ())
    ]

    assert found[:2] == [101, 403]
    assert found[2] in (401, 403)  # the gateway itself refuses where a source is missing


@pytest.mark.parametrize("kind", ["rest-request", "http-v1", "http-v2"])
def test_a_required_header_is_judged_and_part_of_the_key(kind: str) -> None:
    """Without it the gateway says 401 and asks nobody."""
    guarded = Counted(kind, guards=[RequiredHeader("x-api-version", "2026-06")])
    attached, header = guarded.attached(kind), token()

    found = [status(attached, header, *more) for more in ([("X-Api-Version", "2026-06")], [("X-Api-Version", "1")], [])]

    assert found == [200, 403, 401]
    assert guarded.asked == 2


@pytest.mark.parametrize("kind", ["rest-request", "http-v1", "http-v2"])
@pytest.mark.parametrize(("variables", "expected"), [({"tier": "gold"}, 200), ({"tier": "test"}, 403), ({}, 401)])
def test_a_stage_says_what_it_is(kind: str, variables: dict[str, str], expected: int) -> None:
    """Every kind of API that has stage variables."""
    guarded = Counted(kind, guards=[StageVariable("tier", "gold")])

    assert status(guarded.attached(kind, variables=variables), token()) == expected


@pytest.mark.parametrize(
    ("endpoint", "expected"), [("vpce-0a1b2c3d4e5f67890", 200), ("vpce-00000000", 403), (None, 403)]
)
def test_a_private_api_is_called_through_its_endpoint(endpoint: str | None, expected: int) -> None:
    """The emulator has no private APIs, so what their events tell is put in on the way."""
    guarded = Counted(guards=[VpcEndpoint(endpoints=["vpce-0a1b2c3d4e5f67890"])])

    def private(event: Any, context: object) -> Any:
        event["requestContext"]["identity"]["vpceId"] = endpoint
        return guarded(event, context)

    assert status(gateway(private, sources=(), ttl=0), token()) == expected
    assert guarded.handler.identity_sources == ("header.authorization", "context.identity.vpceId")


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_a_token_or_a_key(kind: str) -> None:
    """In two places: the gateway demands neither and keeps nothing, so whichever is there is judged."""
    guarded = Counted(kind, authenticate=first_of(bearer(), key))
    attached = guarded.attached(kind)
    good = 101 if kind == "websocket" else 200
    header = token()

    sendings = ([header], [("x-api-key", KEY)], [header, ("x-api-key", "x")], [("Authorization", "Bearer a.b.c"), ("x-api-key", KEY)], [("x-api-key", "x")])  # fmt: skip
    found = [status(attached, *each, kind=kind) for each in sendings]

    refused = STATUS_OF_401[kind]
    assert found == [good, good, good, refused, refused]
    assert guarded.asked == 5


def test_two_sources_that_exclude_each_other_cannot_both_be_named() -> None:
    """The gateway would answer 401 itself; and with one of them named, one caller's yes would be another's."""
    guarded = Counted(authenticate=first_of(bearer(), key))
    header = token()
    demanding = guarded.attached(sources=guarded.handler.identity_sources, ttl=300)
    confused = guarded.attached(sources=("header.x-tenant",), ttl=300)

    assert [status(demanding, header), status(demanding, ("x-api-key", KEY))] == [401, 401]
    assert [status(confused, *each, ("x-tenant", "acme")) for each in ([header], [("x-api-key", "stranger")])] == [
        200,
        200,
    ]
    assert not guarded.handler.cacheable


@pytest.mark.parametrize("kind", ["rest-token", "rest-request", "http-v1", "http-v2"])
def test_a_token_or_a_key_in_one_header_is_kept_for_each(kind: str) -> None:
    """TOKEN authorizers too: the whole header is the key of the cache."""
    guarded = Counted(kind, authenticate=first_of(bearer(), key_in_authorization))
    attached, header = guarded.attached(kind), token()

    found = [status(attached, each) for each in (header, ("Authorization", KEY)) for _ in range(2)]

    assert found == [200] * 4
    assert guarded.asked == 2
    assert [record.principal for record in guarded.told] == ["alice", "client-7"]


def test_a_token_behind_the_required_header_needs_both() -> None:
    """A guard and a credential are demanded together, and together they are the key."""
    guarded = Counted(guards=[RequiredHeader("x-edge", "on")], authenticate=bearer())
    attached, header = guarded.attached(), token()

    assert [status(attached, *each) for each in ([header, ("x-edge", "on")], [header], [("x-edge", "on")])] == [
        200,
        401,
        401,
    ]
    assert guarded.handler.cacheable


@pytest.mark.parametrize("kind", ["rest-request", "http-v1", "http-v2"])
def test_cloudfronts_secret_and_a_token_are_kept_together(kind: str) -> None:
    """A stranger's secret with a good token is another key of the cache, and refused."""
    secret, header = ("x-origin-verify", "0123456789abcdef-of-the-edge"), token()
    guarded = Counted(kind, guards=[CloudFrontSecret(secret[1])])
    attached = guarded.attached(kind)

    sendings = (
        [header, secret],
        [header, secret],
        [header, (secret[0], "fedcba9876543210-of-the-edge")],
        [header],
        [secret],
    )
    found = [status(attached, *each) for each in sendings]

    assert found == [200, 200, 403, 401, 401]
    assert guarded.asked == 2
    assert guarded.handler.identity_sources == ("header.authorization", "header.x-origin-verify")


def test_a_token_or_a_real_key_in_authorization() -> None:
    """The token first, which its scheme tells apart; both are kept, each for itself."""
    store = keys.Store()
    text = keys.given(store).text
    guarded = Counted(authenticate=first_of(bearer(), keys.credential(store, source=Header("authorization"))))
    attached = guarded.attached()

    sendings = (token(), ("Authorization", text), ("Authorization", text), ("Authorization", keys.made_up(7)))
    found = [status(attached, each) for each in sendings]

    assert found == [200, 200, 200, 401]
    assert (guarded.handler.cacheable, guarded.asked) == (True, 3)


PLANS: dict[str, Any] = {"alice": {"plan": "pro", "seats": 5, "beta": True}}


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_the_backend_is_told_what_was_found(kind: str) -> None:
    """Claims and what was looked up; as text, but on HTTP APIs of payload 2.0 as what it is."""
    plan = Lookup(PLANS.get, by="sub", give={"plan": str, "seats": int, "beta": bool}, timeout=None)
    guarded = Counted(kind, enrich=[from_claims(subject="sub", audience="aud"), plan])
    seen: list[Any] = []

    def backend(request: Any, event: Any) -> Any:
        from authkit.local.message import json_reply

        seen.append(event)
        return json_reply(200, {})

    attached = guarded.attached(kind, sources=("header.authorization",), backend=backend)
    request = sent("/orders/1", token(), kind=kind)
    reply = attached.respond(request)

    if kind == "websocket":
        assert reply.upgrade is not None
        reply.upgrade(OneMessage())
    context = seen[0]["requestContext"]["authorizer"]
    told = context["lambda"] if kind == "http-v2" else context
    values = (
        {"plan": "pro", "seats": 5, "beta": True}
        if kind == "http-v2"
        else {"plan": "pro", "seats": "5", "beta": "true"}
    )
    assert {name: told[name] for name in values} == values
    assert told["subject"] == "alice"


class OneMessage:
    """A client's side of a WebSocket: one text, and it is gone (RFC 6455 section 5.7, masked with zeros)."""

    def __init__(self) -> None:
        self._sent = io.BytesIO(b"\x81\x82\0\0\0\0hi")
        self.read = self._sent.read

    def write(self, data: bytes) -> None:
        """Take what comes back."""


def test_what_is_looked_up_decides_on_routes_and_holds_for_the_ttl() -> None:
    """A kept answer is as old as it says: after a change in the store the old one holds until gateway and look-up forget."""
    members: dict[str, Any] = {"alice": {"team": "1"}}
    now = [1000.0]
    team = Lookup(
        members.get, by="sub", give=["team"], seconds=60, timeout=None, clock=lambda: now[0], monotonic=lambda: now[0]
    )
    guarded = Counted(authenticate=known(bearer(), team), routes=[Route("GET", "/orders/{id}", bind={"id": "team"})])
    attached, header = guarded.attached(ttl=300, timer=lambda: now[0]), token()

    def asked(path: str) -> int:
        return int(attached.respond(sent(path, header)).status)

    before = [asked("/orders/1"), asked("/orders/2")]
    members["alice"] = {"team": "2"}
    now[0] += 299
    kept = [asked("/orders/1"), asked("/orders/2")]
    now[0] += 2
    after = [asked("/orders/1"), asked("/orders/2")]

    assert (before, kept, after) == ([200, 403], [200, 403], [403, 200])
    assert guarded.asked == 2


def test_an_outage_of_a_look_up_is_a_500_and_not_kept() -> None:
    """And it recovers by itself."""
    out = [True]

    def find(name: str) -> Any:
        if out[0]:
            raise OSError("store is down")
        return PLANS[name]

    now = [1000.0]
    plan = Lookup(find, by="sub", give=["plan"], timeout=None, clock=lambda: now[0], monotonic=lambda: now[0])
    guarded = Counted(enrich=[plan])
    attached, header = guarded.attached(), token()

    down = status(attached, header)
    out[0], now[0] = False, 1031.0

    assert (down, status(attached, header)) == (500, 200)
    assert [record.code for record in guarded.told] == ["lookup_unavailable", ""]


DOMAIN = "mtls.api.example.com"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def devices(**changes: Any) -> ClientCertificate:
    """Return what takes the authority's certificates."""
    return ClientCertificate(**{"allow": [CertificateRule(issuer="CN=Example Device CA")], **changes})


def called(
    authority: Authority, client: Path, guarded: Counted, kind: str, *headers: tuple[str, str]
) -> tuple[int, Any]:
    """Call the emulator over mutual TLS, and return the status and what the backend saw."""
    api = Api(stage="$default" if kind.startswith("http") else "dev")
    settings = Settings((), kind=kind, ttl=0, domain=DOMAIN, api=api)  # type: ignore[arg-type]
    with (
        mutual_tls([authority.file], DOMAIN) as tls,
        running_emulator(
            guarded, guarded.handler.routes, settings, tell=lambda _: None, port=0, tls=tls.context
        ) as server,
    ):
        trusting = ssl.create_default_context(cafile=tls.certificate)
        trusting.load_cert_chain(client)
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=10, context=trusting)
        try:
            connection.request("GET", "/orders/1", headers=dict(headers))
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()


@pytest.mark.parametrize("kind", ["rest-request", "http-v1", "http-v2"])
def test_a_device_is_who_its_certificate_says(authority: Authority, kind: str) -> None:
    """Over a real handshake; the backend is told which it was; nothing may be kept."""
    guarded = Counted(kind, authenticate=devices(), enrich=[from_claims(device="CN", serial="serial")])

    code, seen = called(authority, authority.client("sensor-0017"), guarded, kind)

    context = seen["requestContext"]["authorizer"]
    assert code == 200
    assert (context["lambda"] if kind == "http-v2" else context)["device"] == "sensor-0017"
    assert not guarded.handler.cacheable


@pytest.mark.parametrize("kind", ["rest-request", "http-v2"])
def test_a_certificate_that_was_taken_back_gets_no_further(authority: Authority, kind: str) -> None:
    """Which API Gateway does not look at."""
    guarded = Counted(kind, authenticate=devices(revoked=lambda claims: claims["CN"] == "sensor-0017"))

    code, _ = called(authority, authority.client("sensor-0017"), guarded, kind)

    assert code == STATUS_OF_401[kind]
    assert [record.code for record in guarded.told] == ["revoked"]


def test_a_certificate_and_a_key_are_both_demanded(authority: Authority) -> None:
    """As a guard beside the key; and, bound to each other, as one credential."""
    client = authority.client("client-7")
    belong = lambda owner, device: owner.id == device.id
    beside = Counted(guards=[devices().guard], authenticate=key)
    bound = Counted(authenticate=both(key, devices(), agree=belong))

    good, wrong = ("x-api-key", KEY), ("x-api-key", "x")
    assert [called(authority, client, each, "rest-request", good)[0] for each in (beside, bound)] == [200, 200]
    assert [called(authority, client, each, "rest-request", wrong)[0] for each in (beside, bound)] == [401, 401]
    assert called(authority, client, bound, "rest-request")[0] == 401
    assert called(authority, authority.client("thief"), bound, "rest-request", good)[0] == 403
    assert bound.told[-1].code == "credentials_disagree"


def test_a_certificate_or_a_token(authority: Authority) -> None:
    """A wrong certificate never lets the token speak; no certificate does, on a domain without mutual TLS."""
    either = Counted(authenticate=first_of(devices(allow=[CertificateRule(subject="CN=ours")]), bearer()))

    assert called(authority, authority.client("ours"), either, "rest-request")[0] == 200
    assert called(authority, authority.client("theirs"), either, "rest-request", token())[0] == 403
    assert status(either.attached(), token()) == 200


def test_the_echo_of_a_reply_is_json() -> None:
    """The usual backend says what it was told, so that the tests above see it."""
    guarded = Counted(enrich=[from_claims(subject="sub")])

    reply = guarded.attached().respond(sent("/orders/1", token()))

    assert "alice" in json.dumps(body(reply))
