"""ALB: the claims a load balancer signs, with header, padding and key endpoint as its guide has them."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.credentials.bearer import JWTBearer
from authkit.credentials.presets.alb import alb
from authkit.credentials.presets.oidc import id_token
from authkit.errors import KeysUnavailable
from authkit.gateway.sources import Header
from authkit.keys.answer import Response
from authkit.keys.timing import Timing
from tests.credentials.presets.cases import (
    Wrong,
    changed,
    code_of,
    each,
    faults_of,
    no_fetch,
    padded,
    pem,
    request,
    settings,
)
from tests.support.tokens import NOW, signer

KID = "d39846c3-18d4-4c5e-8148-27a63a4fa6d8"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
OTHER_ARN = ARN.replace("front", "other")
GOV = "arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
CHINA = "arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
CLIENT = "4k8m2exampleclient7p0q"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE01"
KEY = signer("ES256", KID)

# "User claims encoding and signature verification", ELB user guide; exp and iss of the payload as they come and as
# the types of aws-jwt-verify have them (AlbJwtPayload).
HEADER = {"typ": "JWT", "kid": KID, "alg": "ES256", "iss": ISSUER, "client": CLIENT, "signer": ARN, "exp": NOW + 120}
CLAIMS = {
    "sub": "7d8f3c1e-2b4a-4f6d-9c0e-1a2b3c4d5e6f",
    "email_verified": "true",
    "email": "anna@example.com",
    "username": "anna",
    "exp": NOW + 120,
    "iss": ISSUER,
}


def bearer(arn: Any = ARN, **changes: Any) -> JWTBearer:
    return alb(arn, **{"client_id": CLIENT, "issuer": ISSUER, **settings(KEY), **changes})


def test_its_claims_are_read_from_its_header_with_padding() -> None:
    """The load balancer signs the padded text."""
    text = padded(HEADER, CLAIMS, KEY)

    principal = bearer()(request(text, header="x-amzn-oidc-data"))

    assert "=" in text
    assert principal.id == CLAIMS["sub"]
    assert bearer().reads == ("header.x-amzn-oidc-data",)


def test_without_padding_it_is_the_same() -> None:
    """Some lengths need none."""
    assert bearer().verify(KEY.raw(HEADER, CLAIMS))["username"] == "anna"


@each(
    Wrong("another load balancer", "custom_check_failed", {}, {"signer": OTHER_ARN}),
    Wrong("another account's", "custom_check_failed", {}, {"signer": ARN.replace("123456789012", "210987654321")}),
    Wrong("no load balancer", "header_param_missing", {}, {"signer": ...}),
    Wrong("another client", "client_mismatch", {}, {"client": "other"}),
    Wrong("no client", "header_param_missing", {}, {"client": ...}),
    Wrong("another issuer above", "custom_check_failed", {}, {"iss": f"{ISSUER}2"}),
    Wrong("another issuer below", "issuer_mismatch", {"iss": f"{ISSUER}2"}),
    Wrong("no issuer below", "missing_claim", {"iss": ...}),
    Wrong("over", "expired", {"exp": NOW}),
    Wrong("no end", "missing_claim", {"exp": ...}),
    Wrong("no subject", "missing_claim", {"sub": ...}),
    Wrong("another algorithm", "alg_not_allowed", {}, {"alg": "RS256"}),
    Wrong("a type of another kind", "bad_typ", {}, {"typ": "at+jwt"}),
    Wrong("a list of load balancers", "header_param_missing", {}, {"signer": [ARN]}),
)
def test_a_token_with_one_thing_wrong_is_refused(wrong: Wrong) -> None:
    """Each by its own code."""
    header = changed(HEADER, **wrong.header)

    assert code_of(bearer(), padded(header, changed(CLAIMS, **wrong.claims), KEY)) == wrong.code


def test_one_of_several_load_balancers_and_clients() -> None:
    """All of one region."""
    several = bearer([OTHER_ARN, ARN], client_id={"other", CLIENT})

    assert several.verify(padded(HEADER, CLAIMS, KEY))


def test_padding_in_the_wrong_place_is_refused() -> None:
    """A4: permitted is all that is due, in the end of a segment."""
    text = padded(HEADER, {**CLAIMS, "pad": "x"}, KEY)

    assert (
        code_of(bearer(), text.replace("==", "=", 1) if "==" in text else text.replace("=", "==", 1)) == "bad_base64url"
    )
    assert code_of(bearer(), text + "=") == "bad_base64url"


class Endpoint:
    """Serves one key, and tells what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        self.asked.append(url)
        if not url.endswith(KID):
            raise KeysUnavailable("fetch_status", detail="public-keys answered 404")
        return Response(200, {}, pem(KEY))


@pytest.mark.parametrize(
    ("arn", "more", "base"),
    [
        (ARN, {}, "https://public-keys.auth.elb.eu-west-1.amazonaws.com"),
        (GOV, {}, "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1"),
        (
            GOV.replace("west", "east"),
            {},
            "https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1",
        ),
        (CHINA, {"public_keys": "https://keys.example.com.cn/alb"}, "https://keys.example.com.cn/alb"),
    ],
)
def test_keys_come_one_by_one_from_the_regions_endpoint(arn: str, more: dict[str, Any], base: str) -> None:
    """Fetched when the first token comes, and held."""
    endpoint, events = Endpoint(), []
    own = alb(
        arn,
        client_id=CLIENT,
        issuer=ISSUER,
        fetch=endpoint,
        timing=Timing(cooldown=10),
        on_event=events.append,
        clock=lambda: NOW,
        **more,
    )
    assert endpoint.asked == []

    for _ in range(3):
        assert own.verify(padded({**HEADER, "signer": arn}, CLAIMS, KEY))

    assert endpoint.asked == [f"{base}/{KID}"]
    assert [event.name for event in events] == ["unknown_kid", "fetch_started", "fetched"]


@pytest.mark.parametrize("kid", ["k1", KID.upper(), f"{KID}/../x", f"{KID}?x", f" {KID}", KID.replace("-", "")])
def test_a_key_whose_name_is_no_uuid_is_never_asked_for(kid: str) -> None:
    """F13: the name becomes a part of a URL."""
    own = alb(ARN, client_id=CLIENT, issuer=ISSUER, fetch=no_fetch, clock=lambda: NOW)

    assert code_of(own, padded({**HEADER, "kid": kid}, CLAIMS, KEY)) == "bad_kid"


def test_nothing_is_fetched_for_a_token_that_cannot_succeed() -> None:
    """Another load balancer of the region signs with the same keys: it is refused before they are asked for."""
    own = alb(ARN, client_id=CLIENT, issuer=ISSUER, fetch=no_fetch, clock=lambda: NOW)

    assert code_of(own, padded({**HEADER, "signer": OTHER_ARN}, CLAIMS, KEY)) == "custom_check_failed"


def test_a_key_nobody_has_and_an_endpoint_that_is_down_are_told_apart() -> None:
    """The one is the token's fault, the other is nobody's."""
    own = alb(ARN, client_id=CLIENT, issuer=ISSUER, fetch=Endpoint(), clock=lambda: NOW)
    stranger = padded({**HEADER, "kid": KID.replace("d", "e")}, CLAIMS, KEY)

    assert code_of(own, stranger) == "key_not_found"

    def down(*_: Any, **__: Any) -> Any:
        raise KeysUnavailable("fetch_timeout", detail="no answer")

    with pytest.raises(KeysUnavailable):
        alb(ARN, client_id=CLIENT, issuer=ISSUER, fetch=down, clock=lambda: NOW).verify(padded(HEADER, CLAIMS, KEY))


def test_another_source_can_be_given() -> None:
    """Where something in front has renamed the header."""
    own = bearer(source=Header("x-user"))

    assert own(request(padded(HEADER, CLAIMS, KEY), header="x-user")).id == CLAIMS["sub"]


def test_the_usual_transport_is_made_without_a_request() -> None:
    """And the endpoint may be on this machine, for a test of one's own."""
    assert alb(ARN, client_id=CLIENT, issuer=ISSUER)
    assert (
        alb(ARN, client_id=CLIENT, issuer=ISSUER, public_keys="http://127.0.0.1:8080/keys", relax=["http-loopback"])
        .explain()
        .endswith("base64url leaves out")
    )


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"arn": ""}, "load_balancer_arn"),
        ({"arn": []}, "load_balancer_arn"),
        ({"arn": None}, "load_balancer_arn"),
        ({"arn": f"{ARN}/listener"}, "load_balancer_arn"),
        ({"arn": ARN.replace("/app/", "/net/")}, "load_balancer_arn"),
        ({"arn": ARN.replace("eu-west-1", "evil.com/#")}, "load_balancer_arn"),
        ({"arn": ARN.replace("eu-west-1", "nowhere")}, "nowhere is no region of aws"),
        ({"arn": ARN.replace("eu-west-1", "cn-north-1")}, "cn-north-1 is no region of aws"),
        ({"arn": ARN.replace("aws:", "aws-iso:", 1)}, "load_balancer_arn"),
        ({"arn": [ARN, ARN.replace("eu-west-1", "eu-west-2")]}, "all of one region"),
        ({"client_id": ""}, "client_id"),
        ({"issuer": ""}, "issuer"),
        ({"issuer": "accounts.google.com"}, "issuer must be an https URL"),
        ({"jwks": None, "arn": CHINA}, "AWS documents no endpoint for aws-cn"),
        ({"jwks": None, "public_keys": "ftp://x"}, "base must begin with https://"),
        ({"jwks": None, "public_keys": "https://x.example.com/"}, "neither a slash in the end"),
        ({"jwks": None, "timing": 7}, "timing"),
        ({"jwks": None, "bundle": "keys.json"}, "bundle is for key sets"),
        ({"public_keys": "https://x.example.com"}, "public_keys and jwks"),
        ({"header": {"signer": OTHER_ARN}}, "header['signer'] is what the preset decides"),
        ({"algorithms": ["RS256"]}, "algorithms is what the preset decides"),
        ({"audience": "x"}, "audience is what the preset decides"),
        ({"relax": "padding"}, "relax holds only"),
    ],
)
def test_wrong_configuration_is_told_at_construction(changes: dict[str, Any], fault: str) -> None:
    """F13, in all partitions."""
    assert fault in faults_of(lambda: bearer(**changes))


def test_other_presets_take_no_padding() -> None:
    """A4: it is permitted here only."""
    claims = {**CLAIMS, "aud": CLIENT, "iat": NOW}

    assert code_of(id_token(ISSUER, CLIENT, **settings(KEY)), padded(HEADER, claims, KEY)) == "bad_base64url"
