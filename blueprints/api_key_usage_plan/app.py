"""The authorizer of an API for partners: API keys of our own, each metered under a usage plan that the partner never sees."""

import os

from authkit import APIKey, Authorizer, Route, secrets, until_token_ends

DAY = 24 * 3600
# A key ends with the pepper it was made with: this is how long there is to give out new ones after a change of it.
pepper = secrets.at(os.environ["PEPPER"], previous_for=30 * DAY)

handler = Authorizer(
    authenticate=APIKey(store=os.environ["KEYS"], pepper=pepper),  # dynamodb:TABLE; on a laptop file:PATH
    routes=[
        Route("GET", "/orders", scopes={"orders:read"}),
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("POST", "/orders", scopes={"orders:write"}),
    ],
    enrich=[lambda partner: {"keyId": partner.claims["api_key_id"]}],  # for the log: who still calls with an old key
    limits=[until_token_ends],  # a key that ends does so to the second, whatever the gateway keeps
)
