"""A public key in each of the spellings an attacker, or a mistaken operator, may use as an HMAC secret."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.tokens import unb64

if TYPE_CHECKING:
    from tests.battery.world import World
    from tests.support.tokens import Signer

RAW = ("modulus", "coordinates", "point", "raw", "jwk-x")
"""Bytes that nothing tells from a secret, so a verifier cannot refuse them as one; it never takes them for one either."""


def spellings(key: Signer) -> dict[str, bytes]:
    """Return the public half of a key, or its certificate, in every form it is handed around in."""
    public = key.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    jwk = key.jwk
    return {
        "pem": pem,
        "pem-without-last-newline": pem.rstrip(b"\n"),
        "pem-with-crlf": pem.replace(b"\n", b"\r\n"),
        "pem-in-one-line": pem.replace(b"\n", b""),
        "pem-behind-blanks": b" \n\t" + pem,
        "pem-behind-many-blanks": b"\n" * 300 + pem,
        "pem-behind-text": b"Bag Attributes\n    friendlyName: key\n" + pem,
        "pem-behind-a-mark": b"\xef\xbb\xbf" + pem,
        "pem-with-other-armour": pem.replace(b"-----", b"----- ").replace(b"PUBLIC KEY", b"public key"),
        "pem-with-four-dashes": pem.replace(b"-----", b"----"),
        "pem-body": b"".join(pem.splitlines()[1:-1]),
        "pem-body-in-lines": b"\n".join(pem.splitlines()[1:-1]) + b"\n",
        "der": der,
        "jwk": json.dumps(jwk).encode(),
        "jwk-compact": json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode(),
        "jwk-with-kty-first": json.dumps({"kty": jwk["kty"], **jwk}).encode(),
        "jwk-with-kty-last": json.dumps({**{k: v for k, v in jwk.items() if k != "kty"}, "kty": jwk["kty"]}).encode(),
        "jwk-indented": json.dumps(jwk, indent=4).encode(),
        "jwks": json.dumps({"keys": [jwk]}).encode(),
        "jwks-behind-other-members": json.dumps({"made": "x" * 300, "keys": [jwk]}).encode(),
        **certificates(key),
        **_of_its_kind(key, public),
    }


def certificates(key: Signer) -> dict[str, bytes]:
    """Return a self-signed certificate of a key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
    day = datetime.datetime(2023, 11, 14, tzinfo=datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(day)
        .not_valid_after(day + datetime.timedelta(days=365))
    )
    made = builder.sign(key.private, None if key.jwk["kty"] == "OKP" else hashes.SHA256())
    return {"certificate-pem": made.public_bytes(Encoding.PEM), "certificate-der": made.public_bytes(Encoding.DER)}


def _of_its_kind(key: Signer, public: Any) -> dict[str, bytes]:
    jwk = key.jwk
    openssh = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    shared = {"openssh": openssh, "openssh-with-comment": openssh + b" idp@example.com\n"}
    if jwk["kty"] == "RSA":
        pkcs1 = {
            "pkcs1-pem": public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
            "pkcs1-der": public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
        }
        return {**shared, **pkcs1, "modulus": unb64(jwk["n"])}
    if jwk["kty"] == "EC":
        point = unb64(jwk["x"]) + unb64(jwk["y"])
        return {**shared, "coordinates": point, "point": b"\4" + point}
    return {**shared, "raw": unb64(jwk["x"]), "jwk-x": jwk["x"].encode()}


NAMES: dict[str, tuple[str, ...]] = {
    alg: (
        *[
            "pem",
            "pem-without-last-newline",
            "pem-with-crlf",
            "pem-in-one-line",
            "pem-behind-blanks",
            "pem-behind-many-blanks",
            "pem-behind-text",
            "pem-behind-a-mark",
            "pem-with-other-armour",
            "pem-with-four-dashes",
            "pem-body",
            "pem-body-in-lines",
            "der",
            "jwk",
            "jwk-compact",
            "jwk-with-kty-first",
            "jwk-with-kty-last",
            "jwk-indented",
            "jwks",
            "jwks-behind-other-members",
            "certificate-pem",
            "certificate-der",
            "openssh",
            "openssh-with-comment",
        ],
        *own,
    )
    for alg, own in {
        "RS256": ("pkcs1-pem", "pkcs1-der", "modulus"),
        "ES256": ("coordinates", "point"),
        "EdDSA": ("raw", "jwk-x"),
    }.items()
}
"""What `spellings` returns for a key of each kind, known before there is a key."""


def spelt(world: World, alg: str, name: str) -> bytes:
    """Return one spelling of this run's key of a kind."""
    found: dict[str, bytes] = world.keep(("spellings", alg), lambda: spellings(world.signer(alg)))
    assert set(found) == set(NAMES[alg])
    return found[name]
