"""Judgement: whether what a request claims of its signature is what the policy asks for. No key is needed for that."""

import re
from hashlib import sha256
from typing import NamedTuple

from .canonical import EMPTY_SHA256, TERMINATOR, UNSIGNED_PAYLOAD, V4A
from .credentials import is_key_id, is_scope_part
from .draft import Scope
from .errors import CannotSign
from .moment import seconds_of
from .path import S3_SERVICES, demand_below_root, is_normal
from .policy import Policy
from .presented import Claim
from .presigning import LONGEST_EXPIRY
from .wire import Wire

_is_expiry = re.compile(r"[1-9][0-9]{0,5}").fullmatch
_is_sha256 = re.compile(r"[0-9a-f]{64}").fullmatch
_is_region_set = re.compile(r"[a-z0-9*-]{1,64}(?:,[a-z0-9*-]{1,64}){0,31}").fullmatch


class Window(NamedTuple):
    """From when to when a signature is good, both ends with it, in seconds since the epoch."""

    signed_at: int
    begins: float
    ends: float


class Body(NamedTuple):
    """What is known of a request's body, and what stands for it in the canonical request."""

    status: str
    payload_hash: str


def demand_path(wire: Wire, policy: Policy) -> None:
    """Refuse a path above the root, and one that another spelling has the signature of.

    Raises:
        CannotSign: ``path_malformed``, ``path_not_normal``.
    """
    path = wire.target.path
    if policy.rules.normalize:
        demand_below_root(path)
    if policy.normal_paths and not is_normal(path):
        raise CannotSign(
            "path_not_normal", claim="path", detail="dot segments or empty ones: other paths have its signature"
        )


def demand_kind(claim: Claim, policy: Policy) -> None:
    """Refuse a mechanism or an algorithm that is not wanted.

    Raises:
        CannotSign: ``mechanism_not_allowed``, ``algorithm_unsupported``.
    """
    if claim.mechanism not in policy.mechanisms:
        raise CannotSign("mechanism_not_allowed", claim=claim.mechanism, detail="the policy names other mechanisms")
    if claim.algorithm not in policy.algorithms:
        raise CannotSign("algorithm_unsupported", claim="algorithm", detail="the policy names other algorithms")


def demand_headers(wire: Wire, claim: Claim, policy: Policy) -> None:
    """Refuse a signature that leaves out what it must not.

    Raises:
        CannotSign: ``header_missing``: a signed one is not there; ``header_unsigned``.
    """
    named, there = frozenset(claim.signed_headers), wire.headers
    if not named <= there.keys() or not policy.required_headers <= there.keys():
        absent = min((named | policy.required_headers) - there.keys())
        raise CannotSign("header_missing", claim=absent, detail="it has to be there")
    if "host" not in named and ":authority" not in named:
        raise CannotSign("header_unsigned", claim="host", detail="it has to be signed")
    for name in there.keys() - named:
        if name in policy.required_headers or name == "content-type" or _is_amz(name, policy):
            raise CannotSign("header_unsigned", claim=name, detail="it has to be signed")


def _is_amz(name: str, policy: Policy) -> bool:
    """Tell whether a header is one of those that have to be signed because of how they begin."""
    if not name.startswith("x-amz-") or name in policy.unsigned_headers:
        return False
    return name != "x-amz-security-token" or policy.token == "signed"  # noqa: S105 - a rule about one


def window_of(claim: Claim, policy: Policy) -> Window:
    """Return when a signature is good.

    Raises:
        CannotSign: ``date_missing``, ``date_malformed``, ``expires_malformed``, ``expires_too_long``.
    """
    if not claim.date:
        raise CannotSign("date_missing", claim="X-Amz-Date", detail="there is none, or an empty one")
    signed_at = seconds_of(claim.date)
    if signed_at is None:
        raise CannotSign("date_malformed", claim="X-Amz-Date", detail="not as 20150830T123600Z, or no such day or hour")
    begins = signed_at - policy.skew
    if claim.mechanism == "header":
        return Window(signed_at, begins, signed_at + policy.skew)
    # An expression first: `int` takes blanks, signs, underscores and full-width digits.
    if not _is_expiry(claim.expires) or int(claim.expires) > LONGEST_EXPIRY:
        detail = f"not a number of seconds from 1 to {LONGEST_EXPIRY} in plain digits"
        raise CannotSign("expires_malformed", claim="X-Amz-Expires", detail=detail)
    if int(claim.expires) > policy.longest_expiry:
        raise CannotSign("expires_too_long", claim="X-Amz-Expires", detail=f"more than {policy.longest_expiry} seconds")
    return Window(signed_at, begins, signed_at + int(claim.expires))


def demand_current(window: Window, now: float) -> None:
    """Refuse what is not good now.

    Raises:
        CannotSign: ``signature_expired``, ``signature_not_yet_valid``.
    """
    if not now <= window.ends:
        detail = f"its time ended {now - window.ends:.0f} s ago"
        raise CannotSign("signature_expired", claim="X-Amz-Date", detail=detail)
    if not now >= window.begins:
        detail = f"its time begins in {window.begins - now:.0f} s, the skew allowed for"
        raise CannotSign("signature_not_yet_valid", claim="X-Amz-Date", detail=detail)


def scope_of_claim(claim: Claim) -> tuple[str, Scope]:
    """Return access key id and scope.

    Raises:
        CannotSign: ``scope_malformed``, or ``scope_mismatch``: its day is not that of the date, or its end is another.
    """
    parts = claim.credential.split("/")
    if claim.algorithm == V4A:
        if not _is_region_set(claim.region_set or ""):
            raise CannotSign(
                "scope_malformed", claim="X-Amz-Region-Set", detail="not names of regions, parted by commas"
            )
        parts[2:2] = [claim.region_set or ""]
    shaped = len(parts) == 5 and is_key_id(parts[0]) and is_scope_part(parts[3])
    if not shaped or not (claim.algorithm == V4A or is_scope_part(parts[2])):
        raise CannotSign("scope_malformed", claim="Credential", detail="not an access key id and a credential scope")
    key_id, day, region, service, terminator = parts
    if terminator != TERMINATOR or day != claim.date[:8]:
        raise CannotSign("scope_mismatch", claim="Credential", detail="another day than the date's, or another end")
    return key_id, Scope(claim.algorithm, day, region, service)


def demand_scope(scope: Scope, policy: Policy) -> None:
    """Refuse a signature made for elsewhere.

    Raises:
        CannotSign: ``scope_mismatch``.
    """
    if scope.algorithm == V4A:
        here = any(covers(pattern, region) for pattern in scope.region.split(",") for region in policy.regions)
    else:
        here = scope.region in policy.regions
    if not here:
        raise CannotSign("scope_mismatch", claim="region", detail="made for another region")
    if scope.service not in policy.services:
        raise CannotSign("scope_mismatch", claim="service", detail="made for another service")


def covers(pattern: str, region: str) -> bool:
    """Tell whether an element of a region set means a region: ``*`` stands for any characters, or none."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == region
    if not region.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        at = region.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return region.endswith(rest[-1]) and len(region) - len(rest[-1]) >= at


def declared_in(wire: Wire, claim: Claim) -> str | None:
    """Return the hash a request declares, if it does.

    Raises:
        CannotSign: ``parameter_repeated``.
    """
    header = wire.headers.get("x-amz-content-sha256")
    if claim.mechanism == "header":
        return header
    found = [value for name, value in wire.parameters if name == "X-Amz-Content-Sha256"]
    if len(found) + (header is not None) > 1:
        raise CannotSign("parameter_repeated", claim="X-Amz-Content-Sha256", detail="which counts cannot be told")
    return found[0] if found else header


def body_of(wire: Wire, claim: Claim, service: str, body: bytes | None, policy: Policy) -> Body:
    """Return what is known of the body.

    Raises:
        CannotSign: ``payload_not_allowed``, ``payload_malformed``, ``payload_unavailable``, ``payload_mismatch``.
    """
    declared = declared_in(wire, claim)
    if declared is None and claim.mechanism == "query" and service in S3_SERVICES:
        declared = UNSIGNED_PAYLOAD  # S3 API reference: "you don't include a payload hash", but this text
    if declared == UNSIGNED_PAYLOAD:
        if "unsigned" not in policy.payloads:
            raise _payload("payload_not_allowed", "its body is not signed")
        return Body("unsigned", UNSIGNED_PAYLOAD)
    if declared is not None and declared.startswith("STREAMING-"):
        raise _payload("payload_not_allowed", "a body in chunks with signatures of their own, which nobody checks here")
    if declared is not None and not _is_sha256(declared):
        raise _payload("payload_malformed", "not a SHA-256 in small hexadecimal digits")
    if body is None:
        return _unseen(declared, policy)
    found = sha256(body).hexdigest() if body else EMPTY_SHA256
    if declared is not None and declared != found:
        raise _payload("payload_mismatch", "another body than the one declared")
    return Body("checked", found)


def _unseen(declared: str | None, policy: Policy) -> Body:
    if declared is not None and "declared" in policy.payloads:
        return Body("declared", declared)
    if declared is None and "empty" in policy.payloads:
        return Body("empty", EMPTY_SHA256)
    raise _payload("payload_unavailable", "the body is not here, which does not make it an empty one")


def _payload(code: str, detail: str) -> CannotSign:
    return CannotSign(code, claim="X-Amz-Content-Sha256", detail=detail)
