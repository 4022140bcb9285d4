"""User pool: Cognito as moto stands in for it, on loopback, with a user who is in a group."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.child import Child

REGION = "eu-west-1"
_NEEDED = ("boto3", "moto", "flask", "flask_cors")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_DUMMY = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}


def why_missing() -> str:
    """Say what is not installed here, or nothing."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed for this Python" if missing else ""


class Tokens(NamedTuple):
    """What one login gives."""

    access: str
    identity: str


class UserPool:
    """Runs until the with block ends."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        self._child = Child(command, env={**os.environ, **_DUMMY}, cwd=Path(__file__).parent)
        try:
            said = self._child.wait_for(lambda line: bool(_ADDRESS.search(line)))
            found = _ADDRESS.search(said)
            assert found is not None
            self._url = found[0]
            self._client = self._connected()
            self.id, self.client_id = self._made()
        except BaseException:
            self._child.end()
            raise

    @property
    def jwks(self) -> str:
        """Where this stand-in publishes the pool's keys."""
        return f"{self._url}/{self.id}/.well-known/jwks.json"

    def login(self) -> Tokens:
        """Return tokens of the pool's one user."""
        parameters = {"USERNAME": "alice", "PASSWORD": "Perm4nent!x"}
        answer = self._client.admin_initiate_auth(
            UserPoolId=self.id, ClientId=self.client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=parameters
        )["AuthenticationResult"]
        return Tokens(answer["AccessToken"], answer["IdToken"])

    def _connected(self) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            "cognito-idp",
            region_name=REGION,
            endpoint_url=self._url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(proxies={}, retries={"max_attempts": 0}, connect_timeout=10, read_timeout=20),
        )

    def _made(self) -> tuple[str, str]:
        cognito = self._client
        pool = cognito.create_user_pool(PoolName="orders")["UserPool"]["Id"]
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="web", ExplicitAuthFlows=flows)
        cognito.admin_create_user(UserPoolId=pool, Username="alice", TemporaryPassword="Temp0rary!x")
        cognito.admin_set_user_password(UserPoolId=pool, Username="alice", Password="Perm4nent!x", Permanent=True)
        cognito.create_group(UserPoolId=pool, GroupName="editors")
        cognito.admin_add_user_to_group(UserPoolId=pool, Username="alice", GroupName="editors")
        return pool, made["UserPoolClient"]["ClientId"]

    def __enter__(self) -> UserPool:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._child.end()
