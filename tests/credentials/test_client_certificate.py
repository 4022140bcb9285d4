"""Client certificates: read from their own bytes, judged by rules, times and revocation, as credential and as guard."""

from __future__ import annotations

import warnings
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from authkit.credentials.certificate import der_of
from authkit.credentials.client_certificate import ClientCertificate
from authkit.credentials.client_certificate_rules import ANY_CERTIFICATE, CertificateRule
from authkit.errors import ConfigError, Forbidden, NoCredential, Refused, Unauthenticated, Unavailable
from authkit.gateway.request import parse
from authkit.stores.revocation import Revocations
from authkit.testing import rest_request
from tests.credentials.certificates import DAY, ISSUER_TEXT, NOW, SUBJECT, certificate, with_certificate
from tests.support.events import request_event, token_event
from tests.support.shared import load

PEM = certificate()
THUMBPRINT = sha256(der_of(PEM)).hexdigest()
PLACE = "context.identity.clientCert.clientCertPem"


def credential(**changes: Any) -> ClientCertificate:
    """Return a credential that takes every certificate, with changes."""
    return ClientCertificate(**{"allow": ANY_CERTIFICATE, "clock": lambda: NOW, **changes})


def code_of(given: Any, request: Any) -> str:
    """Return the code a request is refused with, or nothing."""
    try:
        given(request)
    except Refused as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("kind", ["rest-request", "http-v1", "http-v2"])
def test_the_holder_is_who_the_certificate_names(kind: str) -> None:
    """Wherever this kind of event has it; all that it says is claimed."""
    principal = credential(scopes={"telemetry:write"})(with_certificate(PEM, kind))

    assert (principal.id, principal.scopes, principal.expires_at) == ("sensor-0017", {"telemetry:write"}, NOW + DAY)
    assert principal.claims["subject"] == "CN=sensor-0017,OU=Field,O=Example Corp,C=SE"
    assert principal.claims["issuer"] == ISSUER_TEXT
    assert (principal.claims["serial"], principal.claims["thumbprint"]) == ("5f:3a:91", THUMBPRINT)
    assert [principal.claims[each] for each in ("CN", "OU", "O", "C")] == ["sensor-0017", "Field", "Example Corp", "SE"]
    assert principal.claims["uris"] == []


def test_nothing_of_it_may_be_cached() -> None:
    """No documented cache key holds the certificate, as with tokens that are bound to one."""
    found = credential()

    for each in (found, found.guard):
        assert (each.reads, each.per_request) == ((PLACE,), True)


def test_without_one_there_is_no_credential() -> None:
    """So that another kind may be asked for; to the guard it is a refusal."""
    found, request = credential(), parse(request_event())

    with pytest.raises(NoCredential) as absent:
        found(request)
    with pytest.raises(Forbidden) as refused:
        found.guard(request)

    assert (absent.value.code, refused.value.code) == ("credential_missing", "credential_missing")
    assert code_of(found, parse(token_event())) == "credential_missing"


@pytest.mark.parametrize(
    "pem",
    [
        "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", PEM + PEM, PEM.replace("CERTIFICATE", "PUBLIC KEY"),
        PEM[:200] + "AAAA" + PEM[204:], "A" * 40_000, PEM.replace("\n", "\n "[:1])[:-30],
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_refused_and_not_absent(pem: str) -> None:
    """No next credential is asked for; and no other error comes of it."""
    with pytest.raises(Unauthenticated) as caught:
        credential()(with_certificate(pem))

    assert not isinstance(caught.value, NoCredential)
    assert caught.value.code in ("certificate_malformed", "certificate_mismatch")


@pytest.mark.parametrize("serial", [b"\x02\x01\x00", b"\x02\x01\xff"])
def test_a_serial_number_is_above_zero(serial: bytes) -> None:
    """RFC 5280 section 4.1.2.2: by one that is not, nothing can be taken back."""
    raw = der_of(certificate(serial=1)).replace(b"\x02\x01\x01", serial, 1)
    pem = f"-----BEGIN CERTIFICATE-----\n{b64encode(raw).decode()}\n-----END CERTIFICATE-----"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, which is no refusal
        code = code_of(credential(), with_certificate(pem))

    assert code == "certificate_malformed"


def test_the_shared_example_is_no_certificate(shared: Any) -> None:
    """Its names are told, and its bytes are made up: nothing that is told counts."""
    for event in ("rest-request-mutual-tls.json", "http-v2-request-mutual-tls.json"):
        assert code_of(credential(), parse(load(shared, event))) == "certificate_malformed"


@pytest.mark.parametrize("kind", ["rest-request", "http-v2"])
@pytest.mark.parametrize(
    "told",
    [
        {"serialNumber": "5f:3a:92"}, {"serialNumber": "admin"}, {"serialNumber": ""}, {"serialNumber": "-6240913"},{"serialNumber": "1" * 70}, {"subjectDN": "CN=admin,OU=Field,O=Example Corp,C=SE"},
        {"subjectDN": "CN=sensor-0017"}, {"issuerDN": "CN=Another CA,O=Example Corp,C=SE"},
        {"validity": {"notBefore": "Nov 13 22:13:21 2023 GMT"}}, {"validity": {"notAfter": "Nov 15 22:13:19 2099 GMT"}},
        {"validity": {"notAfter": "never"}}, {"validity": {"notAfter": "Feb 30 22:13:19 2023 GMT"}},
    ],
)  # fmt: skip
def test_an_event_that_tells_otherwise_is_refused(kind: str, told: Any) -> None:
    """Nothing is ever taken from what it tells."""
    assert code_of(credential(), with_certificate(PEM, kind, **told)) == "certificate_mismatch"


@pytest.mark.parametrize(
    "told",
    [
        {"serialNumber": "5F:3A:91"}, {"serialNumber": "005f3a91"}, {"serialNumber": "6240913"},
        {"subjectDN": "CN=sensor-0017,OU=Field,O=Example Corp,C=SE"}, {"subjectDN": "C=SE, O=Example Corp, OU=Field, CN=sensor-0017"},
        {"subjectDN": "2.5.4.3=#0c0b73656e736f722d30303137,OU=Field,O=Example Corp,C=SE"},
        {"subjectDN": "www.example.com"}, {"issuerDN": "/C=SE/O=Example Corp/CN=Another CA"}, {"subjectDN": None},
        {"validity": {"notBefore": "Nov 13 22:13:20 2023 GMT", "notAfter": "Nov 15 22:13:20 2023 GMT"}}, {"validity": None},
    ],
)  # fmt: skip
def test_what_an_event_tells_in_other_words_is_the_same(told: Any) -> None:
    """The order of a name, its escapes, a form that cannot be read: how AWS writes them is not documented."""
    assert code_of(credential(), with_certificate(PEM, **told)) == ""


def test_a_name_beyond_ascii_is_not_compared() -> None:
    """Nobody says in which letters it is told; it is read from the certificate all the same."""
    request = with_certificate(certificate((("CN", "Zoë"),)), subjectDN="CN=Zo?")

    assert credential()(request).id == "Zoë"


def test_the_events_that_authkit_makes_agree() -> None:
    """Those of its own emulator and of its fixtures."""
    event = rest_request("GET", "/orders/1", client_certificate=PEM)

    assert credential()(parse(event)).id == "sensor-0017"


@pytest.mark.parametrize(
    ("now", "leeway", "code"),
    [
        (NOW - DAY, 0, ""), (NOW + DAY, 0, ""), (NOW - DAY - 0.5, 0, "not_yet_valid"), (NOW + DAY + 0.5, 0, "certificate_expired"),
        (NOW - DAY - 30, 30, ""), (NOW + DAY + 30, 30, ""), (NOW + DAY + 31, 30, "certificate_expired"),
        (float("nan"), 0, "certificate_expired"),
    ],
)  # fmt: skip
def test_its_time_is_judged_by_the_clock_ends_included(now: float, leeway: float, code: str) -> None:
    """RFC 5280 section 4.1.2.5; whatever the gateway checked when the connection began."""
    assert code_of(credential(clock=lambda: now, leeway=leeway), with_certificate(PEM)) == code


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ({"subject": "CN=sensor-0017"}, True),
        ({"subject": "O=Example Corp,OU=Field"}, True),
        ({"subject": "2.5.4.11=Field"}, True),
        ({"subject": "OU=field"}, False),
        ({"subject": "OU=Fiel"}, False),
        ({"subject": "OU=Field,OU=Admin"}, False),
        ({"subject": "DC=example"}, False),
        ({"issuer": ISSUER_TEXT}, True),
        ({"issuer": "CN=Example Device CA"}, False),
        ({"issuer": "C=SE,O=Example Corp,CN=Example Device CA"}, False),
        ({"thumbprints": [THUMBPRINT]}, True),
        ({"thumbprints": ["00" * 32, ":".join(THUMBPRINT[at : at + 2] for at in range(0, 64, 2)).upper()]}, True),
        ({"thumbprints": ["00" * 32]}, False),
        ({"subject": "CN=sensor-0017", "issuer": "CN=Another CA"}, False),
        ({"uris": ["spiffe://example.org/sensor"]}, False),
    ],
)
def test_a_rule_takes_what_says_all_of_it(rule: dict[str, Any], taken: bool) -> None:
    """To the letter."""
    found = credential(allow=[CertificateRule(**rule)])

    assert code_of(found, with_certificate(PEM)) == ("" if taken else "certificate_not_allowed")
    assert code_of(found.guard, with_certificate(PEM)) == ("" if taken else "certificate_not_allowed")


def test_one_of_several_rules_is_enough() -> None:
    """Each for itself: they are not mixed."""
    rules = [
        CertificateRule(subject="OU=Admin", issuer=ISSUER_TEXT),
        CertificateRule(subject="OU=Field", issuer="CN=Other"),
    ]
    either = [*rules, CertificateRule(subject="OU=Field")]

    assert code_of(credential(allow=rules), with_certificate(PEM)) == "certificate_not_allowed"
    assert code_of(credential(allow=either), with_certificate(PEM)) == ""


def test_of_each_type_that_a_rule_names_there_is_nothing_else() -> None:
    """A second unit is another claim, and a rule that did not name it did not mean it."""
    two = certificate((*SUBJECT, ("OU", "Admin")))
    one_part = certificate((("O", "Example Corp"), [("OU", "Admin"), ("CN", "x")]))

    assert (
        code_of(credential(allow=[CertificateRule(subject="OU=Field")]), with_certificate(two))
        == "certificate_not_allowed"
    )
    assert code_of(credential(allow=[CertificateRule(subject="OU=Admin,OU=Field")]), with_certificate(two)) == ""
    assert code_of(credential(allow=[CertificateRule(subject="CN=x+OU=Admin")]), with_certificate(one_part)) == ""
    assert credential()(with_certificate(two)).claims["OU"] == ["Admin", "Field"]


SANS = [
    x509.UniformResourceIdentifier("spiffe://example.org/orders"),
    x509.DNSName("*.Orders.example.com"),
    x509.RFC822Name("Orders@Example.com"),
]


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ({"uris": ["spiffe://example.org/orders", "x"]}, True),
        ({"uris": ["spiffe://example.org/"]}, False),
        ({"dns": ["*.orders.EXAMPLE.com"]}, True),
        ({"dns": ["a.orders.example.com"]}, False),
        ({"emails": ["Orders@example.COM"]}, True),
        ({"emails": ["orders@example.com"]}, False),
        ({"uris": ["spiffe://example.org/orders"], "dns": ["x"]}, False),
    ],
)
def test_alternative_names_are_read_from_the_certificate(rule: dict[str, Any], taken: bool) -> None:
    """Hosts in any case; a wildcard stands for itself, on either side."""
    request = with_certificate(certificate(sans=SANS))

    assert code_of(credential(allow=[CertificateRule(**rule)]), request) == ("" if taken else "certificate_not_allowed")


@pytest.mark.parametrize(
    ("principal", "name"),
    [
        ("subject", "CN=sensor-0017,OU=Field,O=Example Corp,C=SE"), ("subject:OU", "Field"), ("subject:2.5.4.10", "Example Corp"),
        ("san:uri", "spiffe://example.org/orders"), ("san:dns", "*.orders.example.com"), ("san:email", "Orders@example.com"),
    ],
)  # fmt: skip
def test_what_becomes_the_principal_is_chosen(principal: str, name: str) -> None:
    """Of the subject, or of its alternative names."""
    assert credential(principal=principal)(with_certificate(certificate(sans=SANS))).id == name


def test_the_thumbprint_can_be_the_principal() -> None:
    """Where names say nothing."""
    assert credential(principal="thumbprint")(with_certificate(PEM)).id == THUMBPRINT


@pytest.mark.parametrize(
    ("principal", "pem"),
    [
        ("subject:CN", certificate((*SUBJECT, ("CN", "admin")))),
        ("subject:CN", certificate((("O", "Example Corp"),))),
        ("subject:CN", certificate((("CN", "sen\nsor"),))),
        ("san:uri", certificate(sans=[x509.UniformResourceIdentifier(each) for each in ("a:b", "a:c")])),
        ("san:dns", PEM),
    ],
    ids=["two", "none", "line-end", "two-uris", "no-dns"],
)
def test_a_principal_that_is_not_one_name_is_refused(principal: str, pem: str) -> None:
    """Of several, a choice would be theirs who had them put in."""
    assert code_of(credential(principal=principal), with_certificate(pem)) == "certificate_ambiguous"


def test_a_certificate_that_was_taken_back_is_refused() -> None:
    """By its serial number or its thumbprint, as the list has it."""
    by_serial = credential(revoked=lambda claims: (claims["issuer"], claims["serial"]) == (ISSUER_TEXT, "5f:3a:91"))
    by_thumbprint = credential(revoked=lambda claims: claims["thumbprint"] in {THUMBPRINT})
    other = with_certificate(certificate(serial=7))

    assert [code_of(each, with_certificate(PEM)) for each in (by_serial, by_thumbprint, by_serial.guard)] == [
        "revoked"
    ] * 3
    assert [code_of(each, other) for each in (by_serial, by_thumbprint)] == ["", ""]


def test_a_store_of_revocations_knows_certificates_as_it_knows_tokens() -> None:
    """One by issuer and serial number; or all that a holder was given until now."""
    store = Revocations(clock=lambda: NOW, seconds=0)
    found, other = credential(revoked=store), with_certificate(certificate(serial=7))
    assert [code_of(found, each) for each in (with_certificate(PEM), other)] == ["", ""]

    store.revoke(issuer=ISSUER_TEXT, jti="5f:3a:91")
    assert [code_of(found, each) for each in (with_certificate(PEM), other)] == ["revoked", ""]
    store.revoke(issuer=ISSUER_TEXT, sub="sensor-0017")
    assert code_of(found, other) == "revoked"


@pytest.mark.parametrize("answer", [None, "no", 1, RuntimeError("secret"), Unavailable("store_timeout")])
def test_a_list_that_cannot_be_asked_is_an_outage(answer: Any) -> None:
    """It neither takes the certificate nor condemns it; as a guard neither."""

    def revoked(claims: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = credential(revoked=revoked)

    for each in (found, found.guard):
        with pytest.raises(Unavailable) as caught:
            each(with_certificate(PEM))
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        {"allow": []}, {"allow": "CN=x"}, {"allow": ["CN=x"]}, {"allow": None}, {"principal": "CN"}, {"principal": "subject:X"},
        {"principal": 7}, {"scopes": "a b"}, {"scopes": [7]}, {"revoked": 7}, {"revoked": set}, {"leeway": 301}, {"leeway": float("nan")},
        {"leeway": True}, {"clock": None},
    ],
)  # fmt: skip
def test_odd_arguments_are_faults(given: dict[str, Any]) -> None:
    """Above all no rules: the truststore may hold authorities that sign for others."""
    with pytest.raises(ConfigError):
        credential(**given)


@pytest.mark.parametrize(
    "given",
    [
        {}, {"subject": "sensor"}, {"subject": "CN="}, {"subject": "X=y"}, {"subject": 7}, {"issuer": "CN=a;O=b"}, {"uris": "a:b"},
        {"uris": [""]}, {"dns": [7]}, {"thumbprints": ["ab"]}, {"thumbprints": [THUMBPRINT[:40]]}, {"subject": "CN=a" * 2000},
    ],
)  # fmt: skip
def test_odd_rules_are_faults(given: Any) -> None:
    """A rule that says nothing is one for everybody."""
    with pytest.raises(ConfigError):
        CertificateRule(**given)


def test_reprs_say_what_is_demanded() -> None:
    """And not whose certificates they are."""
    rule = CertificateRule(subject="OU=Field", thumbprints=[THUMBPRINT])

    assert repr(rule) == "CertificateRule(subject, thumbprints)"
    assert repr(credential(allow=[rule]).guard) == "ClientCertificate(allow=1, principal='subject:CN').guard"
    assert repr(credential()) == "ClientCertificate(allow=any, principal='subject:CN')"


@given(at=st.integers(0, 400), byte=st.integers(0, 255), told=st.dictionaries(st.sampled_from(["serialNumber", "subjectDN", "issuerDN", "validity"]), st.one_of(st.none(), st.text(), st.integers(), st.dictionaries(st.sampled_from(["notBefore", "notAfter"]), st.text()))))  # fmt: skip
def test_any_bytes_are_refused_or_name_somebody(at: int, byte: int, told: Any) -> None:
    """One byte of a certificate changed, and anything told of it: a refusal, or who it still names; nothing else."""
    raw = bytearray(der_of(PEM))
    raw[at % len(raw)] = byte
    pem = f"-----BEGIN CERTIFICATE-----\n{b64encode(raw).decode()}\n-----END CERTIFICATE-----"

    code = code_of(credential(), with_certificate(pem, **told))

    assert code in ("", "certificate_malformed", "certificate_mismatch", "certificate_ambiguous", "not_yet_valid", "certificate_expired")  # fmt: skip


@given(pem=st.text())
def test_any_text_is_refused(pem: str) -> None:
    """As malformed, or, if empty, as absent."""
    assert code_of(credential(), with_certificate(pem)) == ("certificate_malformed" if pem else "credential_missing")
