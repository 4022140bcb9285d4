"""Ways to write one authorizer, each as the text of a module, for what starts it in a process of its own."""

from __future__ import annotations

from benchmarks.issued import AUDIENCE, ISSUER, Issued
from benchmarks.sigv4_requests import AT, KEY_ID, REGION, SECRET, SERVICE, prepare

NOTHING, FLOOR = "nothing but Python", "floor: cryptography's RSA"
SIGV4 = "authkit.sigv4, nothing else"
BUNDLED, FETCHED = "authkit, keys bundled", "authkit, keys over https"
USUAL = "the usual: PyJWKClient, Powertools"
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
_SIGV4 = """
from authkit import sigv4

POLICY = sigv4.Policy(regions=[{region!r}], services=[{service!r}])
CREDENTIALS = sigv4.Credentials(access_key_id={key_id!r}, secret_access_key={secret!r})

def handler(event, context):
    verified = sigv4.verify(method="GET", url={url!r}, headers={headers!r}, body=b"", policy=POLICY,
                            lookup=lambda key_id, scope: CREDENTIALS, clock=lambda: {at!r})
    return {{"principalId": verified.access_key_id}}
"""
# What AWS's own runtime client has loaded before it loads a handler costs no handler anything.
MAIN = """
import contextlib, decimal, importlib, json, logging, math, os, re, sys, threading, time, traceback, types, weakref
with open("event.json") as file:
    event = json.load(file)
before = set(sys.modules)
began = time.perf_counter()
from app import handler
imported = time.perf_counter()
answer = handler(event, None)
decided = time.perf_counter()
assert answer["principalId"], answer
with open("/proc/self/status") as status:
    most = next(line.split()[1] for line in status if line.startswith("VmHWM"))
tops = {name.partition(".")[0] for name in set(sys.modules) - before}
foreign = len(tops - sys.stdlib_module_names - {"app", "authkit"})
sys.stdout.write(f"{len(sys.modules)} {foreign} {most} {imported - began} {decided - imported}")
"""


def sources(issued: Issued, url: str) -> dict[str, str]:
    """Return what each way's module says."""
    bundled = {"jwks": '"jwks.json"', "relax": "()", "more": "", "observe": "lambda record: None"}
    fetched = {**bundled, "jwks": repr(url), "relax": '{"private-address"}'}
    observed = {**bundled, "more": _OBSERVED, "observe": "powertools(logger=logger, metrics=metrics)"}
    numbers = issued.key.private.public_key().public_numbers()
    signed, _, signature = issued.tokens[0].rpartition(b".")
    from authkit.tokens.base64url import decode

    return {
        NOTHING: "def handler(event, context):\n    return {'principalId': 'nobody'}\n",
        FLOOR: _FLOOR.format(raw=(numbers.n, numbers.e, decode(signature), signed)),
        SIGV4: _SIGV4.format(**_signed()),
        BUNDLED: AUTHKIT.format(**bundled),
        "authkit, bundled, Logger, Metrics": AUTHKIT.format(**observed),
        FETCHED: AUTHKIT.format(**fetched),
        USUAL: _USUAL.format(url=url),
    }


def _signed() -> dict[str, object]:
    one = prepare("GET", 1)
    return {
        "region": REGION,
        "service": SERVICE,
        "key_id": KEY_ID,
        "secret": SECRET,
        "url": one.target,
        "headers": one.sent,
        "at": AT,
    }


def event_for(issued: Issued) -> dict[str, str]:
    """Return a TOKEN event with the first token."""
    arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/live/GET/orders/7"
    return {"type": "TOKEN", "authorizationToken": f"Bearer {issued.tokens[0].decode()}", "methodArn": arn}
