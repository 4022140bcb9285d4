"""The order of checks (sigv4.md 3a): of several defects the first is told, and what needs a key comes last."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote

import pytest

from authkit import MemoryReplay, sigv4
from authkit.errors import Unauthenticated
from tests.sigv4.forging import AT, BODY, DATE, HOST, KEY_ID, REGION, SERVICE, TOKEN, WITH_TOKEN, Sent, hashed

if TYPE_CHECKING:
    from collections.abc import Sequence

LATER = "20150831"
OPEN: dict[str, Any] = {
    "regions": [REGION],
    "services": [SERVICE],
    "algorithms": [sigv4.V4, sigv4.V4A],
    "mechanisms": ["header", "query"],
}


class Defect(NamedTuple):
    """One thing that is wrong, and how it is told.

    Args:
        name: what to call it.
        code: the refusal's.
        claim: what the refusal says it concerns.
        parts: what it puts in the place of a good request's parts, named as in `parts_of`.
        beside: whether it is another way to fail the same step as the one before it, so that one request has one of them.
    """

    name: str
    code: str
    claim: str
    parts: dict[str, Any]
    beside: bool = False


BOUNDS_AND_URL = [
    Defect("too large", "request_too_large", "headers", {"more": (("X-Large", "a" * 40_000),)}),
    Defect("header", "header_malformed", "headers", {"control": (("X-Bad", "a\0b"),)}),
    Defect("url", "url_malformed", "url", {"blank": "a b/"}),
    Defect("path", "path_malformed", "path", {"escape": "%zz/"}),
    Defect("method", "method_malformed", "method", {"method": "PO ST"}),
    Defect("repeated header", "header_repeated", "content-type", {"repeated": (("Content-Type", "text/plain"),)}),
    Defect("host", "host_mismatch", "host", {"origin": "https://other.example"}),
    Defect("query", "query_malformed", "query", {"query": "a=1+2"}),
    Defect("dots", "path_not_normal", "path", {"dots": "x/../"}),
    Defect("above the root", "path_malformed", "path", {"dots": "../../"}, beside=True),
]
HEADER_ONLY = [
    Defect("name in small", "query_malformed", "X-Amz-Expires", {"in_small": "&x-amz-expires=1"}),
    Defect("repeated", "parameter_repeated", "X-Amz-Date", {"in_small": "&X-Amz-Date=1&X-Amz-Date=1"}, beside=True),
    Defect("both", "mechanism_ambiguous", "authorization", {"stray": f"&X-Amz-Date={DATE}"}),
    Defect("algorithm", "algorithm_unsupported", "authorization", {"algorithm": "AWS4-HMAC-SHA512"}),
    Defect("fields", "authorization_malformed", "authorization", {"rubbish": ", x=1"}),
    Defect("field", "field_missing", "Credential", {"without": "Credential"}),
]
QUERY_ONLY = [
    Defect("name in small", "query_malformed", "X-Amz-Expires", {"in_small": "&x-amz-expires=1"}),
    Defect("repeated", "parameter_repeated", "X-Amz-Date", {"in_small": "&X-Amz-Date=1"}, beside=True),
    Defect("both", "mechanism_ambiguous", "authorization", {"other": (("Authorization", "Bearer t"),)}),
    Defect("algorithm", "algorithm_unsupported", "X-Amz-Algorithm", {"algorithm": "AWS4-HMAC-SHA512"}),
    Defect("field", "field_missing", "X-Amz-Credential", {"without": "X-Amz-Credential"}),
    Defect("two tokens", "mechanism_ambiguous", "x-amz-security-token", {"twice": (("X-Amz-Security-Token", TOKEN),)}),
]
SHAPES_AND_HEADERS = [
    Defect("signed headers", "signed_headers_malformed", "SignedHeaders", {"unsorted": "z;"}),
    Defect("signature's shape", "signature_malformed", "Signature", {"signature": "00"}),
]
ALGORITHM_ALLOWED = Defect("other algorithm", "algorithm_unsupported", "algorithm", {"algorithms": "the other"})
HEADERS_AND_TIME = [
    Defect("absent header", "header_missing", "x-absent", {"absent": "x-absent"}),
    Defect("host unsigned", "header_unsigned", "host", {"leaving": "host"}),
    Defect("unsigned header", "header_unsigned", "x-amz-meta", {"unsigned": (("X-Amz-Meta", "1"),)}),
    Defect("no date", "date_missing", "X-Amz-Date", {"date": ""}),
    Defect("date", "date_malformed", "X-Amz-Date", {"date": "2015-08-30T12:36:00Z"}, beside=True),
]
EXPIRY = [
    Defect("expiry", "expires_malformed", "X-Amz-Expires", {"expires": "0900"}),
    Defect("long expiry", "expires_too_long", "X-Amz-Expires", {"longest_expiry": 600}),
]
CURRENT = [
    Defect("late", "signature_expired", "X-Amz-Date", {"at": AT + 90_000}),
    Defect("early", "signature_not_yet_valid", "X-Amz-Date", {"at": AT - 90_000}, beside=True),
]
REGION_SET = Defect("region set", "scope_malformed", "X-Amz-Region-Set", {"region_set": "eu central"})
SCOPE = [
    Defect("scope's shape", "scope_malformed", "Credential", {"sixth": "/x"}),
    Defect("scope's day", "scope_mismatch", "Credential", {"day": LATER}),
    Defect("scope's end", "scope_mismatch", "Credential", {"end": "aws5_request"}, beside=True),
    Defect("region", "scope_mismatch", "region", {"region": "us-east-1", "region_set": "us-*"}),
    Defect("service", "scope_mismatch", "service", {"service": "other"}),
]
BODY_AND_KEY = [
    Defect("unsigned body", "payload_not_allowed", "X-Amz-Content-Sha256", {"hash": "UNSIGNED-PAYLOAD"}),
    Defect("hash", "payload_malformed", "X-Amz-Content-Sha256", {"hash": "0"}, beside=True),
    Defect("body", "payload_mismatch", "X-Amz-Content-Sha256", {"body": b"other"}),
    Defect("body not here", "payload_unavailable", "X-Amz-Content-Sha256", {"body": None}, beside=True),
    Defect("key", "key_not_found", "Credential", {"key_id": "AKIDSTRANGER"}),
    Defect("token", "token_mismatch", "X-Amz-Security-Token", {"token": TOKEN + "x"}),
    Defect("signature", "signature_mismatch", "Signature", {"method": "PUT"}),
]
NEEDS_A_KEY = ("key", "token", "signature")


def order_of(mechanism: str, algorithm: str) -> list[Defect]:
    """Return everything that can be wrong with such a request, in the order in which it is told."""
    of_header = mechanism == "header"
    other = "query" if of_header else "header"
    return [
        *BOUNDS_AND_URL,
        *(HEADER_ONLY if of_header else QUERY_ONLY),
        *SHAPES_AND_HEADERS,
        Defect("other mechanism", "mechanism_not_allowed", mechanism, {"mechanisms": [other]}),
        ALGORITHM_ALLOWED,
        *HEADERS_AND_TIME,
        *([] if of_header else EXPIRY),
        *CURRENT,
        *([REGION_SET] if algorithm == sigv4.V4A else []),
        *SCOPE,
        *BODY_AND_KEY,
    ]


FORMS = [(mechanism, algorithm) for mechanism in ("header", "query") for algorithm in (sigv4.V4, sigv4.V4A)]
STEPS = [(*form, at) for form in FORMS for at in range(len(order_of(*form)))]
form = pytest.mark.parametrize(("mechanism", "algorithm"), FORMS)


def parts_of(mechanism: str, algorithm: str) -> dict[str, Any]:
    """Return a good request in parts."""
    headers = (("Content-Type", "application/json"), ("X-Amz-Content-Sha256", hashed(BODY)))
    asked: dict[str, Any] = {
        "method": "POST",
        "url": f"https://{HOST}/v1/orders?a=1",
        "headers": headers,
        "body": BODY,
        "credentials": WITH_TOKEN,
        "region": REGION,
        "service": SERVICE,
        "clock": lambda: AT,
        "algorithm": algorithm,
    }
    if mechanism == "header":
        made = sigv4.sign(**asked)
        signature = dict(made.headers)["Authorization"].rpartition("=")[2]
    else:
        link = sigv4.presign(**asked, expires=900)
        made, signature = link, dict(parse_qsl(link.url.partition("?")[2]))["X-Amz-Signature"]
    return {
        **{"method": "POST", "query": "a=1", "headers": headers, "body": BODY, "hash": hashed(BODY), "at": AT},
        **{"algorithm": algorithm, "key_id": KEY_ID, "day": DATE[:8], "region": REGION, "region_set": REGION},
        **{"service": SERVICE, "end": "aws4_request", "names": made.signed_headers, "signature": signature},
        **{"date": DATE, "expires": "900", "token": TOKEN},
    }


def with_defects(mechanism: str, algorithm: str, defects: Sequence[Defect]) -> tuple[Sent, dict[str, Any]]:
    """Return a request with these defects all at once and no others, and the policy it comes before."""
    told: dict[str, Any] = {}
    for defect in reversed(defects):  # of two that concern one part, the first wins
        told.update(defect.parts)
    policy = {name: told.pop(name) for name in ("mechanisms", "algorithms", "longest_expiry") if name in told}
    if "algorithms" in policy:
        policy["algorithms"] = [sigv4.V4A if algorithm == sigv4.V4 else sigv4.V4]
    parts = defaultdict(str, {**parts_of(mechanism, algorithm), **told})
    place = "" if algorithm == sigv4.V4A else f"/{parts['region']}"
    parts["where"] = f"{parts['day']}{place}/{parts['service']}/{parts['end']}{parts['sixth']}"
    named = {*parts["names"], parts["absent"]} - {parts["leaving"], ""}
    parts["signed"] = parts["unsorted"] + ";".join(sorted(named))
    return (_in_headers if mechanism == "header" else _in_query)(parts, algorithm), policy


def _in_headers(parts: dict[str, Any], algorithm: str) -> Sent:
    fields = {
        "Credential": f"{parts['key_id']}/{parts['where']}",
        "SignedHeaders": parts["signed"],
        "Signature": parts["signature"],
    }
    there = ", ".join(f"{name}={value}" for name, value in fields.items() if name != parts["without"])
    added = [
        ("X-Amz-Date", parts["date"]),
        ("X-Amz-Security-Token", parts["token"]),
        *([("X-Amz-Region-Set", parts["region_set"])] if algorithm == sigv4.V4A else []),
        ("Authorization", f"{parts['algorithm']} {there}{parts['rubbish']}"),
    ]
    return _sent(parts, added, "")


def _in_query(parts: dict[str, Any], algorithm: str) -> Sent:
    given = {
        "X-Amz-Algorithm": parts["algorithm"],
        "X-Amz-Credential": f"{parts['key_id']}/{parts['where']}",
        "X-Amz-Date": parts["date"],
        "X-Amz-Expires": parts["expires"],
        "X-Amz-SignedHeaders": parts["signed"],
        **({"X-Amz-Region-Set": parts["region_set"]} if algorithm == sigv4.V4A else {}),
        "X-Amz-Security-Token": parts["token"],
        "X-Amz-Signature": parts["signature"],
    }
    there = [f"&{name}={quote(value, safe='~')}" for name, value in given.items() if name != parts["without"]]
    return _sent(parts, [], "".join(there))


def _sent(parts: dict[str, Any], added: Sequence[tuple[str, str]], query: str) -> Sent:
    """Return a request with what every form of it has."""
    path = f"/{parts['blank']}{parts['escape']}{parts['dots']}v1/orders"
    target = f"{parts['origin']}{path}?{parts['query']}{query}{parts['in_small']}{parts['stray']}"
    content = [(name, parts["hash"] if name.startswith("X-Amz") else value) for name, value in parts["headers"]]
    further = [pair for name in ("more", "control", "repeated", "other", "twice", "unsigned") for pair in parts[name]]
    return Sent(parts["method"], target, (("Host", HOST), *content, *added, *further), parts["body"], parts["at"])


class Asked:
    """A look-up that counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, key_id: str, _: sigv4.Scope) -> sigv4.Credentials | None:
        self.times += 1
        return {KEY_ID: WITH_TOKEN}.get(key_id)


def verified(sent: Sent, policy: dict[str, Any], lookup: Any, replay: Any = None) -> sigv4.Verified:
    """Verify a request once."""
    return sigv4.verify(
        method=sent.method,
        url=sent.target,
        headers=sent.headers,
        body=sent.body,
        policy=sigv4.Policy(**{**OPEN, **policy}),
        lookup=lookup,
        replay=replay,
        clock=lambda: sent.at,
    )


def refusal(mechanism: str, algorithm: str, defects: Sequence[Defect], lookup: Any = None) -> tuple[str, str]:
    """Return code and claim that a request with these defects is refused with."""
    sent, policy = with_defects(mechanism, algorithm, defects)
    with pytest.raises(Unauthenticated) as refused:
        verified(sent, policy, lookup or Asked())
    return refused.value.code, refused.value.claim


@form
def test_a_request_without_defects_passes(mechanism: str, algorithm: str) -> None:
    """What the other tests here change is good before they do."""
    sent, policy = with_defects(mechanism, algorithm, [])

    assert verified(sent, policy, Asked()).access_key_id == KEY_ID


@pytest.mark.parametrize(("mechanism", "algorithm", "at"), STEPS)
def test_the_first_defect_in_order_is_told(mechanism: str, algorithm: str, at: int) -> None:
    """With this defect and every later one, a request is refused for this one; nobody's key is looked up before."""
    order = order_of(mechanism, algorithm)
    first, later = order[at], [defect for defect in order[at + 1 :] if not defect.beside]
    lookup = Asked()

    told = refusal(mechanism, algorithm, [first, *later], lookup)

    assert told == (first.code, first.claim)
    assert lookup.times == (first.name in NEEDS_A_KEY)


@form
def test_of_two_defects_the_first_is_told(mechanism: str, algorithm: str) -> None:
    """Whichever pair it is, and each alone."""
    order = order_of(mechanism, algorithm)
    pairs = [pair for pair in combinations(order, 2) if not _share(*pair)]

    wrong = {
        tuple(defect.name for defect in defects): told
        for defects in (*pairs, *[(each,) for each in order])
        if (told := refusal(mechanism, algorithm, defects)) != (defects[0].code, defects[0].claim)
    }

    assert len(pairs) > 400
    assert not wrong


def _share(first: Defect, second: Defect) -> bool:
    """Tell whether two defects are of one part: a request has one of them."""
    return bool(first.parts.keys() & second.parts.keys())


@form
def test_a_replay_is_told_last(mechanism: str, algorithm: str) -> None:
    """And only a good signature is remembered: a forged one uses nothing up."""
    good, policy = with_defects(mechanism, algorithm, [])
    forged, _ = with_defects(mechanism, algorithm, [BODY_AND_KEY[-1]])
    seen = MemoryReplay(clock=lambda: AT)

    with pytest.raises(Unauthenticated, match="signature_mismatch"):
        verified(forged, policy, Asked(), seen)
    assert verified(good, policy, Asked(), seen).access_key_id == KEY_ID
    with pytest.raises(Unauthenticated, match="signature_mismatch"):
        verified(forged, policy, Asked(), seen)
    with pytest.raises(Unauthenticated, match="signature_replayed"):
        verified(good, policy, Asked(), seen)
