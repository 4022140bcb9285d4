"""Tokens bound to a client certificate (rows H6 and H7): the one the gateway has seen, however its PEM is written."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.credentials.certificate import CertificateBound, der_of
from authkit.credentials.dpop import DPoP
from authkit.errors import BindingProblem
from authkit.gateway.request import parse
from authkit.gateway.sources import is_place
from tests.credentials.proofs import of_event
from tests.faults.certificate import self_signed
from tests.support.events import request_event, token_event
from tests.support.shared import load
from tests.support.tokens import b64

if TYPE_CHECKING:
    from pathlib import Path

    from authkit import Request

# RFC 8705 appendix A: the certificate, and its thumbprint.
LINES = [
    "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx",
    "ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG",
    "SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ",
    "/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID",
    "SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV",
    "bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=",
]
THUMBPRINT = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
PEM = "\n".join([BEGIN, *LINES, END, ""])
BODY = "".join(LINES)


def rest(pem: Any = PEM) -> Request:
    """Return a REST request on a domain with mutual TLS."""
    return of_event(request_event(context={"identity": {"clientCert": {"clientCertPem": pem, "serialNumber": "2"}}}))


def http_v2(pem: Any = PEM) -> Request:
    """Return the same of an HTTP API, which tells it elsewhere."""
    event = request_event(context={"authentication": {"clientCert": {"clientCertPem": pem}}}, version="2.0")
    return of_event({**event, "routeArn": event["methodArn"]})


@pytest.mark.parametrize("given_request", [rest(), http_v2()], ids=["rest", "http-v2"])
def test_the_right_certificate_is_taken(given_request: Request) -> None:
    """H6: RFC 8705 appendix A, from where each kind of event has it; nothing is returned."""
    assert CertificateBound()(given_request, "t", THUMBPRINT) is None  # type: ignore[func-returns-value]


def test_it_says_what_it_proves_and_reads() -> None:
    """H6: under the Bearer scheme; no documented cache key holds the certificate, so nothing may be cached."""
    proof = CertificateBound()

    assert (proof.member, proof.scheme, proof.per_request) == ("x5t#S256", "bearer", True)
    assert proof.reads == ("context.identity.clientCert.clientCertPem",)
    assert all(map(is_place, proof.reads))
    assert repr(proof) == "CertificateBound()"


SPELLINGS: dict[str, str] = {
    "H6-no-line-end-at-the-end": PEM.rstrip("\n"),
    "H6-crlf": PEM.replace("\n", "\r\n"),
    "H6-cr": PEM.replace("\n", "\r"),
    "H6-line-ends-written-out": PEM.replace("\n", "\\n"),
    "H6-crlf-written-out": PEM.replace("\n", "\\r\\n"),
    "H6-written-out-and-real": PEM.replace("\n", "\\n\n"),
    "H6-blanks": PEM.replace("\n", " "),
    "H6-tabs": PEM.replace("\n", "\t"),
    "H6-one-line": f"{BEGIN}{BODY}{END}",
    "H6-body-in-one-line": f"{BEGIN}\n{BODY}\n{END}\n",
    "H6-lines-of-one": "\n".join([BEGIN, *BODY, END]),
    "H6-lines-of-76": "\n".join([BEGIN, *(BODY[at : at + 76] for at in range(0, len(BODY), 76)), END]),
    "H6-empty-lines": "\n\n" + PEM.replace("\n", "\n\n"),
    "H6-indented": PEM.replace("\n", "\n    "),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_odd_line_ends_do_not_matter(name: str) -> None:
    """H6: the bytes are the same."""
    CertificateBound()(rest(SPELLINGS[name]), "t", THUMBPRINT)


GARBAGE: dict[str, Any] = {
    "H6-blanks-only": "  \n",
    "H6-text": "certificate",
    "H6-no-marks": BODY,
    "H6-no-end": PEM.replace(END, ""),
    "H6-no-begin": PEM.replace(BEGIN, ""),
    "H6-empty-body": f"{BEGIN}\n{END}",
    "H6-blank-body": f"{BEGIN} \n {END}",
    "H6-padding-only": f"{BEGIN}===={END}",
    "H6-cut-short": PEM.replace("L+SY=", "L+SY"),
    "H6-padded-too-much": PEM.replace("L+SY=", "L+SY=="),
    "H6-padding-inside": PEM.replace("ODEy", "OD=="),
    "H6-another-alphabet": PEM.replace("+", "-").replace("/", "_"),
    "H6-a-stranger-inside": PEM.replace("ODEy", "OD*y"),
    "H6-a-stranger-beyond-ascii": PEM.replace("ODEy", "ODÉy"),
    "H6-a-blank-beyond-ascii": PEM.replace("ODEy", "ODE\u00a0y"),
    "H6-half-a-surrogate-pair": PEM.replace("ODEy", "\ud800"),
    "H6-a-private-key": PEM.replace("CERTIFICATE", "PRIVATE KEY"),
    "H6-trusted": PEM.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
    "H6-two": PEM + PEM,
    "H6-a-chain": PEM + PEM.replace("MIIBBj", "MIIBBk"),
    "H6-a-chain-with-ours-last": PEM.replace("MIIBBj", "MIIBBk") + PEM,
    "H6-text-before": "subject=/CN=mtls\n" + PEM,
    "H6-text-after": PEM + "x",
    "H6-url-encoded": PEM.replace("\n", "%0A"),
    "H6-enormous": f"{BEGIN}{'A' * 40_000}{END}",
    "H6-many-blanks": BEGIN + " " * 31_000,
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_a_mismatch(name: str) -> None:
    """H6: and nothing else; of several certificates none is chosen."""
    with pytest.raises(BindingProblem) as found:
        CertificateBound()(rest(GARBAGE[name]), "t", THUMBPRINT)

    assert (found.value.code, found.value.claim) == ("certificate_mismatch", "cnf")


@pytest.mark.parametrize("pem", [None, "", 7, [PEM], {"pem": PEM}])
def test_no_certificate_is_a_mismatch_that_says_so(pem: Any) -> None:
    """H6: cnf.x5t#S256 is there and no client certificate came."""
    with pytest.raises(BindingProblem, match="none was presented") as found:
        CertificateBound()(rest(pem), "t", THUMBPRINT)

    assert found.value.code == "certificate_mismatch"


@pytest.mark.parametrize(
    "given_request",
    [
        of_event(request_event()),
        of_event(request_event(requestContext=None)),
        of_event(request_event(context={"identity": None})),
        of_event(request_event(context={"identity": {"clientCert": PEM}})),
        of_event(request_event({"X-Amzn-Mtls-Clientcert": PEM, "ssl-client-cert": PEM})),
        parse(token_event()),
    ],
    ids=["absent", "no-context", "no-identity", "text", "headers", "token-event"],
)
def test_an_event_without_a_certificate_has_none(given_request: Request) -> None:
    """H6: headers are the caller's own words, and a TOKEN event tells none."""
    with pytest.raises(BindingProblem, match="none was presented"):
        CertificateBound()(given_request, "t", THUMBPRINT)


def test_each_kind_is_read_where_it_has_the_certificate() -> None:
    """H6: a field that a kind does not define is not read."""
    elsewhere = request_event(context={"authentication": {"clientCert": {"clientCertPem": PEM}}})
    v2 = {**request_event(context={"identity": {"clientCert": {"clientCertPem": PEM}}}), "version": "2.0"}

    for event in (elsewhere, {**v2, "routeArn": v2["methodArn"]}):
        with pytest.raises(BindingProblem, match="none was presented"):
            CertificateBound()(of_event(event), "t", THUMBPRINT)


@pytest.mark.parametrize(
    "confirmation",
    [
        "",
        THUMBPRINT[:-1],
        THUMBPRINT + "=",
        THUMBPRINT.swapcase(),
        "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2",
        sha256(PEM.encode()).hexdigest(),
        b64(sha256(PEM.encode()).digest()),
        b64(sha256(BODY.encode()).digest()),
        "é",
        "\ud800",
        None,
        7,
        [THUMBPRINT],
    ],
)
def test_another_thumbprint_is_a_mismatch(confirmation: Any) -> None:
    """H6: the wrong certificate, whatever the token says of it."""
    with pytest.raises(BindingProblem, match="another certificate") as found:
        CertificateBound()(rest(), "t", confirmation)

    assert found.value.code == "certificate_mismatch"


def test_a_certificate_made_now_is_as_good_and_no_other(tmp_path: Path) -> None:
    """H6: against the thumbprint that `cryptography` takes of it."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_pem_x509_certificate

    pem = self_signed(tmp_path, "127.0.0.1")[0].read_text()
    expected = b64(load_pem_x509_certificate(pem.encode()).fingerprint(SHA256()))

    CertificateBound()(rest(pem), "t", expected)
    with pytest.raises(BindingProblem, match="another certificate"):
        CertificateBound()(rest(PEM), "t", expected)


@pytest.mark.parametrize("name", ["rest-request-mutual-tls.json", "http-v2-request-mutual-tls.json"])
def test_the_shared_events_tell_their_certificate(shared: Path, name: str) -> None:
    """H6: in the shape the gateway sends."""
    body = "MIIB0zCCAXmgAwIBAgIUExampleExampleExampleExampleAwCgYIKoZIzj0EAwIw"
    event = of_event(load(shared, name))

    if len(body) % 4:  # an example shortened to what is no base64
        with pytest.raises(BindingProblem, match="not the PEM"):
            CertificateBound()(event, "t", THUMBPRINT)
    else:
        with pytest.raises(BindingProblem, match="another certificate"):
            CertificateBound()(event, "t", THUMBPRINT)


def test_no_refusal_shows_certificate_or_thumbprint() -> None:
    """H6: neither the one that came nor the one that was due."""
    for pem in [PEM.replace("MIIBBj", "MIIBBk"), *GARBAGE.values()]:
        with pytest.raises(BindingProblem) as found:
            CertificateBound()(rest(pem), "secret-token", THUMBPRINT)
        assert not any(word in str(found.value) for word in (THUMBPRINT, LINES[1], "secret-token"))


def test_each_proof_answers_to_one_member() -> None:
    """H7: and to a registered one, so a cnf of other members has nobody to prove it."""
    assert {CertificateBound.member, DPoP.member} == {"x5t#S256", "jkt"}


@given(
    st.text() | st.text(alphabet=f"{BEGIN}\\nr= \r\n").map(lambda text: f"{BEGIN}{text}{END}"),
    st.text() | st.just(THUMBPRINT),
)
def test_any_text_is_a_mismatch(pem: str, confirmation: str) -> None:
    """H6: nothing but a refusal comes of it."""
    with pytest.raises(BindingProblem):
        CertificateBound()(rest(pem), "t", confirmation)


@given(st.binary(min_size=1, max_size=300), st.integers(1, 80), st.sampled_from(["\n", "\r\n", " ", "\\n", "\r"]))
def test_any_bytes_come_back(der: bytes, width: int, end: str) -> None:
    """H6: however wide the lines are and however they end."""
    from base64 import b64encode

    body = b64encode(der).decode()
    lines = [body[at : at + width] for at in range(0, len(body), width)]

    assert der_of(end.join([BEGIN, *lines, END])) == der
