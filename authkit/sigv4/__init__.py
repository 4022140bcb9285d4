"""SigV4 and SigV4a: sign, presign and verify requests, over one canonicaliser. Pure: clock and keys are arguments.

Sign a request's headers, or its URL, and add what comes back to what you send::

    from authkit import sigv4

    credentials = sigv4.Credentials(access_key_id="partner-7", secret_access_key=secret)
    signed = sigv4.sign(
        method="GET", url="https://api.example.com/orders?limit=5", credentials=credentials,
        region="eu-central-1", service="acme-orders",
    )
    headers = dict(signed.headers)  # Authorization, X-Amz-Date, ...
    link = sigv4.presign(..., expires=900).url

Verify one, by rules of your own and not by what it says of itself::

    policy = sigv4.Policy(regions=["eu-central-1"], services=["acme-orders"])
    verified = sigv4.verify(
        method=method, url=target, headers=headers, body=body, policy=policy,
        lookup=lambda access_key_id, scope: partners.get(access_key_id),  # Credentials, SigningKey or PublicKey
    )
    verified.access_key_id, verified.path, verified.payload

What each function takes is said there, `sign` and `presign` take `Options` by name as well. Look inside a signature
stage by stage with `canonical_request`, `string_to_sign` and `signature_of`, at a request that was refused with
`read_unverified`. Values that hold a token or a signature do not show them in their repr; an exception holds neither.

`CannotSign` of `sign` and `presign`: ``url_malformed``, ``url_not_canonical`` (``rewrite=True`` hands back one that is),
``path_malformed``, ``query_malformed``, ``method_malformed``, ``header_malformed``, ``header_repeated``,
``header_missing``, ``host_missing``, ``already_signed``, ``algorithm_unsupported``, ``scope_malformed``,
``payload_malformed``, ``payload_mismatch``, ``payload_needs_https``, ``expires_malformed``.

`authkit.errors.Unauthenticated` of `verify`, in this order: ``credential_missing`` (`NoCredential`);
``request_too_large``, ``url_malformed``, ``path_malformed``, ``method_malformed``, ``header_malformed``,
``header_repeated``, ``host_mismatch``, ``query_malformed``, ``path_not_normal``; ``parameter_repeated``,
``mechanism_ambiguous``, ``algorithm_unsupported``, ``authorization_malformed``, ``field_missing``,
``signed_headers_malformed``, ``signature_malformed``, ``mechanism_not_allowed``; ``header_missing``,
``header_unsigned``; ``date_missing``, ``date_malformed``, ``expires_malformed``, ``expires_too_long``,
``signature_expired``, ``signature_not_yet_valid``; ``scope_malformed``, ``scope_mismatch``; ``payload_not_allowed``,
``payload_malformed``, ``payload_unavailable``, ``payload_mismatch``; and with the key looked up: ``key_not_found``,
``token_mismatch``, ``signature_mismatch`` (`BadSignature`), ``signature_replayed``.

How signatures are made: IAM user guide, "Create a signed AWS API request"; S3 API reference, "Authenticating requests".
"""

from __future__ import annotations

from .canonical import EMPTY_SHA256, UNSIGNED_PAYLOAD, V4, V4A, canonical_request, string_to_sign
from .credentials import Credentials, SigningKey, SigningKeys, signing_key
from .draft import Scope, signature_of
from .ecdsa import KeyPairs, PublicKey, private_scalar
from .errors import CannotSign
from .keys import Keys
from .options import Options
from .path import GENERAL, S3, PathRules
from .policy import Policy
from .presented import Claim
from .presigning import Presigned, presign
from .proof import Key, Lookup
from .signing import Signed, sign
from .unverified import Unverified, read_unverified
from .verification import Verified, verify

__all__ = [
    "EMPTY_SHA256",
    "GENERAL",
    "S3",
    "UNSIGNED_PAYLOAD",
    "V4",
    "V4A",
    "CannotSign",
    "Claim",
    "Credentials",
    "Key",
    "KeyPairs",
    "Keys",
    "Lookup",
    "Options",
    "PathRules",
    "Policy",
    "Presigned",
    "PublicKey",
    "Scope",
    "Signed",
    "SigningKey",
    "SigningKeys",
    "Unverified",
    "Verified",
    "canonical_request",
    "presign",
    "private_scalar",
    "read_unverified",
    "sign",
    "signature_of",
    "signing_key",
    "string_to_sign",
    "verify",
]
