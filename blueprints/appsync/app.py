"""The authorizer of an orders API in GraphQL: bearer tokens of one OpenID provider, scopes to fields."""

import os

from authkit import Authorizer, Field, JWTBearer

handler = Authorizer(
    authenticate=JWTBearer(
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        required={"tenant"},
        jwks=os.environ.get("JWKS") or None,  # a file packed with the function, or a URL; by default found by discovery
    ),
    routes=[
        Field("*", scopes={"orders:read"}),  # the API as a whole, and every field that has no line of its own
        Field("Mutation.placeOrder", scopes={"orders:write"}),
        Field("Order.margin", scopes={"finance"}),
    ],
    enrich=[lambda user: {"sub": user.id, "tenant": user.claims["tenant"]}],  # what resolvers see of the caller
)
