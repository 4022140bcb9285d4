"""Blueprints: projects to copy, each an authorizer with what deploys it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from ..errors import ConfigError

_SCAFFOLD = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")  # what running or editing them leaves behind


def folder() -> Path:
    """Return where the blueprints are: packed with an installed authkit, beside the package in a checkout.

    Raises:
        ConfigError: they are in neither place.
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package / "_blueprints", package.parent / "blueprints"):
        if place.is_dir():
            return place
    raise ConfigError("the blueprints are missing from this installation of authkit-lambda")


def names() -> dict[str, str]:
    """Return every blueprint's name with the first sentence of its README."""
    return {place.name: _summary(place) for place in _places()}


def copy(name: str, into: Path) -> list[Path]:
    """Copy a blueprint into a folder that does not exist yet or is empty; return the files there.

    Raises:
        ConfigError: there is no such blueprint, or something is in the folder already.
    """
    known = {place.name: place for place in _places()}
    if name not in known:
        raise ConfigError(f"there is no blueprint {name!r}; there are {', '.join(known)}")
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ConfigError(f"{into} is not an empty folder, and nothing in it shall be written over")
    shutil.copytree(known[name], into, ignore=_SCAFFOLD, dirs_exist_ok=True)
    return sorted(path for path in into.rglob("*") if path.is_file())


def _places() -> Iterator[Path]:
    return (place for place in sorted(folder().iterdir()) if (place / "README.md").is_file())


def _summary(place: Path) -> str:
    """Return the first paragraph under the title, as one line."""
    paragraphs = (place / "README.md").read_text(encoding="utf-8").split("\n\n")
    return " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else ""
