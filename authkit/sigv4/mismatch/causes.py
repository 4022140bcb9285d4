"""The causes, as a table: what each is called, what makes it so, and what to do. Read from the top, the first that fits.

A cause is a function that returns how the request reads where it is so. It is named only where a reading of it gives
what the other side has, to the letter.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from . import of_headers, of_path, of_query, of_rest
from .reading import Reading, Sent

Make = Callable[[Sent, Reading], Iterable[Reading]]


class Cause(NamedTuple):
    """One cause.

    Args:
        code: its stable name.
        make: returns readings where it is so.
        remedy: one sentence: what is so, and what to do.
        alone: not tried together with another, since it has very many readings.
    """

    code: str
    make: Make
    remedy: str
    alone: bool = False


CAUSES: tuple[Cause, ...] = (
    Cause(
        "path_encoding",
        of_path.encoding,
        "One side encodes the path once and the other twice: all services but S3 want the path as sent encoded once more.",
    ),
    Cause(
        "path_not_normal",
        of_path.normal,
        "One side takes dot segments and doubled slashes out of the path: all services but S3 do. Send a path without them.",
    ),
    Cause(
        "s3_rules",
        of_path.other_service,
        "S3's rules for paths on one side and the usual ones on the other: S3 alone encodes once and keeps every segment.",
    ),
    Cause("path_slash", of_path.slash, "A slash at the path's end is there for one side only."),
    Cause("path_prefix", of_path.prefix, "The path lost its first part, a stage or a mapping, on the way."),
    Cause(
        "query_order",
        of_query.order,
        "The query is not sorted by encoded name and then by encoded value.",
    ),
    Cause(
        "query_valueless", of_query.valueless, "A parameter without a value is signed as name=, with its equals sign."
    ),
    Cause(
        "query_plus",
        of_query.plus,
        "A + stands for a blank on one side and for itself on the other: send and sign %20 for a blank, %2B for a plus.",
    ),
    Cause("query_encoded_twice", of_query.encoded_twice, "The query was encoded already, and then once more."),
    Cause(
        "query_not_encoded",
        of_query.not_encoded,
        "The query is signed without percent-encoding, or in another spelling.",
    ),
    Cause("query_repeated", of_query.repeated, "Of a parameter that comes more than once every value is signed."),
    Cause(
        "query_as_sent",
        of_query.as_sent,
        "The query is signed as it stands in the URL: sort it, and give every name an =.",
    ),
    Cause("query_left_out", of_query.left_out, "The query is not signed at all."),
    Cause(
        "host_port",
        of_headers.host_port,
        "A port in Host for one side only: sign the value that is sent, which has a port unless it is the scheme's own.",
    ),
    Cause("host_changed", of_headers.host_other, "Host was changed on the way: tell the verifier the public one."),
    Cause("header_blanks", of_headers.blanks, "Runs of blanks and tabs in a header's value are signed as one blank."),
    Cause("header_repeated", of_headers.repeated, "A repeated header is signed joined with commas, in the order sent."),
    Cause(
        "header_changed", of_headers.changed, "A signed header was changed on the way: sign fewer, or do not change it."
    ),
    Cause("token_missing", of_headers.token_missing, "The session token was not sent: add X-Amz-Security-Token."),
    Cause(
        "token_unsigned",
        of_headers.token_unsigned,
        "The session token was added after signing: it belongs to what is signed.",
    ),
    Cause("body_newline", of_rest.body_newline, "A line end in the body for one side only: sign the very bytes sent."),
    Cause("body_left_out", of_rest.body_left_out, "The body was signed as an empty one."),
    Cause("body_unsigned", of_rest.body_unsigned, "The body's hash on one side, and UNSIGNED-PAYLOAD on the other."),
    Cause("method", of_rest.method, "It was signed for another method than it came with: a redirect, or an override."),
    Cause("date", of_rest.date, "The time in the string to sign is not that of the request: ask the clock once."),
    Cause("region", of_rest.region, "It was signed for another region than its Credential says.", alone=True),
    Cause("service", of_rest.service, "It was signed for another service than its Credential says.", alone=True),
    Cause(
        "secret_newline",
        of_rest.secret_newline,
        "A line end or blank at the secret's end: read it without.",
        alone=True,
    ),
    Cause(
        "secret_spelling",
        of_rest.secret_spelling,
        "The secret is quoted or percent-encoded: sign with it bare.",
        alone=True,
    ),
)
"""In the order they are tried."""

STATED: dict[str, str] = {
    "clock": "The clocks differ: set the one of the machine that signs, or sign later what is sent later.",
    "link_expired": "The presigned URL's time is over: make another.",
    "region": "It is signed for another region than it was sent to: sign for the region of the endpoint.",
    "service": "It is signed for another service than it was sent to: sign for the endpoint's own service name.",
    "token_missing": "Temporary credentials need their session token: send and sign X-Amz-Security-Token.",
    "token_expired": "The session token is past its time: get new temporary credentials.",
    "secret": "Both sides sign the same text: the secret of this access key id is another where it was refused.",
}
"""Causes that are told and not tried: the message says so, and the request bears it out."""

CODES: tuple[str, ...] = tuple(dict.fromkeys([*(cause.code for cause in CAUSES), *STATED]))
"""Every code a finding can have."""
