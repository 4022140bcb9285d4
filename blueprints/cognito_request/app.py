"""The authorizer of an editorial API: access tokens of one Cognito user pool, groups to routes."""

import os

from authkit import Authorizer, Route, cognito, from_claims, in_group

readers = in_group("readers", "editors", claim="cognito:groups")
editors = in_group("editors", claim="cognito:groups")
packed = os.environ.get("JWKS")  # a key set packed with the function; by default fetched from the pool

handler = Authorizer(
    authenticate=cognito(
        os.environ["USER_POOL"],
        client_id=os.environ["CLIENTS"].split(","),
        **({"jwks": packed} if packed else {}),
    ),
    routes=[
        Route("GET", "/articles", when=readers),
        Route("GET", "/articles/{id}", when=readers),
        Route("POST", "/articles", when=editors),
        Route("DELETE", "/articles/{id}", when=editors),
        Route("GET", "/users/{username}/drafts", bind={"username": "username"}),  # only the caller's own
    ],
    enrich=[from_claims("username", groups=("cognito:groups", " ".join, ""))],
)
