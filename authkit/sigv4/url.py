"""A URL taken apart, and nothing of it decoded: what is signed is what is sent."""

import re
from typing import NamedTuple

from .errors import CannotSign

_split = re.compile(r"(?:(https?)://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL).fullmatch
_is_authority = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?").fullmatch
_DEFAULT_PORT = {"https": ":443", "http": ":80", "": ":443"}


class Target(NamedTuple):
    """Where a request goes. ``scheme`` and ``authority`` are empty where only path and query are known.

    Args:
        query: without its question mark.
        fragment: with its ``#``; it is never sent.
    """

    scheme: str
    authority: str
    path: str
    query: str
    fragment: str

    @property
    def host(self) -> str:
        """Return the value of the Host header: the authority, without the scheme's own port (RFC 9110 section 4.2)."""
        return without_default_port(self.authority, self.scheme)

    def url(self) -> str:
        """Return the URL, without its fragment."""
        start = f"{self.scheme}://{self.authority}" if self.scheme else ""
        return f"{start}{self.path}?{self.query}" if self.query else start + self.path


def split(url: str) -> Target:
    """Take a URL apart: an absolute one of http or https, or path and query as a request line has them.

    ``//a/b`` is a path: a request line has no authority without a scheme.

    Raises:
        CannotSign: ``url_malformed``.
    """
    found = _split(url)
    if found is None or (found[1] is None and not url.startswith("/")):
        raise CannotSign("url_malformed", claim="url", detail="not an http or https URL, and no path either")
    scheme, authority, path, query, fragment = found.groups("")
    if scheme and not _is_authority(authority):
        raise CannotSign(
            "url_malformed", claim="url", detail="its host is none: user names and non-ASCII do not belong"
        )
    return Target(scheme, authority, path or "/", query[1:], fragment)


def without_default_port(authority: str, scheme: str) -> str:
    """Return an authority without the port its scheme has anyway, as clients send it."""
    port = _DEFAULT_PORT[scheme]
    return authority[: -len(port)] if authority.endswith(port) else authority
