"""why_not: the reason why a signature was refused, or that it cannot be told."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from ...errors import ConfigError, Refused
from ..canonical import EMPTY_SHA256
from ..credentials import Credentials, SigningKey
from ..ecdsa import PublicKey
from ..errors import CannotSign
from ..headers import Headers
from ..moment import seconds_of
from ..proof import Key
from .causes import CAUSES, STATED
from .echoed import causes_of, reading_of, with_their_payload
from .finding import Finding, first_difference
from .message import Message, read_message
from .of_rest import body_newline
from .reading import Reading, Sent, read_sent, signs
from .search import Found, Matches, by_echo, by_signature, search

_SIGNED = "Signed so, it gives the very signature that was sent."
_READ = "Read so, it gives the other side's text to the letter."
_NO_KEY = "With the secret of its access key id more could be tried."
_GIVE = "give the body with -d (body= of why_not)."
_NO_BODY = f"The body is not here, and its hash is signed: {_GIVE}"
_NO_KNOWN = "No known cause gives the signature that was sent"


def why_not(
    *,
    method: str,
    url: str,
    headers: Headers,
    error: str | bytes | Refused = "",
    body: bytes | None = None,
    key: Key | None = None,
    host: str | None = None,
    at: float | None = None,
    normalize: bool | None = None,
    double_encode: bool | None = None,
) -> Finding:
    """Return why a request's signature was refused. Only a cause is named that gives what the other side has.

    Give it a service's error text, which may echo canonical request and string to sign; or the log of a signer that
    shows them; or the refusal of `verify`. Without any of these the signature itself is what it looks into.

    What it finds is for whoever runs or writes a client or a service, and not to be sent to a caller.

    Args:
        method: as it was sent.
        url: as it was sent.
        headers: as they were sent, signature and all.
        error: what was said of it.
        body: as it was sent. None: it is not known; then nothing is said that hangs on it.
        key: of its access key id, if it is known.
        host: which one the client used, where a proxy has put another in its place.
        at: when the refusal was, in seconds since the epoch.
        normalize: as of `authkit.sigv4.Options`.
        double_encode: as of `authkit.sigv4.Options`.

    Raises:
        ConfigError: the key is none, or of another access key id.
    """
    given: dict[str, Any] = {"method": method, "url": url, "headers": headers, "body": body, "host": host, "key": key}
    return _why(error, at, normalize=normalize, double_encode=double_encode, **given)


def _why(error: str | bytes | Refused, at: float | None, *, key: Key | None, **given: Any) -> Finding:
    if key is not None and not isinstance(key, (Credentials, SigningKey, PublicKey)):
        raise ConfigError("why_not: key is neither Credentials, SigningKey nor PublicKey")
    try:
        sent, base = read_sent(**given, key=key)
    except CannotSign as fault:
        return Finding((), "", None, f"The request itself has no good signature to look into: {fault}")
    if isinstance(key, Credentials) and key.access_key_id != sent.access_key_id:
        raise ConfigError("why_not: the key is of another access key id than the request's")
    refusal = error if isinstance(error, Refused) else None
    message = read_message("" if isinstance(error, Refused) else error)
    told = _refused(sent, refusal, at) or _stated(sent, message, at) or _body(sent, base)
    if told is not None:
        return told
    base = with_their_payload(sent, base, message.echo)
    return _echoed(sent, base, message) or _signed(sent, base, message)


def _refused(sent: Sent, refusal: Refused | None, at: float | None) -> Finding | None:
    """Return what a refusal of `verify` says by itself."""
    if refusal is None or refusal.code in (
        "signature_mismatch",
        "payload_mismatch",
        "query_malformed",
        "header_missing",
    ):
        return None
    if refusal.code in ("signature_expired", "signature_not_yet_valid"):
        cause = "link_expired" if sent.claim.mechanism == "query" and refusal.code == "signature_expired" else "clock"
        return _told(cause, _away(sent.claim.date, at))
    if refusal.code == "scope_mismatch" and refusal.claim in ("region", "service"):
        return _told(refusal.claim, f" It says {getattr(sent.scope, refusal.claim)}.")
    if refusal.code == "token_mismatch" and sent.claim.token is None:
        return _told("token_missing")
    return Finding((), "", None, f"It was refused before its signature was looked at, and by another rule: {refusal}")


def _stated(sent: Sent, message: Message, at: float | None) -> Finding | None:
    """Return what an error text says in words, where the request bears it out."""
    claim, scope = sent.claim, sent.scope
    if message.skewed and (message.request_time in ("", claim.date)):
        return _told("clock", _away(claim.date, seconds_of(message.server_time) if message.server_time else at))
    if message.expired and claim.mechanism == "query":
        return _told("link_expired")
    if message.wrong_region == scope.region:
        return _told("region", f" It says {scope.region}, and {message.region or 'another'} is asked for.")
    if message.service and message.service != scope.service:
        return _told("service", f" It says {scope.service}, and {message.service} is asked for.")
    if message.token == "expired" and claim.token is not None:  # noqa: S105 - a word about one
        return _told("token_expired")
    if message.token and claim.token is None and (sent.token or sent.access_key_id.startswith("ASIA")):
        return _told("token_missing")
    return None


def _body(sent: Sent, base: Reading) -> Finding | None:
    """Return what is between a body and the hash that was declared of it."""
    if sent.body is None or base.payload == sha256(sent.body).hexdigest() or len(base.payload) != 64:
        return None
    here = base._replace(payload=sha256(sent.body).hexdigest())
    for reading in body_newline(sent, here):
        if reading.payload == base.payload:
            remedy = next(cause.remedy for cause in CAUSES if cause.code == "body_newline")
            return Finding(("body_newline",), "body", first_difference(here, base), remedy)
    says = "The body is not the one whose hash the request declares, and how they differ is not known."
    return Finding((), "", first_difference(here, base), says)


def _echoed(sent: Sent, base: Reading, message: Message) -> Finding | None:
    """Return where the other side's texts and the request part, if it shows them and they do."""
    echo = message.echo
    if not echo.canonical and not echo.text:
        return None
    matches = by_echo(echo)
    if matches(base):
        return _same_texts(sent, base) if base.key is not None else None
    found = search(sent, base, matches, (*CAUSES, *causes_of(echo, base)))
    proof = "canonical_request" if echo.canonical else "string_to_sign"
    if found:
        return _finding(found, base, proof, theirs=sent.lacks_body and _is_there(base))
    says = "The other side has another text, and no known cause gives it."
    if sent.lacks_body and not echo.canonical:
        says += f" {_NO_BODY}" if _is_there(base) else f" If there is a body, {_GIVE}"
    return Finding((), "", first_difference(base, reading_of(echo, base)), says)


def _is_there(base: Reading) -> bool:
    """Tell of a body that is not known whether there is one: by the request's headers, or the other side's hash."""
    return base.payload != EMPTY_SHA256


def _same_texts(sent: Sent, base: Reading) -> Finding | None:
    """Both sides have one text. If the secret gives the signature that was sent, it is not the one they have."""
    return _told("secret", proof="signature") if signs(base, sent.claim.signature) else None


def _signed(sent: Sent, base: Reading, message: Message) -> Finding:
    """Return what the signature that was sent is over."""
    missing = sent.lacks_body and _is_there(base)
    part = "all of the request but its body" if missing else "the request"
    agreed = f"The other side reads {part} as it stands. " if message.echo.canonical else ""
    if base.key is None:
        return Finding((), "", None, f"{agreed}{_NO_KEY}{f' {_NO_BODY}' if missing else ''}")
    matches: Matches = by_signature(sent.claim.signature)
    if matches(base):
        return _token_not_sent(sent) or Finding((), "", None, _right(sent, base))
    found = search(sent, base, matches)
    if found:
        return _finding(found, base, "signature")
    if missing:
        return Finding((), "", None, f"{agreed}{_NO_KNOWN}. {_NO_BODY}")
    rest = f"a change of another kind, or a body that is not here: {_GIVE}" if sent.lacks_body else ""
    return Finding((), "", None, f"{agreed}{_NO_KNOWN}: another secret, {rest or 'or a change of another kind.'}")


def _right(sent: Sent, base: Reading) -> str:
    """Return what a right signature leaves open."""
    without = ", without a body," if sent.lacks_body else ""
    says = f"The signature is right for this request{without} and this secret."
    says += " Then the other side has another secret, or got another request than this."
    if sent.body is None and len(base.payload) == 64 and base.payload != EMPTY_SHA256:
        says += f" The body is not here to be held against the hash that the request declares: {_GIVE}"
    return says


def _token_not_sent(sent: Sent) -> Finding | None:
    if sent.token is None or sent.claim.token is not None:
        return None
    return _told("token_missing", proof="signature")


def _finding(found: Found, base: Reading, proof: str, *, theirs: bool = False) -> Finding:
    causes = tuple(cause.code for cause in found.causes)
    says = " ".join([*(cause.remedy for cause in found.causes), _SIGNED if proof == "signature" else _READ])
    if theirs and found.reading.payload == base.payload:
        says += " The body is not here: its hash is taken from there."
    return Finding(causes, proof, first_difference(base, found.reading), says)


def _told(code: str, more: str = "", *, proof: str = "message") -> Finding:
    return Finding((code,), proof, None, STATED[code] + more)


def _away(date: str, now: float | None) -> str:
    signed = seconds_of(date)
    if now is None or signed is None:
        return f" It is signed for {date}."
    away = now - signed
    return f" It is signed for {date}, which was {abs(away):.0f} s {'before' if away >= 0 else 'after'} the other side's time."


__all__ = ["why_not"]
