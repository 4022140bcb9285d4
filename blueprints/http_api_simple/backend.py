"""A backend that is told who calls, as data and not as text. Whose invoice it is asked for, only it can know."""

import json

OWNERS = {"1042": "ann", "1043": "bob"}  # in life, the table that the invoices are in


def handler(event, context):
    told = event["requestContext"]["authorizer"]["lambda"]
    invoice = (event.get("pathParameters") or {}).get("id")
    if invoice is not None and OWNERS.get(invoice) != told["caller"]:
        return answer(404, {"message": "no such invoice"})
    return answer(200, {"caller": told["caller"], "scopes": told["scopes"]})


def answer(status, body):
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
