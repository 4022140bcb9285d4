"""The authorizer of an orders API for partners: each request is signed with a key that was issued to its partner."""

import os
from pathlib import Path

from authkit import Authorizer, DynamoDBReplay, MemoryReplay, PartnerDocument, Route, SigV4
from authkit import declared_payload, secrets_manager_partners

file, secret, table = map(os.environ.get, ("PARTNERS_FILE", "PARTNERS", "REPLAYS"))  # a file where there is no account
partners = PartnerDocument(Path(file).read_text()) if file else secrets_manager_partners(secret, seconds=60)

handler = Authorizer(
    authenticate=SigV4(
        partners=partners,
        regions=["eu-west-1"],  # what partners sign for: names of your own, and no service of AWS
        services=["acme-orders"],
        replay=DynamoDBReplay(table) if table else MemoryReplay(),  # each signature is good once
        public_url=os.environ.get("PUBLIC_URL") or None,
    ),
    routes=[
        Route("GET", "/orders", scopes={"orders:read"}),
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("POST", "/orders", scopes={"orders:write"}),
    ],
    enrich=[declared_payload, lambda partner: {"keyId": partner.claims["access_key_id"]}],  # for backend.py and the log
)
