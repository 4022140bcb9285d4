"""Sign a token with a key from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError

_DEFAULTS = {"RSA": "RS256", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA", "Ed448": "EdDSA"}


def sign(claims: Mapping[str, Any], key_file: str, *, alg: str | None = None, kid: str | None = None) -> str:
    """Return a token signed with the private key in a JWK or PEM file.

    Raises:
        ConfigError: the file holds no private key that fits.
    """
    import jwt

    text = Path(key_file).read_text(encoding="utf-8")
    try:
        jwk = json.loads(text) if text.lstrip().startswith("{") else None
        key: Any = jwt.PyJWK(jwk, algorithm=alg or _algorithm(jwk)).key if jwk else text
        chosen = alg or (_algorithm(jwk) if jwk else "ES256")
        name = kid or (jwk or {}).get("kid")
        return jwt.encode(dict(claims), key, algorithm=chosen, headers={"kid": name} if name else None)
    except (jwt.PyJWTError, ValueError, TypeError, NotImplementedError) as error:
        wanted = alg or "a known algorithm"
        raise ConfigError(f"{key_file} holds no private key for {wanted} ({type(error).__name__})") from None


def _algorithm(jwk: Mapping[str, Any]) -> str:
    named = jwk.get("alg") or _DEFAULTS.get(jwk.get("crv") or jwk.get("kty") or "")
    if not isinstance(named, str):
        raise ValueError("no algorithm")
    return named
