"""opaque_token: its own stand-in for the server, a client secret, and a subject that was taken back in the table."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from threading import Thread
from types import ModuleType

from authkit import DynamoDBRevocations, Revocations
from tests.blueprints.blueprint import FOLDER
from tests.blueprints.world import Call, Site, World, bearer

ISSUER, AUDIENCE = "https://idp.example.com/", "https://api.example.com"


@contextmanager
def server() -> Iterator[Mapping[str, str]]:
    """Run the stand-in, and say where it is."""
    provider = _provider()
    provider.STANDING.update(iss=ISSUER, aud=AUDIENCE)
    with ThreadingHTTPServer(("127.0.0.1", 0), provider.Provider) as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        try:
            url = f"http://127.0.0.1:{running.server_port}/introspect"
            yield {"INTROSPECTION_URL": url, "RELAX": "http-loopback"}
        finally:
            running.shutdown()
            thread.join()


def calls(site: Site) -> Sequence[Call]:
    """Put the client secret and a revocation where the authorizer looks for them."""
    site.client("secretsmanager").put_secret_value(SecretId=site.outputs["ClientSecret"], SecretString="not-a-real-one")
    table = DynamoDBRevocations(site.outputs["Revocations"], client=site.client("dynamodb"))
    Revocations(table).revoke(issuer=ISSUER, sub="eve")
    return [
        Call("good", 200, "GET", "/orders/1042", bearer("of-ann")),
        Call("good", 200, "GET", "/users/ann/profile", bearer("of-ann")),
        Call("good", 403, "GET", "/users/bob/profile", bearer("of-ann")),
        Call("good", 403, "POST", "/orders", bearer("of-ann"), body={"item": "tea"}),
        Call("bad", 401, "GET", "/orders/1042", bearer("of-eve")),
        Call("bad", 401, "GET", "/orders/1042", bearer("made-up")),
        Call("none", 401, "GET", "/orders/1042"),
    ]


def _provider() -> ModuleType:
    """Return the blueprint's own module."""
    spec = importlib.util.spec_from_file_location("provider", FOLDER / "opaque_token" / "provider.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WORLD = World(servers=server, calls=calls)
