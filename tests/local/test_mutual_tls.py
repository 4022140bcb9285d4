"""Mutual TLS on the laptop: whose certificate the authority did not sign gets no further (contract section 11)."""

from __future__ import annotations

import http.client
import json
import ssl
from pathlib import Path
from typing import Any

import pytest

from authkit.errors import ConfigError
from authkit.local.emulator import running_emulator
from authkit.local.events import Api
from authkit.local.settings import Settings
from authkit.local.tls import mutual_tls
from tests.local.authority import Authority
from tests.local.gateways import ROUTES, Function, saying, stage, statement

DOMAIN = "mtls.api.example.com"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def called(authority: Authority, client: Path | None, function: Function, kind: str = "rest-request") -> Any:
    """Call the emulator with a client's certificate and return what the backend was handed."""
    api = Api(stage="$default" if kind == "http-v2" else "dev")
    settings = Settings(("header.authorization",), kind=kind, domain=DOMAIN, api=api)  # type: ignore[arg-type]
    with (
        mutual_tls([authority.file], DOMAIN) as tls,
        running_emulator(function, ROUTES, settings, tell=lambda _: None, port=0, tls=tls.context) as server,
    ):
        trusting = ssl.create_default_context(cafile=tls.certificate)
        if client is not None:
            trusting.load_cert_chain(client)
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=10, context=trusting)
        try:
            connection.request("GET", "/orders/1", headers={"Authorization": "Bearer t"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@pytest.mark.parametrize("kind", ["rest-request", "http-v2"])
def test_a_signed_certificate_reaches_authorizer_and_backend(authority: Authority, kind: str) -> None:
    """With subject, issuer, serial number and times, where each kind has them."""
    function = Function(saying(statement(f"{stage(kind)}*")))
    client = authority.client("sensor-0017")

    seen = called(authority, client, function, kind)

    place = "authentication" if kind == "http-v2" else "identity"
    certificate = function.events[0]["requestContext"][place]["clientCert"]
    assert (certificate["subjectDN"], certificate["issuerDN"]) == ("CN=sensor-0017", "CN=Example Device CA")
    assert certificate["clientCertPem"].strip() in client.read_text().replace("\r", "")
    assert set(certificate["validity"]) == {"notBefore", "notAfter"}
    assert seen["requestContext"][place]["clientCert"] == certificate
    assert seen["requestContext"]["domainName"] == DOMAIN


def test_no_certificate_another_authoritys_or_an_expired_one_gets_no_further(
    authority: Authority, tmp_path: Path
) -> None:
    """The handshake fails; nobody is asked."""
    function = Function({})
    stranger = Authority(tmp_path, "Another CA").client("stranger")

    for client in (None, stranger, authority.client("late", days=-1)):
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            called(authority, client, function)

    assert function.events == []


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_a_file_without_an_authority_is_a_fault(tmp_path: Path, content: str) -> None:
    """So is one that is not there."""
    file = tmp_path / "ca.pem"
    file.write_text(content)

    for each in (file, tmp_path / "missing.pem"):
        with pytest.raises(ConfigError, match="holds no certificate"), mutual_tls([each], DOMAIN):
            pass


def test_what_was_made_for_it_goes_in_the_end(authority: Authority) -> None:
    """Its private key at once."""
    with mutual_tls([authority.file], DOMAIN) as tls:
        during = [path.name for path in tls.certificate.parent.iterdir()]

    assert during == ["gateway.pem"]
    assert not tls.certificate.parent.exists()
