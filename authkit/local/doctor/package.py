"""Package: what the function's code weighs, and what in it need not be there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from ..lint.finding import Finding
from .project import Project

MOST = 250 * 1024 * 1024  # bytes unzipped, layers included: a quota of Lambda
HEAVY = 20 * 1024 * 1024  # bytes of one package: a cold start reads them
_THERE = {"boto3", "botocore", "s3transfer"}  # in Lambda's Python runtimes
_FOR_BUILDING = {"pip", "setuptools", "wheel", "pytest", "mypy", "ruff", "moto"}
_UNRELATED = re.compile(r"authkit(?![\w.-])", re.IGNORECASE)


def judge(project: Project) -> Iterator[Finding]:
    """Yield what is wrong with the packages that lie there built, and with what goes into the next one."""
    yield from _requirements(project.folder / "requirements.txt")
    for place in _built(project):
        try:
            sizes = _sizes(place)
        except (BadZipFile, OSError):
            yield Finding("package_broken", "error", str(place), "this is no zip file", "Build it again.")
            continue
        yield from _weighed(str(place), sizes)


def _built(project: Project) -> list[Path]:
    """Return the packages in a folder: zip files, and what ``sam build`` has made of the authorizer."""
    name = project.function.name if project.function else "Authorizer"
    made = [project.folder / ".aws-sam" / "build" / name, project.folder / "build"]
    return [*sorted(project.folder.glob("*.zip")), *(place for place in made if place.is_dir())]


def _sizes(place: Path) -> Counter[str]:
    """Return the bytes of each package, unzipped."""
    sizes: Counter[str] = Counter()
    if place.is_dir():
        for path in place.rglob("*"):
            if path.is_file():
                sizes[path.relative_to(place).parts[0]] += path.stat().st_size
        return sizes
    with ZipFile(place) as archive:
        for entry in archive.infolist():
            sizes[entry.filename.partition("/")[0]] += entry.file_size
    return sizes


def _weighed(place: str, sizes: Counter[str]) -> Iterator[Finding]:
    total = sum(sizes.values())
    heaviest = ", ".join(f"{name} {_told(size)}" for name, size in sizes.most_common(3))
    if total > MOST:
        problem = f"it is {_told(total)} unzipped, and Lambda takes {_told(MOST)}: {heaviest}"
        yield Finding("package_too_big", "error", place, problem, "Leave out what the authorizer does not import.")
    for name, size in sizes.most_common():
        if name in _THERE:
            problem = f"{name} ({_told(size)}) is in Lambda's runtime anyway"
            yield Finding("package_there", "warning", place, problem, "Leave it out, unless you pin its version.")
        elif name in _FOR_BUILDING:
            problem = f"{name} ({_told(size)}) is for building and testing"
            yield Finding("package_for_building", "warning", place, problem, "Leave it out.")
        elif size > HEAVY:
            problem = f"{name} is {_told(size)}, which every cold start has to read"
            yield Finding(
                "package_heavy", "warning", place, problem, "Leave it out if the authorizer does not import it."
            )


def _requirements(file: Path) -> Iterator[Finding]:
    if file.is_file() and any(
        _UNRELATED.match(line.strip()) for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
    ):
        problem = "authkit on the public index is an unrelated package of 2009"
        yield Finding("package_unrelated", "error", str(file), problem, "Write authkit-lambda.")


def _told(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
