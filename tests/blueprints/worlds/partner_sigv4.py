"""partner_sigv4: a partner's requests, signed with its key, with a stranger's, and with another body than is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence

from authkit import Client, sigv4
from authkit.stores.signing_keys import Partner
from authkit.stores.signing_keys_document import document_of
from tests.blueprints.world import Call, Otherwise, Site, World

SECRET = "of-a-partner-on-this-machine-and-nowhere-else"
PUBLIC = "https://api.example.com/v1"
ORDER = {"item": "tea"}
PATHLESS = Otherwise(500, "its events of REST APIs have no requestContext.path, which the signature is over")


def calls(site: Site) -> Sequence[Call]:
    """Issue a key, put it where the authorizer looks for it, and sign with it."""
    client = Client("acme", scopes={"orders:read", "orders:write"})
    document = document_of(Partner.of("partner-7", client, secrets=[SECRET]))
    site.client("secretsmanager").put_secret_value(SecretId=site.outputs["Partners"], SecretString=document)
    return [
        Call("good", 200, "GET", "/orders/1042", signed("GET", "/orders/1042"), ministack=PATHLESS),
        Call("good", 200, "POST", "/orders", signed("POST", "/orders", ORDER), body=ORDER, ministack=PATHLESS),
        Call(
            "bad",
            403,
            "POST",
            "/orders",
            signed("POST", "/orders", {}),
            body=ORDER,
            decided=200,
            ministack=PATHLESS,
        ),
        Call("bad", 401, "GET", "/orders/1043", signed("GET", "/orders/1042"), ministack=PATHLESS),
        Call(
            "bad",
            401,
            "GET",
            "/orders/1042",
            signed("GET", "/orders/1042", secret=SECRET[::-1]),
            ministack=PATHLESS,
        ),
        Call("none", 401, "GET", "/orders/1042"),
    ]


def signed(method: str, path: str, body: object = None, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a signature over a request to where partners find the API."""
    made = sigv4.sign(
        method=method,
        url=f"{PUBLIC}{path}",
        credentials=sigv4.Credentials(access_key_id="partner-7", secret_access_key=secret),
        region="eu-west-1",
        service="acme-orders",
        body=b"" if body is None else json.dumps(body).encode(),
        declare_payload=True,
    )
    return dict(made.headers)


WORLD = World(parameters={"PublicUrl": PUBLIC}, calls=calls)
