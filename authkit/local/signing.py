"""Sign a token with a key from a file, and make such a file."""

from __future__ import annotations

import errno
import json
import os
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


def write_key_pair(alg: str, name: str) -> tuple[Path, Path]:
    """Write a new private key to ``NAME.jwk`` and the set with its public half to ``NAME.jwks.json``; return both paths.

    Raises:
        ConfigError: the algorithm has no public half.
        FileExistsError: one of the files is there already; a key is never written over.
    """
    from jwt.algorithms import get_default_algorithms

    from ..testing.keypair import key_pair

    pair = key_pair(alg, Path(name).name)
    known = get_default_algorithms()
    private = {**known.get(alg, known["EdDSA"]).to_jwk(pair.private, as_dict=True), **pair.jwk}
    private.pop("key_ops", None)
    paths = Path(f"{name}.jwk"), Path(f"{name}.jwks.json")
    for path in paths:  # both, before a key is written whose set cannot be
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    for path, content in zip(paths, (private, {"keys": [pair.jwk]}), strict=True):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
    return paths


def _algorithm(jwk: Mapping[str, Any]) -> str:
    named = jwk.get("alg") or _DEFAULTS.get(jwk.get("crv") or jwk.get("kty") or "")
    if not isinstance(named, str):
        raise ValueError("no algorithm")
    return named
