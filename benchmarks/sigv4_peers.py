"""Other signers and verifiers of SigV4, each as its documentation has it; those that are not installed are named."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from typing import Any

from benchmarks.sigv4_requests import AT, KEY_ID, REGION, SECRET, SERVICE, Prepared

Call = Callable[[Prepared], object]
SIGNERS = {"botocore": "botocore", "awscrt": "awscrt", "requests-aws4auth": "requests_aws4auth", "asigv4": "asigv4"}
VERIFIERS = {"signing again with botocore": "botocore", "asigv4": "asigv4"}


def missing(peers: dict[str, str]) -> list[str]:
    """Return the names of those that are not installed."""
    return [name for name, module in peers.items() if find_spec(module) is None]


def botocore_signer() -> Call:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signer = SigV4Auth(Credentials(KEY_ID, SECRET), SERVICE, REGION)

    def sign(one: Prepared) -> object:
        request = AWSRequest(method=one.method, url=one.url, data=one.body, headers=one.headers)
        signer.add_auth(request)
        return request

    return sign


def botocore_verifier() -> Call:
    """Return the way of mocks: sign what came once more, and compare."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signer = SigV4Auth(Credentials(KEY_ID, SECRET), SERVICE, REGION)

    def verify(one: Prepared) -> object:
        sent = dict(one.sent)
        authorization = sent.pop("Authorization")
        request = AWSRequest(method=one.method, url=one.url, data=one.body, headers=sent)
        request.context["timestamp"] = sent["X-Amz-Date"]
        text = signer.string_to_sign(request, signer.canonical_request(request))
        if not authorization.endswith(signer.signature(text, request)):
            raise ValueError("another signature")
        return True

    return verify


def awscrt_signer() -> Call:
    from awscrt import auth, http, io

    provider = auth.AwsCredentialsProvider.new_static(KEY_ID, SECRET)
    date = datetime.datetime.fromtimestamp(AT, datetime.timezone.utc)

    def sign(one: Prepared) -> object:
        path = one.url[one.url.index("/", len("https://")) :]
        body = io.InputStream(_stream(one.body)) if one.body else None
        request = http.HttpRequest(one.method, path, http.HttpHeaders(list(one.headers.items())), body)
        config = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=provider,
            region=REGION,
            service=SERVICE,
            date=date,
        )
        return auth.aws_sign_request(request, config).result()

    return sign


def _stream(body: bytes) -> Any:
    import io

    return io.BytesIO(body)


def aws4auth_signer() -> Call:
    import requests
    from requests_aws4auth import AWS4Auth

    signer = AWS4Auth(KEY_ID, SECRET, REGION, SERVICE, include_hdrs=["*"])

    def sign(one: Prepared) -> object:
        request = requests.Request(one.method, one.url, headers=one.headers, data=one.body or None).prepare()
        return signer(request)

    return sign


def asigv4_signer() -> Call:
    import asigv4

    now = datetime.datetime.fromtimestamp(AT, datetime.timezone.utc)

    def sign(one: Prepared) -> object:
        path, _, query = one.url[one.url.index("/", len("https://")) :].partition("?")
        return asigv4.sign_request(
            method=one.method,
            path=path,
            headers=dict(one.headers),
            query_params=dict(pair.split("=") for pair in query.split("&")) if query else None,
            body=one.body,
            access_key_id=KEY_ID,
            secret_key=SECRET,
            region=REGION,
            service=SERVICE,
            signed_headers=sorted([*one.names, "x-amz-date", "x-amz-content-sha256"]),
            now=now,
        )

    return sign


def asigv4_verifier() -> Call:
    """Return its verifier, with requests it has signed itself: it takes none without a hash in a header."""
    import asigv4

    now = datetime.datetime.fromtimestamp(AT, datetime.timezone.utc)

    async def look_up(_key_id: str) -> str:
        return SECRET

    verifier = asigv4.SigV4Verifier(look_up)
    sign = asigv4_signer()
    known: dict[str, dict[str, str]] = {}

    def sent(one: Prepared) -> dict[str, str]:
        if one.url not in known:
            headers = {name.lower(): value for name, value in one.headers.items()}
            headers |= {"x-amz-date": one.sent["X-Amz-Date"], "x-amz-content-sha256": one.signed.payload_hash}
            known[one.url] = {**headers, "authorization": str(sign(one))}
        return known[one.url]

    def verify(one: Prepared) -> object:
        path, _, query = one.url[one.url.index("/", len("https://")) :].partition("?")
        parameters = dict(pair.split("=") for pair in query.split("&")) if query else {}
        return _result(
            verifier.verify(
                method=one.method, path=path, headers=sent(one), query_params=parameters, body=one.body, now=now
            )
        )

    return verify


def _result(running: Coroutine[Any, Any, object]) -> object:
    """Return what a coroutine that waits for nobody returns, without the cost of a loop around it."""
    try:
        running.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("it waits for somebody")


def signers() -> dict[str, Call]:
    """Return those that are installed."""
    makers = {"botocore": botocore_signer, "awscrt": awscrt_signer, "requests-aws4auth": aws4auth_signer}
    makers["asigv4"] = asigv4_signer
    return {name: make() for name, make in makers.items() if name not in missing(SIGNERS)}


def verifiers() -> dict[str, Call]:
    """Return those that are installed."""
    makers = {"signing again with botocore": botocore_verifier, "asigv4": asigv4_verifier}
    return {name: make() for name, make in makers.items() if name not in missing(VERIFIERS)}
