"""A backend that is told with every message who connected. What the message asks for, it decides anew each time."""

import json


def handler(event, context):
    told = event["requestContext"].get("authorizer", {})
    if event["requestContext"]["routeKey"] in ("$connect", "$disconnect"):
        return {"statusCode": 200}
    room = wanted(event.get("body") or "")
    if room != told.get("room"):  # the ticket was for one room
        return {"statusCode": 403, "body": json.dumps({"message": "not your room"})}
    return {"statusCode": 200, "body": json.dumps({"caller": told.get("principalId"), "room": room})}


def wanted(body):
    try:
        message = json.loads(body)
    except ValueError:
        return None
    return message.get("room") if isinstance(message, dict) else None
