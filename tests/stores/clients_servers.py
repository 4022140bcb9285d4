"""Real servers for client stores, on loopback: AWS as moto stands in for it, and Redis."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
import uuid
from pathlib import Path
from typing import Any

from tests.e2e.child import Child

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_DUMMY = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}


def why_no_moto() -> str:
    """Say what is not installed here, or nothing."""
    missing = [name for name in ("boto3", "moto", "flask", "flask_cors") if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed for this Python" if missing else ""


def why_no_redis() -> str:
    """Say what is not installed here, or nothing."""
    if importlib.util.find_spec("redis") is None:
        return "redis not installed for this Python"
    return "" if shutil.which("redis-server") else "redis-server not installed"


class Moto:
    """AWS on loopback until the with block ends."""

    def __init__(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self._child = Child(command, env={**os.environ, **_DUMMY}, cwd=Path(__file__).parent)
        try:
            found = _ADDRESS.search(self._child.wait_for(lambda line: bool(_ADDRESS.search(line))))
        except BaseException:
            self._child.end()
            raise
        assert found is not None
        self.url = found[0]
        self._clients: list[Any] = []

    def client(self, service: str) -> Any:
        """Return a client that is closed with the server."""
        import boto3
        from botocore.config import Config

        made = boto3.client(
            service,
            region_name="eu-west-1",
            endpoint_url=self.url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(proxies={}, retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
        )
        self._clients.append(made)
        return made

    def table(self) -> str:
        """Return the name of a new table for keys."""
        name = f"keys-{uuid.uuid4().hex[:8]}"
        self.client("dynamodb").create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "digest", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "digest", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def secret(self, value: str = "{}") -> str:
        """Return the name of a new secret."""
        name = f"keys-{uuid.uuid4().hex[:8]}"
        self.client("secretsmanager").create_secret(Name=name, SecretString=value)
        return name

    def end(self) -> None:
        """End the server; a second time does nothing."""
        for each in self._clients:
            each.close()
        self._child.end()

    def __enter__(self) -> Moto:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class RedisServer:
    """Redis on loopback until the with block ends; it may be ended and started again meanwhile, and then is empty."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._clients: list[Any] = []
        self.start()

    def start(self) -> None:
        """Start it."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._child = Child(command, env=dict(os.environ), cwd=Path(__file__).parent)
        try:
            self._child.wait_for(lambda line: "Ready to accept connections" in line)
        except BaseException:
            self._child.end()
            raise

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self, **options: Any) -> Any:
        """Return a client that is closed with the server."""
        import redis

        made = redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2, **options)
        self._clients.append(made)
        return made

    def end(self) -> None:
        """End the server; a second time does nothing."""
        self._child.end()

    def __enter__(self) -> RedisServer:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._clients:
            each.close()
        self.end()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
