"""A backend that shows what it is told of the caller. It still decides about the concrete thing it is asked for."""

import json


def handler(event, context):
    caller = event["requestContext"]["authorizer"]["principalId"]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps({"caller": caller, "path": event["path"]}),
    }
