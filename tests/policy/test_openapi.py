"""An OpenAPI document becomes a table: methods, paths, references, and what API Gateway makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Principal, Route, Routes
from tests.support.events import PREFIX

JWT = {"type": "http", "scheme": "bearer"}


def document(paths: Any, *, version: str = "3.0.3", **more: Any) -> dict[str, Any]:
    """Return a document with one scheme, ``jwt``."""
    components = {"securitySchemes": {"jwt": JWT}, **more.pop("components", {})}
    return {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "components": components,
        "paths": paths,
        **more,
    }


def op(*scopes: str, **more: Any) -> dict[str, Any]:
    """Return an operation that asks for these scopes."""
    return {"security": [{"jwt": list(scopes)}], "responses": {"200": {"description": "done"}}, **more}


def listed(routes: Routes) -> list[tuple[str, list[str]]]:
    """Return what a table holds, in its order."""
    return [(str(route), sorted(route.scopes)) for route in routes]


def faults(given: Any, **more: Any) -> str:
    """Return what is said of a document that is refused."""
    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(given, **more)
    return str(caught.value)


def test_each_method_of_each_path_becomes_a_route() -> None:
    """All seven that API Gateway has, with the scopes each asks for."""
    methods = ("delete", "get", "head", "options", "patch", "post", "put")

    routes = Routes.from_openapi(document({"/orders": {method: op(f"{method}:it") for method in methods}}))

    assert listed(routes) == [(f"{method.upper()} /orders", [f"{method}:it"]) for method in methods]


def test_the_extension_for_any_method_becomes_any() -> None:
    """An exact method of the same path goes first, as everywhere in a table."""
    paths = {"/{proxy+}": {"x-amazon-apigateway-any-method": op("all"), "get": op("read")}}

    routes = Routes.from_openapi(document(paths))

    assert listed(routes) == [("ANY /{proxy+}", ["all"]), ("GET /{proxy+}", ["read"])]
    assert str(routes.find("GET", "a/b")) == "GET /{proxy+}"
    assert str(routes.find("PUT", "a/b")) == "ANY /{proxy+}"


def test_what_is_no_method_is_passed_over() -> None:
    """Fields of a path item, vendors' extensions beside paths and within them, callbacks, webhooks and servers."""
    item = {
        "summary": "s",
        "description": "d",
        "servers": [{"url": "https://other.example/v9"}],
        "parameters": [{"name": "id", "in": "path"}],
        "x-internal": {"get": {}},
        "get": op("a", callbacks={"done": {"{$request.body#/url}": {"post": op("x")}}}),
    }
    given = document(
        {"/a/{id}": item, "x-paths": {"get": op()}},
        version="3.1.0",
        servers=[{"url": "https://api.example.com/v1"}],
        webhooks={"ping": {"post": op("w")}},
        **{"x-amazon-apigateway-gateway-responses": {}},
    )

    assert listed(Routes.from_openapi(given)) == [("GET /a/{id}", ["a"])]


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.0", "3.1.0", "3.1.1", "3.1"])
def test_these_versions_are_read(version: str) -> None:
    """3.0 and 3.1, whatever the patch."""
    assert len(Routes.from_openapi(document({"/": {"get": op()}}, version=version))) == 1


def test_swagger_is_read_as_api_gateway_exports_it() -> None:
    """Its schemes stand elsewhere, and its base path is the stage's."""
    given = {
        "swagger": "2.0",
        "host": "abc.execute-api.eu-west-1.amazonaws.com",
        "basePath": "/prod",
        "schemes": ["https"],
        "securityDefinitions": {
            "gate": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "arn:…"},
            }
        },
        "paths": {"/orders": {"get": {"security": [{"gate": ["orders:read"]}], "produces": ["application/json"]}}},
    }

    assert listed(Routes.from_openapi(given)) == [("GET /orders", ["orders:read"])]


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ({"openapi": "3.2.0"}, "of version '3.2.0'; OpenAPI 3.0, 3.1 and Swagger 2.0 are read"),
        ({"openapi": "4.0.0"}, "'4.0.0'"),
        ({"openapi": "2.0"}, "'2.0'"),
        ({"openapi": "3.01"}, "'3.01'"),
        ({"swagger": "1.2"}, "'1.2'"),
        ({"asyncapi": "3.0.0"}, "no 'openapi' member"),
        ({}, "no 'openapi' member"),
    ],
)
def test_other_versions_are_refused(version: dict[str, Any], said: str) -> None:
    """Nobody knows what they would mean."""
    assert said in faults({**version, "paths": {"/": {"get": {}}}})


def test_a_path_item_may_stand_elsewhere_in_the_document() -> None:
    """Among the components of 3.1, or at another path; over several steps, with escapes."""
    paths = {
        "/a": {"$ref": "#/components/pathItems/Shared", "summary": "s"},
        "/b": {"$ref": "#/paths/~1c~1%7Bid%7D"},
        "/c/{id}": {"$ref": "#/components/pathItems/til~0de"},
    }
    items = {"Shared": {"get": op("a")}, "til~de": {"put": op("b")}}

    routes = Routes.from_openapi(document(paths, version="3.1.0", components={"pathItems": items}))

    assert listed(routes) == [("GET /a", ["a"]), ("PUT /b", ["b"]), ("PUT /c/{id}", ["b"])]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"$ref": "orders.yaml#/orders"}, "/paths/~1x: $ref must point into the document itself"),
        ({"$ref": "https://example.com/x.json"}, "must point into the document itself"),
        ({"$ref": 7}, "must point into the document itself"),
        ({"$ref": "#/paths/~1x"}, "$ref '#/paths/~1x' leads round and round"),
        ({"$ref": "#/components/pathItems/loop"}, "leads round and round"),
        ({"$ref": "#/components/pathItems/long0"}, "leads round and round"),
        ({"$ref": "#/components/none"}, "$ref '#/components/none' leads to no object"),
        ({"$ref": "#/openapi/3"}, "leads to no object"),
        ({"$ref": "#/paths/~1y", "get": op()}, "/paths/~1x: methods beside $ref"),
        ({"$ref": "#/components/pathItems/both"}, "/paths/~1x: methods beside $ref"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(item: dict[str, Any], said: str) -> None:
    """To another file, round and round, into nothing, or to one of two meanings."""
    items: dict[str, Any] = {f"long{step}": {"$ref": f"#/components/pathItems/long{step + 1}"} for step in range(40)}
    items["loop"] = {"$ref": "#/components/pathItems/pool"}
    items["pool"] = {"$ref": "#/components/pathItems/loop"}
    items["both"] = {"$ref": "#/paths/~1y", "get": op()}

    assert said in faults(document({"/x": item, "/y": {"get": op()}}, components={"pathItems": items}))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("trace", "/paths/~1x/trace: 'trace' is neither a method of API Gateway nor a field of a path item"),
        ("query", "'query' is neither a method of API Gateway"),
        ("gett", "'gett' is neither"),
        ("GET", "methods are in lower case: write 'get'"),
        ("Any", "'Any' is neither"),
        ("X-Amazon-ApiGateway-Any-Method", "write 'x-amazon-apigateway-any-method'"),
    ],
)
def test_a_method_that_the_gateway_does_not_have_is_refused(name: str, said: str) -> None:
    """Passed over, it would be a route the table does not know, and another one's Allow could reach it."""
    assert said in faults(document({"/x": {name: op()}}))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("orders", "/paths/orders/get: the path must begin with a slash"),
        ("/files/{name}.json", "/paths/~1files~1{name}.json/get: '{name}.json' is no parameter"),
        ("/{proxy+}/x", "is greedy, so it must be the last segment"),
        ("/a?b=c", "holds '?'"),
        ("/a//b", "remove the doubled or trailing slash"),
        ("/a/", "remove the doubled or trailing slash; or say trailing_slash=True"),
        ("/{a}/{a}", "named twice"),
        ("/a~b/*", "/paths/~1a~0b~1*/get: '*' holds '*'"),
    ],
)
def test_a_path_that_the_gateway_cannot_have_is_refused(path: str, said: str) -> None:
    """By its pointer, in the words a route would have."""
    assert said in faults(document({path: {"get": op()}}))


def test_paths_may_end_with_a_slash_where_the_api_takes_both() -> None:
    """Then it is the same route with and without, and twice it is one too many."""
    routes = Routes.from_openapi(document({"/orders/": {"get": op("a")}, "/": {"get": op()}}), trailing_slash=True)

    assert listed(routes) == [("GET /orders", ["a"]), ("GET /", [])]
    assert routes.find("GET", "orders/") is routes.find("GET", "orders") is not None
    twice = document({"/orders/": {"get": op()}, "/orders": {"get": op()}})
    assert "/paths/~1orders/get: GET /orders is the same route as GET /orders/" in faults(twice, trailing_slash=True)


def test_paths_that_differ_in_the_names_of_parameters_are_one_route() -> None:
    """API Gateway cannot tell them apart; the pointer says which."""
    paths = {"/a/{x}": {"get": op("a")}, "/a/{y}": {"get": op("b"), "put": op()}}

    assert faults(document(paths)).endswith("/paths/~1a~1{y}/get: GET /a/{y} is the same route as GET /a/{x}")


def test_the_default_route_of_an_http_api_is_all_that_no_other_takes() -> None:
    """Its export writes it as a path; the table then is for an HTTP API."""
    default = {"isDefaultRoute": True, **op("rest")}
    paths = {"/$default": {"x-amazon-apigateway-any-method": default}, "/a/{x}": {"get": op("a")}}

    routes = Routes.from_openapi(document(paths))

    assert listed(routes) == [("GET /a/{x}", ["a"]), ("ANY /", ["rest"]), ("ANY /{proxy+}", ["rest"])]
    assert [str(routes.find(method, path)) for method, path in (("GET", "a/1"), ("PUT", "a/1"), ("GET", ""))] == [
        "GET /a/{x}",
        "ANY /{proxy+}",
        "ANY /",
    ]
    assert routes.api == "http"


def test_a_default_route_leaves_what_another_takes_whole() -> None:
    """Whatever that one's parameter is called."""
    paths = {
        "/$default": {"x-amazon-apigateway-any-method": op("rest")},
        "/{all+}": {"x-amazon-apigateway-any-method": op("all")},
    }

    assert listed(Routes.from_openapi(document(paths))) == [("ANY /{all+}", ["all"]), ("ANY /", ["rest"])]


def test_all_faults_of_a_document_stand_in_one_message() -> None:
    """Each by its pointer, so that one round of corrections is enough."""
    given = document(
        {
            "/a": {"get": op(), "trace": {}, "post": 7},
            "/b/": {"get": {"security": [{"none": []}]}},
            "/c": [],
            "/d": {"get": {"security": {"jwt": []}}},
            "/e": {"get": {"security": [{"jwt": ["a b"]}], "x-authkit-bind": ["x"], "x-authkit-when": "admin"}},
            7: {},
        }
    )

    said = faults(given, narrow=[Route("GET", "/nowhere"), "GET /a"], scopes="some")  # type: ignore[list-item]

    expected = (
        "scopes is 'all' or 'any', not 'some'",
        "/paths/~1a/trace: 'trace' is neither",
        "/paths/~1a/post: an operation must be an object",
        "/paths/~1b~1/get/security/0: the security scheme 'none' is not defined",
        "/paths/~1b~1/get: a resource has no empty segment",
        "/paths/~1c: must be an object",
        "/paths/~1d/get/security: security must be a list of requirements",
        "/paths/~1e/get/security/0: the scopes of 'jwt' must be a list of texts without blanks",
        "/paths/~1e/get/x-authkit-bind: must map path parameters to claims",
        "/paths/~1e/get/x-authkit-when: of authkit's extensions only x-authkit-bind is known",
        "/paths/7: a path must be a text",
        "narrow names GET /nowhere, which is not in the document",
        "narrow holds 'GET /a', which is no Route",
    )
    assert [each for each in expected if each not in said] == []
    assert said.startswith("Routes.from_openapi: ")


@pytest.mark.parametrize("paths", [{}, {"/a": {}}, {"x-only": {}}])
def test_a_document_without_operations_is_refused(paths: dict[str, Any]) -> None:
    """An empty table would refuse everybody everything."""
    assert "there is no operation in it" in faults(document(paths))


@pytest.mark.parametrize("paths", [None, [], "x", 7])
def test_paths_must_be_an_object(paths: Any) -> None:
    """Not a list of them."""
    assert "/paths: must map paths to path items" in faults(document(paths))


@pytest.mark.parametrize(
    "given",
    [
        {"Fn::Transform": {"Name": "AWS::Include"}, "openapi": "3.0.1", "paths": {"/a": {"get": {}}}},
        document({"Fn::Transform": {"Name": "AWS::Include"}, "/a": {"get": op()}}),
        document({"/a": {"Fn::If": ["Prod", {"get": op()}, {}]}}),
        document({"/a": {"get": {"Fn::If": ["Prod", op(), {}]}}}),
        document({"/a": {"get": op(**{"Fn::Transform": {"Name": "AWS::Include"}})}}),
        document({"/a": {"get": op()}}, components={"securitySchemes": {"jwt": JWT, "Fn::Transform": {}}}),
    ],
)
def test_what_is_put_in_as_the_stack_is_deployed_is_refused(given: dict[str, Any]) -> None:
    """It could hold a route, or say who may call one."""
    assert "is worked out when the stack is deployed, and cannot be read here" in faults(given)


def test_an_operation_binds_its_own_parameters() -> None:
    """The document says whose they are; what it says wrong is told by its pointer."""
    paths = {"/users/{sub}/files/{file}": {"get": op("a", **{"x-authkit-bind": {"sub": "sub"}})}}
    wrong = {"/users/{sub}": {"get": op("a", **{"x-authkit-bind": {"user": "sub", "sub": 7}})}}

    routes = Routes.from_openapi(document(paths))

    ann = Principal("ann", scopes={"a"}, claims={"sub": "ann"})
    assert routes.policy(ann, f"{PREFIX}GET/")["Statement"][0]["Resource"] == [f"{PREFIX}GET/users/ann/files/*"]
    assert "/paths/~1users~1{sub}/get: bind names 'user', which is no parameter of the path" in faults(document(wrong))


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (document({"/u/{sub}": {"get": op(), "x-authkit-bind": {"sub": "sub"}}}), "/paths/~1u~1{sub}/x-authkit-bind"),
        (document({"/u/{sub}": {"get": op()}, "x-authkit-bind": {"sub": "sub"}}), "/paths/x-authkit-bind"),
        (document({"/u/{sub}": {"get": op()}}, **{"x-authkit-bind": {"sub": "sub"}}), "/x-authkit-bind"),
    ],
)
def test_a_binding_that_would_bind_nothing_is_refused(given: dict[str, Any], where: str) -> None:
    """Passed over, it would leave open to everybody what is meant for one."""
    assert faults(given) == f"Routes.from_openapi: {where}: would bind nothing here; it stands in an operation"


def test_routes_narrow_what_the_document_leaves_open() -> None:
    """Scopes, bindings and predicates are needed besides; ANY narrows all methods of a path."""

    def admin(principal: Principal) -> bool:
        return principal.claims.get("admin") is True

    paths = {
        "/users/{sub}": {"get": op("read"), "put": op("write"), "x-amazon-apigateway-any-method": op()},
        "/orders": {"get": op("read")},
    }
    narrow = [
        Route("ANY", "/users/{sub}", bind={"sub": "sub"}),
        Route("PUT", "/users/{sub}", scopes={"more"}, when=admin),
    ]

    routes = {str(route): route for route in Routes.from_openapi(document(paths), narrow=narrow)}

    assert [sorted(route.scopes) for route in routes.values()] == [["read"], ["more", "write"], [], ["read"]]
    assert [dict(route.bind) for route in routes.values()] == [{"sub": "sub"}] * 3 + [{}]
    assert [route.when for route in routes.values()] == [None, admin, None, None]


def test_narrowing_in_two_ways_needs_both() -> None:
    """Predicates add up, and the same ones are the same demand; one parameter has one claim."""

    def admin(principal: Principal) -> bool:
        return "admin" in principal.claims

    def inside(principal: Principal) -> bool:
        return "inside" in principal.claims

    either = {"security": [{"jwt": ["a"]}, {"jwt": ["b"]}]}
    paths = {"/x/{id}": {"get": either}, "/y/{id}": {"get": either}}
    narrow = [Route("ANY", f"/{each}/{{id}}", when=when) for each in "xy" for when in (admin, inside, admin)]

    x, y = Routes.from_openapi(document(paths), narrow=narrow)

    def held(*scopes: str, **claims: bool) -> bool:
        assert x.when is not None
        return bool(x.when(Principal("ann", scopes=scopes, claims=claims)))

    assert held("a", admin=True, inside=True)
    assert not held("a", admin=True)
    assert not held("c", admin=True, inside=True)
    assert x.when == y.when
    assert x.demands == y.demands
    bound = [Route("GET", "/x/{id}", bind={"id": claim}) for claim in ("sub", "tenant")]
    assert "/paths/~1x~1{id}/get: 'id' is bound to 'sub' and to 'tenant'" in faults(document(paths), narrow=bound)


def test_what_a_table_can_be_told_is_passed_on() -> None:
    """Conflicts are found as everywhere, and chosen about as everywhere."""
    paths = {"/a/{x}": {"get": op()}, "/a/{x}/{y}": {"get": op("no")}, "/a/{x}/{y}/{z}": {"get": op()}}

    refused, one = (Routes.from_openapi(document(paths), on_conflict=each) for each in ("refuse", "one-request"))

    assert "with GET /a/{x} and GET /a/{x}/{y}/{z} granted and GET /a/{x}/{y} refused" in faults(document(paths))
    assert len(refused.conflicts) == 1
    assert not one.cacheable
    assert Routes.from_openapi(document({"/a": {"get": op()}}), api="http").api == "http"
