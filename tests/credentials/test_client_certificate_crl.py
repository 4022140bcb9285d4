"""Revocation lists of an authority: signed by it, complete, and not outdated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from authkit.credentials.client_certificate import ClientCertificate
from authkit.credentials.client_certificate_crl import revocation_list
from authkit.credentials.client_certificate_rules import ANY_CERTIFICATE
from authkit.errors import BindingProblem, ConfigError, Unavailable
from tests.credentials.certificates import (
    DAY,
    ISSUER,
    NOW,
    authority,
    authority_key,
    certificate,
    moment,
    name,
    with_certificate,
)

if TYPE_CHECKING:
    from pathlib import Path


def crl(*serials: int, key: Any = None, extension: Any = None, issuer: Any = ISSUER, pem: bool = True) -> bytes:
    """Return a list of these serial numbers, good for a day."""
    draft = x509.CertificateRevocationListBuilder(name(issuer), moment(NOW), moment(NOW + DAY))
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment(NOW - 60)).build()
        draft = draft.add_revoked_certificate(entry)
    if extension is not None:
        draft = draft.add_extension(extension, critical=True)
    made = draft.sign(key or authority_key(), SHA256())
    return made.public_bytes(Encoding.PEM if pem else Encoding.DER)


def without_next_update() -> bytes:
    """Return a list that does not say when the next one comes, in DER: the builder makes none, so it is cut out."""
    made = x509.load_der_x509_crl(crl(8, pem=False))
    inner = made.tbs_certlist_bytes
    content = inner[3:] if inner[1] == 0x81 else inner[2:]
    at = content.rindex(made.next_update_utc.strftime("%y%m%d%H%M%SZ").encode()) - 2  # type: ignore[union-attr]
    signed = sequence(content[:at] + content[at + 15 :])
    algorithm = sequence(b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02")  # ecdsa-with-SHA256
    signature = b"\0" + authority_key().sign(signed, ECDSA(SHA256()))
    return sequence(signed + algorithm + b"\x03" + bytes([len(signature)]) + signature)


def sequence(content: bytes) -> bytes:
    """Return a SEQUENCE of under 256 bytes."""
    head = [0x30, len(content)] if len(content) < 128 else [0x30, 0x81, len(content)]
    return bytes(head) + content


def credential(revoked: Any) -> ClientCertificate:
    return ClientCertificate(allow=ANY_CERTIFICATE, revoked=revoked, clock=lambda: NOW)


@pytest.mark.parametrize("pem", [True, False])
def test_what_is_on_the_list_is_refused(tmp_path: Path, pem: bool) -> None:
    """In PEM or DER, as bytes or as files; and nothing else is."""
    (tmp_path / "a.crl").write_bytes(crl(0x5F3A91, 8, pem=pem))
    (tmp_path / "ca.pem").write_bytes(authority())
    listed = revocation_list(tmp_path / "a.crl", authority=str(tmp_path / "ca.pem"), clock=lambda: NOW)

    with pytest.raises(BindingProblem) as caught:
        credential(listed)(with_certificate(certificate()))

    assert caught.value.code == "revoked"
    assert credential(listed)(with_certificate(certificate(serial=9))).id == "sensor-0017"
    assert repr(listed) == "revocation_list(issuer='CN=Example Device CA,O=Example Corp,C=SE')"


def test_another_authoritys_numbers_are_not_on_it() -> None:
    """A serial number is unique for its issuer alone."""
    listed = revocation_list(crl(0x5F3A91), authority=authority(), clock=lambda: NOW)
    other = certificate(issuer=(("CN", "Another CA"),))

    assert credential(listed)(with_certificate(other)).id == "sensor-0017"


def test_an_outdated_list_is_an_outage() -> None:
    """Whether a certificate was taken back since, nobody knows."""
    listed = revocation_list(crl(8), authority=authority(), clock=lambda: NOW + DAY)

    with pytest.raises(Unavailable) as caught:
        credential(listed)(with_certificate(certificate()))

    assert caught.value.code == "crl_outdated"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"crl": crl(8, key=generate_private_key(SECP256R1()))}, "not signed"),
        ({"crl": crl(8, issuer=(("CN", "x"),))}, "not signed"),
        ({"crl": crl(8, extension=x509.DeltaCRLIndicator(1))}, "special kind"),
        ({"crl": without_next_update()}, "when the next one comes"),
        ({"crl": b"x"}, "no list"),
        ({"crl": "/nowhere.crl"}, "no list"),
        ({"authority": b"x"}, "no certificate"),
        ({"authority": "/nowhere.pem"}, "no certificate"),
        ({"authority": 7}, "no certificate"),
        ({"crl": 7}, "no list"),
        ({"authority": b"x" * (17 * 1024 * 1024)}, "no certificate"),
        ({"clock": 7}, "clock"),
    ],
)
def test_a_list_that_cannot_be_relied_on_is_a_fault(given: Any, words: str) -> None:
    """When the function starts, not when somebody calls."""
    settings = {"crl": crl(8), "authority": authority(), **given}

    with pytest.raises(ConfigError, match=words):
        revocation_list(settings.pop("crl"), **settings)
