"""Client certificates: a token bound to one is good only from whoever holds its key (RFC 8705 section 3)."""

from __future__ import annotations

import re
from binascii import a2b_base64
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from ..errors import BindingProblem
from ..tokens.base64url import encode

if TYPE_CHECKING:
    from ..gateway.request import Request

LARGEST_PEM = 32 * 1024  # characters
PLACE = "context.identity.clientCert.clientCertPem"
"""What is read, in the gateway's words, wherever the event has it."""
NONE_PRESENTED = "none was presented: is this a custom domain with mutual TLS, and the default endpoint disabled?"

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----", re.ASCII)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)
_WRITTEN_OUT = re.compile(r"\\r|\\n")  # line ends that were escaped once too often


class CertificateBound:
    """Prove that a token came over mutual TLS with its certificate: ``proofs=`` of `JWTBearer`, for ``cnf.x5t#S256``.

    API Gateway has checked that the caller holds the certificate's key, its chain and its validity, on a custom domain
    with mutual TLS; what is compared here is which certificate it was. Disable the default ``execute-api`` endpoint:
    calls there come without a certificate, and are refused here.

    Answers are not cacheable. What is read is ``context.identity.clientCert.clientCertPem``. AWS documents the name
    as a variable for access logs, and nowhere that a result cache can be keyed on it; were it not, an Allow that was
    cached for a token would be good with every other certificate. So the gateway's TTL must be 0.
    """

    member = "x5t#S256"
    scheme = "bearer"
    reads: tuple[str, ...] = (PLACE,)
    per_request = True

    def __call__(self, request: Request, token: str, confirmation: str) -> None:  # noqa: ARG002 - the handshake has proved the rest
        """Demand the certificate of this thumbprint.

        Args:
            request: the request, whose event tells the client's certificate.
            token: the access token it came with.
            confirmation: the token's ``cnf.x5t#S256``.

        Raises:
            BindingProblem: ``certificate_mismatch``.
        """
        found = sha256(der_of(certificate_of(request))).digest()
        if not isinstance(confirmation, str) or not compare_digest(
            encode(found).encode(), confirmation.encode(errors="backslashreplace")
        ):
            raise _mismatch("another certificate than the one the token is bound to")

    def __repr__(self) -> str:
        return "CertificateBound()"


def certificate_of(request: Request) -> str:
    """Return the client's certificate as the gateway tells it (contract section 11), in PEM.

    Raises:
        BindingProblem: ``certificate_mismatch``, none was presented.
    """
    pem = told_of(request, "clientCertPem")
    if not pem:
        raise _mismatch(NONE_PRESENTED)
    return pem


def told_of(request: Request, *field: str) -> str | None:
    """Return a text that the gateway tells of the client's certificate, from where this kind of event has it."""
    place = "authentication" if request.kind == "http-v2" else "identity"
    return request.context(place, "clientCert", *field)


def der_of(pem: str) -> bytes:
    """Return the bytes of the one certificate in a PEM text (RFC 7468 section 5).

    However its lines end, whether they were joined by blanks or their ends written out, the bytes are the same.
    Several certificates are refused: which of them the caller proved to hold is not told.

    Raises:
        BindingProblem: ``certificate_mismatch``.
    """
    try:
        return decoded(pem)
    except ValueError as fault:
        raise _mismatch(str(fault)) from None


def decoded(pem: str) -> bytes:
    """Return the bytes of the one certificate in a PEM text, as `der_of` does.

    Raises:
        ValueError: what is wrong with the text, in words that hold nothing of it.
    """
    if len(pem) > LARGEST_PEM:
        raise ValueError(f"a certificate of over {LARGEST_PEM} characters")
    match = _PEM.fullmatch(_WRITTEN_OUT.sub("\n", pem).strip())
    body = "".join(match[1].split()) if match else ""
    if not body or not _BASE64.fullmatch(body):
        raise ValueError("not the PEM of one certificate")
    return a2b_base64(body)


def _mismatch(detail: str) -> BindingProblem:
    return BindingProblem("certificate_mismatch", claim="cnf", detail=detail)
