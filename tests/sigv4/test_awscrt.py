"""SigV4a before another implementation: key pairs of random secrets, and signatures both ways."""

from __future__ import annotations

import datetime
from importlib.util import find_spec
from random import Random
from typing import Any

import pytest

from authkit import sigv4
from authkit.sigv4.ecdsa import ORDER, key_pair

WHY_MISSING = "" if find_spec("awscrt") else "awscrt is not installed"
pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(WHY_MISSING), reason=WHY_MISSING or "it is there")]

AT = 1_440_938_160
URL = "https://api.example.com/v1/a%20b?b=2&a=1"
HALF = 500


def drawn(random: Random) -> sigv4.Credentials:
    return sigv4.Credentials(
        access_key_id="AKID" + "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16)),
        secret_access_key="".join(random.choices("abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/", k=40)),
    )


def signed_by_crt(credentials: sigv4.Credentials) -> Any:
    from awscrt import auth, http

    provider = auth.AwsCredentialsProvider.new_static(credentials.access_key_id, credentials.secret_access_key.decode())
    config = auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4_ASYMMETRIC,
        signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=provider,
        region="us-east-1",
        service="service",
        date=datetime.datetime.fromtimestamp(AT, datetime.timezone.utc),
    )
    request = http.HttpRequest("GET", "/v1/a%20b?b=2&a=1", http.HttpHeaders([("Host", "api.example.com")]))
    return auth.aws_sign_request(request, config).result(60)


def test_a_thousand_random_keys_agree_half_of_them_above_half_the_order() -> None:
    """What awscrt signs with a secret, the public key we derive of it verifies: the top bit set or not."""
    random = Random(20_261_121)
    policy = sigv4.Policy(regions=["us-east-1"], services=["service"], algorithms=[sigv4.V4A])
    counts = {True: 0, False: 0}

    while min(counts.values()) < HALF:
        credentials = drawn(random)
        is_high = sigv4.private_scalar(credentials.secret_access_key, credentials.access_key_id) > ORDER // 2
        if counts[is_high] == HALF:
            continue
        counts[is_high] += 1
        request = signed_by_crt(credentials)
        public = key_pair(credentials)[1]
        verified = sigv4.verify(
            method="GET",
            url=request.path,
            headers=list(request.headers),
            body=b"",
            policy=policy,
            lookup=lambda _id, _scope, public=public: public,  # type: ignore[misc]
            clock=lambda: AT,
        )
        assert verified.access_key_id == credentials.access_key_id

    assert counts == {True: HALF, False: HALF}


def test_awscrt_arrives_at_our_signature() -> None:
    """Of the symmetric algorithm, where a signature is the same each time."""
    from awscrt import auth, http

    credentials = drawn(Random(1))
    config = auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4,
        signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=auth.AwsCredentialsProvider.new_static(
            credentials.access_key_id, credentials.secret_access_key.decode()
        ),
        region="us-east-1",
        service="service",
        date=datetime.datetime.fromtimestamp(AT, datetime.timezone.utc),
    )
    request = http.HttpRequest("GET", "/v1/a%20b?b=2&a=1", http.HttpHeaders([("Host", "api.example.com")]))
    theirs = dict(auth.aws_sign_request(request, config).result(60).headers)["Authorization"]

    ours = sigv4.sign(
        method="GET", url=URL, credentials=credentials, region="us-east-1", service="service", clock=lambda: AT
    )

    assert dict(ours.headers)["Authorization"] == theirs
