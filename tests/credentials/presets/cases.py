"""Tokens as providers issue them, and the codes with which presets refuse them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authkit.credentials.bearer import JWTBearer
from authkit.errors import ConfigError, Refused
from authkit.gateway.request import Request, parse
from tests.support.events import request_event
from tests.support.tokens import NOW, Signer, jwks, signer

KID = "provider-key-1"


def provider_key(alg: str = "RS256") -> Signer:
    """Return the key the provider signs with; published without more than kid, use and alg."""
    return signer(alg, KID)


def settings(*signers: Signer, **changes: Any) -> dict[str, Any]:
    """Return what every preset is given in a test: keys in hand, and a clock that stands at `NOW`."""
    return {"jwks": jwks(*(signers or (provider_key(),))), "clock": lambda: NOW, **changes}


def token(claims: Mapping[str, Any], *, key: Signer | None = None, **header: Any) -> str:
    """Return a token with these claims; header members given as ``...`` are left out."""
    key = key or provider_key()
    members = {"alg": key.alg, "kid": key.kid, **header}
    return key.raw({name: value for name, value in members.items() if value is not ...}, changed(claims))


def changed(claims: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return claims with changes; a claim given as ``...`` is left out."""
    return {name: value for name, value in {**claims, **changes}.items() if value is not ...}


class Wrong(NamedTuple):
    """One thing that is wrong, and the code it is refused with."""

    what: str
    code: str
    claims: Mapping[str, Any] = MappingProxyType({})
    header: Mapping[str, Any] = MappingProxyType({})


def each(*cases: Wrong) -> pytest.MarkDecorator:
    """Run a test with each wrong thing."""
    return pytest.mark.parametrize("wrong", cases, ids=[case.what for case in cases])


def code_of(bearer: JWTBearer, text: str) -> str:
    """Return the code with which a token is refused."""
    with pytest.raises(Refused) as fault:
        bearer.verify(text)
    return fault.value.code


def request(text: str, *, header: str = "authorization") -> Request:
    """Return a request that brings a token."""
    value = f"Bearer {text}" if header == "authorization" else text
    return parse(request_event({header: value}))


def faults_of(make: Callable[[], object]) -> str:
    """Return what a configuration error says."""
    with pytest.raises(ConfigError) as fault:
        make()
    return str(fault.value)


def no_fetch(*_: Any, **__: Any) -> Any:
    """Stand in for a transport that nobody may use."""
    raise AssertionError("something was fetched")


def pem(key: Signer) -> bytes:
    """Return a public key as the load balancers' endpoint serves it."""
    public: bytes = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public


def pad(text: bytes) -> str:
    """Return base64url with padding, as load balancers write it."""
    return base64.urlsafe_b64encode(text).decode()


def padded(header: Mapping[str, Any], claims: Mapping[str, Any], key: Signer) -> str:
    """Return a token all of whose segments are padded."""
    signed = f"{pad(json.dumps(header).encode())}.{pad(json.dumps(claims).encode())}"
    return f"{signed}.{pad(key.sign(signed.encode()))}"
