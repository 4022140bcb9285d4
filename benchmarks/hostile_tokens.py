"""How do verifiers fare before the battery: hostile tokens, and valid ones that are unusual?

Every case of tests/battery is put before authkit, which must give the very code its row demands. Those that need no more
than a token, a key set and a list of algorithms are put before other libraries too, each set up as its documentation
recommends: issuer, audience and algorithms given, exp required where there is an option for it. Of them only yes or no
is counted, how many of their exceptions are not of their own kind, and their slowest case. Keys are made anew for each
run. Exits 1 if authkit is wrong once.

    python -m benchmarks.hostile_tokens --json
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from benchmarks.machine import machine
from tests.battery.all_cases import every
from tests.battery.case import ACCEPTED, Attempt, Case, observed
from tests.battery.world import World
from tests.support.tokens import AUDIENCE, ISSUER

TOLD_EVERY = 2.0  # seconds between two lines of progress
TRIES = 3
PATIENCE = 0.1  # seconds: what takes longer is tried once
PORTABLE = frozenset({"issuer", "audience", "algorithms", "jwks", "clock"})  # the settings every library has

Verify = Callable[[Any, dict[str, Any], list[str]], object]
"""Takes a token, a key set and the algorithms; raises, or returns something."""


class Peer(NamedTuple):
    """Another library, how it verifies, and the exceptions that are its own."""

    name: str
    package: str
    verify: Verify
    own: tuple[type[BaseException], ...]


class Count:
    """What came of the cases put before one verifier."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases = self.wrongly_accepted = self.valid_refused = self.otherwise_wrong = self.foreign = 0
        self.slowest, self.slowest_case = 0.0, ""
        self.wrong: list[str] = []

    def add(self, case: Case, seen: str) -> None:
        """Count an outcome: a word of `observed`, or of `outcome_of` a peer."""
        self.cases += 1
        foreign = seen.startswith("foreign") and seen not in case.expected
        self.foreign += foreign
        if seen in case.expected and not foreign:
            return
        accepted, welcome = seen.startswith(ACCEPTED), ACCEPTED in case.expected
        self.wrongly_accepted += accepted and not welcome
        self.valid_refused += welcome and not accepted
        self.otherwise_wrong += not accepted and not welcome and not foreign
        self.wrong.append(f"{case.id}: {seen}")

    def time(self, case: Case, seconds: float) -> None:
        """Keep the slowest."""
        if seconds > self.slowest:
            self.slowest, self.slowest_case = seconds, case.id

    def figures(self) -> dict[str, Any]:
        """Return the counts, for a table or as JSON."""
        return {
            "cases": self.cases,
            "wrongly_accepted": self.wrongly_accepted,
            "valid_refused": self.valid_refused,
            "otherwise_wrong": self.otherwise_wrong,
            "foreign_exceptions": self.foreign,
            "slowest_ms": round(self.slowest * 1000, 2),
            "slowest_case": self.slowest_case,
        }


def pyjwt() -> Peer:
    """PyJWT with its client for key sets, which is handed the set instead of fetching it."""
    import jwt

    options: Any = {"require": ["exp", "iss", "aud"]}

    def verify(token: Any, keys: dict[str, Any], algorithms: list[str]) -> object:
        class Given(jwt.PyJWKClient):
            def fetch_data(self) -> Any:
                return keys

        key = Given("https://idp.example.com/jwks").get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=algorithms, audience=AUDIENCE, issuer=ISSUER, options=options)

    return Peer("PyJWT", "pyjwt", verify, (jwt.PyJWTError,))


def joserfc() -> Peer:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}, exp={"essential": True}
    )

    def verify(token: Any, keys: dict[str, Any], algorithms: list[str]) -> object:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=algorithms)  # type: ignore[arg-type]
        registry.validate(decoded.claims)
        return decoded

    return Peer("joserfc", "joserfc", verify, (JoseError,))


def authlib() -> Peer:
    with warnings.catch_warnings():
        import authlib.deprecate  # noqa: F401 - it asks for its warnings to be shown, so it has to come first

        warnings.simplefilter("ignore")  # it points to joserfc
        from authlib.common.errors import AuthlibBaseError
        from authlib.jose import JsonWebKey, JsonWebToken

    options = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
        "exp": {"essential": True},
    }

    def verify(token: Any, keys: dict[str, Any], algorithms: list[str]) -> object:
        decoded = JsonWebToken(algorithms).decode(token, JsonWebKey.import_key_set(keys), claims_options=options)
        decoded.validate()
        return decoded

    return Peer("Authlib", "authlib", verify, (AuthlibBaseError,))


def python_jose() -> Peer:
    from jose import jwt
    from jose.exceptions import JOSEError

    options = {f"require_{name}": True for name in ("exp", "iss", "aud")}

    def verify(token: Any, keys: dict[str, Any], algorithms: list[str]) -> object:
        return jwt.decode(token, keys, algorithms=algorithms, audience=AUDIENCE, issuer=ISSUER, options=options)

    return Peer("python-jose", "python-jose", verify, (JOSEError,))


def jwcrypto() -> Peer:
    from jwcrypto.common import JWException
    from jwcrypto.jwk import JWKSet
    from jwcrypto.jwt import JWT

    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": None}

    def verify(token: Any, keys: dict[str, Any], algorithms: list[str]) -> object:
        found = JWKSet.from_json(json.dumps(keys))
        return JWT(jwt=token, key=found, algs=algorithms, check_claims=claims, expected_type="JWS").claims

    return Peer("jwcrypto", "jwcrypto", verify, (JWException,))


def powertools() -> Peer:
    from aws_lambda_powertools.utilities.auth_alpha import JWTVerifier
    from aws_lambda_powertools.utilities.auth_alpha.exceptions import AuthError

    def verify(token: Any, keys: dict[str, Any], algorithms: list[str]) -> object:
        return JWTVerifier(issuer=ISSUER, audience=AUDIENCE, algorithms=algorithms, jwks=keys).verify(token)

    return Peer("Powertools", "aws-lambda-powertools", verify, (AuthError,))


PEERS: dict[str, Callable[[], Peer]] = {
    "jwt": pyjwt,
    "joserfc": joserfc,
    "authlib": authlib,
    "jose": python_jose,
    "jwcrypto": jwcrypto,
    "aws_lambda_powertools.utilities.auth_alpha": powertools,
}


def installed(known: Mapping[str, Callable[[], Peer]] = PEERS) -> list[Peer]:
    """Return the libraries that are there, and name on stderr those that are not."""
    found = {module: is_installed(module) for module in known}
    missing = [module for module in known if not found[module]]
    if missing:
        print(f"not installed, so not asked: {', '.join(missing)}", file=sys.stderr)
    return [make() for module, make in known.items() if found[module]]


def is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a part of a package that is not there
        return False


def outcome_of(peer: Peer, attempt: Attempt, case: Case) -> str:
    """Return a peer's yes or no, in the row's own words where it agrees with the row."""
    given = attempt.settings
    try:
        peer.verify(attempt.token, given["jwks"], list(given["algorithms"]))
    except peer.own:
        return next(iter(sorted(case.expected - {ACCEPTED})), "refused")
    except (Exception, RecursionError) as error:  # noqa: BLE001 - each is what we count
        return f"foreign {type(error).__name__}"
    return ACCEPTED


def is_portable(case: Case, attempt: Attempt) -> bool:
    """Tell whether a case is a token, a key set and algorithms, and no setting of ours beside them."""
    return case.portable and bool(attempt.settings) and set(attempt.settings) == PORTABLE


def timed(call: Callable[[], str]) -> tuple[str, float]:
    """Return an outcome, and the best time of some tries."""
    best, seen = float("inf"), ""
    for _ in range(TRIES):
        began = time.perf_counter()
        seen = call()
        best = min(best, time.perf_counter() - began)
        if best > PATIENCE:
            break
    return seen, best


def run(cases: Sequence[Case], peers: Sequence[Peer], world: World) -> list[Count]:
    """Put the cases before everybody; say how far it is on stderr."""
    ours, others = Count("authkit"), [Count(peer.name) for peer in peers]
    told = time.perf_counter()
    for number, case in enumerate(cases):
        if time.perf_counter() - told > TOLD_EVERY:
            told = time.perf_counter()
            print(f"{number:,} of {len(cases):,} cases", file=sys.stderr)
        if case.act:
            ours.add(case, case.act(world))
        elif case.build:
            attempt = case.build(world)
            put(case, attempt, ours, lambda attempt=attempt: observed(attempt.run, attempt.secrets))
            if is_portable(case, attempt):
                for peer, count in zip(peers, others, strict=True):
                    put(
                        case,
                        attempt,
                        count,
                        lambda peer=peer, attempt=attempt, case=case: outcome_of(peer, attempt, case),
                    )
    return [ours, *others]


def put(case: Case, attempt: Attempt, count: Count, call: Callable[[], str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries find deprecated is not what is asked
        seen, seconds = timed(call)
    if count.name == "authkit" and seen == ACCEPTED and case.then and not case.then(attempt.run()):
        seen = "accepted with other claims"
    count.add(case, seen)
    count.time(case, seconds)


def chosen(rows: str) -> list[Case]:
    """Return the cases of these rows, or of these letters; all where none is named."""
    wanted = [row.strip() for row in rows.split(",") if row.strip()]
    return [case for case in every() if not wanted or case.row in wanted or case.row[0] in wanted]


def table(counts: Sequence[Count]) -> str:
    heads = (
        "cases",
        "wrongly accepted",
        "valid refused",
        "otherwise wrong",
        "foreign exceptions",
        "slowest, ms",
        "slowest case",
    )
    lines = [f"{'':12} " + " ".join(f"{head:>18}" for head in heads)]
    lines += [f"{each.name:12} " + " ".join(f"{value:>18}" for value in each.figures().values()) for each in counts]
    return "\n".join(lines)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile_tokens", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", default="", help="only these rows or letters, as B12,C (default: all)")
    parser.add_argument("--list", action="store_true", help="name on stderr what each verifier had wrong")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    cases, peers = chosen(options.rows), installed()

    counts = run(cases, peers, World(int(time.time())))

    facts = machine(*(peer.package for peer in peers))
    if options.json:
        print(json.dumps({**facts, "verifiers": {each.name: each.figures() for each in counts}}, indent=2))
    else:
        print(table(counts), *(f"{name:12} {value}" for name, value in facts.items()), sep="\n")
    for each in counts if options.list else counts[:1]:
        print(
            *(f"{each.name}: {line}" for line in each.wrong), sep="\n", end="\n" if each.wrong else "", file=sys.stderr
        )
    return 1 if counts[0].wrong else 0


if __name__ == "__main__":
    logging.getLogger("authkit").setLevel(logging.CRITICAL)  # thousands of warnings about keys are what is asked for
    raise SystemExit(main())
