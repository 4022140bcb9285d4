"""A backend that takes the tenant from the authorizer, and nothing of it from the caller."""

import json


def handler(event, context):
    caller = event["requestContext"]["authorizer"]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        # What it looks up, it looks up by this tenant: as the partition key, or as the role it takes for the query.
        "body": json.dumps({"tenant": caller["tenant"], "caller": caller["principalId"], "path": event["path"]}),
    }
