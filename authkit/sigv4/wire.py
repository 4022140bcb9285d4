"""Wire: a request as it came, taken apart within bounds. Nothing of it is verified here."""

import re
from typing import NamedTuple

from .encoding import is_broken
from .errors import CannotSign
from .headers import Headers, collect, read
from .query import Pairs, canonical_query, encoded_pairs, is_strict
from .url import Target, split

LONGEST_METHOD = 32
LONGEST_URL = 16_384  # characters
MOST_HEADERS = 256
LARGEST_HEADERS = 32_768  # bytes of names and values
MOST_PARAMETERS = 512

_is_token = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch  # RFC 9110 section 9.1: a method is a token
_is_visible = re.compile(r"[!-~]*").fullmatch


class Wire(NamedTuple):
    """A request as it came, taken apart. A repr shows neither signature nor token.

    Args:
        headers: canonical values by their names, of all headers.
        query: the canonical one, with all that is in it.
        parameters: names and values of the query, encoded, where a signature may be among them; else none.
    """

    method: str
    target: Target
    headers: dict[str, str]
    query: str
    parameters: Pairs

    def __repr__(self) -> str:
        return f"Wire({self.method} {self.target.path!r}, headers={sorted(self.headers)})"


def take_apart(method: str, url: str, headers: Headers, host: str | None = None) -> Wire:
    """Take a request apart: bounds first, then path, method, headers and query, in AWS's order (sigv4.md 3a).

    Args:
        method: as it was sent.
        url: as it was sent.
        headers: as they were sent.
        host: what the client had in ``Host``, if another came.

    Raises:
        CannotSign: ``request_too_large``, ``url_malformed``, ``path_malformed``, ``method_malformed``,
            ``header_malformed``, ``header_repeated``, ``host_mismatch``, ``query_malformed``.
    """
    if not isinstance(url, str):
        raise CannotSign("url_malformed", claim="url", detail="not a text")
    if len(url) > LONGEST_URL or url.count("&") >= MOST_PARAMETERS:
        raise CannotSign("request_too_large", claim="url", detail="longer, or of more parameters, than is looked at")
    pairs = read(headers, most=MOST_HEADERS, largest=LARGEST_HEADERS)
    target = _target(url)
    if not isinstance(method, str) or len(method) > LONGEST_METHOD or not _is_token(method):
        raise CannotSign("method_malformed", claim="method", detail="not a method")
    found = collect(pairs, None)
    _set_host(found, target, host)
    if not is_strict(target.query):
        raise CannotSign(
            "query_malformed", claim="query", detail="a raw + or ;, or an odd escape: other spellings are the same"
        )
    query = canonical_query(target.query)
    return Wire(method, target, found, query, encoded_pairs(query) if "x-amz-" in query.lower() else [])


def _target(url: str) -> Target:
    if not _is_visible(url):
        raise CannotSign("url_malformed", claim="url", detail="blanks, control characters or raw non-ASCII in it")
    target = split(url)
    if target.fragment:
        raise CannotSign("url_malformed", claim="url", detail="a fragment is never sent")
    if is_broken(target.path):
        raise CannotSign("path_malformed", claim="path", detail="a % without two hexadecimal digits behind it")
    return target


def _set_host(found: dict[str, str], target: Target, host: str | None) -> None:
    """Put a host among the headers. HTTP/2 has it as the authority (RFC 9113 section 8.3.1)."""
    if host is not None:
        found["host"] = found[":authority"] = host
        return
    told = found.get("host", found.get(":authority", target.host))
    if found.get(":authority", told) != told or (target.authority and told not in (target.host, target.authority)):
        raise CannotSign("host_mismatch", claim="host", detail="another in one place than in another")
    if told or "host" in found:
        found["host"] = told
