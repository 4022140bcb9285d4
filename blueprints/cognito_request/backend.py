"""A backend that reads the caller's groups as input: what it was not told, or cannot read, grants nothing."""

import json
import os

HEADERS = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "access-control-allow-origin": os.environ["ALLOWED_ORIGIN"],  # the gateway adds none to a backend's own answers
}

OWNERS = {"1042": "ann", "1043": "bob"}  # in life, the table that the articles are in


def handler(event, context):
    caller = event["requestContext"]["authorizer"]
    article = (event["pathParameters"] or {}).get("id")
    # The authorizer knows that editors may delete articles. Whose article this is, only the backend knows.
    if event["httpMethod"] == "DELETE" and OWNERS.get(article) != caller.get("username"):
        return answer(403, {"message": "not your article"})
    return answer(200, {"caller": caller.get("username"), "groups": caller.get("groups", "").split()})


def answer(status, body):
    return {"statusCode": status, "headers": HEADERS, "body": json.dumps(body)}
