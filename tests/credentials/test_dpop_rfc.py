"""The examples of RFC 9449, typed from it."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.credentials.dpop import DPoP
from authkit.errors import BindingProblem
from authkit.gateway.request import Request
from authkit.keys.thumbprint import thumbprint
from tests.credentials.proofs import of_event
from tests.support.events import arn, request_event

# Section 4.2: the key that signs all examples, and the header that they share.
JWK = {
    "kty": "EC",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    "crv": "P-256",
}
HEADER = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik"
    "VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR"
    "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE"
    "QSIsImNydiI6IlAtMjU2In19"
)
# Sections 4.1 and 5: a proof for the token endpoint.
FOR_A_TOKEN = (
    f"{HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj"
    "oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia"
    "WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg"
    "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
# Section 6.1: the thumbprint. Section 7.1: a proof for a protected resource, and the token it comes with.
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
FOR_A_RESOURCE = (
    f"{HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj"
    "oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z"
    "WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF"
    "c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E"
    "OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
MADE = 1562262618


def asking(
    proof: str, method: str = "GET", domain: str = "resource.example.org", path: str = "protectedresource"
) -> Request:
    context = {"domainName": domain, "httpMethod": method, "path": f"/{path}"}
    headers = {"Authorization": f"DPoP {TOKEN}", "DPoP": proof}
    return of_event({**request_event(headers, context=context), "methodArn": arn(method, path)})


def at(moment: float) -> DPoP:
    return DPoP(clock=lambda: moment)


def test_the_thumbprint_of_section_6_1() -> None:
    """The jkt of the key that signs all examples."""
    assert thumbprint(JWK) == JKT


@pytest.mark.parametrize("late", [0, 1, 60])
def test_the_proof_of_section_7_1_is_good(late: int) -> None:
    """For this token, by this key, in its time."""
    at(MADE + late)(asking(FOR_A_RESOURCE), TOKEN, JKT)


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"method": "POST"}, "htm"),
        ({"domain": "resource.example.com"}, "htu"),
        ({"path": "protectedresource/"}, "htu"),
    ],
)
def test_the_proof_of_section_7_1_fits_no_other_request(changes: dict[str, Any], claim: str) -> None:
    """H5: nor another token, key or time."""
    with pytest.raises(BindingProblem) as found:
        at(MADE)(asking(FOR_A_RESOURCE, **changes), TOKEN, JKT)

    assert (found.value.code, found.value.claim) == ("proof_invalid", claim)


@pytest.mark.parametrize(
    ("moment", "token", "jkt"), [(MADE + 61, TOKEN, JKT), (MADE, TOKEN + "x", JKT), (MADE, TOKEN, JKT[::-1])]
)
def test_the_proof_of_section_7_1_fits_nothing_else(moment: int, token: str, jkt: str) -> None:
    """H5: not later, not another token, not another key."""
    with pytest.raises(BindingProblem, match="proof_invalid"):
        at(moment)(asking(FOR_A_RESOURCE), token, jkt)


def test_the_proof_of_section_5_has_no_hash_of_a_token() -> None:
    """H5: it was made to get a token, and is refused with one."""
    given = asking(FOR_A_TOKEN, method="POST", domain="server.example.com", path="token")

    with pytest.raises(BindingProblem) as found:
        at(1562262616)(given, TOKEN, JKT)

    assert (found.value.code, found.value.claim) == ("proof_invalid", "ath")
