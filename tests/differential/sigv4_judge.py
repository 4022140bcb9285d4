"""A request before our signer, botocore's, and a server written for this, to see that the signature holds there.

botocore says what the signature is wherever a URL is written canonically; then ours must be the same. Elsewhere signers
disagree on the wire (sigv4.md 1c), and we must refuse, or hand back a URL under which a server, which decodes what it
receives and encodes it anew, arrives at the signature we made.
"""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

from authkit import sigv4
from authkit.errors import Refused
from tests.differential.sigv4_requests import Drawn, draw

KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
AT = 1_440_938_160
STAMP = "20150830T123600Z"


class Fault(NamedTuple):
    """A request that went wrong, and how."""

    request: Drawn
    what: str


class _Wrong(Exception):
    pass


def demand(fact: bool, what: str) -> None:
    """Say what is wrong where a fact is none."""
    if not fact:
        raise _Wrong(what)


class Botocore:
    """botocore's signers, at a fixed time, signing every header there is."""

    def __init__(self) -> None:
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        self._request, self._credentials = AWSRequest, Credentials
        self._signers = {True: S3SigV4Auth, False: SigV4Auth}

    def sign(self, drawn: Drawn) -> str:
        """Return the Authorization header botocore makes."""
        signer = self._signers[drawn.is_s3](self._credentials(KEY_ID, SECRET, drawn.token), drawn.service, drawn.region)
        request = self._request(method=drawn.method, url=drawn.url, data=drawn.body)
        for name, value in drawn.headers:
            request.headers.add_header(name, value)
        request.headers["X-Amz-Date"] = STAMP
        if drawn.token:
            request.headers["X-Amz-Security-Token"] = drawn.token
        if drawn.is_s3:
            request.headers["X-Amz-Content-SHA256"] = signer.payload(request)
        request.context["timestamp"] = STAMP
        text = signer.string_to_sign(request, signer.canonical_request(request))
        names = signer.signed_headers(signer.headers_to_sign(request))
        scope = signer.scope(request)
        return (
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signer.signature(text, request)}"
        )


class Sweep:
    """Requests judged so far, counted by what came of them."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._botocore = Botocore()
        self.counts: Counter[str] = Counter()
        self.faults: list[Fault] = []

    def judge(self, drawn: Drawn) -> None:
        """Count what came of one request."""
        self.counts["requests"] += 1
        try:
            self._judge(drawn)
        except _Wrong as fault:
            self.faults.append(Fault(drawn, str(fault)))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is what we look for
            self.faults.append(Fault(drawn, f"{type(fault).__name__}: {fault}"))

    def run(self, most: int) -> None:
        """Judge random requests until there are so many."""
        while self.counts["requests"] < most:
            self.judge(draw(self._random))

    def _judge(self, drawn: Drawn) -> None:
        try:
            signed = sign(drawn)
        except sigv4.CannotSign as refused:
            self.counts[f"refused: {refused.code}"] += 1
            demand(not is_canonical(drawn), f"refused, although canonical: {refused}")
            self._judge_rewritten(drawn)
            return
        demand(is_canonical(drawn), "signed, although not canonical")
        theirs, ours = self._botocore.sign(drawn), dict(signed.headers)["Authorization"]
        demand(ours == theirs, f"{ours} is not {theirs}")
        self.counts["the same as botocore's"] += 1
        self._verify(drawn, signed.url, theirs, signed)

    def _judge_rewritten(self, drawn: Drawn) -> None:
        try:
            signed = sign(drawn, rewrite=True)
        except sigv4.CannotSign as refused:
            demand(refused.code in ("query_malformed", "path_malformed"), f"not rewritten: {refused}")
            self.counts[f"cannot be rewritten: {refused.code}"] += 1
            return
        demand(is_canonical(drawn._replace(url=signed.url)), f"rewritten to {signed.url}")
        demand(same_resource(drawn, signed.url), f"rewritten to another: {signed.url}")
        expected = server_signature(drawn, signed)
        ours = dict(signed.headers)["Authorization"].rpartition("=")[2]
        demand(ours == expected, "a server arrives at another signature")
        self.counts["rewritten as a server accepts it"] += 1
        self._verify(drawn, signed.url, dict(signed.headers)["Authorization"], signed)

    def _verify(self, drawn: Drawn, url: str, authorization: str, signed: sigv4.Signed) -> None:
        """Put it before our verifier: with botocore's header, where that is the one."""
        added = [(name, value) for name, value in signed.headers if name != "Authorization"]
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        key = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET, session_token=drawn.token)
        try:
            verified = sigv4.verify(
                method=drawn.method,
                url=target,
                headers=[*drawn.headers, ("Host", signed.host), *added, ("Authorization", authorization)],
                body=drawn.body,
                policy=sigv4.Policy(regions=[drawn.region], services=[drawn.service], normal_paths=False),
                lookup=lambda _id, _scope: key,
                clock=lambda: AT,
            )
        except Refused as refused:
            raise _Wrong(f"not verified: {refused}") from None
        demand(verified.payload == "checked", "its body was not checked")
        self.counts["verified"] += 1


def sign(drawn: Drawn, *, rewrite: bool = False) -> sigv4.Signed:
    """Sign as botocore does: every header."""
    return sigv4.sign(
        method=drawn.method,
        url=drawn.url,
        headers=drawn.headers,
        body=drawn.body,
        credentials=sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET, session_token=drawn.token),
        region=drawn.region,
        service=drawn.service,
        signed_headers=tuple({name for name, _ in drawn.headers}),
        rewrite=rewrite,
        clock=lambda: AT,
    )


def is_canonical(drawn: Drawn) -> bool:
    """Tell, by means of the standard library, whether a URL is written as every signer reads it alike."""
    parts = urlsplit(drawn.url)
    if above_root(parts.path) and not drawn.is_s3:
        return False
    if not drawn.url.isascii() or " " in drawn.url:
        return False
    if drawn.is_s3 and quote(unquote_to_bytes(parts.path), safe="/~") != parts.path:
        return False
    for part in parts.query.split("&") if parts.query else []:
        name, _, value = part.partition("=")
        if not name or any(quote(unquote_to_bytes(each), safe="~") != each for each in (name, value)):
            return False
    return True


def above_root(path: str) -> bool:
    depth = 0
    for segment in path.split("/"):
        depth += -1 if segment == ".." else segment not in ("", ".")
        if depth < 0:
            return True
    return False


def same_resource(drawn: Drawn, url: str) -> bool:
    """Tell whether two URLs are the same to a server that decodes them, for which a plus in a query is a blank."""
    before, after = urlsplit(drawn.url), urlsplit(url)
    return (before.netloc, unquote_to_bytes(before.path or "/"), _decoded(before.query)) == (
        after.netloc,
        unquote_to_bytes(after.path),
        _decoded(after.query),
    )


def _decoded(query: str) -> list[tuple[bytes, bytes]]:
    parts = (part.replace("+", "%20").partition("=") for part in query.split("&") if part)
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in parts]


def server_signature(drawn: Drawn, signed: sigv4.Signed) -> str:
    """Return what a server arrives at: written anew here, with nothing of ours in it but the last hashes."""
    import hashlib
    import hmac

    parts = urlsplit(signed.url)
    path = parts.path if drawn.is_s3 else quote(_normal(parts.path), safe="/~")
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in _decoded(parts.query))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    headers: dict[str, list[str]] = {"host": [signed.host]}
    for name, value in [*drawn.headers, *signed.headers[:-1]]:
        headers.setdefault(name.lower(), []).append(re.sub("[ \t]+", " ", value).strip(" "))
    names = sorted(headers)
    lines = [drawn.method, path, query, *[f"{name}:{','.join(headers[name])}" for name in names], "", ";".join(names)]
    canonical = "\n".join([*lines, hashlib.sha256(drawn.body).hexdigest()]).encode()
    scope = f"20150830/{drawn.region}/{drawn.service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{STAMP}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}"
    key = b"AWS4" + SECRET.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _normal(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")
