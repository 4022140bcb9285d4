"""A backend that shows what it is told of the caller. It still decides about the concrete thing it is asked for."""

import json


def handler(event, context):
    told = event["requestContext"]["authorizer"]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps({"caller": told["principalId"], "tenant": told.get("tenant"), "path": event["path"]}),
    }
