"""Ways to write one authorizer, each as the text of a module, for what starts it in a process of its own."""

from __future__ import annotations

from benchmarks.issued import AUDIENCE, ISSUER, Issued

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
MAIN = """
import contextlib, decimal, importlib, json, logging, math, os, re, sys, threading, time, traceback, types, weakref
with open("event.json") as file:
    event = json.load(file)
began = time.perf_counter()
from app import handler
imported = time.perf_counter()
answer = handler(event, None)
decided = time.perf_counter()
assert answer["principalId"], answer
with open("/proc/self/status") as status:
    most = next(line.split()[1] for line in status if line.startswith("VmHWM"))
sys.stdout.write(f"{len(sys.modules)} {most} {imported - began} {decided - imported}")
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
        "nothing but Python": "def handler(event, context):\n    return {'principalId': 'nobody'}\n",
        "floor: cryptography's RSA": _FLOOR.format(raw=(numbers.n, numbers.e, decode(signature), signed)),
        "authkit, keys bundled": AUTHKIT.format(**bundled),
        "authkit, bundled, Logger, Metrics": AUTHKIT.format(**observed),
        "authkit, keys over https": AUTHKIT.format(**fetched),
        "the usual: PyJWKClient, Powertools": _USUAL.format(url=url),
    }


def event_for(issued: Issued) -> dict[str, str]:
    """Return a TOKEN event with the first token."""
    arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/live/GET/orders/7"
    return {"type": "TOKEN", "authorizationToken": f"Bearer {issued.tokens[0].decode()}", "methodArn": arn}
