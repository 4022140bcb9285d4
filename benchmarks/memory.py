"""What a million distinct bad credentials leave behind: nothing that grows.

Forged signatures, garbage, tokens through the whole handler, made-up API keys, key names that a fetched set does not have,
and issuers that nobody has named. With the unknown key names time passes, so that they cause fetches now and then.

    python -m benchmarks.memory --count 250000 --json
"""

from __future__ import annotations

import gc
import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from authkit import APIKey, Authorizer, Header, JWTBearer, Refused, Route, TokenCache, by_issuer
from authkit.gateway.request import parse
from authkit.keys.answer import Response
from authkit.keys.remote import RemoteKeys
from benchmarks.fleets import URL, Clock
from benchmarks.issued import AUDIENCE, ISSUER, Issued, claims, issue
from benchmarks.machine import machine
from benchmarks.report import sized_parser
from benchmarks.ways import event_for
from tests.support.tokens import b64

COUNT, QUICK = 1_000_000, 20_000
SAMPLES = 10
BETWEEN = 0.01  # seconds of its own clock between two unknown key names: a million take some three hours
ALLOWED = 4.0  # MiB that a run may add after its first tenth: the allocator's own, as nothing else is kept


class Grown(NamedTuple):
    """MiB of the process after each tenth of a run."""

    name: str
    sizes: tuple[float, ...]

    @property
    def growth(self) -> float:
        """Return what the last nine tenths added."""
        return self.sizes[-1] - self.sizes[0]


def size() -> float:
    """Return how much memory this process holds, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def grown(name: str, count: int, attack: Callable[[int], object]) -> Grown:
    """Attack as often, and look how large the process is now and then."""
    sizes = []
    for tenth in range(SAMPLES):
        for number in range(tenth * count // SAMPLES, (tenth + 1) * count // SAMPLES):
            attack(number)
        gc.collect()
        sizes.append(size())
        print(f"{name}: {(tenth + 1) * 100 // SAMPLES} %", file=sys.stderr)
    return Grown(name, tuple(sizes))


Attack = Callable[[int], object]
"""Does something with a number, each time with a credential that was never seen before."""


def attacks(issued: Issued) -> dict[str, Attack]:
    """Return each attack by its name."""
    return {
        **tokens(issued),
        "API keys": made_up_keys(),
        "unknown key names": unknown_kids(issued),
        "unknown issuers": strangers(issued),
    }


def refused(verify: Callable[[str], object], token: str) -> None:
    try:
        verify(token)
    except Refused:
        return
    raise AssertionError("a bad token was taken")


def tokens(issued: Issued) -> dict[str, Attack]:
    """Return what is done to one bearer with its keys at hand, and to the handler around it."""
    bearer = JWTBearer(issuer=ISSUER, audience=AUDIENCE, jwks=issued.jwks, cache=TokenCache())
    handler = Authorizer(authenticate=bearer, routes=[Route("GET", "/orders/{id}")], observe=lambda _: None)
    event = event_for(issued)
    header, payload, signature = event["authorizationToken"].split(" ")[1].split(".")
    rng = random.Random(1)

    def forged(number: int) -> None:
        refused(bearer.verify, f"{header}.{payload}.{number:08d}{signature[8:]}")

    def garbage(number: int) -> None:
        refused(bearer.verify, f"{rng.getrandbits(256):x}.{number:x}.{rng.getrandbits(64):x}")

    def through_the_handler(number: int) -> None:
        try:
            handler({**event, "authorizationToken": f"Bearer {header}.{number:08d}{payload[8:]}.{signature}"})
        except Exception as error:  # the word the gateway makes a 401 of
            if str(error) != "Unauthorized":
                raise

    return {"forged signatures": forged, "garbage": garbage, "whole handler": through_the_handler}


def made_up_keys() -> Attack:
    """Return what is done to a credential of API keys that knows none of them."""
    keys = APIKey(store={}, pepper=b"thirty-two bytes of a pepper ...", source=Header("x-api-key"))
    arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/live/GET/orders/7"
    rng = random.Random(1)

    def api_keys(number: int) -> None:
        text = f"ak_live_{number:012d}_{rng.getrandbits(128):040d}_AAAAAA"
        try:
            keys(parse({"type": "REQUEST", "methodArn": arn, "headers": {"x-api-key": text}}))
        except Refused:
            return
        raise AssertionError("a made-up key was taken")

    return api_keys


def unknown_kids(issued: Issued) -> Attack:
    """Return what is done to a set of keys that was fetched, and is fetched again as often as strangers may cause it."""
    clock, document = Clock(), json.dumps(issued.jwks).encode()
    keys = RemoteKeys(
        lambda _: URL,
        lambda *_, **__: Response(200, {}, document),
        monotonic=clock,
        wall=clock,
        on_event=lambda _: None,
    )
    bearer = JWTBearer(issuer=ISSUER, audience=AUDIENCE, jwks=keys)
    good = issued.tokens[0].decode()
    bearer.verify(good)
    _, _, rest = good.partition(".")

    def unknown(number: int) -> None:
        clock.now += BETWEEN
        header = b64(json.dumps(issued.key.header(typ="JWT", kid=f"stranger-{number}")).encode())
        refused(bearer.verify, f"{header}.{rest}")

    return unknown


def strangers(issued: Issued) -> Attack:
    """Return what is done to a bearer for the tokens of two issuers: it is given those of others."""
    bearer = by_issuer(
        *(JWTBearer(issuer=each, audience=AUDIENCE, jwks=issued.jwks) for each in (ISSUER, f"{ISSUER}_2")),
        cache=TokenCache(),
    )
    header, _, signature = issued.tokens[0].decode().split(".")
    asked = claims()

    def unknown(number: int) -> None:
        payload = b64(json.dumps({**asked, "iss": f"https://idp-{number}.example.com/"}).encode())
        refused(bearer.verify, f"{header}.{payload}.{signature}")

    return unknown


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; the exit code is 1 if one run grew."""
    parser = sized_parser("memory", __doc__)
    parser.add_argument(
        "--count", type=int, help=f"of bad credentials, of each kind (default: {COUNT:,}, quick {QUICK:,})"
    )
    options = parser.parse_args(arguments)
    count = options.count or (QUICK if options.quick else COUNT)
    issued = issue("RS256", 1)  # the quickest to refuse
    runs = [grown(name, count, attack) for name, attack in attacks(issued).items()]
    if options.json:
        told = [{"name": each.name, "sizes_mib": each.sizes, "growth_mib": round(each.growth, 2)} for each in runs]
        print(json.dumps({"count": count, "allowed_mib": ALLOWED, "runs": told, **machine()}, indent=2))
    else:
        print(f"{count:,} distinct bad credentials of each kind: MiB of the process after each tenth")
        for each in runs:
            print(f"{each.name:20}" + "".join(f"{size:7.1f}" for size in each.sizes) + f"   {each.growth:+.1f}")
        print(f"\nallowed: {ALLOWED:+.1f}")
    return 0 if all(each.growth <= ALLOWED for each in runs) else 1


if __name__ == "__main__":
    raise SystemExit(main())
