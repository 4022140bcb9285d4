"""The examples of the standards, typed here as facts."""

from __future__ import annotations

import pytest

from authkit.errors import BadSignature
from authkit.keys.jwk import read_key
from authkit.keys.keyset import KeySet
from authkit.tokens.jws import Opener
from authkit.tokens.strictjson import parse_object

# RFC 7515 appendix A.2.1
RS256_KEY = {
    "kty": "RSA",
    "n": (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs"
        "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
        "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    ),
    "e": "AQAB",
}
RS256_TOKEN = (
    "eyJhbGciOiJSUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ"
    "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e"
    "OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)

# RFC 7515 appendix A.3.1
ES256_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
ES256_TOKEN = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)

# RFC 8037 appendix A.2 and A.4
EDDSA_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
EDDSA_TOKEN = (
    "eyJhbGciOiJFZERTQSJ9"
    ".RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

EXAMPLES = {
    "RFC7515-A.2": (RS256_KEY, RS256_TOKEN, "RS256"),
    "RFC7515-A.3": (ES256_KEY, ES256_TOKEN, "ES256"),
    "RFC8037-A.4": (EDDSA_KEY, EDDSA_TOKEN, "EdDSA"),
}


@pytest.mark.parametrize(("key", "token", "alg"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_example_of_the_standard_verifies(key: dict[str, str], token: str, alg: str) -> None:
    """Bytes in, bytes out: these payloads are older than any rule for claims."""
    envelope = Opener(algorithms=[alg], types=["jwt"]).open(token)

    read_key(key).verify(alg, envelope.signature, envelope.signed)

    assert envelope.header.alg == alg


@pytest.mark.parametrize(("key", "token", "alg"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_example_with_another_payload_does_not(key: dict[str, str], token: str, alg: str) -> None:
    """The signature is of these bytes only."""
    header, _, signature = token.split(".")
    envelope = Opener(algorithms=[alg], types=["jwt"]).open(f"{header}.e30.{signature}")

    with pytest.raises(BadSignature):
        read_key(key).verify(alg, envelope.signature, envelope.signed)


def test_the_claims_of_the_example_are_read() -> None:
    """RFC 7515 appendix A.1.1: line breaks and all."""
    envelope = Opener(algorithms=["ES256"], types=["jwt"]).open(ES256_TOKEN)

    assert parse_object(envelope.payload) == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}


def test_a_set_of_all_of_them_finds_each_by_name() -> None:
    """The keys of the three examples, given names."""
    named = [{**key, "kid": alg} for key, _, alg in EXAMPLES.values()]
    keys = KeySet({"keys": named})

    for _, token, alg in EXAMPLES.values():
        envelope = Opener(algorithms=[alg], types=["jwt"]).open(token)
        keys.find(alg, alg).verify(alg, envelope.signature, envelope.signed)
