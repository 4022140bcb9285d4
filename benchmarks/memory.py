"""What a million distinct bad credentials leave behind: nothing that grows."""

from __future__ import annotations

import gc
import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from authkit import APIKey, Authorizer, Header, JWTBearer, Refused, Route, TokenCache
from authkit.gateway.request import parse
from benchmarks.issued import AUDIENCE, ISSUER, Issued, issue
from benchmarks.machine import machine
from benchmarks.report import sized_parser
from benchmarks.ways import event_for

COUNT, QUICK = 1_000_000, 20_000
SAMPLES = 10
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


def attacks(issued: Issued) -> dict[str, Callable[[int], object]]:
    """Return what to do with a number, each time with a credential that was never seen before."""
    bearer = JWTBearer(issuer=ISSUER, audience=AUDIENCE, jwks=issued.jwks, cache=TokenCache())
    handler = Authorizer(authenticate=bearer, routes=[Route("GET", "/orders/{id}")], observe=lambda _: None)
    keys = APIKey(store={}, pepper=b"thirty-two bytes of a pepper ...", source=Header("x-api-key"))
    event = event_for(issued)
    header, claims, signature = event["authorizationToken"].split(" ")[1].split(".")
    rng = random.Random(1)

    def refused(token: str) -> None:
        try:
            bearer.verify(token)
        except Refused:
            return
        raise AssertionError("a bad token was taken")

    def forged(number: int) -> None:
        refused(f"{header}.{claims}.{number:08d}{signature[8:]}")

    def garbage(number: int) -> None:
        refused(f"{rng.getrandbits(256):x}.{number:x}.{rng.getrandbits(64):x}")

    def through_the_handler(number: int) -> None:
        try:
            handler({**event, "authorizationToken": f"Bearer {header}.{number:08d}{claims[8:]}.{signature}"})
        except Exception as error:  # the word the gateway makes a 401 of
            if str(error) != "Unauthorized":
                raise

    arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/live/GET/orders/7"

    def api_keys(number: int) -> None:
        text = f"ak_live_{number:012d}_{rng.getrandbits(128):040d}_AAAAAA"
        try:
            keys(parse({"type": "REQUEST", "methodArn": arn, "headers": {"x-api-key": text}}))
        except Refused:
            return
        raise AssertionError("a made-up key was taken")

    return {"forged signatures": forged, "garbage": garbage, "whole handler": through_the_handler, "API keys": api_keys}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; the exit code is 1 if one run grew."""
    parser = sized_parser("memory", __doc__)
    parser.add_argument(
        "--count", type=int, help=f"of bad credentials, of each kind (default: {COUNT:,}, quick {QUICK:,})"
    )
    options = parser.parse_args(arguments)
    count = options.count or (QUICK if options.quick else COUNT)
    issued = issue("ES256", 1)
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
