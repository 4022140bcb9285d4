"""An OpenAPI document or a SAM template gives the emulator its routes, open ones too, and its gateway responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from authkit.local.documents import from_openapi, from_sam

SCHEME = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {"type": "request", "identitySource": "method.request.header.Authorization"},
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "orders", "version": "1"},
    "paths": {
        "/orders/{id}": {"get": {"security": [{"lambda": []}], "responses": {}}},
        "/health": {"get": {"responses": {}}},
    },
    "components": {"securitySchemes": {"lambda": SCHEME}},
    "x-amazon-apigateway-gateway-responses": {
        "UNAUTHORIZED": {
            "statusCode": "401",
            "responseParameters": {
                "gatewayresponse.header.WWW-Authenticate": "'Bearer'",
                "gatewayresponse.header.X-Path": "method.request.path.id",
            },
            "responseTemplates": {"application/json": '{"message":$context.error.messageString}'},
        },
        "DEFAULT_5XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
    },
}
SAM: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Orders": {
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "StageName": "prod",
                "Cors": "'*'",
                "Auth": {
                    "DefaultAuthorizer": "Lambda",
                    "AddDefaultAuthorizerToCorsPreflight": False,
                    "Authorizers": {"Lambda": {"FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:a"}},
                },
            },
        },
        "Backend": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Events": {
                    "Get": {
                        "Type": "Api",
                        "Properties": {"Method": "get", "Path": "/orders/{id}", "RestApiId": {"Ref": "Orders"}},
                    }
                }
            },
        },
    },
}


def test_an_openapi_document_tells_routes_what_is_open_and_gateway_responses(tmp_path: Path) -> None:
    """Of a response's headers those that are fixed texts."""
    file = tmp_path / "api.json"
    file.write_text(json.dumps(OPENAPI))

    declared = from_openapi(str(file))

    assert {str(route): declared.is_open(route) for route in declared.routes} == {
        "GET /orders/{id}": False,
        "GET /health": True,
    }
    unauthorized = declared.responses["UNAUTHORIZED"]
    assert (unauthorized.status, dict(unauthorized.headers)) == (401, {"WWW-Authenticate": "Bearer"})
    assert unauthorized.template == '{"message":$context.error.messageString}'
    assert dict(declared.responses["DEFAULT_5XX"].headers) == {"Access-Control-Allow-Origin": "*"}


def test_a_sam_template_tells_routes_and_its_open_preflights(tmp_path: Path) -> None:
    """The rest asks the authorizer."""
    file = tmp_path / "template.json"
    file.write_text(json.dumps(SAM))

    declared = from_sam(str(file))

    assert {str(route): declared.is_open(route) for route in declared.routes} == {
        "GET /orders/{id}": False,
        "OPTIONS /orders/{id}": True,
    }
