"""The authorizer of an API for many tenants: each brings its own OpenID provider, and reaches its own paths alone."""

import json
import os

from authkit import Authorizer, JWTBearer, Principal, Route, by_issuer, reads

tenants = json.loads(os.environ["TENANTS"])  # by name: {"acme": {"issuer": "https://acme.example.com/"}, …}
usual = {"audience": os.environ["AUDIENCE"]}
bearer = by_issuer(*(JWTBearer(**{**usual, **provider}) for provider in tenants.values()))
tenant_of = {provider["issuer"]: name for name, provider in tenants.items()}


@reads(*bearer.reads)
def authenticate(request):
    user = bearer(request)  # its provider tells the tenant: a claim could name another's
    claims = {**user.claims, "tenant": tenant_of[user.claims["iss"]]}
    return Principal(f"{claims['tenant']}/{user.id}", scopes=user.scopes, claims=claims, expires_at=user.expires_at)


own = {"tenant": "tenant"}
routes = [
    Route("GET", "/tenants/{tenant}/orders", bind=own, scopes={"orders:read"}),
    Route("GET", "/tenants/{tenant}/orders/{id}", bind=own, scopes={"orders:read"}),
    Route("POST", "/tenants/{tenant}/orders", bind=own, scopes={"orders:write"}),
    Route("GET", "/tenants/{tenant}/users/{sub}/profile", bind={**own, "sub": "sub"}),  # only the user's own
]
handler = Authorizer(authenticate=authenticate, routes=routes, enrich=[lambda user: {"tenant": user.claims["tenant"]}])
