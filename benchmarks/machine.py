"""Where figures were taken: machine and versions, to be printed beside them."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import authkit


def machine(*packages: str) -> dict[str, str]:
    """Return the machine, and the versions of Python, authkit and these packages."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, {platform.system()}",
        "python": platform.python_version(),
        "authkit": authkit.__version__,
        **{package: version_of(package) for package in packages},
    }


def version_of(package: str) -> str:
    """Return a package's version, or a dash where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "–"
