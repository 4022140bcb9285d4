"""Whatever the request: broken in one known way, it is named exactly that, by signature and by echo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authkit import sigv4
from authkit.sigv4.mismatch import why_not
from tests.support.effort import FEW

AT, REGION, SERVICE, HOST = 1_440_938_160, "eu-central-1", "execute-api", "abc.example.com"

WORD = st.text(st.sampled_from("abcdefghijklmnop0123456789-_~"), min_size=1, max_size=8)
KEYS = st.builds(
    lambda secret, token: sigv4.Credentials(access_key_id="ASIAEXAMPLE", secret_access_key=secret, session_token=token),
    st.from_regex(r"[a-zA-Z0-9/]{20}\+[a-z]", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9/+=]{20}", fullmatch=True),
)


class Asked(NamedTuple):
    """A request before it is signed; its path has an escape and a doubled slash, its query a blank and no order."""

    method: str
    segments: tuple[str, str]
    names: list[str]
    body: bytes
    key: sigv4.Credentials

    @property
    def path(self) -> str:
        return f"/{self.segments[0]}%20x//{self.segments[1]}"

    @property
    def query(self) -> str:
        first, second, third, *_ = sorted(self.names, reverse=True)
        return f"{first}=1&{second}&{third}=a%20b"

    def signed(self, **changes: Any) -> sigv4.Signed:
        usual: dict[str, Any] = {
            "method": self.method,
            "url": f"https://{HOST}{self.path}?{self.query}",
            "headers": [("Content-Type", "text/plain")],
            "body": self.body,
            "credentials": self.key,
            "region": REGION,
            "service": SERVICE,
            "clock": lambda: AT,
        }
        return sigv4.sign(**{**usual, **changes})

    def sent(self, signature: str) -> dict[str, Any]:
        """Return the request as it is sent, with a signature of somebody's in it."""
        right = dict(self.signed().headers)
        right["Authorization"] = right["Authorization"].rpartition("=")[0] + "=" + signature
        headers = [("Host", HOST), ("Content-Type", "text/plain"), *right.items()]
        return {"method": self.method, "url": f"{self.path}?{self.query}", "headers": headers, "body": self.body}


ASKED = st.builds(
    Asked,
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.tuples(WORD, WORD),
    st.lists(WORD, min_size=3, max_size=3, unique_by=str.lower),
    st.text(st.sampled_from("ab{} "), min_size=1, max_size=8).map(lambda text: f"{{{text}}}".encode()),
    KEYS,
)


def signature(found: sigv4.Signed) -> str:
    return dict(found.headers)["Authorization"].rpartition("=")[2]


Wrong = Callable[[Asked], sigv4.Signed]


def query(change: Callable[[str, Asked], str]) -> Wrong:
    """Return what signs with another canonical query."""

    def wrong(asked: Asked) -> sigv4.Signed:
        right = asked.signed()
        lines = right.canonical_request.split("\n")
        lines[2] = change(lines[2], asked)
        canonical = "\n".join(lines)
        _, date, where, _ = right.string_to_sign.split("\n")
        text = sigv4.string_to_sign(sigv4.V4, date, where, canonical)
        made = sigv4.signature_of(text, asked.key, sigv4.Scope(sigv4.V4, date[:8], REGION, SERVICE))
        headers = (("Authorization", f"Signature={made}"),)
        return right._replace(canonical_request=canonical, string_to_sign=text, headers=headers)

    return wrong


def other_secret(end: str) -> Wrong:
    def wrong(asked: Asked) -> sigv4.Signed:
        key = asked.key
        secret = key.secret_access_key.decode() + end
        given = {"access_key_id": key.access_key_id, "session_token": key.session_token}
        return asked.signed(credentials=sigv4.Credentials(**given, secret_access_key=secret))

    return wrong


def without_token(asked: Asked) -> sigv4.Signed:
    return asked.signed(sign_token=False)


def order(text: str, asked: Asked) -> str:
    return "&".join(reversed(text.split("&")))


BY_TEXT: dict[str, Wrong] = {
    "path_encoding": lambda asked: asked.signed(double_encode=False),
    "path_not_normal": lambda asked: asked.signed(normalize=False),
    "s3_rules": lambda asked: asked.signed(normalize=False, double_encode=False),
    "path_slash": lambda asked: asked.signed(url=f"https://{HOST}{asked.path}/?{asked.query}"),
    "query_order": query(order),
    "query_valueless": query(lambda text, _: "&".join(each.removesuffix("=") for each in text.split("&"))),
    "query_plus": query(lambda text, _: text.replace("%20", "+")),
    "query_encoded_twice": query(lambda text, _: text.replace("%", "%25")),
    "query_not_encoded": query(lambda text, _: text.replace("%20", " ")),
    "query_left_out": query(lambda text, _: ""),
    "host_port": lambda asked: asked.signed(headers=[("Content-Type", "text/plain"), ("Host", f"{HOST}:8443")]),
    "header_changed": lambda asked: asked.signed(headers=[("Content-Type", "text/plain; charset=utf-8")]),
    "token_unsigned": without_token,
    "body_newline": lambda asked: asked.signed(body=asked.body + b"\n"),
    "body_left_out": lambda asked: asked.signed(body=b""),
    "method": lambda asked: asked.signed(method="PUT"),
    "date": lambda asked: asked.signed(clock=lambda: AT + 1),
    "region": lambda asked: asked.signed(region="us-east-1"),
    "service": lambda asked: asked.signed(service="lambda"),
}
BY_KEY: dict[str, Wrong] = {
    "secret_newline": other_secret("\n"),
    "secret_spelling": lambda asked: asked.signed(
        credentials=sigv4.Credentials(
            access_key_id=asked.key.access_key_id,
            secret_access_key=asked.key.secret_access_key.replace(b"+", b" "),
            session_token=asked.key.session_token,
        )
    ),
}


@pytest.mark.parametrize("code", [*BY_TEXT, *BY_KEY])
@FEW
@given(asked=ASKED)
def test_a_known_break_is_named_by_the_signature_alone(code: str, asked: Asked) -> None:
    """No other cause comes before it, and none is named beside it."""
    wrong = {**BY_TEXT, **BY_KEY}[code](asked)
    assume(signature(wrong) != signature(asked.signed()))

    found = why_not(**asked.sent(signature(wrong)), key=asked.key)

    assert (found.causes, found.proof) == ((code,), "signature")


@pytest.mark.parametrize("code", BY_TEXT)
@FEW
@given(asked=ASKED)
def test_a_known_break_is_named_by_the_echo_alone(code: str, asked: Asked) -> None:
    """The other side shows what it has, and no secret is there."""
    wrong = BY_TEXT[code](asked)
    error = f"<Error><CanonicalRequest>{wrong.canonical_request}</CanonicalRequest>"
    error += f"<StringToSign>{wrong.string_to_sign}</StringToSign></Error>"

    found = why_not(**asked.sent(signature(asked.signed())), error=error)

    assert (found.causes, found.proof) == ((code,), "canonical_request")


@FEW
@given(asked=ASKED, dropped=st.just("X-Amz-Security-Token"))
def test_a_lost_token_is_named(asked: Asked, dropped: str) -> None:
    """It was signed, and did not come."""
    sent = asked.sent(signature(asked.signed()))
    sent["headers"] = [pair for pair in sent["headers"] if pair[0] != dropped]

    assert why_not(**sent, key=asked.key).causes == ("token_missing",)


@FEW
@given(asked=ASKED, flipped=st.integers(0, 255))
def test_a_signature_of_something_unknown_cannot_be_told(asked: Asked, flipped: int) -> None:
    """One bit of it is another."""
    right = bytearray.fromhex(signature(asked.signed()))
    right[flipped // 8] ^= 1 << flipped % 8

    found = why_not(**asked.sent(right.hex()), key=asked.key)

    assert (found.causes, found.difference) == ((), None)
