"""A backend that shows what it is told of the caller. It still decides about the concrete thing it is asked for."""

import json
import os

HEADERS = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "access-control-allow-origin": os.environ["ALLOWED_ORIGIN"],  # the gateway adds none to a backend's own answers
}


def handler(event, context):
    caller = event["requestContext"]["authorizer"]["principalId"]
    return {
        "statusCode": 200,
        "headers": HEADERS,
        "body": json.dumps({"caller": caller, "path": event["path"]}),
    }
