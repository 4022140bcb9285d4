"""Real servers that stores talk to: AWS as moto or MiniStack stands in for it, and Redis. Each can be killed and started again."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.e2e import ministack
from tests.e2e.child import Child

REGION = "eu-west-1"
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
_NEEDED = ("boto3", "moto", "flask", "flask_cors")


def why_no_moto() -> str:
    """Say what is not installed here, or nothing."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed for this Python" if missing else ""


def why_no_ministack() -> str:
    """Say what is not installed here, or nothing."""
    if importlib.util.find_spec("boto3") is None:
        return "boto3 not installed for this Python"
    return "" if ministack.command() else "MiniStack is not installed; AUTHKIT_MINISTACK can name its command"


def why_no_redis() -> str:
    """Say what is not installed here, or nothing."""
    if importlib.util.find_spec("redis") is None:
        return "redis not installed for this Python"
    return "" if shutil.which("redis-server") else "redis-server is not on the path"


class Server:
    """A server process on one port of loopback."""

    ready = "Running on"
    """What it says once it takes connections."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._child: Child | None = None
        self._folder = tempfile.TemporaryDirectory()  # where it may write, with none of our modules to take for its own

    def command(self) -> list[str]:
        """Return what starts it."""
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        """Return what it is told beside that."""
        return _CREDENTIALS

    def start(self) -> None:
        """Start it, and return once it takes connections."""
        folder = Path(self._folder.name)
        self._child = Child(self.command(), env={**os.environ, **self.env(), "HOME": str(folder)}, cwd=folder)
        try:
            self._child.wait_for(lambda line: self.ready in line)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End this process and no other."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._folder.cleanup()


class Redis(Server):
    """redis-server, nothing of it on disk."""

    ready = "Ready to accept connections"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """Return what starts it."""
        found = shutil.which("redis-server")
        assert found
        return [found, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]


class AWS(Server):
    """A stand-in for AWS's API."""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """Return a patient client, to set things up with."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(proxies={}, retries={"total_max_attempts": 3}, connect_timeout=10, read_timeout=20),
        )

    def table(self, name: str) -> None:
        """Make a table as the stores want it."""
        dynamodb = self.client("dynamodb")
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
        )


class Moto(AWS):
    """moto's server."""

    def command(self) -> list[str]:
        """Return what starts it."""
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]


class MiniStack(AWS):
    """MiniStack."""

    def command(self) -> list[str]:
        """Return what starts it."""
        found = ministack.command()
        assert found
        return [found]

    def env(self) -> dict[str, str]:
        """Return what it is told beside that."""
        return {**_CREDENTIALS, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
