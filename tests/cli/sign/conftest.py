"""A server, and an environment with the credentials that it knows."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.sign.server import KEY_ID, SECRET, Server, running


@pytest.fixture(scope="module")
def loopback() -> Iterator[Server]:
    """Return a server that lives as long as the tests of a module."""
    with running() as server:
        yield server


@pytest.fixture
def server(loopback: Server) -> Server:
    """Return the server, with nothing come to it yet."""
    fresh = Server(loopback.url)
    loopback.came, loopback.answer = fresh.came, fresh.answer
    return loopback


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have credentials in the environment, no proxy, and nothing of anybody's home."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Put bytes where a command reads them."""
    return lambda raw: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
