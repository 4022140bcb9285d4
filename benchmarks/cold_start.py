"""What a cold start costs, from a new process to its first decision: time, processor, memory and modules.

Each way to write the authorizer is a small module, started in a fresh interpreter, in turns with the others. Keys that
are fetched come over TLS from a server on this machine, with the platform's roots and its own certificate trusted.
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
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, NamedTuple

from benchmarks.issued import AUDIENCE, ISSUER, Issued, issue
from benchmarks.machine import machine
from benchmarks.report import Budget, closing, sized_parser

ROOT = Path(__file__).resolve().parent.parent
STARTS, QUICK_STARTS = 21, 7

_ROUTES = 'Route("GET", "/orders/{{id}}")'
AUTHKIT = f"""
from authkit import Authorizer, JWTBearer, Route
{{more}}
handler = Authorizer(
    authenticate=JWTBearer(issuer={ISSUER!r}, audience={AUDIENCE!r}, jwks={{jwks}}, relax={{relax}}),
    routes=[{_ROUTES}], observe={{observe}},
)
"""
_OBSERVED = """
from aws_lambda_powertools import Logger, Metrics
from authkit.observe.powertools import powertools
logger, metrics = Logger(service="orders"), Metrics(namespace="orders", service="orders")
"""
_USUAL = f"""
import jwt, requests
from aws_lambda_powertools import Logger, Metrics
logger, metrics = Logger(service="orders"), Metrics(namespace="orders", service="orders")
client = jwt.PyJWKClient({{url!r}})

def handler(event, context):
    token = event["authorizationToken"].removeprefix("Bearer ")
    key = client.get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience={AUDIENCE!r}, issuer={ISSUER!r},
                        options={{{{"require": ["exp", "iss", "aud"]}}}})
    statement = {{{{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}}}}
    return {{{{"principalId": claims["sub"], "policyDocument": {{{{"Version": "2012-10-17", "Statement": [statement]}}}}}}}}
"""
_FLOOR = """
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
n, e, signature, signed = {raw}

def handler(event, context):
    rsa.RSAPublicNumbers(e, n).public_key().verify(signature, signed, padding.PKCS1v15(), SHA256())
    return {{"principalId": "floor"}}
"""
# What AWS's own runtime client has loaded before it loads a handler costs no handler anything.
_MAIN = """
import contextlib, decimal, importlib, json, logging, math, os, re, sys, threading, time, traceback, types, weakref
from app import handler
with open("event.json") as file:
    event = json.load(file)
answer = handler(event, None)
assert answer["principalId"], answer
with open("/proc/self/status") as status:
    most = next(line.split()[1] for line in status if line.startswith("VmHWM"))
sys.stdout.write(f"{len(sys.modules)} {most}")
"""


class Start(NamedTuple):
    """One start of a process: seconds on the clock and on the processor, MiB of memory at most, modules loaded."""

    wall: float
    processor: float
    memory: float
    modules: int


class Way(NamedTuple):
    """A way to write the authorizer, and all its starts."""

    name: str
    folder: Path
    starts: list[Start]

    def middle(self, figure: str) -> float:
        """Return the median of one figure."""
        return float(median(getattr(each, figure) for each in self.starts))


def sources(issued: Issued, url: str) -> dict[str, str]:
    """Return what each way's module says."""
    bundled = {"jwks": '"jwks.json"', "relax": "()", "more": "", "observe": "lambda record: None"}
    fetched = {**bundled, "jwks": repr(url), "relax": '{"private-address"}'}
    observed = {**bundled, "more": _OBSERVED, "observe": "powertools(logger=logger, metrics=metrics)"}
    numbers = issued.key.private.public_key().public_numbers()
    signed, _, signature = issued.tokens[0].rpartition(b".")
    from authkit.tokens.base64url import decode

    return {
        "nothing but Python": "def handler(event, context):\n    return {'principalId': 'nobody'}\n",
        "floor: cryptography's RSA": _FLOOR.format(raw=(numbers.n, numbers.e, decode(signature), signed)),
        "authkit, keys bundled": AUTHKIT.format(**bundled),
        "authkit, bundled, Logger, Metrics": AUTHKIT.format(**observed),
        "authkit, keys over https": AUTHKIT.format(**fetched),
        "the usual: PyJWKClient, Powertools": _USUAL.format(url=url),
    }


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
    modules, most = child.stdout.read().split() or (0, 0)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.stdout.close()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{way.name} ended with {child.returncode}")
    return Start(wall, used.ru_utime + used.ru_stime, int(most) / 1024, int(modules))


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


def event_for(issued: Issued) -> dict[str, str]:
    """Return a TOKEN event with the first token."""
    arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/live/GET/orders/7"
    return {"type": "TOKEN", "authorizationToken": f"Bearer {issued.tokens[0].decode()}", "methodArn": arn}


def _written(folder: Path, source: tuple[str, str], issued: Issued) -> Way:
    name, text = source
    folder.mkdir()
    files = {
        "app.py": text,
        "main.py": _MAIN,
        "event.json": json.dumps(event_for(issued)),
        "jwks.json": json.dumps(issued.jwks),
    }
    for file, content in files.items():
        (folder / file).write_text(content)
    return Way(name, folder, [])


def budgets(ways: Sequence[Way]) -> list[Budget]:
    """Return what design section 8 allows beside what was seen."""
    nothing, floor, bundled, _, fetched, usual = (way.middle("wall") for way in ways)
    return [
        Budget("keys bundled, of the usual", 0.25, (bundled - nothing) / (usual - nothing)),
        Budget("keys bundled, ms above cryptography's RSA parts", 15, (bundled - floor) * 1000),
        Budget("keys over https, of the usual", 0.5, (fetched - nothing) / (usual - nothing)),
        Budget("keys over https, MiB", 36, ways[4].middle("memory")),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = sized_parser("cold_start", __doc__)
    parser.add_argument("--starts", type=int, help=f"of each way (default: {STARTS}, quick {QUICK_STARTS})")
    options = parser.parse_args(arguments)
    ways = measured(options.starts or (QUICK_STARTS if options.quick else STARTS))
    found, about = budgets(ways), machine("cryptography", "pyjwt", "requests", "aws-lambda-powertools")
    figures: list[dict[str, Any]] = [
        {"name": way.name, **{each: round(way.middle(each), 4) for each in Start._fields}} for way in ways
    ]
    if options.json:
        print(json.dumps({"ways": figures, "budgets": [each.as_json() for each in found], **about}, indent=2))
        return 0
    usual = ways[-1].middle("wall")
    print(f"{'process start to first decision':36} {'wall ms':>8} {'cpu ms':>7} {'MiB':>6} {'modules':>8}   / usual")
    for way in ways:
        bar = "#" * round(30 * way.middle("wall") / usual)
        wall, cpu = way.middle("wall"), way.middle("processor")
        memory, modules = way.middle("memory"), way.middle("modules")
        print(
            f"{way.name:36} {wall * 1e3:8.1f} {cpu * 1e3:7.1f} {memory:6.1f} {modules:8.0f} {wall / usual:9.2f} {bar}"
        )
    print("\nRatios below are without what Python itself takes to start.")
    print(closing(found, about))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
