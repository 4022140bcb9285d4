"""How large the function's package is: all of it, slim, and slim and compiled; each is built and asked for a decision.

Nothing is fetched: the packages are those installed beside this Python, so their native parts are this machine's.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.issued import Issued, issue
from benchmarks.machine import machine
from benchmarks.report import sized_parser
from benchmarks.ways import AUTHKIT, event_for

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "authkit"
LIMIT = 250  # MB unzipped, of a function and its layers

# What a function that verifies JWTs and answers with policies never loads, so that the package may lack it.
LAPTOP = ("cli", "local", "testing", "_blueprints")
NEEDED = ("cryptography", "cffi")


class Package(NamedTuple):
    """One way to pack the function, in MB (10⁶ bytes)."""

    name: str
    zipped: float
    unzipped: float
    files: int
    decides: bool


def requirements(name: str) -> Iterator[str]:
    """Return a distribution and all it needs, extras aside."""
    waiting, seen = [name], set[str]()
    while waiting:
        each = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if each in seen:
            continue
        seen.add(each)
        yield each
        for line in distribution(each).requires or ():
            if "extra ==" not in line and _applies(line):
                waiting.append(re.split(r"[ <>=!~;\[(]", line, maxsplit=1)[0])


def _applies(line: str) -> bool:
    from packaging.requirements import Requirement

    marker = Requirement(line).marker
    return marker is None or marker.evaluate()


def copied(name: str, into: Path) -> None:
    """Copy what a distribution installed, without what the interpreter compiled."""
    for file in distribution(name).files or ():
        if ".." in file.parts or "__pycache__" in file.parts:
            continue
        target = into / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(file.locate()), target)


def packed(name: str, folder: Path, issued: Issued) -> Package:
    """Zip a folder, and see whether what is in it decides."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for path in files:
            zipped.write(path, path.relative_to(folder))
    return Package(name, archive.stat().st_size / 1e6, _megabytes(files), len(files), decides(folder, issued))


def _megabytes(files: Iterable[Path]) -> float:
    return sum(path.stat().st_size for path in files) / 1e6


def decides(folder: Path, issued: Issued) -> bool:
    """Tell whether an authorizer in this folder allows a good token, with nothing else in reach."""
    (folder / "app.py").write_text(
        AUTHKIT.format(jwks='"jwks.json"', relax="()", more="", observe="lambda record: None")
    )
    (folder / "jwks.json").write_text(json.dumps(issued.jwks))
    (folder / "event.json").write_text(json.dumps(event_for(issued)))
    asked = (
        "import sys; sys.path.insert(0, '.'); import json; from app import handler;"
        " print(handler(json.load(open('event.json')))['policyDocument']['Statement'][0]['Effect'])"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", asked], cwd=folder, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        print(ran.stderr, file=sys.stderr)
    return ran.stdout.strip() == "Allow"


def compiled(folder: Path) -> None:
    """Put what the interpreter makes of each module beside it, as the recipe in blueprints/README.md does."""
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "."], cwd=folder, check=True
    )


def measured() -> list[Package]:
    """Build every package."""
    issued = issue("RS256", 1)
    unpacked = shutil.ignore_patterns("__pycache__")
    slim = shutil.ignore_patterns("__pycache__", *LAPTOP)
    with TemporaryDirectory() as name:
        folder = Path(name)
        whole = ("authkit-lambda and all it needs", unpacked, tuple(_installed()))
        smaller = ("slim: cryptography, no laptop", slim, NEEDED)
        found = []
        for at, (title, ignore, needed) in enumerate((whole, smaller)):
            place = folder / str(at)
            shutil.copytree(PACKAGE, place / "authkit", ignore=ignore)
            for each in needed:
                copied(each, place)
            found.append(packed(title, place, issued))
        compiled(place)
        return [*found, packed("slim, compiled: the recipe", place, issued)]


def _installed() -> Iterator[str]:
    """Return what authkit needs, whether or not authkit itself is installed."""
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("dependencies = [", 1)[1].split("]", 1)[0]
    names = dict.fromkeys(each for line in re.findall(r'"([\w.-]+)', declared) for each in requirements(line))
    return iter(names)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    options = sized_parser("package_size", __doc__).parse_args(arguments)
    try:
        found = measured()
    except PackageNotFoundError as missing:
        print(f"package_size: {missing.name} is not installed", file=sys.stderr)
        return 3
    about = machine("cryptography")
    if options.json:
        print(json.dumps({"packages": [each._asdict() for each in found], **about}, indent=2))
    else:
        print(f"{'':34}{'zipped MB':>10}{'unzipped MB':>12}{'files':>7}  decides")
        for each in found:
            decides = "yes" if each.decides else "NO"
            print(f"{each.name:34}{each.zipped:10.1f}{each.unzipped:12.1f}{each.files:7}  {decides}")
        print(f"\nLambda takes {LIMIT} MB unzipped.")
        print(", ".join(f"{name} {value}" for name, value in about.items()))
    return 0 if all(each.decides for each in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
