"""``authkit token``: mint one for trying things out, make a key to sign it, or look into one."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError
from . import values

_SIGNING = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA")
_NARROWEST, _WIDEST = 12, 40  # columns of the members' names; what is wider still stands out of line
_LIFETIME = 600  # seconds
_OF_A_KEY = ("alg", "kid", "audience", "sub", "expires_in", "claim")  # arguments that mean nothing to an issuer
_CODES = "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 cannot tell."
_TIMES = ("exp", "nbf", "iat", "auth_time")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("token", help="mint a token, make a key for it, or look into one", epilog=_CODES)
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_mint(actions)
    _add_keypair(actions)
    _add_inspect(actions)


def _add_mint(actions: Any) -> None:
    mint = actions.add_parser(
        "mint",
        help="get a token from an issuer, or sign one with a key file",
        description="Get a token by client credentials (by default from a running demo), or sign one with a key file.",
        epilog="Examples:\n"
        "  authkit token mint --client writer\n"
        "  AUTHKIT_CLIENT_SECRET=… authkit token mint --issuer https://idp.example.com --client me --scope orders:read\n"
        "  authkit token mint --key dev.jwk --issuer https://idp.example.com/ --audience api --sub user-42 --claim tenant=acme\n\n"
        f"{_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    mint.add_argument("--issuer", default="http://127.0.0.1:8481", help="its URL (default: the demo's)")
    mint.add_argument("--client", default="reader", help="client id (default: reader)")
    mint.add_argument("--scope", help="blank-separated; all the client has if not given")
    mint.add_argument("--key", metavar="FILE", help="sign with this private JWK or PEM instead of asking the issuer")
    mint.add_argument("--alg", help="with --key: the algorithm, if the key does not tell")
    mint.add_argument("--kid", help="with --key: the key's name")
    mint.add_argument("--audience", help="with --key: aud")
    mint.add_argument("--sub", help="with --key: sub (default: the client)")
    mint.add_argument("--expires-in", type=int, metavar="SECONDS", help=f"with --key (default: {_LIFETIME})")
    mint.add_argument(
        "--claim", action="append", default=[], metavar="NAME=VALUE", help="with --key: one more; JSON or text"
    )
    mint.set_defaults(run=run_mint, usage_error=mint.error)


def _add_keypair(actions: Any) -> None:
    keypair = actions.add_parser(
        "keypair",
        help="make a key for trying things out: NAME.jwk, and NAME.jwks.json for the authorizer",
        description="Write a new private key to NAME.jwk, which only you can read, and its public half to NAME.jwks.json.",
        epilog="Example:\n"
        "  authkit token keypair dev\n"
        "  authkit token mint --key dev.jwk --issuer https://idp.example.com/ --audience api --sub ann\n"
        '  JWTBearer(…, jwks="dev.jwks.json")\n\n'
        "Exit codes: 0 done, 2 wrong usage, 3 a file is there already, or cannot be written.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    keypair.add_argument("name", metavar="NAME", help="of the files, without their endings")
    keypair.add_argument("--alg", choices=_SIGNING, default="RS256", help="the algorithm (default: RS256)")
    keypair.set_defaults(run=run_keypair)


def _add_inspect(actions: Any) -> None:
    inspect = actions.add_parser(
        "inspect",
        help="show what a token says; verify it if told against what",
        description="Read a token from a file or standard input (never from the command line, which others can see).",
        epilog="Examples:\n"
        "  authkit token mint | authkit token inspect\n"
        "  authkit token inspect token.txt --issuer https://idp.example.com/ --audience api\n"
        "  authkit token inspect --issuer https://idp.example.com/ --audience api --jwks jwks.json < token.txt\n\n"
        f"{_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inspect.add_argument("file", nargs="?", default="-", metavar="FILE", help="default: standard input")
    inspect.add_argument("--issuer", help="verify: the exact issuer")
    inspect.add_argument("--audience", help="verify: the audience")
    inspect.add_argument("--jwks", metavar="FILE|URL", help="verify: its keys; by default found by discovery")
    inspect.add_argument("--alg", action="append", help="verify: an algorithm to allow (default: RS256 and ES256)")
    inspect.add_argument("--json", action="store_true", help="print one JSON object")
    inspect.set_defaults(run=run_inspect, usage_error=inspect.error)


def run_mint(arguments: argparse.Namespace) -> int:
    """Print a token."""
    if arguments.key:
        from ..local.signing import sign

        print(sign(_claims(arguments), arguments.key, alg=arguments.alg, kid=arguments.kid))
        return 0
    ignored = [f"--{name.replace('_', '-')}" for name in _OF_A_KEY if getattr(arguments, name)]
    if ignored:
        arguments.usage_error(f"{', '.join(ignored)}: with --key; without one the issuer says what a token says")
    from ..local.client import client_credentials

    secret = os.environ.get("AUTHKIT_CLIENT_SECRET", "dev")
    print(client_credentials(arguments.issuer, client_id=arguments.client, secret=secret, scope=arguments.scope))
    return 0


def run_keypair(arguments: argparse.Namespace) -> int:
    """Print the names of two new files."""
    from ..local.signing import write_key_pair

    try:
        paths = write_key_pair(arguments.alg, arguments.name)
    except FileExistsError as fault:
        raise ConfigError(
            f"{fault.filename} is there already, and a key is never written over: choose another name, or remove it"
        ) from None
    for path in paths:
        print(path)
    return 0


def _claims(arguments: argparse.Namespace) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": arguments.issuer,
        "sub": arguments.sub or arguments.client,
        "aud": arguments.audience,
        "scope": arguments.scope,
        "iat": now,
        "exp": now + (_LIFETIME if arguments.expires_in is None else arguments.expires_in),
        **dict(_claim(text) for text in arguments.claim),
    }
    return {name: value for name, value in claims.items() if value is not None}


def _claim(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigError(f"--claim {text!r}: write NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def run_inspect(arguments: argparse.Namespace) -> int:
    """Print what a token says; raise `Refused` where it was to be verified and is bad."""
    from ..tokens.inspect import inspect

    if any([arguments.issuer, arguments.audience, arguments.jwks]) and not (arguments.issuer and arguments.audience):
        arguments.usage_error("to verify, give both --issuer and --audience")
    token = values.token_in(arguments.file, arguments.usage_error)
    unverified = inspect(token)
    verified = _verify(token, arguments)
    if arguments.json:
        shown = {"header": unverified.unverified_header, "claims": unverified.unverified_claims, "verified": verified}
        print(json.dumps(shown, indent=2, ensure_ascii=True))
        return 0
    print("verified" if verified else "NOT VERIFIED: anybody can have written this")
    _show("header", unverified.unverified_header)
    _show("claims", unverified.unverified_claims)
    return 0


def _verify(token: str, arguments: argparse.Namespace) -> bool:
    if not arguments.issuer:
        return False
    from ..credentials.bearer import JWTBearer

    bearer = JWTBearer(
        issuer=arguments.issuer,
        audience=arguments.audience,
        algorithms=arguments.alg or ("RS256", "ES256"),
        jwks=arguments.jwks,
        relax={"http-loopback"},
    )
    bearer.verify(token)
    return True


def _show(title: str, members: Mapping[str, Any]) -> None:
    print(title)
    shown = {name: json.dumps(name)[1:-1] for name in members}
    width = max([_NARROWEST, *(len(each) for each in shown.values() if len(each) <= _WIDEST)])
    for name, value in members.items():
        print(f"  {shown[name]:<{width}} {json.dumps(value)}{_moment(name, value)}")


def _moment(name: str, value: object) -> str:
    if name not in _TIMES or not isinstance(value, (int, float)) or not 0 <= value < 253402300800:
        return ""
    away = value - time.time()
    distance = f"in {away:.0f} s" if away >= 0 else f"{-away:.0f} s ago"
    return f"   {time.strftime('%Y-%m-%d %H:%M:%SZ', time.gmtime(value))}, {distance}"
