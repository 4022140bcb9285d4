"""What a signer demands of a URL: one spelling only, over which nobody on the way can disagree; or it is rewritten."""

from __future__ import annotations

import re

from .encoding import NOT_CANONICAL, PLAIN, decode, encode, encode_path, is_broken, is_text
from .errors import CannotSign
from .path import PathRules, demand_below_root
from .query import is_canonical, joined
from .url import Target, split

_control = re.compile(r"[\x00-\x1f\x7f]").search
_not_legal = re.compile(rf"[^{PLAIN}!$&'()*+,;=:@%/]")  # RFC 3986 section 3.3: pchar and slash
_is_odd_once = re.compile(rf"[^{PLAIN}/%]|{NOT_CANONICAL}|%2F").search  # to S3 an encoded slash is a slash
_is_clean = re.compile(rf"(https?)://([a-z0-9.-]+(?::[0-9]{{1,5}})?)(/[{PLAIN}/]*)(?:\?([{PLAIN}&=%]*))?").fullmatch
_remedy = "; rewrite=True hands back the URL to send instead"


def sendable(url: str, rules: PathRules, *, rewrite: bool) -> Target:
    """Return where a request goes, in the spelling it is sent in.

    Args:
        url: as it will be sent.
        rules: of the service.
        rewrite: bring it to a spelling that can be signed, where it is none.

    Raises:
        CannotSign: ``url_malformed``, ``path_malformed``, ``query_malformed``: no spelling helps;
            ``url_not_canonical``: another spelling of the same URL would.
    """
    found = _is_clean(url) if type(url) is str else None
    if found:
        # Most URLs: lower host, and nothing in path and query that would have to be encoded, decoded or taken out.
        scheme, authority, path, query = found.groups("")
        if ".." not in path and (not query or is_canonical(query)):
            return Target(scheme, authority, path, query, "")
    return _carefully(url, rules, rewrite=rewrite)


def _carefully(url: str, rules: PathRules, *, rewrite: bool) -> Target:
    if not isinstance(url, str) or _control(url) or not is_text(url):
        raise CannotSign("url_malformed", claim="url", detail="not a text, or one with control characters in it")
    target = split(url)
    path, query = _path(target.path, rules, rewrite=rewrite), _query(target.query, rewrite=rewrite)
    authority = target.authority.lower()
    if not rewrite and (authority != target.authority or target.fragment):
        what = "host" if authority != target.authority else "fragment"
        raise _not_canonical(what, "some clients send it in small letters" if what == "host" else "it is never sent")
    return Target(target.scheme, authority, path, query, "")


def _path(path: str, rules: PathRules, *, rewrite: bool) -> str:
    if is_broken(path):
        raise CannotSign("path_malformed", claim="path", detail="a % without two hexadecimal digits behind it")
    if rules.normalize:
        demand_below_root(path)
    # Encoded once more, any legal spelling is signed as it stands. Encoded once, there is just one that S3 arrives at.
    if (_not_legal.search if rules.double_encode else _is_odd_once)(path) is None:
        return path
    if not rewrite:
        raise _not_canonical("path", "what has to be encoded is not, or what has not is")
    return _not_legal.sub(lambda found: encode(found[0]), path) if rules.double_encode else encode_path(decode(path))


def _query(query: str, *, rewrite: bool) -> str:
    if not query or is_canonical(query):
        return query
    if is_broken(query):
        raise CannotSign("query_malformed", claim="query", detail="a % without two hexadecimal digits behind it")
    if not rewrite:
        raise _not_canonical("query", "a raw + or another character that has to be encoded, or an odd escape")
    # To those who receive it a raw plus sign is a blank (sigv4.md 1c).
    parts = [part.partition("=") for part in query.replace("+", "%20").split("&") if part]
    return joined((encode(decode(name)), encode(decode(value))) for name, _, value in parts)


def _not_canonical(claim: str, why: str) -> CannotSign:
    return CannotSign("url_not_canonical", claim=claim, detail=why + _remedy)
