"""SAM templates for tests, in a few words each."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Routes

GATE = {"FunctionArn": {"Fn::GetAtt": ["Gate", "Arn"]}, "FunctionPayloadType": "REQUEST"}
AUTH = {"Authorizers": {"Gate": GATE}, "DefaultAuthorizer": "Gate"}


def event(
    method: str | None, path: str | None, *, api: str | None = "Shop", kind: str = "Api", **more: Any
) -> dict[str, Any]:
    """Return an event of an API; without a name, of the implicit one."""
    place = {"Method": method, "Path": path} if method else {}
    label = "RestApiId" if kind == "Api" else "ApiId"
    return {"Type": kind, "Properties": {**place, **({label: {"Ref": api}} if api else {}), **more}}


def template(*events: Any, kind: str = "Api", auth: Any = None, shop: bool = True, **more: Any) -> dict[str, Any]:
    """Return a template with an API called ``Shop``, and a function with these events."""
    properties = {"Auth": AUTH if auth is None else auth, **more.pop("properties", {})}
    function = {"Events": {f"E{place}": each for place, each in enumerate(events)}}
    resources = {
        "Orders": {"Type": "AWS::Serverless::Function", "Properties": function},
        **({"Shop": {"Type": f"AWS::Serverless::{kind}", "Properties": properties}} if shop else {}),
        **more.pop("resources", {}),
    }
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources, **more}


def inline(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the properties of an API with a document of its own."""
    return {"DefinitionBody": {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths}, **more}


def faults(given: Any, **more: Any) -> str:
    """Return what is said of a template that is refused."""
    with pytest.raises(ConfigError) as caught:
        Routes.from_sam(given, **more)
    return str(caught.value)
