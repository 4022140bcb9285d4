"""Verifiers for Node, in a child process that takes its turns with the contenders here."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.issued import AUDIENCE, ISSUER, Issued
from benchmarks.timing import WARM_UP, Contender

SCRIPT = Path(__file__).with_name("verify_speed.mjs")
FLOOR = "crypto.verify"


def missing() -> str:
    """Say why there is nothing of Node's to time; empty if there is."""
    if shutil.which("node") is None:
        return "node is not on PATH"
    modules = os.environ.get("AUTHKIT_NODE_MODULES", "")
    return "" if Path(modules, "jose").is_dir() else "AUTHKIT_NODE_MODULES names no node_modules folder with jose in it"


class Node:
    """The child process, for the tokens of one key."""

    def __init__(self, issued: Issued) -> None:
        self._issued = issued

    def __enter__(self) -> Node:
        command = [shutil.which("node") or "node", "--expose-gc", str(SCRIPT)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self._ask(self._given())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._child.communicate()  # closes its stdin, which ends it

    def contenders(self) -> list[Contender]:
        """Return Node's bare operation and every verifier found."""
        return [self._contender(name) for name in (FLOOR, *self.about["peers"])]

    @property
    def versions(self) -> dict[str, str]:
        """Return Node's version and those of the packages."""
        return {"node": self.about["node"], **self.about["versions"]}

    def _contender(self, name: str) -> Contender:
        def block(start: int, count: int) -> float:
            return float(self._ask({"peer": name, "start": start, "count": count, "warm": WARM_UP})["seconds"])

        return Contender(f"node {name}", block)

    def _given(self) -> dict[str, Any]:
        issued = self._issued
        secret = base64.b64encode(issued.key.private).decode() if issued.alg.startswith("HS") else None
        return {
            "alg": issued.alg,
            "jwks": issued.jwks,
            "secret": secret,
            "issuer": ISSUER,
            "audience": AUDIENCE,
            "tokens": [token.decode() for token in issued.tokens],
            "raws": [[base64.b64encode(signature).decode(), signed.decode()] for signature, signed in issued.raws],
        }

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            raise RuntimeError("the child process for Node ended; what it said is above")
        return json.loads(answer)
