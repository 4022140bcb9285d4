"""What a cold start costs, from a new process to its first decision: time, processor, memory and modules.

Each way to write the authorizer is a small module, started in a fresh interpreter, in turns with the others. Keys that
are fetched come over TLS from a server on this machine, with the platform's roots and its own certificate trusted. Told
are medians, of the time on the clock its quartiles too; foreign packages are neither Python's own nor authkit.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, NamedTuple

from benchmarks.issued import Issued, issue
from benchmarks.machine import machine
from benchmarks.report import Budget, closing, sized_parser
from benchmarks.ways import BUNDLED, FETCHED, FLOOR, MAIN, NOTHING, SIGV4, USUAL, event_for, sources

ROOT = Path(__file__).resolve().parent.parent
STARTS, QUICK_STARTS = 21, 7


class Start(NamedTuple):
    """One start of a process: seconds on the clock and on the processor, MiB of memory at most, modules loaded.

    Of what was loaded: the packages that are neither Python's own nor authkit. Of the seconds on the clock: those of
    importing the handler's module, and those of its first decision.
    """

    wall: float
    processor: float
    memory: float
    modules: int
    foreign: int
    imported: float
    decided: float


class Way(NamedTuple):
    """A way to write the authorizer, and all its starts."""

    name: str
    folder: Path
    starts: list[Start]

    def middle(self, figure: str) -> float:
        """Return the median of one figure."""
        return float(median(getattr(each, figure) for each in self.starts))

    def quartiles(self, figure: str) -> tuple[float, float]:
        """Return between which values the middle half of its starts lies."""
        found = [float(getattr(each, figure)) for each in self.starts]
        lower, _, upper = quantiles(found, method="inclusive") if len(found) > 1 else found * 3
        return lower, upper


@contextmanager
def key_server(document: bytes, folder: Path) -> Iterator[str]:
    """Serve a key set over TLS, and leave in ``trusted.pem`` what a client must trust."""
    from certifi import where

    from authkit.local.tls import mutual_tls

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_: object) -> None:
            pass

    with mutual_tls([], "localhost") as made, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.context.verify_mode = ssl.CERT_NONE
        (folder / "trusted.pem").write_bytes(Path(where()).read_bytes() + made.certificate.read_bytes())
        server.socket = made.context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"https://localhost:{server.server_port}/jwks.json"
        server.shutdown()
        thread.join()


def started(way: Way, trusted: Path) -> Start:
    """Start a way once, and wait for its first decision."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SSL_CERT_FILE": str(trusted),
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_METRICS_NAMESPACE": "orders",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a second start reads what the first compiled, as in a package
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "main.py"], cwd=way.folder, env=environment, stdout=subprocess.PIPE)
    assert child.stdout is not None
    modules, foreign, most, imported, decided = child.stdout.read().split() or (0,) * 5
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.stdout.close()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{way.name} ended with {child.returncode}")
    cpu = used.ru_utime + used.ru_stime
    return Start(wall, cpu, int(most) / 1024, int(modules), int(foreign), float(imported), float(decided))


def measured(count: int) -> list[Way]:
    """Start every way in turns, and return what each start took; the first turn compiles, and does not count."""
    issued = issue("RS256", 1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        with key_server(json.dumps(issued.jwks).encode(), folder) as url:
            ways = [_written(folder / str(at), each, issued) for at, each in enumerate(sources(issued, url).items())]
            for turn in range(count + 1):
                for way in ways:
                    start = started(way, folder / "trusted.pem")
                    if turn:
                        way.starts.append(start)
                print(f"turn {turn} of {count}", file=sys.stderr)
    return ways


def _written(folder: Path, source: tuple[str, str], issued: Issued) -> Way:
    name, text = source
    folder.mkdir()
    files = {
        "app.py": text,
        "main.py": MAIN,
        "event.json": json.dumps(event_for(issued)),
        "jwks.json": json.dumps(issued.jwks),
    }
    for file, content in files.items():
        (folder / file).write_text(content)
    return Way(name, folder, [])


def budgets(ways: Sequence[Way]) -> list[Budget]:
    """Return what design section 8 allows beside what was seen."""
    by_name = {way.name: way for way in ways}
    nothing, floor, bundled, fetched, usual = (
        by_name[name].middle("wall") for name in (NOTHING, FLOOR, BUNDLED, FETCHED, USUAL)
    )
    signatures = by_name[SIGV4]
    return [
        Budget("keys bundled, of the usual", 0.25, (bundled - nothing) / (usual - nothing)),
        Budget("keys bundled, ms above cryptography's RSA parts", 15, (bundled - floor) * 1000),
        Budget("keys over https, of the usual", 0.5, (fetched - nothing) / (usual - nothing)),
        Budget("keys over https, MiB", 36, by_name[FETCHED].middle("memory")),
        Budget("import of authkit.sigv4, ms", 25, signatures.middle("imported") * 1000),
        Budget("packages that authkit.sigv4 loads", 0, max(each.foreign for each in signatures.starts)),
    ]


def told(ways: Sequence[Way]) -> Iterator[str]:
    """Yield the figures as lines."""
    usual = next(way for way in ways if way.name == USUAL).middle("wall")
    yield (
        f"{'process start to first decision':36} {'wall ms':>8} {'quartiles':>13} {'import':>7} {'decide':>7} {'cpu ms':>7}"
        f" {'MiB':>6} {'modules':>8} {'foreign':>8}   / usual"
    )
    for way in ways:
        wall = way.middle("wall")
        middle = "–".join(f"{each * 1e3:.1f}" for each in way.quartiles("wall"))
        times = (way.middle(each) * 1e3 for each in ("imported", "decided", "processor"))
        counts = (way.middle(each) for each in ("modules", "foreign"))
        yield (
            f"{way.name:36} {wall * 1e3:8.1f} {middle:>13} {' '.join(f'{each:7.1f}' for each in times)}"
            f" {way.middle('memory'):6.1f} {' '.join(f'{each:8.0f}' for each in counts)}"
            f" {wall / usual:9.2f} {'#' * round(30 * wall / usual)}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = sized_parser("cold_start", __doc__)
    parser.add_argument("--starts", type=int, help=f"of each way (default: {STARTS}, quick {QUICK_STARTS})")
    options = parser.parse_args(arguments)
    ways = measured(options.starts or (QUICK_STARTS if options.quick else STARTS))
    found, about = budgets(ways), machine("cryptography", "pyjwt", "requests", "aws-lambda-powertools")
    figures: list[dict[str, Any]] = [
        {
            "name": way.name,
            **{each: round(way.middle(each), 4) for each in Start._fields},
            "wall_quartiles": [round(each, 4) for each in way.quartiles("wall")],
        }
        for way in ways
    ]
    if options.json:
        print(json.dumps({"ways": figures, "budgets": [each.as_json() for each in found], **about}, indent=2))
        return 0
    print("\n".join(told(ways)))
    print("\nRatios below are without what Python itself takes to start.")
    print(closing(found, about))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
