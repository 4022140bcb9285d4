"""Requests to be timed: an execute-api GET with five headers and three parameters, and a POST with 2,047 bytes of JSON."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import cycle, islice
from typing import Any, NamedTuple

from authkit import sigv4

AT = 1_440_938_160
KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION, SERVICE, HOST = "eu-central-1", "execute-api", "abc123.execute-api.eu-central-1.amazonaws.com"
CREDENTIALS = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET)
BODY_SIZE = 2_047


class Prepared(NamedTuple):
    """A request, and what its signature is over."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    names: tuple[str, ...]
    signed: sigv4.Signed
    canonical: bytes
    prefix: bytes
    target: str
    sent: dict[str, str]  # the headers as they arrive


def clock() -> float:
    return AT


def prepare(method: str, number: int) -> Prepared:
    headers = {
        "Host": HOST,
        "Accept": "application/json",
        "X-Client": "client/1.0",
        "X-Request-Id": f"{number:08x}-0000-4000-8000-000000000000",
    }
    body = b""
    if method == "POST":
        url = f"https://{HOST}/prod/orders/{number}"
        body = json.dumps({"number": number, "text": ""}).encode()
        body = body[:-2] + b"x" * (BODY_SIZE - len(body)) + body[-2:]
        headers["Content-Type"] = "application/json"
    else:
        url = f"https://{HOST}/prod/orders/{number}?limit=20&after=2015-08-30&sort=name"
        headers["X-Amz-Target"] = "Orders.List"
    names = tuple(sorted(name.lower() for name in headers))
    signed = sigv4.sign(
        method=method,
        url=url,
        headers=headers,
        body=body,
        credentials=CREDENTIALS,
        region=REGION,
        service=SERVICE,
        signed_headers=names,
        clock=clock,
    )
    prefix = signed.string_to_sign[:-64].encode()
    sent = {**headers, **dict(signed.headers)}
    target = url[len("https://") + len(HOST) :]
    return Prepared(method, url, headers, body, names, signed, signed.canonical_request.encode(), prefix, target, sent)


class Pool:
    """Requests of one kind, fresh copies of which are handed out: a text that was seen before keeps its hash."""

    def __init__(self, method: str, size: int) -> None:
        self._made = [prepare(method, number) for number in range(size)]

    def fresh(self, start: int, count: int) -> Iterator[Prepared]:
        return (_copied(each) for each in islice(cycle(self._made), start, start + count))


def _copied(one: Prepared) -> Prepared:
    headers = {name[:1] + name[1:]: value[:1] + value[1:] for name, value in one.headers.items()}
    sent = {name[:1] + name[1:]: value[:1] + value[1:] for name, value in one.sent.items()}
    url, target = one.url[:1] + one.url[1:], one.target[:1] + one.target[1:]
    return one._replace(url=url, headers=headers, target=target, sent=sent)


def sign_floor() -> Callable[[Prepared], object]:
    """Return the bare operations of a signature: hash the body if there is one and the canonical request, and one HMAC."""
    key = sigv4.signing_key(SECRET.encode(), "20150830", REGION, SERVICE)

    def floor(one: Prepared) -> object:
        if one.body:
            sha256(one.body).hexdigest()
        text = one.prefix + sha256(one.canonical).hexdigest().encode()
        return hmac.digest(key, text, "sha256").hex()

    return floor


def verify_floor() -> Callable[[Prepared], object]:
    """Return the same, and a comparison in constant time."""
    sign = sign_floor()

    def floor(one: Prepared) -> bool:
        return hmac.compare_digest(str(sign(one)), "0" * 64)

    return floor


def authkit_sign(one: Prepared) -> Any:
    return sigv4.sign(
        method=one.method,
        url=one.url,
        headers=one.headers,
        body=one.body,
        credentials=CREDENTIALS,
        region=REGION,
        service=SERVICE,
        signed_headers=one.names,
        clock=clock,
    )


def authkit_verify() -> Callable[[Prepared], object]:
    policy = sigv4.Policy(regions=[REGION], services=[SERVICE])

    def verify(one: Prepared) -> object:
        return sigv4.verify(
            method=one.method,
            url=one.target,
            headers=one.sent,
            body=one.body,
            policy=policy,
            lookup=_look_up,
            clock=clock,
        )

    return verify


def _look_up(_key_id: str, _scope: sigv4.Scope) -> sigv4.Credentials:
    return CREDENTIALS
