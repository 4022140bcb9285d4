"""Canonical request and string to sign: one canonicaliser, for who signs and for who verifies.

IAM user guide, "Create a signed AWS API request", steps 1 to 3.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

from .ecdsa import ALGORITHM as V4A
from .encoding import octets
from .headers import Headers, collect, read
from .path import GENERAL, PathRules, canonical_path
from .query import canonical_query
from .url import split

V4 = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
"""What stands for the hash where the body is left out of the signature."""

EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The SHA-256 of no bytes at all."""


def canonical_request(
    *,
    method: str,
    url: str,
    headers: Headers,
    payload_hash: str = EMPTY_SHA256,
    signed_headers: Collection[str] | None = None,
    rules: PathRules = GENERAL,
) -> str:
    """Return a request's canonical form. It takes the URL as it stands, and demands of it no more than it must.

    Args:
        method: as sent.
        url: as sent, or path and query alone.
        headers: as sent, ``Host`` among them.
        payload_hash: the SHA-256 of the body in small hexadecimal digits, or what stands for it.
        signed_headers: names of the headers that count, in small letters. None: all that are given.
        rules: how paths are brought to their canonical form.

    Raises:
        CannotSign: ``url_malformed``, ``query_malformed``, ``header_malformed``, ``header_repeated``.
    """
    target = split(url)
    found = collect(read(headers), signed_headers)
    path, query = canonical_path(target.path, rules), canonical_query(target.query)
    return assemble(method, path, query, found, sorted(found), payload_hash)


def assemble(
    method: str, path: str, query: str, headers: dict[str, str], names: Collection[str], payload_hash: str
) -> str:
    """Put the canonical request's parts together, in their order.

    Args:
        method: as sent.
        path: the canonical one.
        query: the canonical one.
        headers: canonical values by their names.
        names: of the headers that are signed, sorted.
        payload_hash: what stands for the body.
    """
    lines = "".join([f"{name}:{headers[name]}\n" for name in names])
    return f"{method}\n{path}\n{query}\n{lines}\n{';'.join(names)}\n{payload_hash}"


def string_to_sign(algorithm: str, date: str, scope: str, canonical_request: str) -> str:
    """Return what is signed: algorithm, date, scope, and the SHA-256 of the canonical request.

    Args:
        algorithm: `V4` or `V4A`.
        date: as ``20150830T123600Z``.
        scope: as ``20150830/eu-central-1/execute-api/aws4_request``; of `V4A` it has no region.
        canonical_request: from the function of this name.
    """
    digest = sha256(octets(canonical_request)).hexdigest()
    return f"{algorithm}\n{date}\n{scope}\n{digest}"


__all__ = [
    "EMPTY_SHA256",
    "TERMINATOR",
    "UNSIGNED_PAYLOAD",
    "V4",
    "V4A",
    "assemble",
    "canonical_request",
    "string_to_sign",
]
