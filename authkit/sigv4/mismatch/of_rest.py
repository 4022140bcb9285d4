"""What goes wrong with method, body, date, scope and secret. Each function returns how they read where it did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from ..canonical import EMPTY_SHA256, UNSIGNED_PAYLOAD, V4
from ..credentials import Credentials
from ..draft import Scope
from ..encoding import decode, encode, is_broken, octets, text_of
from ..moment import seconds_of, stamp
from .reading import Reading, Sent

REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1", "mx-central-1", "sa-east-1"),
    *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2"),
    *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7"),
    *("me-central-1", "me-south-1", "il-central-1", "af-south-1", "cn-north-1", "cn-northwest-1"),
    *("us-gov-east-1", "us-gov-west-1"),
)
SERVICES = (
    *("execute-api", "apigateway", "lambda", "s3", "es", "aoss", "appsync", "sts", "iam", "dynamodb", "sqs", "sns"),
    *("vpc-lattice-svcs", "bedrock", "iot", "iotdata", "iotdevicegateway", "secretsmanager", "ssm", "kms", "events"),
)
"""What a signer may have put where another was meant."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ENDS = (b"\n", b"\r\n", b"\r", b" ")
_is_label = re.compile(r"[a-z0-9-]{1,64}").fullmatch


def method(_sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Signed for another method than it was sent with."""
    for other in dict.fromkeys((*_METHODS, reading.method.upper(), reading.method.lower())):
        if other != reading.method:
            yield reading._replace(method=other)


def body_newline(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A line end behind the body that only one side has."""
    if sent.body is None:
        return
    bare = sent.body.rstrip(b"\r\n ")
    others = [bare, *(bare + end for end in _ENDS), sent.body.replace(b"\n", b""), sent.body.replace(b"\r\n", b"\n")]
    others += [sent.body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), *(sent.body + end for end in _ENDS)]
    for other in dict.fromkeys(others):
        if other != sent.body:
            yield reading._replace(payload=sha256(other).hexdigest())


def body_left_out(_sent: Sent, reading: Reading) -> Iterator[Reading]:
    """An empty body's hash where there is a body."""
    yield reading._replace(payload=EMPTY_SHA256)


def body_unsigned(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """The body signed where it should not be, or not where it should."""
    yield reading._replace(payload=UNSIGNED_PAYLOAD)
    if sent.body is not None:
        yield reading._replace(payload=sha256(sent.body).hexdigest())


def region(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Signed for another region than the credential says."""
    for other in dict.fromkeys((*_labels(sent), *REGIONS)):
        if other != reading.scope.region and "-" in other:
            yield from _scoped(reading, reading.scope._replace(region=other))


def service(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Signed for another service than the credential says."""
    for other in dict.fromkeys((*_labels(sent), *SERVICES)):
        if other != reading.scope.service:
            yield from _scoped(reading, reading.scope._replace(service=other))


def date(_sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Another time in the string to sign than in the request: the clock was asked twice."""
    now = seconds_of(reading.date)
    if now is None:
        return
    for away in (*range(-3, 0), *range(1, 4)):
        other = stamp(now + away)
        moved = reading._replace(
            date=other, scope=reading.scope._replace(day=other[:8]), key_scope=reading.scope._replace(day=other[:8])
        )
        yield moved
        if "x-amz-date" in reading.names:
            yield moved.with_header("x-amz-date", other)
    for away in (-86_400, 86_400):  # the day of the place, not of UTC
        day = stamp(now + away)[:8]
        yield from _scoped(reading, reading.scope._replace(day=day))


def secret_newline(_sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A line end or a blank at the secret's end, read in with it from a file."""
    if not isinstance(reading.key, Credentials):
        return
    raw = reading.key.secret_access_key
    for other in dict.fromkeys((raw.strip(), *(raw.strip() + end for end in _ENDS))):
        yield from _secret(reading, other)


def secret_spelling(_sent: Sent, reading: Reading) -> Iterator[Reading]:
    """The secret in quotes, or with its ``/`` and ``+`` percent-encoded, as copied from a file or a URL."""
    if not isinstance(reading.key, Credentials):
        return
    raw = text_of(reading.key.secret_access_key)
    others = [
        f'"{raw}"',
        f"'{raw}'",
        raw.strip("\"'"),
        encode(raw),
        encode(raw).replace("%2F", "/"),
        raw.replace("+", " "),
    ]
    if not is_broken(raw):
        others.append(decode(raw))
    for other in others:
        yield from _secret(reading, octets(other))


def _secret(reading: Reading, raw: bytes) -> Iterator[Reading]:
    key = reading.key
    assert isinstance(key, Credentials)
    if raw and raw != key.secret_access_key:
        other = Credentials(access_key_id=key.access_key_id, secret_access_key=raw, session_token=key.session_token)
        yield reading._replace(key=other)


def _scoped(reading: Reading, other: Scope) -> Iterator[Reading]:
    if reading.scope.algorithm != V4:
        return
    yield reading._replace(scope=other, key_scope=other)
    yield reading._replace(key_scope=other)
    yield reading._replace(scope=other)


def _labels(sent: Sent) -> list[str]:
    """Return the labels of the host: among them region and service, on AWS's own names."""
    labels = sent.headers.get("host", "").split(":")[0].split(".")[:8]
    return [label for label in labels if _is_label(label)]
