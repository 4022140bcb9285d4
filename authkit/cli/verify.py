"""``authkit verify``: whether a request's AWS signature is good, by rules and a secret of one's own."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from ..errors import Refused
from .sign import flags
from .sign.received import Received, add_request, received

if TYPE_CHECKING:
    from ..sigv4 import Credentials, Policy, Verified
    from ..sigv4.policy import Payload

_DESCRIPTION = """\
Verify the AWS signature of a request, in its headers or its URL. The secret comes from the environment, the shared
files or a profile's credential_process; region and service are yours to say, and are not taken from the request.
No signature but the request's own is ever shown.
"""

_EXAMPLES = """\
Examples:
  authkit verify request.txt --region eu-central-1 --service acme-orders
  authkit verify - --region eu-central-1 --service acme-orders --at 20150830T123600Z -v < request.txt
  authkit verify event.json --region eu-central-1 --service acme-orders --profile partner
  authkit verify trace.txt --json @order.json --region eu-central-1 --service acme-orders
  authkit sign … --print http | authkit verify - --region eu-central-1 --service acme-orders
  authkit verify 'https://api.example.com/a?X-Amz-Algorithm=…' --region eu-central-1 --service acme-orders

What curl -v shows has no body: give it besides, as to trace.txt above.
Exit codes: 0 the signature is good, 1 refused, 2 wrong usage, 3 cannot tell."""

_REGION = "that it has to be signed for; default: of the environment or the profile"
_SERVICE = "that it has to be signed for; has to be said"
_TIMES = ("signed_at", "ends_at")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "verify",
        help="verify the AWS signature of a request, with a secret of your own",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_request(parser)
    flags.add_scope(parser, _REGION, _SERVICE)
    flags.add_credentials(parser)
    parser.add_argument(
        "--skew", type=float, default=300, metavar="SECONDS", help="how far clocks may be apart (default: 300)"
    )
    parser.add_argument("--unsigned-payload", action="store_true", help="take a body that is not signed")
    parser.add_argument("--any-path", action="store_true", help="take dot segments and doubled slashes in the path")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show canonical request and string to sign, no token"
    )
    parser.add_argument("--print", choices=("text", "json"), default="text", metavar="FORM", help="text, or json")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the verdict."""
    from ..local.aws_credentials import find

    request = received(arguments)
    found = find(name=arguments.profile, access_key_id=arguments.access_key_id)
    region = arguments.region or found.region
    if not region or not arguments.service:
        arguments.parser.error("say --region and --service: what a request says of itself is not taken for it")
    try:
        verified = _verified(arguments, request, _policy(arguments, request, region), found.credentials)
        _show(arguments, {"verdict": "verified", **_told(verified)})
    except Refused as refusal:
        told = {"code": refusal.code, "claim": refusal.claim, "detail": refusal.detail}
        _show(arguments, {"verdict": "refused", **told})
        return_code = 1
        if refusal.code == "payload_unavailable":
            print("authkit: give the body with -d", file=sys.stderr)
    else:
        return_code = 0
    if arguments.verbose:
        _explain(request, arguments.host)
    return return_code


def _policy(arguments: argparse.Namespace, request: Received, region: str) -> Policy:
    from ..sigv4 import V4, V4A, Policy

    payloads: list[Payload] = ["checked", "declared"] if request.lacks_body else ["checked", "declared", "empty"]
    return Policy(
        regions=[region],
        services=[arguments.service],
        algorithms=[V4, V4A],
        mechanisms=["header", "query"],
        skew=arguments.skew,
        payloads=[*payloads, "unsigned"] if arguments.unsigned_payload else payloads,
        normal_paths=not arguments.any_path,
    )


def _verified(arguments: argparse.Namespace, request: Received, policy: Policy, credentials: Credentials) -> Verified:
    from ..sigv4 import verify

    return verify(
        method=request.method,
        url=request.url,
        headers=request.headers,
        body=request.body,
        host=arguments.host,
        policy=policy,
        lookup=lambda key_id, _: credentials if key_id == credentials.access_key_id else None,
        clock=flags.clock(arguments.at),
    )


def _told(verified: Verified) -> dict[str, Any]:
    return {
        "access_key_id": verified.access_key_id,
        "scope": str(verified.scope),
        "algorithm": verified.scope.algorithm,
        "mechanism": verified.mechanism,
        "signed_at": verified.signed_at,
        "ends_at": verified.ends_at,
        "method": verified.method,
        "path": verified.path,
        "signed_headers": list(verified.signed_headers),
        "payload": verified.payload,
    }


def _show(arguments: argparse.Namespace, told: dict[str, Any]) -> None:
    if arguments.print == "json":
        print(json.dumps(told, indent=2))
        return
    for name, value in told.items():
        print(f"{name + ':':<16}{_text(name, value)}")


def _text(name: str, value: Any) -> str:
    if name in _TIMES:
        return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(value))
    return " ".join(value) if isinstance(value, list) else str(value)


def _explain(request: Received, host: str | None) -> None:
    """Tell what the signature should be over, on stderr: it is talk, and has no token in it."""
    from ..sigv4 import EMPTY_SHA256, CannotSign, read_unverified
    from ..sigv4.mismatch import blanked
    from ..sigv4.mismatch.reading import NOT_HERE

    try:
        found = read_unverified(
            method=request.method, url=request.url, headers=request.headers, body=request.body, host=host
        )
    except CannotSign as fault:
        print(f"no canonical request: {fault}", file=sys.stderr)
        return
    canonical = blanked(found.canonical_request)
    if request.lacks_body and found.payload_hash == EMPTY_SHA256:  # which stands there for a hash nobody can know
        print(f"canonical request:\n{canonical.removesuffix(EMPTY_SHA256)}{NOT_HERE}", file=sys.stderr)
        return
    print(f"canonical request:\n{canonical}\n", file=sys.stderr)
    print(f"string to sign:\n{found.string_to_sign}", file=sys.stderr)
