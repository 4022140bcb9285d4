"""Other verifiers of tokens, set to ask for what authkit asks for: signature, issuer, audience, an end in the future."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import jwt

from authkit import JWTBearer
from benchmarks.issued import AUDIENCE, ISSUER, Issued

Verify = Callable[[str], object]

OPTIONS: Any = {"require": ["exp", "iss", "aud"]}
FOREVER = 10**9  # seconds


def authkit(issued: Issued, **settings: Any) -> JWTBearer:
    """Return the verifier all this is about."""
    keys: dict[str, Any] = {"jwks": issued.jwks}
    if issued.alg.startswith("HS"):
        keys = {"secret": issued.key.private}
    return JWTBearer(issuer=ISSUER, audience=AUDIENCE, algorithms=[issued.alg], **{**keys, **settings})


def pyjwt(issued: Issued) -> Verify:
    """PyJWT with a key object in hand: no look-up by key id."""
    key = issued.key.private if issued.alg.startswith("HS") else issued.key.private.public_key()
    return pyjwt_with(issued, key)


def pyjwk(issued: Issued) -> Verify:
    """PyJWT with its own kind of key."""
    return pyjwt_with(issued, jwt.PyJWK(issued.key.jwk, algorithm=issued.alg))


def pyjwt_with(issued: Issued, key: Any) -> Verify:
    algorithms = [issued.alg]

    def verify(token: str) -> object:
        return jwt.decode(token, key, algorithms=algorithms, audience=AUDIENCE, issuer=ISSUER, options=OPTIONS)

    return verify


def pyjwk_client(issued: Issued, url: str) -> Verify:
    """PyJWT as its documentation shows it, with a client that fetches once and keeps the keys it built."""
    client = fetched(url)
    algorithms = [issued.alg]

    def verify(token: str) -> object:
        key = client.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=algorithms, audience=AUDIENCE, issuer=ISSUER, options=OPTIONS)

    return verify


def fetched(url: str) -> jwt.PyJWKClient:
    """Return a client that has fetched its keys and stays in its cooldown: none of the calls timed goes to the network."""
    client = jwt.PyJWKClient(url, cache_keys=True, lifespan=FOREVER, cooldown_duration=FOREVER)
    client.get_signing_keys()
    return client


def joserfc(issued: Issued) -> Verify:
    from joserfc import jwt as tokens
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set({"keys": [dict(issued.key.jwk)]})
    registry = tokens.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
    )
    algorithms = [issued.alg]

    def verify(token: str) -> object:
        decoded = tokens.decode(token, keys, algorithms=algorithms)
        registry.validate(decoded.claims)
        return decoded.claims

    return verify


def authlib(issued: Issued) -> Verify:
    with warnings.catch_warnings():
        import authlib.deprecate  # noqa: F401 - it asks for its warnings to be shown, so it has to come first

        warnings.simplefilter("ignore")  # it points to joserfc
        from authlib.jose import JsonWebKey, JsonWebToken

    keys = JsonWebKey.import_key_set(issued.jwks)
    tokens = JsonWebToken([issued.alg])
    options = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
        "exp": {"essential": True},
    }

    def verify(token: str) -> object:
        decoded = tokens.decode(token, keys, claims_options=options)
        decoded.validate()
        return decoded

    return verify


def powertools(issued: Issued) -> Any:
    """Return the verifier of Powertools, which is there from 3.37 on."""
    from aws_lambda_powertools.utilities.auth_alpha import JWTVerifier

    return JWTVerifier(issuer=ISSUER, audience=AUDIENCE, algorithms=[issued.alg], jwks=issued.jwks)


def ryjwt(issued: Issued) -> Verify:
    """Return ryjwt's verifier, written in Rust. It cannot be told to demand an end, so that is asked of its answer."""
    import ryjwt as rust

    asks: Any = {"algorithms": [issued.alg], "audience": AUDIENCE, "issuer": ISSUER}
    symmetric = issued.alg.startswith("HS")
    key = rust.SecretKey(issued.key.private, **asks) if symmetric else rust.PublicKey.from_jwks(issued.jwks, **asks)

    def verify(token: str) -> object:
        claims = key.decode(token)
        if "exp" not in claims:
            raise rust.InvalidTokenError("no exp")
        return claims

    return verify


def has_powertools() -> bool:
    """Tell whether the installed Powertools verifies tokens."""
    try:
        return find_spec("aws_lambda_powertools.utilities.auth_alpha") is not None
    except ModuleNotFoundError:
        return False


def only_pyjwt(issued: Issued, _url: str = "") -> dict[str, Verify]:
    """Return authkit, and PyJWT with a key in hand."""
    return {"authkit": authkit(issued).verify, "PyJWT, key object": pyjwt(issued)}


def verifiers(issued: Issued, url: str) -> dict[str, Verify]:
    """Return every verifier that is installed and knows the algorithm, by the name it has in tables."""
    asymmetric = not issued.alg.startswith("HS")
    found = only_pyjwt(issued)
    found["PyJWT, PyJWK"] = pyjwk(issued)
    if asymmetric:
        found["PyJWT, PyJWKClient"] = pyjwk_client(issued, url)
    if find_spec("joserfc"):
        found["joserfc"] = joserfc(issued)
    if find_spec("authlib"):
        found["Authlib"] = authlib(issued)
    if find_spec("ryjwt"):  # from Python 3.12 on
        found["ryjwt (Rust)"] = ryjwt(issued)
    if asymmetric and has_powertools():
        found["Powertools auth_alpha"] = powertools(issued).verify
    return found
