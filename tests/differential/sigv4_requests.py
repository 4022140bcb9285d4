"""Random requests to sign, odd ones among them: how a URL may be written, and how headers may be sent."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

HOSTS = (
    "api.example.com",
    "api.example.com:8443",
    "api.example.com:443",
    "[2001:db8::1]",
    "[::1]:8080",
    "127.0.0.1:80",
    "a_b.example",
)
PLAIN = (
    "orders",
    "v1",
    "a-b",
    "x_y",
    "t~1",
    "f.txt",
    "2015",
    "...",
    ".well-known",
    "*",
    "@connections",
    "a:b",
    "(x)",
    "a=b",
    "a+b",
)
ESCAPED = ("%20", "a%20b", "%C3%A9", "%2F", "a%2Bb", "%25", "%E1%88%B4", "%3D%26", "%2A", "%3A", "%40")
ODD = ("%2f", "%c3%a9", "%41", "%7E", "a b", "é", "%FF")
SERVICES = ("execute-api", "service", "s3", "acme-orders")
REGIONS = ("us-east-1", "eu-central-1")
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH")
BODIES = (b"", b"", b"{}", b"a=1&b=2", bytes(range(256)), b"x" * 2047)
NAMES = ("a", "b", "A", "aa", "a-", "a.", "a0", "x~", "filter%5Bx%5D", "%C3%A9", "a%20", "z")
VALUES = ("", "1", "2", "x%20y", "%2B", "~", "-._~", "%E1%88%B4", "%2F", "%2A", "%3D")
ODD_NAMES = ("a:b", "q*", "%c3%a9", "%61", "a+b", "")
ODD_VALUES = ("a+b", "12:00", "a,b", "a@b", "/x", "%2f", "%7E", "a=b", "*", "é", "a b", "%FF")
HEADERS = ("accept", "X-Amz-Meta-A", "content-type", "My-Header1", "x-amz-target", "Range", "X-Custom", "If-Match")
TEXTS = (
    "",
    "a",
    "text/plain; charset=utf-8",
    "  a   b  ",
    "\ta\t\tb ",
    '"a   b"',
    "a,b",
    "é",
    "日本",
    "x" * 300,
    "~*'()!",
)
ONCE = frozenset({"content-type"})


class Drawn(NamedTuple):
    """A request drawn at random."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    region: str
    service: str
    token: str | None

    @property
    def is_s3(self) -> bool:
        return self.service == "s3"


def draw(random: Random) -> Drawn:
    """Return one request: two in three in canonical spelling, as far as that can be told while drawing."""
    odd = random.random() < 1 / 3
    service = random.choice(SERVICES)
    return Drawn(
        method=random.choice(METHODS),
        url=_url(random, odd=odd, s3=service == "s3"),
        headers=_headers(random),
        body=random.choice(BODIES),
        region=random.choice(REGIONS),
        service=service,
        token=random.choice((None, None, "AQoDYXdzEPT//////////wEXAMPLE==")),
    )


def _url(random: Random, *, odd: bool, s3: bool) -> str:
    scheme = random.choice(("https", "https", "http"))
    segments = PLAIN + ESCAPED + ((".", "..", "") if random.random() < 0.3 else ()) + (ODD if odd else ())
    path = "/" + "/".join(random.choice(segments) for _ in range(random.randrange(5)))
    path += random.choice(("", "", "/"))
    return f"{scheme}://{random.choice(HOSTS)}{path}{_query(random, odd=odd)}"


def _query(random: Random, *, odd: bool) -> str:
    names, values = (NAMES + ODD_NAMES, VALUES + ODD_VALUES) if odd else (NAMES, VALUES)
    parts = []
    for _ in range(random.choice((0, 0, 1, 2, 3, 6))):
        name = random.choice(names)
        parts.append(name if name and random.random() < 0.1 else f"{name}={random.choice(values)}")
    if odd and random.random() < 0.1:
        parts.append("")
    return "?" + "&".join(parts) if parts else random.choice(("", "", "?"))


def _headers(random: Random) -> tuple[tuple[str, str], ...]:
    found = []
    for name in random.sample(HEADERS, random.randrange(6)):
        repeated = 1 if name in ONCE else random.choice((1, 1, 1, 2, 3))
        found += [(name, random.choice(TEXTS)) for _ in range(repeated)]
    return tuple(found)
