"""Client certificates from mutual TLS: who holds one is who it names (contract section 11)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from ..errors import AuthkitError, BindingProblem, ConfigError, Forbidden, NoCredential, Unauthenticated, Unavailable
from ..principal import Principal
from ..tokens.claims import Claims
from .certificate import NONE_PRESENTED, PLACE, decoded, told_of
from .client_certificate_names import oid_of
from .client_certificate_read import Certificate, disagreement, read
from .client_certificate_rules import AnyCertificate, CertificateRule, rule_faults

if TYPE_CHECKING:
    from ..gateway.request import Request
    from .terms import Revoked

MOST_LEEWAY = 300  # seconds
LONGEST_ID = 512  # characters

_WHOLE = ("subject", "thumbprint")
_ALTERNATIVES = {"san:uri": "uris", "san:dns": "dns", "san:email": "emails"}
_SUBJECT = "subject:"


class ClientCertificate:
    """Authenticate by the client's certificate, and make what it names the principal. As a guard: ``.guard``.

    >>> devices = ClientCertificate(allow=[CertificateRule(issuer="CN=Example Device CA,O=Example Corp,C=SE")])
    >>> Authorizer(authenticate=devices, routes=[...])
    >>> Authorizer(guards=[devices.guard], authenticate=APIKey(...), routes=[...])

    On a custom domain with mutual TLS API Gateway has checked that the caller holds the certificate's key, that an
    authority of the truststore signed it, and its times; it checks no revocation. Who it names, and whether they are
    ours, is left to whoever is asked next. Everything is read from the certificate itself, and where the event's own
    account of it differs, the request is refused. Disable the default ``execute-api`` endpoint: calls there come
    without a certificate.

    Answers are not cacheable, as with `CertificateBound`: AWS documents the certificate as a variable for access logs,
    and nowhere that a result cache can be keyed on it. The gateway's TTL must be 0.

    The claims are ``subject``, ``issuer``, ``serial``, ``thumbprint``, ``x5t#S256``, ``uris``, ``dns``, ``emails``, the
    subject's attributes by their keywords, as ``CN`` and ``OU``; and as of a token ``sub``, ``iss``, ``jti`` (the serial
    number), ``iat`` and ``exp`` (its first and last moment), so that `Revocations` can take certificates back.

    Args:
        allow: rules of which a certificate must satisfy one; or `ANY_CERTIFICATE`.
        principal: what becomes the principal's id: ``"subject:CN"`` or another of the subject's attributes,
            ``"san:uri"``, ``"san:dns"``, ``"san:email"``, each of which there must be one and no more; or ``"subject"``
            or ``"thumbprint"``.
        scopes: what holders may do.
        revoked: takes the claims and tells whether the certificate was taken back, as `revocation_list` and
            `Revocations` do.
        leeway: seconds by which clocks may differ, at most 300.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """

    reads: tuple[str, ...] = (PLACE,)
    per_request = True

    def __init__(
        self,
        *,
        allow: Collection[CertificateRule] | AnyCertificate,
        principal: str = "subject:CN",
        scopes: Collection[str] = (),
        revoked: Revoked | None = None,
        leeway: float = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        faults = [*rule_faults(allow), *_principal_faults(principal), *_other_faults(scopes, revoked, leeway, clock)]
        if faults:
            raise ConfigError.of("ClientCertificate", faults)
        # Loaded here, in the function's init phase, and not by its first request: it takes 44 milliseconds.
        from cryptography import x509  # noqa: F401

        self._rules = None if isinstance(allow, AnyCertificate) else tuple(allow)
        self._named_by = principal
        self._scopes = frozenset(scopes)
        self._revoked = revoked
        self._leeway = leeway
        self._clock = clock
        self.guard = CertificateGuard(self)

    def __call__(self, request: Request) -> Principal:
        """Return the principal that the client's certificate names.

        Raises:
            NoCredential: none was presented.
            Unauthenticated: ``certificate_malformed``, ``certificate_mismatch``, ``not_yet_valid``,
                ``certificate_expired``, ``certificate_ambiguous``; or ``revoked``.
            Forbidden: ``certificate_not_allowed``, no rule takes it.
            Unavailable: ``revocation_unavailable``, or as ``revoked`` has it.
        """
        certificate = self.certificate_of(request)
        self._demand_current(certificate)
        if self._rules is not None and not any(rule.takes(certificate) for rule in self._rules):
            raise Forbidden("certificate_not_allowed", claim=PLACE, detail="no rule takes it")
        name = self._id_of(certificate)
        claims = Claims.of({**certificate.claims(), "sub": name})
        if self._revoked is not None and _taken_back(self._revoked, claims):
            raise BindingProblem("revoked", claim=PLACE, detail="the certificate was taken back")
        return Principal(name, scopes=self._scopes, claims=claims, expires_at=certificate.not_after)

    def certificate_of(self, request: Request) -> Certificate:
        """Return the certificate of a request, read from its PEM alone. Whether it is any good is not judged.

        Raises:
            NoCredential: none was presented.
            Unauthenticated: ``certificate_malformed``, or ``certificate_mismatch``.
        """
        pem = told_of(request, "clientCertPem")
        if not pem:
            raise NoCredential(claim=PLACE, detail=NONE_PRESENTED)
        try:
            certificate = read(decoded(pem))
        except ValueError as fault:
            raise Unauthenticated("certificate_malformed", claim=PLACE, detail=str(fault)) from None
        differing = disagreement(request, certificate)
        if differing:
            detail = f"the event's {differing} is not what the certificate says"
            raise Unauthenticated("certificate_mismatch", claim=PLACE, detail=detail)
        return certificate

    def _demand_current(self, certificate: Certificate) -> None:
        """RFC 5280 section 4.1.2.5: from notBefore through notAfter, inclusive."""
        now = self._clock()
        if now + self._leeway < certificate.not_before:
            raise Unauthenticated("not_yet_valid", claim=PLACE, detail="its time has not begun")
        if not now - self._leeway <= certificate.not_after:
            raise Unauthenticated("certificate_expired", claim=PLACE, detail="its time is over")

    def _id_of(self, certificate: Certificate) -> str:
        """Return the one name there is. Of several a choice would be whoever's put them into the certificate."""
        named_by = self._named_by
        if named_by == "subject":
            values = [certificate.subject_text]
        elif named_by == "thumbprint":
            values = [certificate.thumbprint.hex()]
        elif named_by in _ALTERNATIVES:
            values = list(getattr(certificate, _ALTERNATIVES[named_by]))
        else:
            values = certificate.values(oid_of(named_by.removeprefix(_SUBJECT)))
        if len(values) != 1:
            detail = f"{len(values)} of {named_by} where one is due"
            raise Unauthenticated("certificate_ambiguous", claim=PLACE, detail=detail)
        name = values[0]
        if not name or len(name) > LONGEST_ID or not name.isprintable():
            detail = f"its {named_by} is empty, too long, or holds what cannot be printed"
            raise Unauthenticated("certificate_ambiguous", claim=PLACE, detail=detail)
        return name

    def __repr__(self) -> str:
        allowed = "any" if self._rules is None else len(self._rules)
        return f"ClientCertificate(allow={allowed}, principal={self._named_by!r})"


class CertificateGuard:
    """A client certificate demanded besides another credential, which says who it is: ``ClientCertificate(…).guard``."""

    reads: tuple[str, ...] = (PLACE,)
    per_request = True

    def __init__(self, credential: ClientCertificate) -> None:
        self._credential = credential

    def __call__(self, request: Request) -> None:
        """Demand a certificate that the credential would take.

        Raises:
            Forbidden: what the credential would refuse, by the same code.
            Unavailable: as the credential has it.
        """
        try:
            self._credential(request)
        except Unauthenticated as refusal:
            raise Forbidden(refusal.code, claim=refusal.claim, detail=refusal.detail) from None

    def __repr__(self) -> str:
        return f"{self._credential!r}.guard"


def _principal_faults(principal: object) -> list[str]:
    known = (*_WHOLE, *_ALTERNATIVES)
    if isinstance(principal, str) and principal in known:
        return []
    if not isinstance(principal, str) or not principal.startswith(_SUBJECT):
        return [f"principal is one of {', '.join(known)}, or an attribute as 'subject:CN'"]
    try:
        oid_of(principal.removeprefix(_SUBJECT))
    except ValueError as fault:
        return [f"principal: {fault}"]
    return []


def _other_faults(scopes: object, revoked: object, leeway: object, clock: object) -> list[str]:
    faults = []
    listed = isinstance(scopes, Collection) and not isinstance(scopes, (str, bytes))
    if not listed or not all(isinstance(each, str) and each for each in scopes):  # type: ignore[attr-defined]
        faults.append("scopes must be a list of texts")
    if type(leeway) not in (int, float) or not 0 <= leeway <= MOST_LEEWAY:  # type: ignore[operator]
        faults.append(f"leeway must be 0 to {MOST_LEEWAY} seconds")
    for name, given in (("revoked", revoked), ("clock", clock)):
        if (name == "clock" or given is not None) and (not callable(given) or isinstance(given, type)):
            faults.append(f"{name} cannot be called, or is a class")
    return faults


def _taken_back(revoked: Revoked, claims: Claims) -> bool:
    """Fail closed, and loud: a list that cannot be read neither lets the certificate pass nor condemns it."""
    try:
        answer = revoked(claims)
    except AuthkitError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the hook's store raises when it is down
        raise Unavailable("revocation_unavailable", detail=f"the hook raised {type(error).__name__}") from None
    if type(answer) is not bool:  # nothing, or what has not run yet: neither is an answer
        detail = f"the hook answered with {type(answer).__name__}, not with true or false"
        raise Unavailable("revocation_unavailable", detail=detail)
    return answer
