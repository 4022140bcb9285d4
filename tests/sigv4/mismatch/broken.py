"""Requests signed wrongly, each in one way: what the other side made of it is put together here by hand."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from authkit import sigv4

KEY_ID, SECRET, TOKEN = "ASIAEXAMPLE", "wJalrXUt/FEMI+K7MDENG", "AQoDYXdzEPTplantedTOKEN=="
DATE, DAY, REGION, SERVICE = "20150830T123600Z", "20150830", "eu-central-1", "execute-api"
AT = 1_440_938_160
PATH, QUERY, BODY = "/prod/a%20b//c", "b=2&a=x%20y&a=1&c&d=p%2Bq&E=5", b'{"n": 1}\n'
CREDENTIALS = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET, session_token=TOKEN)


class Said(NamedTuple):
    """What a signer signs, stage by stage: a right one of the request above."""

    method: str = "POST"
    path: str = "/prod/a%2520b/c"
    query: str = "E=5&a=1&a=x%20y&b=2&c=&d=p%2Bq"
    headers: tuple[tuple[str, str], ...] = (
        ("content-type", "application/json"),
        ("host", "abc.example.com"),
        ("x-amz-date", DATE),
        ("x-amz-security-token", TOKEN),
        ("x-multi", "one,two"),
        ("x-note", "a b c"),
    )
    payload: str = sha256(BODY).hexdigest()
    date: str = DATE
    scope: str = f"{DAY}/{REGION}/{SERVICE}/aws4_request"
    key_scope: tuple[str, str, str] = (DAY, REGION, SERVICE)
    secret: str = SECRET

    def header(self, name: str, value: str | None) -> Said:
        pairs = {**dict(self.headers), name: value}
        return self._replace(headers=tuple(sorted((each, to) for each, to in pairs.items() if to is not None)))

    @property
    def canonical(self) -> str:
        lines = "".join(f"{name}:{value}\n" for name, value in self.headers)
        names = ";".join(name for name, _ in self.headers)
        return f"{self.method}\n{self.path}\n{self.query}\n{lines}\n{names}\n{self.payload}"

    @property
    def text(self) -> str:
        return f"AWS4-HMAC-SHA256\n{self.date}\n{self.scope}\n{sha256(self.canonical.encode()).hexdigest()}"

    @property
    def signature(self) -> str:
        key = f"AWS4{self.secret}".encode()
        for part in (*self.key_scope, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, self.text.encode(), "sha256").hex()


RIGHT = Said()


def request(signature: str, *, drop: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the request as it is sent, with a signature in it."""
    names = ";".join(name for name, _ in RIGHT.headers)
    shown = f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{RIGHT.scope}, SignedHeaders={names}, Signature={signature}"
    headers = [
        ("Host", "abc.example.com"),
        ("Content-Type", "application/json"),
        ("X-Amz-Date", DATE),
        ("X-Amz-Security-Token", TOKEN),
        ("X-Note", "a  b\tc"),
        ("X-Multi", "one"),
        ("X-Multi", "two"),
        ("X-Forwarded-Host", "public.example.com"),
        ("Authorization", shown),
    ]
    kept = [pair for pair in headers if pair[0].lower() not in drop]
    return {"method": "POST", "url": f"{PATH}?{QUERY}", "headers": kept, "body": BODY}


def hashed(body: bytes) -> str:
    return sha256(body).hexdigest()


Break = Callable[[Said], Said]

BREAKS: tuple[tuple[str, Break], ...] = (
    ("path_encoding", lambda said: said._replace(path="/prod/a%20b/c")),
    ("path_encoding", lambda said: said._replace(path="/prod/a b/c")),
    ("path_encoding", lambda said: said._replace(path="/prod/a%252520b/c")),
    ("path_not_normal", lambda said: said._replace(path="/prod/a%2520b//c")),
    ("s3_rules", lambda said: said._replace(path="/prod/a%20b//c")),
    ("path_slash", lambda said: said._replace(path="/prod/a%2520b/c/")),
    ("path_prefix", lambda said: said._replace(path="/a%2520b/c")),
    ("query_order", lambda said: said._replace(query="b=2&a=x%20y&a=1&c=&d=p%2Bq&E=5")),
    ("query_order", lambda said: said._replace(query="a=1&a=x%20y&b=2&c=&d=p%2Bq&E=5")),
    ("query_valueless", lambda said: said._replace(query="E=5&a=1&a=x%20y&b=2&c&d=p%2Bq")),
    ("query_valueless", lambda said: said._replace(query="E=5&a=1&a=x%20y&b=2&d=p%2Bq")),
    ("query_plus", lambda said: said._replace(query="E=5&a=1&a=x+y&b=2&c=&d=p%2Bq")),
    ("query_plus", lambda said: said._replace(query="E=5&a=1&a=x%20y&b=2&c=&d=p%20q")),
    ("query_encoded_twice", lambda said: said._replace(query="E=5&a=1&a=x%2520y&b=2&c=&d=p%252Bq")),
    ("query_not_encoded", lambda said: said._replace(query="E=5&a=1&a=x y&b=2&c=&d=p+q")),
    ("query_repeated", lambda said: said._replace(query="E=5&a=1&b=2&c=&d=p%2Bq")),
    ("query_as_sent", lambda said: said._replace(query=QUERY)),
    ("query_left_out", lambda said: said._replace(query="")),
    ("host_port", lambda said: said.header("host", "abc.example.com:443")),
    ("host_port", lambda said: said.header("host", "abc.example.com:8080")),
    ("host_changed", lambda said: said.header("host", "public.example.com")),
    ("header_blanks", lambda said: said.header("x-note", "a  b\tc")),
    ("header_repeated", lambda said: said.header("x-multi", "one, two")),
    ("header_repeated", lambda said: said.header("x-multi", "two")),
    ("header_changed", lambda said: said.header("content-type", "application/json; charset=utf-8")),
    ("header_changed", lambda said: said.header("content-type", "text/plain")),
    ("header_changed", lambda said: said.header("x-note", "")),
    ("token_unsigned", lambda said: said.header("x-amz-security-token", None)),
    ("body_newline", lambda said: said._replace(payload=hashed(BODY.rstrip()))),
    ("body_newline", lambda said: said._replace(payload=hashed(BODY.rstrip() + b"\r\n"))),
    ("body_left_out", lambda said: said._replace(payload=sigv4.EMPTY_SHA256)),
    ("body_unsigned", lambda said: said._replace(payload=sigv4.UNSIGNED_PAYLOAD)),
    ("method", lambda said: said._replace(method="GET")),
    ("method", lambda said: said._replace(method="post")),
    ("date", lambda said: said._replace(date="20150830T123601Z")),
    ("date", lambda said: said._replace(date="20150830T123559Z").header("x-amz-date", "20150830T123559Z")),
    ("date", lambda said: said._replace(key_scope=("20150831", REGION, SERVICE))),
    ("region", lambda said: said._replace(key_scope=(DAY, "us-east-1", SERVICE))),
    ("region", lambda said: said._replace(scope=f"{DAY}/eu-west-1/{SERVICE}/aws4_request")),
    ("service", lambda said: said._replace(key_scope=(DAY, REGION, "lambda"))),
    ("service", lambda said: said._replace(scope=f"{DAY}/{REGION}/s3/aws4_request", key_scope=(DAY, REGION, "s3"))),
    ("secret_newline", lambda said: said._replace(secret=SECRET + "\n")),
    ("secret_newline", lambda said: said._replace(secret=SECRET + "\r\n")),
    ("secret_spelling", lambda said: said._replace(secret=f'"{SECRET}"')),
    ("secret_spelling", lambda said: said._replace(secret=SECRET.replace("+", " "))),
)
"""What the cause is called, and what its signer signs instead."""
