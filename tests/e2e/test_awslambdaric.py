"""The authorizer inside AWS's own runtime client: what really leaves the function, as answer, as error and as log."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import authkit
from tests.e2e.child import Child
from tests.e2e.orders import granted, request_event, token_event, with_scope
from tests.e2e.runtime_api import Report, RuntimeAPI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    MakeEvent = Callable[[str], dict[str, Any]]

AWSLAMBDARIC = importlib.util.find_spec("awslambdaric") is not None

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(not AWSLAMBDARIC, reason="awslambdaric is not installed for this Python"),
]

APP = Path(__file__).with_name("lambda_app.py")
EVENTS = [token_event, request_event]
ISSUER, AUDIENCE = "https://idp.example.com/", "https://api.example.com"


class Signer:
    """An issuer's key, and the package of a function that trusts it."""

    def __init__(self, package: Path) -> None:
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
        from jwt.algorithms import ECAlgorithm

        self._private = generate_private_key(SECP256R1())
        self.package = package
        jwk = {**ECAlgorithm.to_jwk(self._private.public_key(), as_dict=True), "kid": "k1", "alg": "ES256"}
        (package / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
        shutil.copy(APP, package)

    def token(self, **changes: Any) -> str:
        import jwt

        now = int(time.time())
        times = {"iat": now, "exp": now + 300}
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "scope": "orders:read", "tenant": "t-1", **times}
        return jwt.encode({**claims, **changes}, self._private, "ES256", headers={"kid": "k1", "typ": "at+jwt"})


class Run(NamedTuple):
    """What a function did until it was ended: what the client reported, and what was printed."""

    reports: list[Report]
    log: str


def run(package: Path, *events: object, **environment: str) -> Run:
    """Start a function, hand it events, and end it. The client prints before it reports, so the log is complete."""
    with RuntimeAPI() as api, _started(package, api, environment) as child:
        reports = [api.invoke(event) for event in events]
    return Run(reports, "".join(child.said))


def _started(package: Path, api: RuntimeAPI, environment: Mapping[str, str]) -> Child:
    settings = {
        "AUDIENCE": AUDIENCE,
        "JWKS": "jwks.json",
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(Path(authkit.__file__).parent.parent),  # the authkit that is under test
        "AWS_LAMBDA_RUNTIME_API": api.address,
        **environment,
    }
    return Child([sys.executable, "-m", "awslambdaric", "lambda_app.handler"], env=settings, cwd=package)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("package"))


@pytest.fixture
def unreachable() -> Iterator[str]:
    """A key set's URL on a port that is taken, so that nobody else listens there, and refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/jwks"


def leaked(run: Run, token: str) -> list[str]:
    """Return the parts of a token found in anything that left the function."""
    everything = f"{run.reports}{run.log}"
    return [part for part in token.split(".") if part in everything]


@pytest.mark.parametrize("event", EVENTS)
def test_a_good_token_leaves_as_its_policy(signer: Signer, event: MakeEvent) -> None:
    """The client posts the policy and its context as plain JSON, and the function prints nothing."""
    token = signer.token()

    done = run(signer.package, event(f"Bearer {token}"))

    (report,) = done.reports
    assert report.kind == "response"
    assert (report.json["principalId"], report.json["context"]) == ("alice", {"plan": "silver"})
    assert granted(report.json) == {"GET"}
    assert done.log == ""


REFUSED: dict[str, tuple[Callable[[Signer], str], str]] = {
    "for another audience": (lambda signer: signer.token(aud="https://mail.example.com"), "audience_mismatch"),
    "expired": (lambda signer: signer.token(exp=1), "expired"),
    "with a signature one byte short": (lambda signer: signer.token()[:-2], "bad_signature_length"),
    "with claims of its own": (lambda signer: with_scope(signer.token(), "orders:write"), "bad_signature"),
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_token_leaves_as_the_one_word_that_makes_a_401(signer: Signer, what: str, event: MakeEvent) -> None:
    """The message is exactly Unauthorized; the reason is in the log, the token is nowhere."""
    make, code = REFUSED[what]
    token = make(signer)

    done = run(signer.package, event(f"Bearer {token}"))

    (report,) = done.reports
    assert report.kind == "error"
    assert (report.json["errorMessage"], report.json["errorType"]) == ("Unauthorized", "Unauthorized")
    assert code not in repr(report)
    assert f'"code": "{code}"' in done.log
    assert leaked(done, token) == []


def test_a_principal_without_a_route_leaves_as_a_deny(signer: Signer) -> None:
    """A refusal that the gateway may keep is an answer, not an error."""
    token = signer.token(scope="mail:read")

    done = run(signer.package, token_event(f"Bearer {token}"))

    (report,) = done.reports
    assert report.kind == "response"
    assert [statement["Effect"] for statement in report.json["policyDocument"]["Statement"]] == ["Deny"]
    assert '"code": "insufficient_scope"' in done.log
    assert leaked(done, token) == []


def test_a_foreign_exception_leaves_without_its_message(signer: Signer) -> None:
    """Type and place are told; what the exception says could be a secret."""
    token = signer.token(tenant="t-of-a-customer")  # in no table: the enricher raises KeyError('t-of-a-customer')

    done = run(signer.package, token_event(f"Bearer {token}"))

    (report,) = done.reports
    assert (report.kind, report.json["errorType"]) == ("error", "Unforeseen")
    assert re.fullmatch(r"KeyError in enrich\[0\] at lambda_app\.py:\d+", report.json["errorMessage"])
    assert "t-of-a-customer" not in f"{done.reports}{done.log}"
    assert leaked(done, token) == []


def test_an_issuer_out_of_reach_leaves_as_an_outage(signer: Signer, unreachable: str) -> None:
    """Nothing is decided, and the error says what could not be reached."""
    token = signer.token()

    done = run(signer.package, token_event(f"Bearer {token}"), JWKS=unreachable)

    (report,) = done.reports
    assert (report.kind, report.json["errorType"]) == ("error", "KeysUnavailable")
    assert report.json["errorMessage"].startswith("fetch_refused: 127.0.0.1 failed in phase connect")
    assert '"outcome": "unavailable"' in done.log
    assert leaked(done, token) == []


def test_a_function_goes_on_after_every_kind_of_error(signer: Signer) -> None:
    """No refusal and no fault ends the process, or changes what the next caller gets."""
    good = token_event(f"Bearer {signer.token()}")
    unlisted = token_event(f"Bearer {signer.token(tenant='t-9')}")
    events = [good, {}, token_event("Basic eDp5"), unlisted, request_event(""), good]

    done = run(signer.package, *events)

    kinds = [report.json.get("errorType", report.kind) for report in done.reports]
    assert kinds == ["response", "BadEvent", "Unauthorized", "Unforeseen", "Unauthorized", "response"]
    assert done.reports[0].json == done.reports[-1].json


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        ({"AUDIENCE": ""}, "audience must be a text that is not empty"),
        ({"JWKS": "no-such-file.json"}, "no-such-file.json"),
        ({"JWKS": "http://idp.example.com/jwks"}, "must begin with https://"),
    ],
    ids=["audience", "file", "url"],
)
def test_a_wrong_configuration_fails_the_deployment(signer: Signer, environment: dict[str, str], fault: str) -> None:
    """The process ends before the first event, and the error names its class and the fault."""
    with RuntimeAPI() as api, _started(signer.package, api, environment) as child:
        report = api.next_report()
        code = child.wait()

    assert (report.kind, report.headers["lambda-runtime-function-error-type"]) == ("init/error", "ConfigError")
    assert report.json["errorType"] == "ConfigError"
    assert fault in report.json["errorMessage"]
    assert code == 1
    assert "[ERROR] ConfigError: " in "".join(child.said)
