"""Whatever a document says: the table routes as an independent reading of it does, grants no more, and nothing else breaks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from authkit import ConfigError, Principal, Routes
from tests.judge import router
from tests.judge.rules import METHODS, Rule
from tests.judge.strategies import requests
from tests.judge.tables import shape

ANY = "x-amazon-apigateway-any-method"
SCOPES = ("read", "write", "admin")
SCHEMES = {
    "gate": {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": "request"}},
    "signed": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
}

parts = st.sampled_from(("a", "b", "items", "{x}", "{y}"))
segments = st.lists(parts, max_size=4, unique_by=lambda part: part if part[0] == "{" else object())
paths = st.builds(lambda start, end: "/" + "/".join([*start, *end]), segments, st.sampled_from(((), (), ("{rest+}",))))
requirements = st.fixed_dictionaries(
    {}, optional={"gate": st.lists(st.sampled_from(SCOPES), unique=True, max_size=2), "signed": st.just([])}
)
operations = st.fixed_dictionaries({}, optional={"security": st.lists(requirements, max_size=3)})
methods = st.sampled_from((*(method.lower() for method in METHODS), ANY))
items = st.dictionaries(methods, operations, min_size=1, max_size=3)


def distinct(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out the paths that differ in the names of parameters alone."""
    kept: dict[tuple[str, ...], str] = {shape(Rule("GET", path)): path for path in reversed(found)}
    return {path: item for path, item in found.items() if path in kept.values()}


documents = st.dictionaries(paths, items, min_size=1, max_size=6).map(distinct)


def entries(document: dict[str, Any]) -> list[tuple[Rule, dict[str, Any]]]:
    """Read a document a second time, as plainly as can be."""
    return [
        (Rule("ANY" if method == ANY else method.upper(), path), operation)
        for path, item in document.items()
        for method, operation in item.items()
    ]


def entitled(operation: dict[str, Any], scopes: set[str]) -> bool:
    """Tell whether these scopes are enough for an operation, by the words of OpenAPI and of API Gateway."""
    security = [requirement for requirement in operation.get("security", []) if requirement]
    ours = [requirement["gate"] for requirement in security if "gate" in requirement]
    return not security or any(set(needed) <= scopes for needed in ours)


def whole(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with its schemes, in which at least one operation is ours."""
    ours = {"get": {"security": [{"gate": ["read"]}]}}
    found = {**document, "/only/for/the/gate/here": ours}
    return {"openapi": "3.0.1", "components": {"securitySchemes": SCHEMES}, "paths": found}


@given(document=documents, data=st.data())
def test_a_table_routes_as_its_document_reads(document: dict[str, Any], data: st.DataObject) -> None:
    """Every request goes to the operation that an independent router finds, for either kind of API."""
    read = entries(whole(document)["paths"])
    http = data.draw(st.booleans())
    request = data.draw(requests(tuple(rule for rule, _ in read)))

    routes = Routes.from_openapi(whole(document), on_conflict="refuse", api="http" if http else "rest")

    found = routes.find(request.method, request.path[1:])
    expected = router.route([rule for rule, _ in read], request.method, request.path, http=http)
    assert (found and (found.method, found.path)) == (expected and (expected.rule.method, expected.rule.path))


@given(document=documents, scopes=st.sets(st.sampled_from(SCOPES)))
def test_a_table_grants_what_its_document_says(document: dict[str, Any], scopes: set[str]) -> None:
    """No more and no less, route by route."""
    routes = Routes.from_openapi(whole(document), on_conflict="refuse")

    granted = {(grant.route.method, grant.route.path) for grant in routes.grants(Principal("ann", scopes=scopes))}

    read = entries(whole(document)["paths"])
    assert granted == {(rule.method, rule.path) for rule, operation in read if entitled(operation, scopes)}


@given(document=documents)
def test_a_table_agrees_with_its_own_document(document: dict[str, Any]) -> None:
    """What was made of it has no difference to it."""
    Routes.from_openapi(whole(document), on_conflict="refuse").check(whole(document))


plain = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(("gate", "#/paths/~1a", "3.0.1"))
)
names = st.sampled_from(
    (
        "openapi", "swagger", "paths", "components", "securitySchemes", "security", "gate", "/a", "/{x}", "get", ANY, "$ref",
        "x-amazon-apigateway-authorizer", "x-amazon-apigateway-auth", "type", "x-authkit-bind", "Fn::If", "trace",
        "Resources", "Globals", "Properties", "Events", "Type", "Path", "Method", "Auth", "Authorizers", "Authorizer",
        "DefaultAuthorizer", "AuthorizationScopes", "DefinitionBody", "Cors", "RestApiId", "Ref", "Fn::Sub", "Api",
    )
)  # fmt: skip
junk = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


@given(paths=junk, components=junk, security=junk, operation=junk)
def test_a_document_that_is_none_is_only_ever_refused(
    paths: Any, components: Any, security: Any, operation: Any
) -> None:
    """By the one error that configuration has."""
    for given_paths in (paths, {"/a": paths}, {"/a": {"get": operation}}, {"/a": {"get": {"security": security}}}):
        document = {"openapi": "3.0.1", "paths": given_paths, "components": components, "security": security}
        try:
            Routes.from_openapi(document, inherit_security=True)
        except ConfigError:
            continue


@given(properties=junk, event=junk, auth=junk, globals_=junk)
def test_a_template_that_is_none_is_only_ever_refused(properties: Any, event: Any, auth: Any, globals_: Any) -> None:
    """By the same error."""
    place = {"Path": "/a", "Method": "get", "RestApiId": {"Ref": "Shop"}}
    for given_event in (event, {**place, "Auth": auth}, {**place, "Path": event}):
        for given_api in (properties, {"Auth": auth}, {"DefinitionBody": properties}):
            function = {
                "Type": "AWS::Serverless::Function",
                "Properties": {"Events": {"E": {"Type": "Api", "Properties": given_event}}},
            }
            api = {"Type": "AWS::Serverless::Api", "Properties": given_api}
            try:
                Routes.from_sam({"Resources": {"F": function, "Shop": api, "X": event}, "Globals": globals_})
            except ConfigError:
                continue


@given(text=st.text(max_size=60))
def test_a_text_that_is_none_is_only_ever_refused(text: str) -> None:
    """Whatever it holds; without the extra for YAML as well."""
    for given_text in (text, "{" + text, text + "\n"):
        try:
            Routes.from_openapi(given_text)
        except ConfigError:
            continue
