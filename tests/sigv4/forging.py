"""Requests signed with everything open to choice: what a signer of one's own could claim."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote

from authkit import sigv4

AT = 1_440_938_160  # 2015-08-30T12:36:00Z
DATE = "20150830T123600Z"
KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION, SERVICE, HOST = "eu-central-1", "acme-orders", "api.example.com"
TOKEN = "AQoDYXdzEPT//////////wEXAMPLE=="
CREDENTIALS = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET)
WITH_TOKEN = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET, session_token=TOKEN)
BODY = b'{"order": 7}'
TARGET = "/v1/orders/a%20b?b=2&a=1&a=&a=0"
KEYS: Mapping[str, sigv4.Credentials] = {KEY_ID: CREDENTIALS}


class Sent(NamedTuple):
    """A request as it arrives, and the circumstances."""

    method: str = "POST"
    target: str = TARGET
    headers: tuple[tuple[str, Any], ...] = ()
    body: bytes | None = BODY
    at: float = AT
    policy: tuple[tuple[str, Any], ...] = ()
    keys: Mapping[str, Any] = KEYS
    replay: Any = None

    def verify(self) -> sigv4.Verified:
        """Verify it, once."""
        usual = {"regions": [REGION], "services": [SERVICE], "mechanisms": ["header", "query"]}
        return sigv4.verify(
            method=self.method,
            url=self.target,
            headers=self.headers,
            body=self.body,
            policy=sigv4.Policy(**{**usual, **dict(self.policy)}),
            lookup=lambda key_id, _scope: self.keys.get(key_id),
            replay=self.replay,
            clock=lambda: self.at,
        )

    def header(self, name: str) -> str:
        """Return a header's value."""
        return next(value for each, value in self.headers if each.lower() == name)

    def put(self, name: str, value: Any) -> Sent:
        """Return the same with another value of one header."""
        changed = tuple((each, value if each.lower() == name else old) for each, old in self.headers)
        return self._replace(headers=changed)

    def add(self, *pairs: tuple[str, Any]) -> Sent:
        """Return the same with further headers."""
        return self._replace(headers=(*self.headers, *pairs))

    def drop(self, name: str) -> Sent:
        """Return the same without a header."""
        return self._replace(headers=tuple(pair for pair in self.headers if pair[0].lower() != name))

    def sub(self, old: str, new: str) -> Sent:
        """Return the same with something else in the Authorization header."""
        value = self.header("authorization")
        assert old in value
        return self.put("authorization", value.replace(old, new, 1))

    def ask(self, **policy: Any) -> Sent:
        """Return the same before another policy."""
        return self._replace(policy=(*self.policy, *policy.items()))


def hashed(body: bytes) -> str:
    return sha256(body).hexdigest()


def mac(text: str, scope: Sequence[str], secret: str = SECRET) -> str:
    key = b"AWS4" + secret.encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def forged(
    *,
    method: str = "POST",
    target: str = TARGET,
    headers: Sequence[tuple[str, str]] = (("Content-Type", "application/json"),),
    body: bytes | None = BODY,
    payload_hash: str | None = None,
    date: str | None = DATE,
    scope: str | None = None,
    key_id: str = KEY_ID,
    names: Sequence[str] | None = None,
    host: str | None = HOST,
    rules: sigv4.PathRules = sigv4.GENERAL,
    secret: str = SECRET,
    **sent: Any,
) -> Sent:
    """Sign in the Authorization header whatever is asked for."""
    all_headers = [*([("Host", host)] if host else []), *headers, *([("X-Amz-Date", date)] if date is not None else [])]
    where = scope or f"{(date or DATE)[:8]}/{REGION}/{SERVICE}/aws4_request"
    signed = sorted({name.lower() for name, _ in all_headers}) if names is None else list(names)
    canonical = sigv4.canonical_request(
        method=method,
        url=target.partition("#")[0],
        headers=all_headers,
        payload_hash=payload_hash or hashed(body or b""),
        signed_headers=signed,
        rules=rules,
    )
    text = sigv4.string_to_sign(sigv4.V4, date or DATE, where, canonical)
    fields = f"Credential={key_id}/{where}, SignedHeaders={';'.join(signed)}, Signature={mac(text, where.split('/'), secret)}"
    return Sent(method, target, (*all_headers, ("Authorization", f"{sigv4.V4} {fields}")), body, **sent)


def link(
    *,
    method: str = "GET",
    path: str = "/v1/files/7",
    query: str = "v=1",
    headers: Sequence[tuple[str, str]] = (),
    names: Sequence[str] = ("host",),
    expires: str | None = "900",
    date: str = DATE,
    scope: str | None = None,
    payload_hash: str = sigv4.EMPTY_SHA256,
    body: bytes | None = b"",
    extra: Sequence[tuple[str, str]] = (),
    **sent: Any,
) -> Sent:
    """Presign whatever is asked for."""
    where = scope or f"{date[:8]}/{REGION}/{SERVICE}/aws4_request"
    parameters = [
        ("X-Amz-Algorithm", sigv4.V4),
        ("X-Amz-Credential", f"{KEY_ID}/{where}"),
        ("X-Amz-Date", date),
        *([("X-Amz-Expires", expires)] if expires is not None else []),
        ("X-Amz-SignedHeaders", ";".join(names)),
        *extra,
    ]
    added = "&".join(f"{name}={quote(value, safe='~')}" for name, value in parameters)
    target = f"{path}?{query}&{added}" if query else f"{path}?{added}"
    all_headers = [("Host", HOST), *headers]
    canonical = sigv4.canonical_request(
        method=method, url=target, headers=all_headers, payload_hash=payload_hash, signed_headers=names
    )
    signature = mac(sigv4.string_to_sign(sigv4.V4, date, where, canonical), where.split("/"))
    return Sent(method, f"{target}&X-Amz-Signature={signature}", tuple(all_headers), body, **sent)
