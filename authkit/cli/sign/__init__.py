"""``authkit sign``: send a request with an AWS signature, or show what would be sent."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from . import flags
from .data import read
from .flags import Asked

if TYPE_CHECKING:
    from requests import Response

    from .signed import Sending

FORMS = ("curl", "http", "headers", "url", "canonical", "string-to-sign", "json")
HTTP_ERROR = 22
"""What curl ends with under -f."""

_DESCRIPTION = """\
Sign a request with AWS Signature Version 4 and send it: what is sent is what was signed, to the byte. Flags are
curl's. Credentials come from the environment, the shared files, a profile's credential_process, or botocore's chain
where that is installed; none is taken from the command line, which others can see.

A redirect (-L) to another scheme, host or port is followed without the signature, the token, cookies and data.
"""

_EXAMPLES = """\
Examples:
  authkit sign 'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/prod/orders?limit=5'
  authkit sign https://api.example.com/orders --json '{"item": 7}' --region eu-central-1 --service execute-api -i
  authkit sign https://api.example.com/upload --data-binary @photo.jpg -H 'Content-Type: image/jpeg' --profile dev \\
      --aws-sigv4 aws:amz:eu-central-1:execute-api
  authkit sign https://bucket.s3.eu-central-1.amazonaws.com/a.txt --presign --expires 600
  authkit sign https://api.example.com/orders --region eu-central-1 --service acme-orders --print canonical
  authkit sign https://api.example.com/orders -d a=1 --region eu-central-1 --service acme-orders --print http >request.txt

authkit verify and authkit mismatch read what --print http prints. What is wrong with a signature shows the latter.
Exit codes: 0 answered or shown, 2 wrong usage, 3 cannot tell (no credentials, nothing that can be signed, no answer),
22 under -f where the answer is 400 or above."""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "sign",
        help="send a request with an AWS signature, as curl would; or show it, or a presigned URL",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", metavar="URL", help="http or https")
    flags.add_request(parser)
    flags.add_scope(
        parser,
        "default: of --aws-sigv4, the host, the environment or the profile",
        "default: of --aws-sigv4 or the host, as execute-api",
    )
    parser.add_argument("--aws-sigv4", metavar="P:P:REGION:SERVICE", help="region and service in curl's own spelling")
    parser.add_argument("--presign", action="store_true", help="print a URL that carries its signature; send nothing")
    parser.add_argument(
        "--expires", type=int, metavar="SECONDS", help="with --presign: how long it is good (default: 900)"
    )
    parser.add_argument("--unsigned-payload", action="store_true", help="leave the body out of the signature (https)")
    parser.add_argument("--v4a", action="store_true", help="SigV4a: --region is a set, as eu-*,us-east-1 or *")
    flags.add_credentials(parser)
    parser.add_argument("--dry-run", action="store_true", help="print what would be sent, credentials left out")
    parser.add_argument(
        "--print", choices=FORMS, metavar="FORM", help=f"print this, and send nothing: {', '.join(FORMS)}"
    )
    _add_sending(parser)
    parser.set_defaults(run=run, parser=parser)


def _add_sending(parser: Any) -> None:
    group = parser.add_argument_group("sending, as with curl")
    group.add_argument("-i", "--include", action="store_true", help="print the answer's headers too")
    group.add_argument("-v", "--verbose", action="store_true", help="tell on stderr what is sent, credentials left out")
    group.add_argument("-s", "--silent", action="store_true", help="tell nothing on stderr but what went wrong")
    group.add_argument("-k", "--insecure", action="store_true", help="do not look at the server's certificate")
    group.add_argument("-L", "--location", action="store_true", help="follow redirects")
    group.add_argument("-o", "--output", metavar="FILE", help="write the answer's body there, or what is printed")
    group.add_argument(
        "-f", "--fail", action="store_true", help="end with 22 and no body where the answer is 400 or above"
    )
    group.add_argument("--max-time", type=_seconds, metavar="SECONDS", help="for each answer, and for its whole body")


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return found


def run(arguments: argparse.Namespace) -> int:
    """Sign, and send or show."""
    fault = _fault(arguments)
    if fault:
        arguments.parser.error(fault)
    from ...local.aws_credentials import find
    from ...sigv4.url import split
    from .scope import region_and_service
    from .signed import Scope, signed

    asked = _asked(arguments)
    found = find(name=arguments.profile, access_key_id=arguments.access_key_id)
    region, service = region_and_service(arguments, split(asked.url).authority, found.region)
    if not region or not service:
        arguments.parser.error("say --region and --service: the host does not tell")
    scope = Scope(found.credentials, region, service)
    if arguments.verbose and not arguments.silent:
        _say(f"* signing as {found.credentials.access_key_id} ({found.source}) for {region}/{service}")
    sending = signed(asked, scope, arguments)
    form = arguments.print or ("url" if arguments.presign and not arguments.dry_run else "")
    if form or arguments.dry_run:
        _show(sending, form, arguments)
        return 0
    return _sent(sending, asked, lambda other: signed(other, scope, arguments), arguments)


def _fault(arguments: argparse.Namespace) -> str:
    if not arguments.url.lower().startswith(("http://", "https://")):
        return f"{arguments.url.partition('?')[0]!r}: write the URL with http:// or https://"
    if arguments.print and arguments.dry_run:
        return "--dry-run leaves credentials out, and --print does not: say one of them"
    if arguments.expires is not None and not arguments.presign:
        return "--expires goes with --presign"
    if arguments.aws_sigv4 and arguments.aws_sigv4.lower().split(":")[0] != "aws":
        return "--aws-sigv4: only aws, as aws:amz:eu-central-1:execute-api"
    arguments.expires = 900 if arguments.expires is None else arguments.expires
    return ""


def _asked(arguments: argparse.Namespace) -> Asked:
    return flags.asked(arguments, arguments.url.partition("#")[0], read)


def _show(sending: Sending, form: str, arguments: argparse.Namespace) -> None:
    """Print a request in a form; in none, as it is for somebody to look at."""
    from .signed import head, shown, wire

    if form == "http":
        _write([wire(sending)], arguments, "")  # bytes, and no line end behind its body
        return
    text = shown(sending, form) if form else head(sending)
    if arguments.output in (None, "-"):
        print(text)
    else:
        Path(arguments.output).write_text(f"{text}\n", "utf-8", "surrogateescape")


def _sent(sending: Sending, asked: Asked, sign: Any, arguments: argparse.Namespace) -> int:
    from .send import Rules, content, send
    from .signed import head

    rules = Rules(arguments.location, not arguments.insecure, arguments.max_time)
    talk = arguments.verbose and not arguments.silent

    def tell(each: Sending) -> None:
        if talk:
            _say("".join(f"> {line}\n" for line in head(each).split("\n")) + ">")

    answer = send(sending, asked, sign, rules, tell)
    if talk:
        _say("".join(f"< {line}\n" for line in _head(answer, veiled=True).split("\n")) + "<")
    if arguments.fail and answer.status_code >= 400:
        answer.close()
        _say(f"authkit: the answer is {answer.status_code}")
        return HTTP_ERROR
    _write(content(answer, arguments.max_time), arguments, _head(answer) if arguments.include else "")
    return 0


def _write(pieces: Any, arguments: argparse.Namespace, before: str) -> None:
    if arguments.output in (None, "-"):
        sys.stdout.flush()
        _put(sys.stdout.buffer, pieces, before)
        return
    with Path(arguments.output).open("wb") as file:
        _put(file, pieces, before)


def _put(out: BinaryIO, pieces: Any, before: str) -> None:
    if before:
        out.write(before.replace("\n", "\r\n").encode("utf-8", "replace") + b"\r\n\r\n")
    for piece in pieces:
        out.write(piece)
    out.flush()


def _head(answer: Response, *, veiled: bool = False) -> str:
    """Return status line and headers; for the terminal, without credentials and what is not for reading."""
    from ...sigv4.mismatch.finding import HIDDEN, is_sensitive

    lines = [f"HTTP/1.1 {answer.status_code} {answer.reason or ''}".rstrip()]
    for name, value in answer.raw.headers.items():
        lines.append(f"{name}: {HIDDEN if veiled and is_sensitive(name) else value}")
    head = "\n".join(lines)
    return "".join(each if each.isprintable() or each == "\n" else "·" for each in head) if veiled else head


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
