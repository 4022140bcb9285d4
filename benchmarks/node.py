"""What Node has to show, in child processes that take their turns with the contenders here."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from authkit import sigv4
from benchmarks.issued import AUDIENCE, ISSUER, Issued
from benchmarks.sigv4_requests import KEY_ID, REGION, SECRET, SERVICE, Prepared
from benchmarks.timing import WARM_UP, Contender

VERIFIERS, SIGNERS = ("jose", "aws-jwt-verify", "fast-jwt"), ("aws4",)


def missing(packages: Sequence[str] = VERIFIERS) -> str:
    """Say why there is nothing of Node's to time; empty if there is one of these packages at least."""
    if shutil.which("node") is None:
        return "node is not on PATH"
    modules = os.environ.get("AUTHKIT_NODE_MODULES", "")
    if modules and any(Path(modules, each).is_dir() for each in packages):
        return ""
    return f"AUTHKIT_NODE_MODULES names no node_modules folder with {' or '.join(packages)} in it"


class Node:
    """A child process with a script, and what it is to work on."""

    def __init__(self, script: str, given: dict[str, Any]) -> None:
        self._script, self._given = Path(__file__).with_name(script), given

    def __enter__(self) -> Node:
        command = [shutil.which("node") or "node", "--expose-gc", str(self._script)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self._ask(self._given)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._child.communicate()  # closes its stdin, which ends it

    def contenders(self) -> list[Contender]:
        """Return Node's bare operation and every package found."""
        return [self._contender(name) for name in self.about["peers"]]

    @property
    def versions(self) -> dict[str, str]:
        """Return Node's version and those of the packages."""
        return {"node": self.about["node"], **self.about["versions"]}

    def _contender(self, name: str) -> Contender:
        def block(start: int, count: int) -> float:
            return float(self._ask({"peer": name, "start": start, "count": count, "warm": WARM_UP})["seconds"])

        return Contender(f"node {name}", block)

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            raise RuntimeError("the child process for Node ended; what it said is above")
        return json.loads(answer)


def verifying(issued: Issued) -> Node:
    """Return a child that verifies the tokens of one key."""
    secret = base64.b64encode(issued.key.private).decode() if issued.alg.startswith("HS") else None
    given = {
        "alg": issued.alg,
        "jwks": issued.jwks,
        "secret": secret,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "tokens": [token.decode() for token in issued.tokens],
        "raws": [[base64.b64encode(signature).decode(), signed.decode()] for signature, signed in issued.raws],
    }
    return Node("verify_speed.mjs", given)


def signing(requests: Iterable[Prepared]) -> Node:
    """Return a child that signs these requests, for the moment of their own signatures."""
    pool = list(requests)
    key = sigv4.signing_key(SECRET.encode(), pool[0].sent["X-Amz-Date"][:8], REGION, SERVICE)
    given = {
        "region": REGION,
        "service": SERVICE,
        "credentials": {"accessKeyId": KEY_ID, "secretAccessKey": SECRET},
        "key": base64.b64encode(key).decode(),
        "requests": [_told(each) for each in pool],
    }
    return Node("sign_speed.mjs", given)


def _told(one: Prepared) -> dict[str, Any]:
    return {
        "method": one.method,
        "path": one.target,
        "headers": {**one.headers, "X-Amz-Date": one.sent["X-Amz-Date"]},
        "body": one.body.decode(),
        "canonical": one.canonical.decode(),
        "prefix": one.prefix.decode(),
        "signature": one.sent["Authorization"].rpartition("=")[2],
    }
