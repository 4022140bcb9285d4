"""``authkit policy lint``: how an authorizer is attached, and when a kept answer would be wrong."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from .. import terminal
from . import arguments as given

if TYPE_CHECKING:
    from ...authorizer import Authorizer
    from ...local.lint.finding import Finding
    from ...local.lint.settings import Settings


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "lint",
        help="find settings under which a kept answer would be wrong",
        description="Look at how authorizers are attached in SAM and CloudFormation templates, OpenAPI documents, Terraform\n"
        "files (.tf, or the JSON of terraform show -json), and at the handler's own table. All .tf files given are one\n"
        "module; a parameter or variable stands for its default. What is only known once it is deployed, or stands in\n"
        "another file, is named in a note and not judged. With --handler settings and handler are compared; it is loaded\n"
        "with the environment that a template given sets. Whether API and table have the same routes authkit doctor says.\n"
        "Exit codes: 0 clean (notes do not count), 1 errors or warnings, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        "  authkit policy lint template.yaml --handler app:handler\n"
        "  authkit policy lint main.tf api.tf --handler src/app.py:handler --token-life 600\n"
        "  terraform show -json plan.out > plan.json && authkit policy lint plan.json --json\n"
        "  authkit policy lint --handler app:handler",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", type=_settings, metavar="FILE")
    parser.add_argument("--handler", type=given.target, metavar="MODULE:NAME", help="the Authorizer that is attached")
    parser.add_argument(
        "--authorizer", metavar="NAME", help="which of several authorizers is the handler's (default: each of them)"
    )
    parser.add_argument(
        "--api", choices=("rest", "http"), default="", help="of an OpenAPI document that does not show it"
    )
    parser.add_argument("--token-life", type=float, metavar="SECONDS", help="of the shortest token that matters")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run, usage_error=parser.error)


def _settings(text: str) -> str:
    """Return a file of settings; a handler is another argument."""
    if text.endswith(".py") or given.is_target(text):
        named = terminal.harmless(text)
        target = named if given.is_target(text) else f"{named}:handler"
        raise argparse.ArgumentTypeError(f"{named} is no file of settings: write --handler {target}")
    return text


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; the exit code is 1 if one of them is an error or a warning."""
    from ...local.lint.finding import ORDER
    from ...local.lint.reading import read

    if not arguments.files and not arguments.handler:
        arguments.usage_error("name a file, or --handler, or both")
    settings = read(arguments.files, arguments.api)
    found = sorted(dict.fromkeys(_findings(settings, arguments)), key=lambda each: (ORDER[each.severity], each))
    counts = {severity: sum(each.severity == severity for each in found) for severity in ORDER}
    if arguments.json:
        print(json.dumps({"findings": [each._asdict() for each in found], **counts}, indent=2))
    else:
        for each in found:
            print(each)
    attached = f"{len(settings.attachments)} authorizers" if arguments.files else "no files"
    print(", ".join([attached, *(f"{count} {name}s" for name, count in counts.items())]), file=sys.stderr)
    return 1 if counts["error"] or counts["warning"] else 0


def _handler(arguments: argparse.Namespace) -> Authorizer:
    from ...local.doctor import loading
    from ...local.handlers import load_handler

    with loading.surroundings(loading.stated(arguments.files, arguments.handler), loading.NOWHERE):
        return load_handler(arguments.handler)


def _findings(settings: Settings, arguments: argparse.Namespace) -> list[Finding]:
    from ...local.lint import against, rules, table

    attachments = tuple(each for each in settings.attachments if arguments.authorizer in (None, each.name))
    if arguments.authorizer and not attachments:
        names = ", ".join(sorted({each.name for each in settings.attachments})) or "none"
        raise ConfigError(f"--authorizer names {arguments.authorizer!r}; the files have {names}")
    found = list(rules.judge(settings, token_life=arguments.token_life))
    if not arguments.handler:
        return found
    handler = _handler(arguments)
    return [*found, *against.judge(handler, attachments), *table.judge(handler.routes, arguments.handler)]
