"""The authorizer of an orders API for partners: each request is signed with a key that was issued to its partner."""

from os import environ as env
from pathlib import Path

import authkit
from authkit import DynamoDBReplay, MemoryReplay, Route, declared_payload

if "PARTNERS_FILE" in env:  # where there is no account: on a laptop
    partners, replay = authkit.PartnerDocument(Path(env["PARTNERS_FILE"]).read_text()), MemoryReplay()
else:
    partners, replay = authkit.secrets_manager_partners(env["PARTNERS"], seconds=60), DynamoDBReplay(env["REPLAYS"])

handler = authkit.Authorizer(
    authenticate=authkit.SigV4(
        partners=partners,
        regions=["eu-west-1"],  # what partners sign for: names of your own, and no service of AWS
        services=["acme-orders"],
        replay=replay,  # each signature is good once
        public_url=env.get("PUBLIC_URL") or None,
    ),
    routes=[
        Route("GET", "/orders", scopes={"orders:read"}),
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("POST", "/orders", scopes={"orders:write"}),
    ],
    enrich=[declared_payload, lambda partner: {"keyId": partner.claims["access_key_id"]}],  # for backend.py and the log
)
