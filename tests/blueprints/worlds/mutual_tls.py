"""mutual_tls: an authority with three devices, one of which was stolen; MiniStack has no mutual TLS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.blueprints.world import Call, Otherwise, Site, World

NOW = datetime.now(timezone.utc)
WEEK = timedelta(days=7)
NOBODY = Otherwise(401, "it has no mutual TLS: nobody has a certificate there")


class Authority:
    """Signs certificates, and takes them back."""

    def __init__(self, name: str) -> None:
        self._name = _name(name)
        self._key = generate_private_key(SECP256R1())
        self.certificate = _pem(self._signed(self._name, self._key))

    def device(self, name: str) -> x509.Certificate:
        """Return the certificate of a new device."""
        return self._signed(_name(name), generate_private_key(SECP256R1()))

    def revoked(self, *certificates: x509.Certificate) -> str:
        """Return the list of those taken back."""
        listed = x509.CertificateRevocationListBuilder(self._name).last_update(NOW).next_update(NOW + WEEK)
        for each in certificates:
            entry = x509.RevokedCertificateBuilder().serial_number(each.serial_number).revocation_date(NOW)
            listed = listed.add_revoked_certificate(entry.build())
        return listed.sign(self._key, SHA256()).public_bytes(Encoding.PEM).decode()

    def _signed(self, name: x509.Name, key: EllipticCurvePrivateKey) -> x509.Certificate:
        made = x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
        return made.not_valid_before(NOW - WEEK).not_valid_after(NOW + WEEK).sign(self._key, SHA256())


def calls(site: Site) -> Sequence[Call]:
    """Call as several devices, and as a stranger whose authority is in the same truststore."""
    del site
    own, readings = "/devices/sensor-17/settings", "/devices/sensor-17/readings"
    device, stranger = _pem(SENSOR), _pem(OTHERS.device("sensor-17"))
    return [
        Call("good", 200, "GET", own, certificate=device, ministack=NOBODY),
        Call("good", 200, "POST", readings, body={"value": 21.5}, certificate=device, ministack=NOBODY),
        Call("good", 200, "GET", "/time", certificate=device, ministack=NOBODY),
        Call("good", 403, "GET", "/devices/sensor-18/settings", certificate=device, ministack=NOBODY),
        Call("bad", 403, "GET", own, certificate=stranger, ministack=NOBODY),
        Call("bad", 401, "GET", "/devices/stolen/settings", certificate=_pem(STOLEN)),
        Call("none", 401, "GET", own),
    ]


def _name(common: str) -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, "Example Corp"), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(*part) for part in parts])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


DEVICES, OTHERS = Authority("Device CA"), Authority("Partner CA")
SENSOR, STOLEN = DEVICES.device("sensor-17"), DEVICES.device("stolen")

WORLD = World(
    parameters={"Crl": "devices.crl"},
    files={"device-ca.pem": DEVICES.certificate, "devices.crl": DEVICES.revoked(STOLEN)},
    calls=calls,
)
