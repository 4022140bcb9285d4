"""``authkit mismatch``: why a signature does not match, told by the request and the service's own words."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .sign import flags
from .sign.data import read
from .sign.received import Received, add_request, received

if TYPE_CHECKING:
    from ..sigv4 import Credentials
    from ..sigv4.mismatch import Finding

_DESCRIPTION = """\
Name the first difference between a signed request and what the other side made of it, and its cause. Give the request
as it was sent, signature and all, and what the service said: its error text, which may hold the canonical request, or
the log of a signer that does. With the secret (environment, shared files, credential_process) the signature itself is
looked into as well. A cause is named only where signing again in that way gives what the other side has.
"""

_EXAMPLES = """\
Examples:
  authkit mismatch request.txt --error answer.json
  curl -sv … --json @order.json 2>request.txt >answer.json
  authkit mismatch request.txt --json @order.json --error answer.json
  authkit sign … --print http | authkit mismatch - --profile partner
  authkit mismatch - --profile partner < request.txt
  authkit mismatch 'https://api.example.com/a?b=1' -H 'Authorization: AWS4-HMAC-SHA256 …' -H 'X-Amz-Date: …' --error -

What curl -v shows has no body: give it besides. Where it counts and is not there, no cause is guessed.
Exit codes: 0 a cause was found, 1 refused (an event that does not tell the request as it was sent), 2 wrong usage,
3 cannot tell."""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "mismatch",
        help="tell why an AWS signature does not match",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_request(parser)
    parser.add_argument("--error", metavar="FILE", help="what the service said; - for standard input")
    flags.add_credentials(parser)
    parser.add_argument("--no-credentials", action="store_true", help="look for no secret")
    parser.add_argument("--print", choices=("text", "json"), default="text", metavar="FORM", help="text, or json")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the cause."""
    from ..sigv4.mismatch import why_not

    request = received(arguments)
    found = why_not(
        method=request.method,
        url=request.url,
        headers=request.headers,
        body=request.body,
        host=arguments.host,
        error=read(arguments.error) if arguments.error else "",
        key=None if arguments.no_credentials else _key(arguments, request),
    )
    _show(found, as_json=arguments.print == "json")
    return 0 if found.causes else 3


def _key(arguments: argparse.Namespace, request: Received) -> Credentials | None:
    """Return the credentials of the request's access key id; None: they are not here, which is said."""
    from ..local.aws_credentials import find
    from ..sigv4 import CannotSign
    from ..sigv4.mismatch import access_key_id_of

    try:
        wanted = access_key_id_of(method=request.method, url=request.url, headers=request.headers)
        found = find(name=arguments.profile, access_key_id=arguments.access_key_id)
    except CannotSign:
        return None  # why_not says what is wrong with it
    except ConfigError as fault:
        if arguments.profile or arguments.access_key_id:
            raise
        print(f"authkit: without a secret: {fault}", file=sys.stderr)
        return None
    if found.credentials.access_key_id == wanted:
        return found.credentials
    other = f"those of {found.source} are of {found.credentials.access_key_id}, the request is signed by {wanted}"
    print(f"authkit: without a secret: {other}", file=sys.stderr)
    return None


def _show(found: Finding, *, as_json: bool) -> None:
    if not as_json:
        print(found)
        return
    difference = found.difference._asdict() if found.difference else None
    told = {"causes": found.causes, "proof": found.proof, "difference": difference, "says": found.says}
    print(json.dumps(told, indent=2))
