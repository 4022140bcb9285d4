"""A backend that takes the tenant from the authorizer, and nothing of it from the caller."""

import json
import os

HEADERS = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "access-control-allow-origin": os.environ["ALLOWED_ORIGIN"],  # the gateway adds none to a backend's own answers
}


def handler(event, context):
    caller = event["requestContext"]["authorizer"]
    return {
        "statusCode": 200,
        "headers": HEADERS,
        # What it looks up, it looks up by this tenant: as the partition key, or as the role it takes for the query.
        "body": json.dumps({"tenant": caller["tenant"], "caller": caller["principalId"], "path": event["path"]}),
    }
