"""why_not names exactly the cause, proven by the other side's own signature or text, and shows no secret."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import sigv4
from authkit.errors import ConfigError, Refused
from authkit.sigv4.mismatch import CAUSES, CODES, why_not
from authkit.sigv4.mismatch.message import read_message
from tests.sigv4.mismatch.broken import (
    AT,
    BODY,
    BREAKS,
    CREDENTIALS,
    DATE,
    DAY,
    KEY_ID,
    REGION,
    RIGHT,
    SECRET,
    SERVICE,
    TOKEN,
    Break,
    Said,
    request,
)
from tests.support.effort import FEW

EACH = pytest.mark.parametrize(("code", "wrong"), BREAKS, ids=[f"{code}-{n}" for n, (code, _) in enumerate(BREAKS)])
# What a service that echoes cannot have otherwise: it derives keys from its own secret, and tells no key.
ECHOED = [(code, wrong) for code, wrong in BREAKS if wrong(RIGHT).text != RIGHT.text]
GENERIC = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
    " and signing method. Consult the service documentation for details."
)


def echo(said: Said) -> str:
    """Return what API Gateway and most services say."""
    return (
        f"{GENERIC}\n\nThe Canonical String for this request should have been\n'{said.canonical}'\n\n"
        f"The String-to-Sign should have been\n'{said.text}'\n"
    )


def refused(**changes: Any) -> Refused:
    """Return what `verify` says of the request."""
    with pytest.raises(Refused) as caught:
        sigv4.verify(
            **{
                **request(RIGHT.signature),
                "policy": sigv4.Policy(regions=[REGION], services=[SERVICE], normal_paths=False),
                "lookup": lambda key_id, scope: CREDENTIALS,
                "clock": lambda: AT,
                **changes,
            }
        )
    return caught.value


def test_the_right_one_is_right() -> None:
    """What the others break is a request that verifies."""
    verified = sigv4.verify(
        **request(RIGHT.signature),
        policy=sigv4.Policy(regions=[REGION], services=[SERVICE], normal_paths=False),
        lookup=lambda key_id, scope: CREDENTIALS,
        clock=lambda: AT,
    )

    assert verified.access_key_id == KEY_ID


@EACH
def test_a_failed_verification_is_explained_by_the_signature(code: str, wrong: Break) -> None:
    """The verifier knows the secret: what the signer signed instead gives the very signature that came."""
    sent = request(wrong(RIGHT).signature)

    found = why_not(**sent, error=refused(**sent), key=CREDENTIALS)

    assert (found.causes, found.proof) == ((code,), "signature")
    assert found.difference is not None


@pytest.mark.parametrize(("code", "wrong"), ECHOED, ids=[f"{code}-{n}" for n, (code, _) in enumerate(ECHOED)])
@pytest.mark.parametrize("shape", ["plain", "json", "xml", "s3", "escaped log", "botocore's log"])
def test_an_echo_is_explained_without_a_secret(code: str, wrong: Break, shape: str) -> None:
    """The service says what it has: no secret is needed to see what makes that of the request."""
    said = wrong(RIGHT)
    text = {
        "plain": echo(said),
        "json": json.dumps({"message": echo(said)}),
        "xml": f"<ErrorResponse><Error><Message>{escape(echo(said))}</Message></Error></ErrorResponse>",
        "s3": f"<?xml version='1.0'?><Error><StringToSign>{escape(said.text)}</StringToSign>"
        f"<CanonicalRequest>{escape(said.canonical)}</CanonicalRequest></Error>",
        "escaped log": f"ERROR {json.dumps(echo(said))} end",
        "botocore's log": f"DEBUG - CanonicalRequest:\n{said.canonical}\nDEBUG - StringToSign:\n{said.text}\nDEBUG - x",
    }[shape]

    found = why_not(**request(RIGHT.signature), error=text)

    assert (found.cause, found.proof) == (code, "canonical_request")


def test_a_header_that_was_changed_to_anything_shows_in_the_echo() -> None:
    """Not only what proxies are known for."""
    found = why_not(**request(RIGHT.signature), error=echo(RIGHT.header("x-note", "something of a proxy")))

    assert found.causes == ("header_changed",)
    assert found.difference == ("header x-note", "a b c", "something of a proxy")


def test_a_string_to_sign_alone_is_enough() -> None:
    """Its last line is a hash of all the rest."""
    wrong = RIGHT._replace(path="/prod/a%20b/c")
    text = f"<Error><StringToSign>{wrong.text}</StringToSign></Error>"

    found = why_not(**request(RIGHT.signature), error=text)

    assert (found.causes, found.proof) == (("path_encoding",), "string_to_sign")


@pytest.mark.parametrize("first", range(0, len(BREAKS), 5))
def test_two_causes_at_once_are_found(first: int) -> None:
    """Signers go wrong twice; what is named then still gives the signature."""
    wrong = Said(path="/prod/a%20b/c").header("host", "abc.example.com:443")
    code, other = BREAKS[first]
    both = other(RIGHT)._replace(path=wrong.path)
    if code.startswith(("path", "s3", "region", "service", "secret")):
        both, code = wrong, "host_port"

    found = why_not(**request(both.signature), key=CREDENTIALS)

    assert set(found.causes) == {"path_encoding", code}


def test_the_same_text_and_another_signature_are_another_secret() -> None:
    """Both sides sign one text, and ours gives the signature that was sent: only the secret is left."""
    found = why_not(**request(RIGHT.signature), error=echo(RIGHT), key=CREDENTIALS)

    assert (found.causes, found.proof) == (("secret",), "signature")


@FEW
@given(secret=st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), min_size=5))
def test_another_secret_cannot_be_told(secret: str) -> None:
    """To a verifier, a request signed with some other secret is any request."""
    known = {SECRET, SECRET + " ", f'"{SECRET}"', f"'{SECRET}'"}
    if secret.strip() in known or secret in known:
        return

    found = why_not(**request(RIGHT._replace(secret=secret).signature), error=GENERIC, key=CREDENTIALS)

    assert found.causes == ()
    assert "another secret" in found.says


@FEW
@given(
    path=st.text(st.characters(codec="ascii", categories=("Ll",)), min_size=4), where=st.sampled_from(["path", "query"])
)
def test_unrelated_breakage_cannot_be_told(path: str, where: str) -> None:
    """Neither by the signature nor by the echo; of the echo at least it is shown where they part."""
    wrong = RIGHT._replace(**{where: f"/{path}" if where == "path" else f"{path}=1"})

    signed = why_not(**request(wrong.signature), key=CREDENTIALS)
    told = why_not(**request(RIGHT.signature), error=echo(wrong))

    assert (signed.causes, signed.proof, told.causes) == ((), "", ())
    assert told.difference is not None
    assert told.difference.part == where


def test_without_a_secret_and_without_an_echo_nothing_is_told() -> None:
    """And it is said what would help."""
    assert "secret" in why_not(**request(RIGHT.signature), error=GENERIC).says
    agreed = why_not(**request(RIGHT.signature), error=echo(RIGHT))
    assert agreed.causes == ()
    assert "reads the request as it stands" in agreed.says


def test_a_right_signature_is_said_to_be_right() -> None:
    """What is left is outside of what was given."""
    found = why_not(**request(RIGHT.signature), error=GENERIC, key=CREDENTIALS)

    assert found.causes == ()
    assert "is right" in found.says


@pytest.mark.parametrize("asked", [GENERIC, '{"message":"The security token included in the request is invalid."}'])
def test_a_token_that_was_not_sent(asked: str) -> None:
    """Signed without it, rightly otherwise: the key is unknown without its token."""
    said = RIGHT.header("x-amz-security-token", None)
    sent = request(said.signature, drop=("x-amz-security-token",))
    sent["headers"][-1] = ("Authorization", sent["headers"][-1][1].replace("x-amz-security-token;", ""))

    found = why_not(**sent, error=asked, key=CREDENTIALS)

    assert found.causes == ("token_missing",)


def test_a_token_that_was_lost_on_the_way() -> None:
    """It was signed, and is not there."""
    sent = request(RIGHT.signature, drop=("x-amz-security-token",))

    found = why_not(**sent, error=refused(**sent), key=CREDENTIALS)

    assert (found.causes, found.proof) == (("token_missing",), "signature")


def test_without_credentials_a_temporary_key_is_known_by_its_name() -> None:
    """ASIA is what the ids of temporary keys begin with; an id of another kind tells nothing."""
    said = RIGHT.header("x-amz-security-token", None)
    sent = request(said.signature, drop=("x-amz-security-token",))
    error = "The security token included in the request is invalid."

    found = why_not(**sent, error=error)
    sent["headers"] = [(name, value.replace("ASIA", "AKIA")) for name, value in sent["headers"]]

    assert found.cause == "token_missing"
    assert why_not(**sent, error=error).cause == ""


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("clock", f"Signature expired: {DATE} is now earlier than 20150830T123700Z (20150830T124200Z - 5 min.)"),
        (
            "clock",
            f"Signature not yet current: {DATE} is still later than 20150830T122000Z (20150830T121500Z + 5 min.)",
        ),
        (
            "clock",
            f"<Error><Code>RequestTimeTooSkewed</Code><RequestTime>{DATE}</RequestTime>"
            "<ServerTime>2015-08-30T12:59:00Z</ServerTime></Error>",
        ),
        ("region", f"Credential should be scoped to a valid region, not '{REGION}'. "),
        (
            "region",
            f"<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region"
            f" '{REGION}' is wrong; expecting 'us-east-1'</Message><Region>us-east-1</Region></Error>",
        ),
        ("service", '{"message":"Credential should be scoped to correct service: \'lambda\'. "}'),
        (
            "token_expired",
            '{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}',
        ),
    ],
)
def test_what_a_service_says_in_words(code: str, error: str) -> None:
    """It is believed where the request bears it out."""
    found = why_not(**request(RIGHT.signature), error=error)

    assert (found.causes, found.proof) == ((code,), "message")


@pytest.mark.parametrize(
    "error",
    [
        "Signature expired: 20240101T000000Z is now earlier than 20240101T010000Z (20240101T010500Z - 5 min.)",
        "Credential should be scoped to a valid region, not 'us-west-2'. ",
        f"Credential should be scoped to correct service: '{SERVICE}'. ",
        "The security token included in the request is invalid.",
        "Request has expired",
    ],
)
def test_words_about_another_request_are_not_believed(error: str) -> None:
    """They do not fit this one."""
    assert why_not(**request(RIGHT.signature), error=error).causes == ()


def test_the_clock_tells_by_how_much() -> None:
    """Read from the message: the server's own time stands in brackets."""
    error = f"Signature expired: {DATE} is now earlier than 20150830T123700Z (20150830T124200Z - 5 min.)"

    assert "360 s before" in why_not(**request(RIGHT.signature), error=error).says


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clock": lambda: AT + 1000}, "clock"),
        ({"clock": lambda: AT - 1000}, "clock"),
        ({"policy": sigv4.Policy(regions=["us-east-1"], services=[SERVICE], normal_paths=False)}, "region"),
        ({"policy": sigv4.Policy(regions=[REGION], services=["acme"], normal_paths=False)}, "service"),
        ({"policy": sigv4.Policy(regions=[REGION], services=[SERVICE])}, ""),
        ({"lookup": lambda key_id, scope: None}, ""),
    ],
)
def test_what_a_refusal_says_by_itself(changes: dict[str, Any], code: str) -> None:
    """Time and scope are judged before a signature is; whatever is refused by another rule is no mismatch."""
    found = why_not(**request(RIGHT.signature), error=refused(**changes), key=CREDENTIALS, at=AT + 1000)

    assert found.cause == code


@pytest.mark.parametrize(
    ("body", "code"),
    [(BODY.rstrip(), "body_newline"), (BODY + b"\n", "body_newline"), (b"another", "")],
)
def test_a_body_that_is_not_the_declared_one(body: bytes, code: str) -> None:
    """The hash that was declared is the other side's."""
    said = RIGHT.header("x-amz-content-sha256", RIGHT.payload)
    sent = request(said.signature)
    names = ";".join(name for name, _ in said.headers)
    sent["headers"] = [
        *((name, value) for name, value in sent["headers"] if name != "Authorization"),
        ("X-Amz-Content-Sha256", RIGHT.payload),
        (
            "Authorization",
            f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{RIGHT.scope}, SignedHeaders={names}, Signature={said.signature}",
        ),
    ]
    sent["body"] = body

    found = why_not(**sent, error=refused(**sent), key=CREDENTIALS)

    assert found.cause == code
    assert found.difference is not None
    assert found.difference.part == "payload"


def presigned(**options: Any) -> dict[str, Any]:
    link = sigv4.presign(
        method="GET",
        url="https://abc.example.com/a%20b?x=1",
        credentials=CREDENTIALS,
        region=REGION,
        service=SERVICE,
        clock=lambda: AT,
        **options,
    )
    return {"method": "GET", "url": link.url, "headers": {"Host": "abc.example.com"}}


def test_links_are_looked_into_as_well() -> None:
    """Path rules, a token put behind, a method, and an end that is past."""
    assert why_not(**presigned(double_encode=False), key=CREDENTIALS).causes == ("path_encoding",)
    assert why_not(**presigned(sign_token=False), key=CREDENTIALS).causes == ("token_unsigned",)
    assert why_not(**{**presigned(), "method": "HEAD"}, key=CREDENTIALS).causes == ("method",)
    assert why_not(**presigned(), error="<Error><Message>Request has expired</Message></Error>").cause == "link_expired"


def test_a_link_that_lost_its_token() -> None:
    """It was in the canonical query."""
    sent = presigned()
    parts = [part for part in sent["url"].split("&") if not part.startswith("X-Amz-Security-Token")]

    assert why_not(**{**sent, "url": "&".join(parts)}, key=CREDENTIALS).causes == ("token_missing",)


@pytest.mark.parametrize("query", ["q=a+b", "q=a%2bb", "q=a%zzb", "q&q=1", "=x"])
@given(data=st.data())
def test_spellings_the_verifier_refuses_are_looked_into(query: str, data: st.DataObject) -> None:
    """A raw plus is the commonest of them."""
    signed = data.draw(st.sampled_from(["q=a%2Bb", "q=a+b", query]))
    said = RIGHT._replace(query=signed)
    sent = {**request(said.signature), "url": f"/prod/a%20b//c?{query}"}

    found = why_not(**sent, key=CREDENTIALS)

    if query == "q=a+b" and signed in ("q=a%2Bb", "q=a+b"):
        assert found.causes == ("query_plus",)


def test_sigv4a_is_looked_into_with_a_public_key_or_a_secret() -> None:
    """By checking what the signature is over."""
    asked = {"method": "GET", "url": "https://abc.example.com/a%20b", "headers": {}}
    signed = sigv4.sign(
        **asked,
        credentials=CREDENTIALS,
        region="*",
        service=SERVICE,
        clock=lambda: AT,
        double_encode=False,
        algorithm=sigv4.V4A,
    )
    sent = {**asked, "headers": [("Host", signed.host), *signed.headers]}
    public = sigv4.KeyPairs().public(CREDENTIALS)

    assert why_not(**sent, key=CREDENTIALS).causes == ("path_encoding",)
    assert why_not(**sent, key=sigv4.PublicKey(public.point)).causes == ("path_encoding",)
    assert why_not(**sent, key=sigv4.SigningKey(b"x" * 32)).causes == ()


def test_a_signing_key_is_enough_for_all_that_is_not_the_secret() -> None:
    """It is derived for the day, region and service of the request."""
    derived = sigv4.SigningKey(sigv4.signing_key(SECRET.encode(), DAY, REGION, SERVICE))

    assert why_not(**request(RIGHT._replace(method="GET").signature), key=derived).causes == ("method",)
    assert why_not(**request(RIGHT._replace(secret=SECRET + "\n").signature), key=derived).causes == ()
    assert (
        why_not(**request(RIGHT._replace(method="GET").signature), key=sigv4.KeyPairs().public(CREDENTIALS)).causes
        == ()
    )


def test_path_rules_of_ones_own() -> None:
    """What a service of one's own has otherwise."""
    wrong = RIGHT._replace(path="/prod/a%20b//c")

    found = why_not(**request(wrong.signature), key=CREDENTIALS, normalize=False, double_encode=False)

    assert "is right" in found.says


@pytest.mark.parametrize(
    "headers", [[], [("Authorization", "AWS4-HMAC-SHA256 rubbish")], [("Authorization", "Bearer x")]]
)
def test_a_request_without_a_signature_says_so(headers: list[tuple[str, str]]) -> None:
    """There is nothing to look into."""
    found = why_not(method="GET", url="/", headers=headers)

    assert found.causes == ()
    assert "no good signature" in found.says


def test_a_key_that_is_none_is_a_mistake_of_the_caller() -> None:
    """And so is one of another id."""
    other = sigv4.Credentials(access_key_id="OTHER", secret_access_key="x")
    for key in (other, "secret"):
        with pytest.raises(ConfigError):
            why_not(**request(RIGHT.signature), key=key)  # type: ignore[arg-type]


def test_every_cause_has_its_break() -> None:
    """So that none is named that no test has seen."""
    seen = {code for code, _ in BREAKS}

    assert {cause.code for cause in CAUSES} - seen == {"token_missing"}  # which has tests of its own
    assert set(CODES) - seen == {"token_missing", "token_expired", "clock", "link_expired", "secret"}


@FEW
@given(
    wrong=st.sampled_from(BREAKS),
    secret=st.from_regex(r"PLANTED[A-Za-z0-9/+]{20,30}", fullmatch=True),
    token=st.from_regex(r"TOKEN[A-Za-z0-9/+=]{20,60}", fullmatch=True),
)
def test_no_secret_token_or_signature_is_shown(wrong: tuple[str, Break], secret: str, token: str) -> None:
    """Not by text, repr or data, whatever is found."""
    key = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=secret, session_token=token)
    right = RIGHT._replace(secret=secret).header("x-amz-security-token", token)
    said = wrong[1](right)
    sent = request(said.signature)
    sent["headers"] = [(name, token if value == TOKEN else value) for name, value in sent["headers"]]
    sent["url"] += f"&access_token={token}"
    told = [
        why_not(**sent, key=key),
        why_not(**sent, error=echo(said), key=key),
        why_not(**sent, error=echo(said.header("x-amz-security-token", token + "x"))),
    ]

    shown = "\n".join(f"{found}\n{found!r}" for found in told)

    assert secret not in shown
    assert token not in shown
    assert said.signature not in shown
    assert right.signature not in shown


@given(st.text() | st.binary())
def test_any_error_text_can_be_read(text: str | bytes) -> None:
    """Rubbish says nothing, and breaks nothing."""
    assert read_message(text).echo in (("", ""),)


@given(st.sampled_from(["{", "[", '"', "<Error>"]), st.integers(1, 60_000))
def test_deep_and_broken_documents_say_nothing(opening: str, times: int) -> None:
    """However deep."""
    assert read_message(opening * times).echo == ("", "")
