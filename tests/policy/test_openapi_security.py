"""What stands before an operation: our scheme, another one, or nothing; and which scopes it asks for."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Principal, Route, Routes
from authkit.policy.operations import ScopesOfOne
from tests.support.events import PREFIX

LAMBDA = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {"type": "request"},
}
SIGNED = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
PLAN = {"type": "apiKey", "name": "X-API-Key", "in": "header"}
COGNITO = {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools"}}
JWT = {"type": "oauth2", "x-amazon-apigateway-authorizer": {"type": "jwt"}}
OAUTH = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://idp.example/token", "scopes": {}}}}
BEARER = {"type": "http", "scheme": "bearer"}
OPENID = {"type": "openIdConnect", "openIdConnectUrl": "https://idp.example/.well-known/openid-configuration"}
COOKIE = {"type": "apiKey", "name": "session", "in": "cookie"}
CERTIFICATE = {"type": "mutualTLS"}

ALL = {"gate": LAMBDA, "signed": SIGNED, "plan": PLAN, "cognito": COGNITO}


def document(security: Any = ..., schemes: Any = ALL, *, ours: str = "gate", **operation: Any) -> dict[str, Any]:
    """Return a document whose ``GET /x`` has this security, and whose ``GET /ours`` is the authorizer's."""
    operation |= {} if security is ... else {"security": security}
    paths = {"/x": {"get": operation}, "/ours": {"get": {"security": [{ours: ["ours"]}]}}}
    return {"openapi": "3.0.1", "components": {"securitySchemes": schemes}, "paths": paths}


def allowed(routes: Routes, *scopes: str) -> bool:
    """Tell whether a principal with these scopes is allowed ``GET /x``."""
    policy = routes.policy(Principal("ann", scopes=scopes), f"{PREFIX}GET/")
    return any(each["Effect"] == "Allow" and f"{PREFIX}GET/x" in each["Resource"] for each in policy["Statement"])


def first(routes: Routes) -> Route:
    """Return the route of ``GET /x``."""
    return next(iter(routes))


@pytest.mark.parametrize(
    ("security", "scopes"),
    [
        ([{"gate": []}], set()),
        ([{"gate": ["a"]}], {"a"}),
        ([{"gate": ["a", "b", "a"]}], {"a", "b"}),
        ([{"gate": ["a"], "plan": []}], {"a"}),
        ([{"gate": ["a"]}, {"plan": []}], {"a"}),
        ([{"plan": []}, {"gate": ["a"]}], {"a"}),
        ([{"gate": ["a"]}, {"signed": []}, {}], {"a"}),
        ([{"gate": ["a"]}, {"gate": ["a", "b"]}], {"a"}),
        ([{"gate": ["a", "b"]}, {"gate": []}], set()),
    ],
)
def test_requirements_that_name_our_scheme_are_what_a_route_asks_for(security: Any, scopes: set[str]) -> None:
    """Another scheme beside it the gateway asks for by itself; one instead of it lets nobody past the authorizer."""
    route = first(Routes.from_openapi(document(security)))

    assert (route.scopes, route.when) == (scopes, None)


def test_of_alternatives_one_is_enough() -> None:
    """What all of them ask for is asked of everybody; nobody gets by with a part of one."""
    routes = Routes.from_openapi(document([{"gate": ["base", "a"]}, {"gate": ["base", "b", "c"]}, {"plan": []}]))

    granted = [("base", "a"), ("base", "b", "c"), ("base", "a", "b", "c", "d")]
    refused = [(), ("base",), ("a",), ("a", "b", "c"), ("base", "b"), ("base", "c")]
    assert first(routes).scopes == {"base"}
    assert [allowed(routes, *scopes) for scopes in granted] == [True] * 3
    assert [allowed(routes, *scopes) for scopes in refused] == [False] * 6


def test_the_same_alternatives_are_the_same_demand() -> None:
    """In any order and in any operation: the table knows that who may call the one may call the other."""
    either, other = (
        [{"gate": ["a"]}, {"gate": ["b", "c"]}],
        [{"gate": ["c", "b"]}, {"gate": ["a"]}, {"gate": ["a", "x"]}],
    )
    paths = {
        "/a/{x}": {"get": {"security": either}},
        "/a/{x}/{y}": {"get": {"security": other}},
        "/a/{x}/{y}/{z}": {"get": {"security": either}},
    }

    routes = Routes.from_openapi({**document(), "paths": paths})

    assert routes.conflicts == ()
    assert len({route.demands for route in routes}) == 1
    assert {repr(route.when) for route in routes} == {"ScopesOfOne(a | b & c)"}
    assert ScopesOfOne([{"a"}]) != ScopesOfOne([{"b"}])


def test_any_of_the_scopes_is_enough_if_told_so() -> None:
    """As for API Gateway's own authorizers, where such a document may come from."""
    routes = Routes.from_openapi(document([{"gate": ["a", "b"]}]), scopes="any")
    none = Routes.from_openapi(document([{"gate": []}]), scopes="any")

    assert [allowed(routes, *scopes) for scopes in (["a"], ["b"], ["c"], [])] == [True, True, False, False]
    assert allowed(none)


@pytest.mark.parametrize("security", [..., [], [{}]])
def test_an_operation_without_security_is_open(security: Any) -> None:
    """The gateway does not ask the authorizer; the table grants it to everybody, so that no Deny is spent on it."""
    routes = Routes.from_openapi(document(security))

    assert (first(routes).scopes, first(routes).when) == (frozenset(), None)
    assert allowed(routes)


@pytest.mark.parametrize(
    "security",
    [[{"signed": []}], [{"plan": []}], [{"cognito": ["a"]}], [{"signed": []}, {"plan": []}], [{}, {"signed": []}]],
)
def test_an_operation_of_another_scheme_is_granted_to_nobody(security: Any) -> None:
    """Where the gateway has another authorizer, ours is not asked. If it is asked all the same, something is wrong."""
    routes = Routes.from_openapi(document(security))

    assert not allowed(routes, "a", "ours")
    assert routes.find("GET", "x") is first(routes)


def test_security_of_the_root_is_not_used() -> None:
    """API Gateway does not use it either: a method without its own is open there."""
    routes = Routes.from_openapi({**document(), "security": [{"gate": ["admin"]}]})

    assert allowed(routes)


@pytest.mark.parametrize(
    ("security", "scopes"),
    [(..., {"admin"}), ([], set()), ([{"gate": ["a"]}], {"a"})],
)
def test_security_of_the_root_is_inherited_if_told_so(security: Any, scopes: set[str]) -> None:
    """Where the authorizer is attached otherwise than by the document; an empty list opts out, as OpenAPI says."""
    given = {**document(security), "security": [{"gate": ["admin"]}]}

    assert first(Routes.from_openapi(given, inherit_security=True)).scopes == scopes


def test_a_fault_in_the_security_of_the_root_counts_where_it_is_used() -> None:
    """By its own pointer, once."""
    given = {**document(), "security": [{"typo": []}]}

    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(given, inherit_security=True)

    assert str(caught.value) == "Routes.from_openapi: /security/0: the security scheme 'typo' is not defined"
    assert allowed(Routes.from_openapi(given))


@pytest.mark.parametrize(
    ("schemes", "ours"),
    [
        ({"one": LAMBDA, "oauth": OAUTH, "signed": SIGNED}, "one"),
        ({"one": {**LAMBDA, "x-amazon-apigateway-authorizer": {"type": "TOKEN"}}, "cognito": COGNITO}, "one"),
        ({"one": {"type": "apiKey", "x-amazon-apigateway-authtype": "custom"}, "oauth": OAUTH}, "one"),
        ({"one": OAUTH, "cookie": COOKIE, "plan": PLAN, "signed": SIGNED, "tls": CERTIFICATE}, "one"),
        ({"one": BEARER, "cookie": COOKIE}, "one"),
        ({"one": OPENID, "jwt": JWT}, "one"),
        ({"one": COOKIE, "plan": PLAN, "cognito": COGNITO}, "one"),
        ({"one": {"type": "http", "scheme": "basic"}, "tls": CERTIFICATE}, "one"),
    ],
)
def test_the_authorizers_scheme_is_found(schemes: dict[str, Any], ours: str) -> None:
    """The one marked as a Lambda authorizer's; else the one that carries tokens; else the one left over."""
    routes = Routes.from_openapi(document([{ours: ["a"]}], schemes, ours=ours))

    assert first(routes).scopes == {"a"}


@pytest.mark.parametrize(
    ("schemes", "named"),
    [
        ({"b": LAMBDA, "a": LAMBDA, "oauth": OAUTH}, "a, b"),
        ({"oauth": OAUTH, "bearer": BEARER}, "bearer, oauth"),
        ({"x": COOKIE, "y": COOKIE, "plan": PLAN}, "x, y"),
    ],
)
def test_where_several_schemes_could_be_ours_it_must_be_told(schemes: dict[str, Any], named: str) -> None:
    """A guess would grant by the wrong one's scopes."""
    name = named.split(", ", maxsplit=1)[0]
    given = document([{name: ["a"]}], schemes, ours=name)

    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(given)

    assert f"any of the security schemes {named} could be the authorizer's: name it, authorizer=" in str(caught.value)
    assert first(Routes.from_openapi(given, authorizer=name)).scopes == {"a"}


def test_a_scheme_of_the_gateways_own_can_be_named_as_ours() -> None:
    """A document may still speak of the authorizer that ours replaces."""
    routes = Routes.from_openapi(document([{"cognito": ["a"]}]), authorizer="cognito")

    assert first(routes).scopes == {"a"}


@pytest.mark.parametrize("name", ["gait", "", ["gate"]])
def test_a_scheme_that_is_not_defined_cannot_be_ours(name: Any) -> None:
    """The message lists those that are."""
    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(document([{"gate": []}]), authorizer=name)

    said = f"authorizer names the security scheme {name!r}; the document defines cognito, gate, plan, signed"
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("other", "scopes"), [(OAUTH, ["write"]), (COOKIE, ["write"]), (JWT, ["write"]), (LAMBDA, []), (PLAN, ["write"])]
)
def test_what_nobody_would_ask_for_beside_ours_is_refused(other: dict[str, Any], scopes: list[str]) -> None:
    """A method has one authorizer: another's scopes, or another function's judgement, would be lost without a word."""
    given = document([{"gate": ["read"], "other": scopes}], {"gate": LAMBDA, "other": other})

    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(given, authorizer="gate")

    assert "/paths/~1x/get/security/0: 'other' beside 'gate' would be asked for by nobody" in str(caught.value)


@pytest.mark.parametrize("other", [SIGNED, PLAN, COGNITO, JWT, OAUTH, BEARER, COOKIE, CERTIFICATE])
def test_a_scheme_without_scopes_beside_ours_takes_nothing_away(other: dict[str, Any]) -> None:
    """Ours is asked for what it was."""
    given = document([{"gate": ["read"], "other": []}], {"gate": LAMBDA, "other": other})

    assert first(Routes.from_openapi(given)).scopes == {"read"}


@pytest.mark.parametrize("hidden", [{"$ref": "#/x-get"}, {"Security": [{"gate": ["admin"]}]}])
def test_an_operation_whose_security_would_be_overlooked_is_refused(hidden: dict[str, Any]) -> None:
    """It would be open: OpenAPI lets path items refer to elsewhere, and no operation."""
    given = {**document(**hidden), "x-get": {"security": [{"gate": ["admin"]}]}}

    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(given)

    assert f"/paths/~1x/get/{next(iter(hidden))}: says nothing in an operation" in str(caught.value)


@pytest.mark.parametrize(
    ("schemes", "said"),
    [
        ({"signed": SIGNED, "plan": PLAN}, "no security scheme is a Lambda authorizer's"),
        ({"signed": SIGNED, "gate": LAMBDA}, "no operation asks for 'gate'"),
    ],
)
def test_a_document_in_which_nothing_is_ours_is_refused(schemes: dict[str, Any], said: str) -> None:
    """Its table would refuse everybody everything that is secured."""
    given = {**document(schemes=schemes), "paths": {"/x": {"get": {"security": [{"signed": []}]}}}}

    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(given)

    assert f"{said}, and other schemes are asked for: name the authorizer's, authorizer=" in str(caught.value)


def test_a_document_that_does_not_speak_of_security_is_a_table_of_open_routes() -> None:
    """What they ask for is then said besides."""
    given = {"openapi": "3.1.0", "paths": {"/x": {"get": {}}, "/y": {"get": {}}}}

    routes = Routes.from_openapi(given, narrow=[Route("GET", "/x", scopes={"a"})])

    assert not allowed(routes)
    assert allowed(routes, "a")


@pytest.mark.parametrize(("kind", "granted"), [("NONE", True), ("none", True), ("AWS_IAM", False), ("aws_iam", False)])
def test_the_extension_for_open_and_signed_methods_counts(kind: str, granted: bool) -> None:
    """REST APIs take it in place of security."""
    routes = Routes.from_openapi(document(**{"x-amazon-apigateway-auth": {"type": kind}}))

    assert allowed(routes) is granted


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (
            {"x-amazon-apigateway-auth": {"type": "CUSTOM"}},
            "/get/x-amazon-apigateway-auth: its type is NONE or AWS_IAM",
        ),
        ({"x-amazon-apigateway-auth": "NONE"}, "its type is NONE or AWS_IAM"),
        (
            {"x-amazon-apigateway-auth": {"type": "NONE"}, "security": [{"gate": []}]},
            "says otherwise than security, and only one of them can be meant",
        ),
        ({"security": "gate"}, "/paths/~1x/get/security: security must be a list"),
        ({"security": None}, "security must be a list"),
        ({"security": ["gate"]}, "/security/0: a requirement maps security schemes to scopes"),
        ({"security": [{"gate": "a"}]}, "the scopes of 'gate' must be a list of texts without blanks"),
        ({"security": [{"gate": ["a b"]}]}, "must be a list of texts without blanks"),
        ({"security": [{"gate": [7]}]}, "must be a list of texts without blanks"),
        ({"security": [{"gate": None}]}, "must be a list of texts without blanks"),
        ({"security": [{"gate": []}] * 51}, "more than 50 alternatives"),
    ],
)
def test_security_that_is_none_is_refused(operation: dict[str, Any], said: str) -> None:
    """What looks like a demand and is none would open the route."""
    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(document(**operation))

    assert said in str(caught.value)


def test_schemes_may_be_referred_to() -> None:
    """Within the document, as an HTTP API's authorizers are."""
    schemes = {
        "gate": {"$ref": "#/components/x-schemes/gate"},
        "oauth": {"type": "oauth2", "x-amazon-apigateway-authorizer": {"$ref": "#/components/x-authorizers/jwt"}},
    }
    given = document([{"gate": ["a"]}], schemes)
    given["components"] |= {"x-schemes": {"gate": LAMBDA}, "x-authorizers": {"jwt": {"type": "jwt"}}}

    assert first(Routes.from_openapi(given)).scopes == {"a"}


@pytest.mark.parametrize("components", [7, {"securitySchemes": []}, {"securitySchemes": {"gate": []}}])
def test_schemes_must_be_objects(components: Any) -> None:
    """Or it is not known whose a requirement is."""
    with pytest.raises(ConfigError, match=r"/components/securitySchemes(/gate)?: must"):
        Routes.from_openapi({**document(), "components": components})
