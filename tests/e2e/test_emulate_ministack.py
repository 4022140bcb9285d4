"""The emulator beside MiniStack, one function behind both: the same answers wherever MiniStack answers as AWS does."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from authkit.local.appsync import AppSync
from authkit.local.events import Api
from authkit.local.function import in_process
from authkit.local.gateway import Gateway, Settings
from authkit.local.http import HttpReply, HttpRequest, json_reply
from authkit.local.plans import Quota, Throttle, UsagePlan
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from tests.e2e.ministack import BURST, FUNCTION, HANDSHAKE, KEYS, PATHS, QUOTA, Answered, MiniStack, command
from tests.local.gateways import over_the_wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(command() is None, reason="MiniStack is not installed; AUTHKIT_MINISTACK can name its command"),
]

KINDS = {
    "RestToken": "rest-token",
    "RestRequest": "rest-request",
    "HttpV1": "http-v1",
    "HttpV2": "http-v2",
    "HttpSimple": "http-simple",
}
ALLOW = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "STAGE/GET/orders/*"}
DENY = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "STAGE/*"}


def policy(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what tells the function to answer with a policy."""
    document = {"Version": "2012-10-17", "Statement": [*statements]}
    return {"answer": {"principalId": "user-42", "policyDocument": document, **more}}


def with_context(**context: Any) -> dict[str, Any]:
    return policy(ALLOW, context=context)


SAME: dict[str, dict[str, Any]] = {
    "allow": policy(ALLOW),
    "a context of texts, numbers and booleans": with_context(tenant="acme", n=250, f=1.5, yes=True, no=False),
    "an empty context": with_context(),
    "several resources": policy({**ALLOW, "Resource": ["STAGE/POST/orders", "STAGE/GET/orders/1"]}),
    "a question mark": policy({**ALLOW, "Resource": "STAGE/GET/orders/?"}),
    "another resource": policy({**ALLOW, "Resource": "STAGE/GET/files/*"}),
    "another case": policy({**ALLOW, "Resource": "STAGE/get/orders/*"}),
    "a deny": policy(DENY),
    "a deny beside an allow": policy(ALLOW, DENY),
    "a deny of something else": policy(ALLOW, {**DENY, "Resource": "STAGE/DELETE/*"}),
    "unauthorized": {"raise": "Unauthorized"},
    "unauthorized with a reason": {"raise": "Unauthorized: expired"},
    "an error": {"raise": "boom"},
    "nothing": {"answer": None},
    "a text": {"answer": "Allow"},
    "no document": {"answer": {"principalId": "user-42"}},
    "a document that is a text": {"answer": {"principalId": "user-42", "policyDocument": "{}"}},
    "a simple yes": {"answer": {"isAuthorized": True, "context": {"n": 1, "list": [1]}}},
    "a simple no": {"answer": {"isAuthorized": False}},
    "a simple text": {"answer": {"isAuthorized": "true"}},
}

# What each is by the contract, for REST, HTTP 1.0 and HTTP 2.0; and why MiniStack has it otherwise.
NOT_SAME: dict[str, tuple[dict[str, Any], tuple[int, int, int], str]] = {
    "Action": (policy({**ALLOW, "Action": "s3:GetObject"}), (403, 403, 403), "Action is ignored"),
    "Condition": (
        policy({**ALLOW, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}),
        (403, 403, 403),
        "Condition is ignored",
    ),
    "NotResource": (
        policy({"Effect": "Allow", "Action": "execute-api:Invoke", "NotResource": "STAGE/POST/*"}),
        (200, 200, 200),
        "NotResource is ignored",
    ),
    "a list in the context": (with_context(groups=["a"]), (500, 500, 200), "it is dropped, or made a text"),
    "an object in the context": (with_context(who={"a": 1}), (500, 500, 200), "it is dropped, or made a text"),
    "unauthorized in another case": ({"raise": "unauthorized "}, (500, 500, 500), "case and blanks are ignored"),
    "no principal": (
        {"answer": {"policyDocument": {"Version": "2012-10-17", "Statement": [ALLOW]}}},
        (500, 500, 500),
        "AWS was measured to evaluate the policy; it documents principalId as required (contract 5.1)",
    ),
    "no version": (
        {"answer": {"principalId": "u", "policyDocument": {"Statement": [ALLOW]}}},
        (500, 500, 500),
        "the version is ignored",
    ),
}


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    with MiniStack(tmp_path_factory.mktemp("ministack")) as running:
        yield running


@pytest.fixture(scope="module")
def ours() -> dict[str, Gateway]:
    """A gateway of each kind, with the same function before it."""
    return {api: gateway(kind) for api, kind in KINDS.items()}


def function() -> Any:
    """Return the function that MiniStack runs too, in this process."""
    names: dict[str, Any] = {}
    exec(compile(FUNCTION, "function.py", "exec"), names)
    return in_process(names["handler"])


def gateway(kind: Any) -> Gateway:
    http = kind.startswith("http-")
    settings = Settings(
        ("header.authorization",),
        kind,
        api=Api(stage="$default" if http else "prod"),
        expression="Bearer .+" if kind == "rest-token" else None,
    )
    return Gateway(function(), Routes([Route("GET", path) for path in PATHS]), settings, backend=told)


def told(request: HttpRequest, event: Mapping[str, Any]) -> HttpReply:
    """Answer as the backend behind MiniStack does; it does not say how long the authorizer took."""
    authorizer = event["requestContext"]["authorizer"]
    return json_reply(200, {name: value for name, value in authorizer.items() if name != "integrationLatency"})


def call(gateway: Gateway, path: str, *headers: tuple[str, str], method: str = "GET") -> Answered:
    reply = gateway.respond(HttpRequest(method, path, headers=headers))
    named = {name.lower(): value for name, value in reply.headers}
    return Answered(reply.status, named, json.loads(reply.body))


def credential(told: dict[str, Any], salt: str) -> tuple[str, str]:
    """Return a header that tells the function what to do; a salt makes another of it for the cache."""
    return "Authorization", "Bearer " + base64.b64encode(json.dumps({**told, "salt": salt}).encode()).decode()


def compared(answered: Answered, api: str) -> tuple[Any, ...]:
    """Return what is to be the same: status, body, and on REST APIs the type of the error.

    Of payload 1.0 MiniStack puts the context below ``lambda``, where the contract (5.3) has it of payload 2.0 alone.
    """
    error = answered.headers.get("x-amzn-errortype") if api.startswith("Rest") else None
    body = answered.body
    return answered.status, body.get("lambda", body) if api == "HttpV1" else body, error


@pytest.mark.parametrize("api", KINDS)
@pytest.mark.parametrize("case", SAME)
def test_the_same_answer(peer: MiniStack, ours: dict[str, Gateway], api: str, case: str) -> None:
    """Of the function, and then of the cache for another route and the same one."""
    header = credential(SAME[case], f"{api} {case}")

    for path in ("/orders/1", "/files/1", "/orders/1"):
        assert compared(call(ours[api], path, header), api) == compared(peer.call(api, path, header), api), path


@pytest.mark.parametrize("api", KINDS)
@pytest.mark.parametrize(
    ("path", "headers", "method"),
    [
        ("/orders/1", (), "GET"),
        ("/orders/1", (("Authorization", ""),), "GET"),
        ("/orders/1", (("X-Other", "x"),), "GET"),
        ("/nowhere", (("Authorization", "Bearer x"),), "GET"),
        ("/orders/1/lines", (("Authorization", "Bearer x"),), "GET"),
        ("/orders/1", (("Authorization", "Bearer x"),), "POST"),
    ],
    ids=["no source", "an empty source", "another header", "nowhere", "below", "another method"],
)
def test_the_same_answer_where_nobody_is_asked(
    peer: MiniStack, ours: dict[str, Gateway], api: str, path: str, headers: Any, method: str
) -> None:
    """A missing source, an unknown route."""
    here, there = call(ours[api], path, *headers, method=method), peer.call(api, path, *headers, method=method)

    assert compared(here, api) == compared(there, api)


def test_the_same_answer_to_an_expression_that_does_not_match(peer: MiniStack, ours: dict[str, Gateway]) -> None:
    """The whole credential is meant."""
    for value in ("Basic abc", "xBearer abc", "Bearer ", "bearer abc"):
        header = ("Authorization", value)
        here, there = call(ours["RestToken"], "/orders/1", header), peer.call("RestToken", "/orders/1", header)
        assert compared(here, "RestToken") == compared(there, "RestToken")
        assert here.status == 401


@pytest.mark.parametrize("case", NOT_SAME)
def test_where_ministack_differs_ours_is_the_contracts(peer: MiniStack, ours: dict[str, Gateway], case: str) -> None:
    """Each difference has its reason; one that has gone is to be taken from the list."""
    told, (rest, v1, v2), why = NOT_SAME[case]
    wanted = {"RestToken": rest, "RestRequest": rest, "HttpV1": v1, "HttpV2": v2}
    header = credential(told, case)

    here = {api: call(ours[api], "/orders/1", header) for api in wanted}
    there = {api: peer.call(api, "/orders/1", header) for api in wanted}

    assert {api: answered.status for api, answered in here.items()} == wanted
    assert any(compared(here[api], api) != compared(there[api], api) for api in wanted), why


GRAPHQL = {
    "a yes": {"answer": {"isAuthorized": True}},
    "a yes with a context": {"answer": {"isAuthorized": True, "resolverContext": {"tenant": "acme"}}},
    "a no": {"answer": {"isAuthorized": False}},
    "unauthorized": {"raise": "Unauthorized"},
    "an error": {"raise": "boom"},
    "nothing": {"answer": None},
    "a text": {"answer": "yes"},
    "no isAuthorized": {"answer": {"resolverContext": {}}},
}


@pytest.mark.parametrize("case", GRAPHQL)
def test_the_same_answer_of_appsync(peer: MiniStack, case: str) -> None:
    """Status and errors; MiniStack's API has no resolvers, so of data there is nothing to compare."""
    settings = Settings(("header.authorization",), "appsync", 0)
    header = credential(GRAPHQL[case], case)
    request = HttpRequest("POST", "/graphql", headers=(header,), body=b'{"query": "{ order }"}')

    here = AppSync(function(), settings).respond(request)
    there = peer.ask("GraphQL", "{ order }", header)

    assert (here.status, json.loads(here.body).get("errors")) == (there.status, there.body.get("errors"))
    named = {name.lower(): value for name, value in here.headers}
    assert named.get("x-amzn-errortype") == there.headers.get("x-amzn-errortype")


def metered(api: str) -> Gateway:
    """Return a gateway with the usage plan that the API has behind MiniStack."""
    quota = Quota(QUOTA, "DAY") if api == "RestQuota" else None
    throttle = Throttle(0.001, BURST) if api == "RestThrottle" else None
    settings = Settings(
        ("header.authorization",),
        "rest-request",
        api=Api(stage="prod"),
        plans=(UsagePlan((KEYS[api],), throttle, quota),),
        key_source="HEADER",
    )
    return Gateway(function(), Routes([Route("GET", path) for path in PATHS]), settings, backend=told)


@pytest.mark.parametrize(("api", "times"), [("RestQuota", QUOTA), ("RestThrottle", BURST)])
def test_the_same_answer_to_keys_of_a_usage_plan(peer: MiniStack, api: str, times: int) -> None:
    """None, a wrong one, and the plan's own until it is too much."""
    ours, header = metered(api), credential(SAME["allow"], api)
    keys = [None, "another-key-than-the-plan-s-00000000", *[KEYS[api]] * (times + 2)]

    replies = []
    for key in keys:
        headers = (header, *((("x-api-key", key),) if key else ()))
        here, there = call(ours, "/orders/1", *headers), peer.call(api, "/orders/1", *headers)
        replies.append(here.status)
        assert (here.status, here.body) == (there.status, there.body), key

    assert replies == [403, 403, *[200] * times, 429, 429]


CONNECT = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "STAGE/$connect"}
SOCKET = {
    "allow": policy(CONNECT),
    "another resource": policy({**CONNECT, "Resource": "STAGE/$disconnect"}),
    "a deny": policy({**CONNECT, "Effect": "Deny"}),
    "an error": {"raise": "boom"},
    "no document": {"answer": {"principalId": "user-42"}},
}


@pytest.mark.parametrize("case", [*SOCKET, "no source"])
def test_the_same_answer_to_a_websockets_handshake(peer: MiniStack, case: str) -> None:
    """Both really upgrade."""
    headers = () if case == "no source" else (credential(SOCKET[case], case),)

    assert connected(*headers) == peer.connect("Socket", *headers)


def test_the_word_unauthorized_is_a_401_to_a_websocket_though_not_behind_ministack(peer: MiniStack) -> None:
    """The documentation's own example raises it (contract 6), and MiniStack makes it a 500."""
    header = credential({"raise": "Unauthorized"}, "websocket")

    assert (connected(header), peer.connect("Socket", header)) == (401, 500)


def connected(*headers: tuple[str, str]) -> int:
    """Open a WebSocket here; return the status it was answered by."""
    settings = Settings(("header.authorization",), "websocket", 0, api=Api(stage="prod"))
    ours = Gateway(function(), Routes([Route("$connect")]), settings)
    return over_the_wire(ours, HttpRequest("GET", "/prod", headers=(*HANDSHAKE, *headers))).status
