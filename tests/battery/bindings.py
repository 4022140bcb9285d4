"""Section H, rows 6 and 7: tokens that are bound to a certificate, or to what nobody can prove."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from authkit.credentials.certificate import CertificateBound
from authkit.gateway.request import parse
from tests.battery.case import ACCEPTED, Case, deed, observed, token
from tests.battery.spellings import certificates
from tests.battery.world import World
from tests.support.events import request_event
from tests.support.tokens import b64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


from tests.battery.profiles import Bound
from tests.battery.proofs import MISSING, confirmed


def certificates_bound() -> Iterator[Case]:
    mismatch = "certificate_mismatch"

    def case(
        name: str,
        expected: str,
        change: Callable[[str], Any],
        confirmation: Callable[[str], Any] = lambda digest: {"x5t#S256": digest},
    ) -> Case:
        return deed("H6", name, expected, lambda world: _presented(world, change, confirmation))

    yield case("good", ACCEPTED, lambda pem: pem)
    for name, change in {
        "crlf": lambda pem: pem.replace("\n", "\r\n"), "in-one-line": lambda pem: pem.replace("\n", ""), "blanks-for-lines": lambda pem: pem.replace("\n", " ").replace("BEGIN CERTIFICATE----- ", "BEGIN CERTIFICATE----- "), "ends-written-out": lambda pem: pem.replace("\n", "\\n"),
        "no-last-newline": lambda pem: pem.rstrip("\n"), "newlines-around": lambda pem: f"\n\n{pem}\n\n", "double-newlines": lambda pem: pem.replace("\n", "\n\n"), "tabs": lambda pem: pem.replace("\n", "\n\t"),
    }.items():  # fmt: skip
        yield case(f"good-with-{name}", ACCEPTED, change)
    for name, change in {
        "none": lambda _: None, "empty": lambda _: "", "garbage": lambda _: "garbage", "half": lambda pem: pem[: len(pem) // 2], "a-public-key": lambda pem: pem.replace("CERTIFICATE", "PUBLIC KEY"), "two": lambda pem: pem + pem, "int": lambda _: 5, "list": lambda pem: [pem], "huge": lambda pem: pem.replace("\n", "\n" * 5000),
        "a-bit-changed": lambda pem: pem[:200] + ("A" if pem[200] != "A" else "B") + pem[201:], "only-armour": lambda _: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "not-base64": lambda _: "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----",
    }.items():  # fmt: skip
        yield case(name, mismatch, change)
    yield deed(
        "H6",
        "of-another",
        mismatch,
        lambda w: _presented(w, lambda pem: _pem(w, "other"), lambda digest: {"x5t#S256": digest}),
    )
    for name, confirmation in {
        "padded": lambda d: {"x5t#S256": d + "="}, "in-hex": lambda d: {"x5t#S256": d.encode().hex()}, "empty": lambda d: {"x5t#S256": ""}, "cut": lambda d: {"x5t#S256": d[:-1]}, "lower-case": lambda d: {"x5t#S256": d.lower()}, "non-ascii": lambda d: {"x5t#S256": f"{d}é"}, "surrogate-free": lambda d: {"x5t#S256": "\u2028"},
    }.items():  # fmt: skip
        yield case(f"confirmation-{name}", mismatch, lambda pem: pem, confirmation)
    for name, value in {"int": 5, "null": None, "list": ["x"], "object": {}}.items():
        yield case(
            f"confirmation-{name}",
            f"bad_claim_type|{mismatch}",
            lambda pem: pem,
            lambda digest, v=value: {"x5t#S256": v},
        )
    yield case(
        "and-a-key-that-cannot-be-proved", MISSING, lambda pem: pem, lambda digest: {"x5t#S256": digest, "jkt": "x"}
    )
    yield case("unbound-token", MISSING, lambda pem: pem, lambda digest: ...)
    yield token(
        "H6",
        "no-binding-configured",
        MISSING,
        lambda w: w.with_claims(cnf={"x5t#S256": b64(bytes(32))}),
        portable=False,
    )
    for name, cnf in {
        "unknown": {"osc": "x"},
        "jwk": {"jwk": {"kty": "EC"}},
        "jwe": {"jwe": "x"},
        "kid": {"kid": "x"},
        "jku": {"jku": "https://evil.example/"},
        "empty": {},
        "sha-1": {"x5t": "x"},
        "upper-case": {"JKT": "x"},
        "known": {"jkt": "x"},
    }.items():
        yield token("H7", name, MISSING, lambda w, c=cnf: w.with_claims(cnf=c), portable=False)
        if name != "known":
            yield deed("H7", f"{name}-where-proofs-are-configured", MISSING, lambda w, c=cnf: confirmed(Bound(w), c))
    for name, value in {"null": None, "text": "jkt", "list": ["jkt"], "int": 5, "true": True}.items():
        yield token(
            "H7", f"type-{name}", f"bad_claim_type|{MISSING}", lambda w, v=value: w.with_claims(cnf=v), portable=False
        )
    yield deed("H7", "unknown-beside-a-known-one", ACCEPTED, lambda w: _beside(w))


def _beside(world: World) -> str:
    bound = Bound(world)
    return confirmed(bound, {**bound.confirmation, "osc": "x"})


def _pem(world: World, key: str = "client") -> str:
    made: bytes = world.keep(("pem", key), lambda: certificates(world.signer(kid="c", key=key))["certificate-pem"])
    return made.decode()


def _presented(world: World, change: Callable[[str], Any], confirmation: Callable[[str], Any]) -> str:
    from cryptography.x509 import load_pem_x509_certificate

    pem = _pem(world)
    from cryptography.hazmat.primitives.serialization import Encoding

    digest = b64(hashlib.sha256(load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).digest())
    text = world.good(cnf=confirmation(digest))
    given = change(pem)
    identity = {"sourceIp": "192.0.2.8", **({} if given is None else {"clientCert": {"clientCertPem": given}})}
    event = request_event({"Authorization": f"Bearer {text}"}, context={"identity": identity})
    bearer = world.bearer(proofs=[CertificateBound()])
    return observed(lambda: bearer(parse(event)), (text, text.rpartition(".")[2]))


def cases() -> Iterator[Case]:
    """Return these cases."""
    yield from certificates_bound()
