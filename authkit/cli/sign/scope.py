"""Region and service: as the flags say, else as the host's name does, else as the environment has it."""

from __future__ import annotations

import argparse
import re

_PATTERNS = (
    (
        re.compile(r"[a-z0-9]+(?:-vpce-[a-z0-9]+)?\.execute-api\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?"),
        "execute-api",
    ),
    (re.compile(r"[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws"), "lambda"),
    (re.compile(r"(?:.+\.)?s3[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?"), "s3"),
    (re.compile(r"[a-z0-9]+\.appsync-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"), "appsync"),
    (re.compile(r".+\.([a-z]{2}(?:-[a-z]+)+-\d)\.(es|aoss)\.amazonaws\.com"), ""),
    (re.compile(r"([a-z0-9-]+)\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"), "first"),
)


def region_and_service(arguments: argparse.Namespace, authority: str, region: str) -> tuple[str, str]:
    """Return where a signature shall hold; empty: that cannot be told.

    Args:
        arguments: with ``region``, ``service`` and ``aws_sigv4``.
        authority: of the URL.
        region: of the environment or the profile.
    """
    by_curl = (getattr(arguments, "aws_sigv4", None) or "").split(":")
    told_region, told_service = (*by_curl[2:4], "", "")[:2]
    host_region, host_service = of_host(authority.lower().partition(":")[0])
    found = arguments.region or told_region or host_region or region
    return found, arguments.service or told_service or host_service


def of_host(host: str) -> tuple[str, str]:
    """Return region and service of one of AWS's own names; empty: it is none."""
    for pattern, service in _PATTERNS:
        found = pattern.fullmatch(host)
        if found and service == "first":
            return found[2], found[1]
        if found:
            return found[1], service or found[2]
    return "", ""
