"""Which authorizer SAM puts before which method, and what cannot be known before the stack is deployed."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Principal, Routes
from authkit.policy.operations import not_ours
from tests.policy.templates import AUTH, GATE, event, faults, inline, template

POOL = {"UserPoolArn": {"Fn::GetAtt": ["People", "Arn"]}}
TOKENS = {"JwtConfiguration": {"issuer": "https://idp.example", "audience": ["shop"]}}
SCOPED = {**GATE, "AuthorizationScopes": ["standard"]}


def asked(of_event: Any, *, kind: str = "Api", method: str = "get", **api: Any) -> set[str] | str:
    """Return what ``/a`` asks for with an event's ``Auth``: scopes, or ``nobody``, beside a method that is ours."""
    ours = event("get", "/ours", kind=kind, Auth={"Authorizer": "Gate"})
    given = template(
        event(method, "/a", kind=kind, **({} if of_event is None else {"Auth": of_event})), ours, kind=kind, **api
    )
    route = next(iter(Routes.from_sam(given, authorizer="Gate")))
    return "nobody" if route.when is not_ours else set(route.scopes)


AUTHORIZERS = {"Gate": SCOPED, "People": POOL}
DEFAULT = {"Authorizers": AUTHORIZERS, "DefaultAuthorizer": "Gate"}
NO_DEFAULT = {"Authorizers": AUTHORIZERS}


@pytest.mark.parametrize(
    ("auth", "api", "expected"),
    [
        (None, DEFAULT, {"standard"}),
        (None, NO_DEFAULT, set()),
        (None, {**DEFAULT, "DefaultAuthorizer": "People"}, "nobody"),
        (None, {**DEFAULT, "DefaultAuthorizer": "AWS_IAM"}, "nobody"),
        (None, {**NO_DEFAULT, "ApiKeyRequired": True}, "nobody"),
        (None, {**DEFAULT, "ApiKeyRequired": True}, {"standard"}),
        ({}, DEFAULT, {"standard"}),
        ({"Authorizer": "NONE"}, DEFAULT, set()),
        ({"Authorizer": "NONE", "ApiKeyRequired": True}, DEFAULT, "nobody"),
        ({"Authorizer": "People"}, DEFAULT, "nobody"),
        ({"Authorizer": "AWS_IAM"}, DEFAULT, "nobody"),
        ({"Authorizer": "Gate"}, NO_DEFAULT, {"standard"}),
        ({"Authorizer": "Gate", "AuthorizationScopes": ["a", "b"]}, DEFAULT, {"a", "b"}),
        ({"Authorizer": "Gate", "AuthorizationScopes": []}, DEFAULT, set()),
        ({"Authorizer": {"Ref": "AWS::NoValue"}}, DEFAULT, {"standard"}),
        ({"ApiKeyRequired": True}, DEFAULT, {"standard"}),
        ({"ApiKeyRequired": "true"}, NO_DEFAULT, "nobody"),
        ({"ResourcePolicy": {"IpRangeWhitelist": ["192.0.2.0/24"]}}, DEFAULT, {"standard"}),
    ],
)
def test_a_method_of_a_rest_api_has_one_authorizer_or_none(auth: Any, api: dict[str, Any], expected: Any) -> None:
    """The event's, else the default; a usage-plan key beside it the gateway asks for by itself."""
    assert asked(auth, auth=api) == expected


HTTP = {"Authorizers": {"Gate": SCOPED, "Tokens": TOKENS}, "DefaultAuthorizer": "Gate"}


@pytest.mark.parametrize(
    ("auth", "api", "method", "expected"),
    [
        (None, HTTP, "get", {"standard"}),
        (None, HTTP, "options", set()),
        (None, HTTP, "any", {"standard"}),
        (None, {**HTTP, "DefaultAuthorizer": "Tokens"}, "get", "nobody"),
        ({"AuthorizationScopes": ["a"]}, HTTP, "get", {"a"}),
        ({"AuthorizationScopes": []}, HTTP, "options", {"standard"}),
        ({"Authorizer": "Gate", "AuthorizationScopes": []}, HTTP, "get", {"standard"}),
        ({"Authorizer": "NONE"}, HTTP, "get", set()),
        ({"Authorizer": "AWS_IAM"}, {**HTTP, "EnableIamAuthorizer": True}, "get", "nobody"),
        ({"Authorizer": "Tokens"}, HTTP, "get", "nobody"),
    ],
)
def test_a_method_of_an_http_api_has_one_authorizer_or_none(
    auth: Any, api: dict[str, Any], method: str, expected: Any
) -> None:
    """A preflight has none by default; scopes alone stand beside the default authorizer; an empty list says nothing."""
    assert asked(auth, kind="HttpApi", method=method, auth=api) == expected


def test_a_document_in_the_template_gets_the_defaults_too() -> None:
    """Where it names no authorizer; a method with a usage-plan key alone gets one, and NONE is none."""
    paths = {
        "/bare": {"get": {}},
        "/empty": {"get": {"security": []}},
        "/key": {"get": {"security": [{"api_key": []}]}},
        "/none": {"get": {"security": [{"NONE": []}]}},
        "/pool": {"get": {"security": [{"People": []}]}},
        "/iam": {"get": {"security": [{"AWS_IAM": []}]}},
        "/own": {"get": {"security": [{"Gate": ["own"]}]}},
    }

    routes = Routes.from_sam(template(auth=DEFAULT, properties=inline(paths)))

    assert {route.path: "nobody" if route.when is not_ours else set(route.scopes) for route in routes} == {
        "/bare": {"standard"},
        "/empty": {"standard"},
        "/key": {"standard"},
        "/none": set(),
        "/pool": "nobody",
        "/iam": "nobody",
        "/own": {"own"},
    }


def test_the_schemes_of_a_document_stand_beside_the_templates() -> None:
    """One of them can be ours."""
    body = inline({"/a": {"get": {"security": [{"Mine": ["a"]}]}}})
    body["DefinitionBody"]["components"] = {"securitySchemes": {"Mine": {"type": "http", "scheme": "bearer"}}}

    (route,) = Routes.from_sam(template(auth={}, properties=body))

    assert route.scopes == {"a"}


def test_of_several_lambda_authorizers_one_must_be_named() -> None:
    """The table is for one of them; the other one's methods are nobody's."""
    given = template(
        event("get", "/a"),
        event("get", "/b", Auth={"Authorizer": "Staff"}),
        auth={"Authorizers": {"Gate": GATE, "Staff": GATE}, "DefaultAuthorizer": "Gate"},
    )

    assert "any of the security schemes Gate, Staff could be the authorizer's" in faults(given)
    granted = {
        name: {str(grant.route) for grant in Routes.from_sam(given, authorizer=name).grants(Principal("ann"))}
        for name in ("Gate", "Staff")
    }
    assert granted == {"Gate": {"GET /a"}, "Staff": {"GET /b"}}


@pytest.mark.parametrize(
    ("auth", "api", "said"),
    [
        (
            {"Authorizer": "Gait"},
            AUTH,
            "E0/Properties/Auth/Authorizer: 'Gait' is no authorizer of the API; it has Gate",
        ),
        ({"Authorizer": "Gate"}, {}, "'Gate' is no authorizer of the API; it has none"),
        ({"Authorizer": ["Gate"]}, AUTH, "E0/Properties/Auth/Authorizer: must be a text"),
        ({"AuthorizationScopes": ["a"]}, AUTH, "Auth: AuthorizationScopes counts only beside an Authorizer"),
        ({"Authorizer": "Gate", "AuthorizationScopes": "a"}, AUTH, "Auth/AuthorizationScopes: must be a list"),
        ({"Authorizer": "Gate", "AuthorizationScopes": [7]}, AUTH, "Auth/AuthorizationScopes/0: must be a text"),
        ({"ApiKeyRequired": "maybe"}, AUTH, "Auth/ApiKeyRequired: must be true or false"),
        ([], AUTH, "E0/Properties/Auth: must be an object"),
        (
            None,
            {**AUTH, "DefaultAuthorizer": "Gait"},
            "/Resources/Shop/Properties/Auth/DefaultAuthorizer: 'Gait' is no",
        ),
        (None, {"Authorizers": []}, "/Resources/Shop/Properties/Auth/Authorizers: must be an object"),
        (None, {"Authorizers": {"Gate": "arn"}}, "/Auth/Authorizers/Gate: must be an object"),
        (None, {**AUTH, "AddDefaultAuthorizerToCorsPreflight": 1}, "CorsPreflight: must be true or false"),
        (None, "Gate", "/Resources/Shop/Properties/Auth: must be an object"),
    ],
)
def test_an_authorizer_that_is_none_is_refused(auth: Any, api: Any, said: str) -> None:
    """Passed over, it would leave a method open that is meant to be guarded."""
    assert said in faults(template(event("get", "/a", **({} if auth is None else {"Auth": auth})), auth=api))


def test_parameters_are_filled_in_where_their_values_are_given() -> None:
    """By reference or within a text; a list may be one; what SAM fills in later is not known."""
    parameters = {"Prefix": "v1", "Verb": "get", "Scopes": ["a", "b"], "Gate": "Gate", "Hidden": "x"}
    given = template(
        event({"Ref": "Verb"}, {"Fn::Sub": "/${Prefix}/${!literal}/{id}"}),  # type: ignore[arg-type]
        event(
            "get",
            {"Fn::Sub": ["/${Own}/${Prefix}", {"Own": {"Ref": "Hidden"}}]},  # type: ignore[arg-type]
            Auth={"Authorizer": {"Ref": "Gate"}, "AuthorizationScopes": {"Ref": "Scopes"}},
        ),
    )

    with pytest.raises(ConfigError) as caught:
        Routes.from_sam(given, parameters=parameters)
    assert "'${literal}' is no parameter" in str(caught.value)

    given["Resources"]["Orders"]["Properties"]["Events"]["E0"]["Properties"]["Path"] = {"Fn::Sub": "/${Prefix}/{id}"}
    routes = Routes.from_sam(given, parameters=parameters)
    assert [(str(route), set(route.scopes)) for route in routes] == [("GET /v1/{id}", set()), ("GET /x/v1", {"a", "b"})]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"Path": {"Fn::Sub": "/${Prefix}"}},
            "E0/Properties/Path: depends on Prefix; say what it is, parameters={'Prefix': …}",
        ),
        ({"Path": {"Ref": "Prefix"}}, "depends on Prefix; say what it is"),
        ({"Path": {"Fn::Sub": "/${AWS::Region}"}}, "depends on AWS::Region"),
        ({"Path": {"Fn::Sub": ["/a"]}}, "Fn::Sub takes a text, or a text and its variables"),
        (
            {"Path": {"Fn::Sub": ["/${x}", {"x": {"Fn::GetAtt": ["a", "b"]}}]}},
            "E0/Properties/Path: Fn::GetAtt is worked out",
        ),
        (
            {"Path": {"Fn::Join": ["/", ["", "a"]]}},
            "Path: Fn::Join is worked out when the stack is deployed, and cannot be",
        ),
        ({"Path": 7}, "Path: must be a text"),
        ({"Method": {"Fn::If": ["Prod", "get", "any"]}}, "Method: Fn::If is worked out when the stack is deployed"),
        ({"Method": "fetch"}, "E0/Properties: 'FETCH' is not a method of API Gateway"),
        ({"Method": None}, "E0/Properties: an event needs Method and Path"),
        (
            {"Auth": {"Fn::If": ["Prod", {"Authorizer": "Gate"}, {"Ref": "AWS::NoValue"}]}},
            "Properties/Auth: Fn::If is worked",
        ),
        ({"Auth": {"Authorizer": {"Fn::FindInMap": ["a", "b", "c"]}}}, "Auth/Authorizer: Fn::FindInMap is worked out"),
        ({"RestApiId": {"Fn::If": ["Prod", "Shop", "Other"]}}, "Properties/RestApiId: Fn::If is worked out"),
        ({"Path": "orders"}, "E0/Properties: the path must begin with a slash"),
        ({"Path": "/orders/"}, "or say trailing_slash=True, if the API takes the path with and without"),
    ],
)
def test_what_decides_a_route_must_be_known(change: dict[str, Any], said: str) -> None:
    """By its pointer; a default of a parameter is no answer, for it may be deployed with another."""
    given = template(event("get", "/a", **change), event("get", "/b"), Parameters={"Prefix": {"Default": "v1"}})
    properties = given["Resources"]["Orders"]["Properties"]["Events"]["E0"]["Properties"]
    given["Resources"]["Orders"]["Properties"]["Events"]["E0"]["Properties"] = {
        name: value for name, value in properties.items() if value is not None
    }

    assert said in faults(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"Resources": {"Fn::ForEach::Apis": []}},
            "/Resources: Fn::ForEach::Apis is worked out when the stack is deployed",
        ),
        ({"Resources": []}, "/Resources: must be an object"),
        (
            {
                "Resources": {
                    "F": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Fn::ForEach::E": []}}}
                }
            },
            "/Resources/F/Properties/Events: Fn::ForEach::E is worked out",
        ),
        (
            {"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Fn::If": []}}}}},
            "/Resources/F/Properties/Events: Fn::If is worked out",
        ),
        (
            {"Resources": {"A": {"Type": "AWS::Serverless::Api", "Properties": 7}}},
            "/Resources/A/Properties: must be an object",
        ),
        ({"Globals": 7, "Resources": {"A": {"Type": "AWS::Serverless::Api"}}}, "/Globals: must be an object"),
        ("[]\n", "the document is not an object"),
    ],
)
def test_resources_must_stand_there(given: Any, said: str) -> None:
    """Loops and branches of CloudFormation are not run."""
    if isinstance(given, str):
        pytest.importorskip("yaml")

    assert said in faults(given)
