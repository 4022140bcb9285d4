"""A backend that proves what the authorizer could not: that the body is the one that the partner signed."""

import json

from authkit import payload_matches


def handler(event, context):
    if not payload_matches(event):
        return {"statusCode": 403, "headers": {"cache-control": "no-store"}, "body": ""}
    caller = event["requestContext"]["authorizer"]["principalId"]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps({"caller": caller, "path": event["path"]}),
    }
