"""How long does a strict verification take with keys at hand, beside the bare operation and beside others?

Every verifier gets the same tokens, in turns of small blocks (benchmarks/timing.py). The floor is one call of
`cryptography` or `hmac` with every input decoded; a row tells what decoding and parsing add to it before anything is
asked, which nothing written in Python can save. Node's verifiers take part where AUTHKIT_NODE_MODULES names a folder
with aws-jwt-verify, jose and fast-jwt in it.

    python -m benchmarks.verify_speed --algorithms RS256,ES256 --quick
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import warnings
from typing import TYPE_CHECKING, Any

from benchmarks import node
from benchmarks.issued import Issued, floor, issue, unchecked
from benchmarks.machine import machine
from benchmarks.margins import margins
from benchmarks.peers import only_pyjwt, verifiers
from benchmarks.report import Budget, closing, rows, size_of, sized_parser, table
from benchmarks.timing import Contender, Size, Times, here, race
from tests.faults.server import Server, answer, says

if TYPE_CHECKING:
    from collections.abc import Sequence

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256")
OVER_FLOOR = {"RS256": 1.5, "ES256": 1.25, "EdDSA": 1.15, "HS256": 4.0}  # design section 8
OVER_PYJWT = 0.45
BESIDE = ("floor", "PyJWT, key object")
LEAST = "no check but the signature"
AHEAD_OF = ("joserfc", "node aws-jwt-verify", "node fast-jwt")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = sized_parser("verify_speed", __doc__)
    parser.add_argument("--algorithms", default=",".join(ALGORITHMS), help=f"some of {', '.join(ALGORITHMS)}")
    parser.add_argument("--alone", action="store_true", help="of all the others, PyJWT with a key in hand only")
    options = parser.parse_args(argv)
    strangers = set(options.algorithms.split(",")) - set(ALGORITHMS)
    if strangers:
        parser.error(f"not among the algorithms: {', '.join(sorted(strangers))}")
    return options


def measure(issued: Issued, size: Size, *, alone: bool = False) -> tuple[list[Times], dict[str, str]]:
    """Time everything that knows the algorithm; return that, and the versions of Node's packages."""
    body = json.dumps(issued.jwks).encode()
    asked = only_pyjwt if alone else verifiers
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # joserfc's word on EdDSA, at each call
        server = stack.enter_context(Server(says(answer("200 OK", body))))
        contenders = [here("floor", floor(issued), issued.parts), here(LEAST, unchecked(issued), issued.texts)]
        contenders += [here(name, call, issued.texts) for name, call in asked(issued, server.url).items()]
        further: list[Contender] = []
        versions: dict[str, str] = {}
        if not alone and not node.missing():
            child = stack.enter_context(node.verifying(issued))
            further, versions = child.contenders(), child.versions
        times = race([*contenders, *further], size, issued.alg)
    return times, versions


def budgets(alg: str, times: list[Times]) -> list[Budget]:
    """Hold authkit's times to the design's budgets."""
    by_name = {each.name: each for each in times}
    ours, bare, pyjwt = (by_name[name] for name in ("authkit", *BESIDE))
    found = [Budget(f"{alg} / floor", OVER_FLOOR[alg], ours.over(bare))] if alg in OVER_FLOOR else []
    if alg in OVER_FLOOR:
        found.append(Budget(f"{alg} / PyJWT", OVER_PYJWT, ours.over(pyjwt), bare.over(pyjwt)))
    return found + [Budget(f"{alg} / {name}", 1.0, ours.over(by_name[name])) for name in AHEAD_OF if name in by_name]


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    size = size_of(options)
    about = machine("cryptography", "PyJWT", "joserfc", "Authlib", "ryjwt", "aws-lambda-powertools")
    report: dict[str, Any] = {}
    kept: list[Budget] = []
    if not options.alone and node.missing():
        print(f"without Node's verifiers: {node.missing()}", file=sys.stderr)
    for alg in options.algorithms.split(","):
        times, versions = measure(issue(alg, size.pool), size, alone=options.alone)
        about |= versions
        far = margins(times, {"authkit": OVER_FLOOR[alg]} if alg in OVER_FLOOR else {})
        report[alg] = rows(times, BESIDE)
        report[f"{alg} margins"] = [each.as_json() for each in far]
        kept += budgets(alg, times)
        if not options.json:
            print("\n".join([table(alg, times, BESIDE), *map(str, far)]), end="\n\n")
    if options.json:
        print(json.dumps({"algorithms": report, "budgets": [each.as_json() for each in kept], **about}, indent=2))
    else:
        print(closing(kept, about))
    return 0  # times depend on the machine: they are told, and gate nothing


if __name__ == "__main__":
    raise SystemExit(main())
