"""A SAM template becomes a table: events, inline documents, preflights, and which API of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authkit import Principal, Route, Routes
from tests.policy.templates import AUTH, GATE, event, faults, inline, template

HERE = Path(__file__).parent / "documents"


def listed(routes: Routes) -> list[str]:
    """Return what a table holds, in its order."""
    return [str(route) for route in routes]


def test_events_become_routes() -> None:
    """Methods in any case, ANY, greedy paths; events of other sources are passed over."""
    given = template(
        event("get", "/orders"),
        event("POST", "/orders"),
        event("any", "/files/{proxy+}"),
        event("x-amazon-apigateway-any-method", "/all"),
        {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}},
        {"Type": "Api"},
    )
    given["Resources"]["Orders"]["Properties"]["Events"].pop("E5")

    routes = Routes.from_sam(given)

    assert listed(routes) == ["GET /orders", "POST /orders", "ANY /files/{proxy+}", "ANY /all"]
    assert routes.api == "rest"


def test_state_machines_have_events_too() -> None:
    """An API can start one without a function."""
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Events": {"Run": event("post", "/runs")}}}

    assert listed(Routes.from_sam(template(event("get", "/a"), resources={"Machine": machine}))) == [
        "GET /a",
        "POST /runs",
    ]


def test_a_template_as_people_write_it_becomes_its_table() -> None:
    """In YAML with short forms, globals, a default authorizer, another one, and preflights."""
    pytest.importorskip("yaml")

    routes = Routes.from_sam(HERE / "shop.template.yaml")

    assert [(str(route), sorted(route.scopes)) for route in routes] == [
        ("GET /orders", []),
        ("POST /orders", ["orders:write"]),
        ("ANY /users/{sub}", []),
        ("POST /signup", []),
        ("ANY /admin/{proxy+}", []),
        ("OPTIONS /orders", []),
        ("OPTIONS /users/{sub}", []),
        ("OPTIONS /signup", []),
        ("OPTIONS /admin/{proxy+}", []),
    ]
    granted = {str(grant.route) for grant in routes.grants(Principal("ann"))}
    assert set(listed(routes)) - granted == {"POST /orders", "ANY /admin/{proxy+}"}


def test_a_template_comes_as_text_too() -> None:
    """In JSON, where functions have their long forms."""
    assert listed(Routes.from_sam(json.dumps(template(event("get", "/a"))))) == ["GET /a"]


def test_an_api_that_is_only_implied_has_its_settings_in_globals() -> None:
    """Its events name none, or by the name that SAM gives it."""
    given = template(
        event("get", "/a", api=None),
        event("get", "/b", api="ServerlessRestApi", Auth={"Authorizer": "NONE"}),
        shop=False,
        Globals={"Api": {"Auth": {**AUTH, "Authorizers": {"Gate": {**GATE, "AuthorizationScopes": ["a"]}}}}},
    )

    assert [(str(route), sorted(route.scopes)) for route in Routes.from_sam(given)] == [
        ("GET /a", ["a"]),
        ("GET /b", []),
    ]


def test_an_http_api_has_a_default_route() -> None:
    """An event without method and path takes all that goes to no other."""
    given = template(event("get", "/a", kind="HttpApi"), event(None, None, kind="HttpApi"), kind="HttpApi")

    routes = Routes.from_sam(given)

    assert listed(routes) == ["GET /a", "ANY /", "ANY /{proxy+}"]
    assert routes.api == "http"


def test_of_several_apis_one_must_be_named() -> None:
    """Those of an event without one, and of another stack, among them."""
    other = {"Type": "AWS::Serverless::HttpApi", "Properties": {}}
    given = template(
        event("get", "/shop"),
        event("get", "/other", kind="HttpApi", api="Other"),
        event("get", "/implied", api=None),
        event("get", "/elsewhere", api="Parameter"),
        event("get", "/imported", api=None, RestApiId={"Fn::ImportValue": "shared"}),
        event("get", "/literal", api=None, RestApiId="Shop"),
        resources={"Other": other},
    )

    said = faults(given)

    assert said == "Routes.from_sam: the template has several APIs, Other, ServerlessRestApi, Shop: name one, resource="
    assert listed(Routes.from_sam(given, resource="Shop")) == ["GET /shop", "GET /literal"]
    assert listed(Routes.from_sam(given, resource="Other")) == ["GET /other"]
    assert listed(Routes.from_sam(given, resource="ServerlessRestApi")) == ["GET /implied"]
    for unknown in ("Nowhere", ["Shop"]):
        told = f"resource names {unknown!r}; the template's APIs are Other, ServerlessRestApi, Shop"
        assert told in faults(given, resource=unknown)


def test_faults_of_an_api_that_is_not_asked_for_do_not_count() -> None:
    """Only what decides a route of the one in hand must be known."""
    given = template(
        event("get", "/a"),
        event("get", {"Fn::Sub": "/${Prefix}/b"}, api=None),  # type: ignore[arg-type]
    )

    assert listed(Routes.from_sam(given, resource="Shop")) == ["GET /a"]


@pytest.mark.parametrize("resources", [{}, {"F": {"Type": "AWS::Lambda::Function"}}, {"F": 7}])
def test_a_template_without_an_api_is_refused(resources: dict[str, Any]) -> None:
    """And says what was looked for."""
    said = faults({"Resources": resources})

    assert "the template has no AWS::Serverless::Api, no AWS::Serverless::HttpApi and no event of one" in said


def test_an_inline_document_of_a_rest_api_stands_alone() -> None:
    """SAM adds no event to it, nor an event's authorizer; only the API's own."""
    paths = {"/a": {"get": {}, "post": {"security": [{"Gate": ["write"]}]}}}
    given = template(
        event("get", "/a", Auth={"Authorizer": "NONE"}),
        event("get", "/b"),
        properties=inline(paths),
        auth={**AUTH, "Authorizers": {"Gate": {**GATE, "AuthorizationScopes": ["all"]}}},
    )

    assert [(str(route), set(route.scopes)) for route in Routes.from_sam(given)] == [
        ("GET /a", {"all"}),
        ("POST /a", {"write"}),
    ]


def test_an_inline_document_takes_events_where_sam_merges_them() -> None:
    """Told so, or of an HTTP API."""
    rest = template(event("get", "/b"), properties=inline({"/a": {"get": {}}}, MergeDefinitions=True))
    http = template(event("get", "/b", kind="HttpApi"), properties=inline({"/a": {"get": {}}}), kind="HttpApi")

    assert listed(Routes.from_sam(rest)) == listed(Routes.from_sam(http)) == ["GET /a", "GET /b"]


def test_an_event_may_override_the_authorizer_of_an_inline_document() -> None:
    """Where it says so. Of two that say different things neither can be meant."""
    overriding = {"Authorizer": "Gate", "AuthorizationScopes": ["own"], "OverrideApiAuth": True}
    paths: dict[str, Any] = {"/a": {"get": {}}}
    given = template(event("get", "/a", Auth=overriding), event("get", "/b", Auth=overriding), properties=inline(paths))

    assert [(str(route), set(route.scopes)) for route in Routes.from_sam(given)] == [("GET /a", {"own"})]
    paths["/a"]["get"]["security"] = [{"Gate": []}]
    assert (
        "/Resources/Orders/Properties/Events/E0/Properties/Auth: "
        "/Resources/Shop/Properties/DefinitionBody/paths/~1a/get has a security too, and only one can be meant"
    ) in faults(given)


def test_an_inline_document_is_read_as_any_other() -> None:
    """Its faults have pointers into the template."""
    paths = {
        "/a/": {"get": {}},
        "/b": {"trace": {}, "get": {"security": [{"typo": []}]}, "put": {"security": "Gate"}},
        "/c": {"Fn::If": ["x", {}, {}]},
    }

    said = faults(template(properties=inline(paths)))

    where = "/Resources/Shop/Properties/DefinitionBody/paths"
    assert [
        each
        for each in (
            f"{where}/~1a~1/get: a resource has no empty segment",
            f"{where}/~1b/trace: 'trace' is neither",
            f"{where}/~1b/put/security: security must be a list of requirements",
            f"{where}/~1b/get/security/0: the security scheme 'typo' is not defined",
            f"{where}/~1c/Fn::If: is worked out when the stack is deployed",
        )
        if each not in said
    ] == []
    assert "of version '4.0'" in faults(template(properties={"DefinitionBody": {"openapi": "4.0", "paths": {}}}))


@pytest.mark.parametrize(
    "properties",
    [
        {"DefinitionUri": "openapi.yaml"},
        {"DefinitionUri": {"Bucket": "b", "Key": "k"}},
        {"DefinitionBody": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "openapi.yaml"}}}},
    ],
)
def test_a_document_in_another_file_is_refused_with_words(properties: dict[str, Any]) -> None:
    """It says who may call what, and is not at hand."""
    said = faults(template(event("get", "/a"), properties=properties))

    assert said == (
        "Routes.from_sam: /Resources/Shop/Properties: the API's paths stand in another file, which SAM takes as it is: "
        "read that one with Routes.from_openapi"
    )


def test_cors_adds_a_preflight_to_each_path_that_has_none() -> None:
    """With the default authorizer, unless told otherwise; an HTTP API answers them by itself."""
    events = [event("get", "/a"), event("put", "/a"), event("any", "/b/"), event("options", "/c")]
    scoped = {**AUTH, "Authorizers": {"Gate": {**GATE, "AuthorizationScopes": ["all"]}}}

    def preflights(**auth: Any) -> dict[str, set[str]]:
        routes = Routes.from_sam(
            template(*events, properties={"Cors": "'*'"}, auth={**scoped, **auth}), trailing_slash=True
        )
        return {route.path: set(route.scopes) for route in routes if route.method == "OPTIONS"}

    assert preflights() == {"/a": {"all"}, "/b": {"all"}, "/c": {"all"}}
    assert preflights(AddDefaultAuthorizerToCorsPreflight=False) == {"/a": set(), "/b": set(), "/c": set()}
    http = template(event("get", "/a", kind="HttpApi"), kind="HttpApi", properties={"CorsConfiguration": True})
    assert listed(Routes.from_sam(http)) == ["GET /a"]


def test_globals_are_merged_as_sam_does_it() -> None:
    """Objects name by name, lists one after the other, of all else the API's own; a function of CloudFormation is one value."""
    everybodys = {
        "Auth": {
            "DefaultAuthorizer": "Other",
            "Authorizers": {"Gate": {**GATE, "AuthorizationScopes": ["everybody"]}, "Other": {"UserPoolArn": "arn:…"}},
        },
        "Cors": {"Ref": "Origin"},
    }
    own = {"DefaultAuthorizer": "Gate", "Authorizers": {"Gate": {"AuthorizationScopes": ["own"]}}}
    given = template(event("get", "/a"), auth=own, properties={"Cors": "'*'"}, Globals={"Api": everybodys})

    routes = Routes.from_sam(given)

    assert [(str(route), set(route.scopes)) for route in routes] == [
        ("GET /a", {"everybody", "own"}),
        ("OPTIONS /a", {"everybody", "own"}),
    ]


def test_what_a_table_can_be_told_is_passed_on() -> None:
    """Narrowing, the rule for scopes, slashes and conflicts."""
    asked = {"Authorizer": "Gate", "AuthorizationScopes": ["a", "b"]}
    given = template(event("get", "/users/{sub}/", Auth=asked))
    narrow = [Route("GET", "/users/{sub}", bind={"sub": "sub"})]

    (route,) = Routes.from_sam(given, narrow=narrow, scopes="any", trailing_slash=True, on_conflict="refuse")

    assert (str(route), dict(route.bind), repr(route.when)) == (
        "GET /users/{sub}",
        {"sub": "sub"},
        "ScopesOfOne(a | b)",
    )
    assert "scopes is 'all' or 'any'" in faults(given, scopes="each")


def nested(depth: int, width: int = 1) -> Any:
    """Return functions within each other."""
    value: Any = "/x"
    for _ in range(depth):
        value = {"Fn::Sub": ["${a}" * width, {"a": value}]}
    return value


def test_functions_within_each_other_are_read() -> None:
    """As deep as people write them."""
    assert listed(Routes.from_sam(template(event("get", nested(3))))) == ["GET /x"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (nested(5000), "functions stand more than 16 deep within each other"),
        (nested(9, width=10), "a text of more than 4,096 characters"),
        ({"Fn::Sub": ["${a}" * 5000, {"a": "x" * 4000}]}, "Fn::Sub would make a text of millions of characters"),
    ],
)
def test_functions_cannot_multiply_without_end(path: Any, said: str) -> None:
    """Nine levels of ten would be a thousand million characters."""
    assert said in faults(template(event("get", path)))


def test_a_function_that_holds_itself_is_refused() -> None:
    """A mapping may, though no text can."""
    variables: dict[str, Any] = {}
    variables["a"] = {"Fn::Sub": ["${a}", variables]}

    assert "deep within each other" in faults(template(event("get", variables["a"])))
