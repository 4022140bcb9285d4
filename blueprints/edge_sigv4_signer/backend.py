"""A backend that only the edge may call. Who the user is it finds out itself: IAM authorization knows the signer alone."""

import json
import os

from authkit import JWTBearer, Refused

HEADERS = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "access-control-allow-origin": os.environ["ALLOWED_ORIGIN"],  # the gateway adds none to a backend's own answers
}

users = JWTBearer(issuer=os.environ["ISSUER"], audience=os.environ["AUDIENCE"], jwks=os.environ.get("JWKS") or None)


def handler(event, context):
    headers = {name.lower(): value for name, value in event["headers"].items()}
    scheme, _, token = headers.get("x-viewer-authorization", "").partition(" ")
    try:
        user = users.verify(token if scheme.lower() == "bearer" else "")
    except Refused:
        return _answer(401, {}, {"www-authenticate": "Bearer"})
    return _answer(200, {"caller": user["sub"], "path": event["path"]})


def _answer(status, body, headers=()):
    return {"statusCode": status, "headers": {**HEADERS, **dict(headers)}, "body": json.dumps(body)}
