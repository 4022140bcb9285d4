"""Options: how a request is signed, where the service's usual way is not wanted."""

from typing import TYPE_CHECKING, NamedTuple, TypedDict

from .canonical import V4
from .path import GENERAL, S3, S3_SERVICES, PathRules, rules_of


class Options(NamedTuple):
    """What `sign` and `presign` take by these names.

    Args:
        algorithm: `V4` or `V4A`.
        normalize: take dot segments and empty ones out of the canonical path. None: as the service has it.
        double_encode: encode the path once more in the canonical path. None: as the service has it.
        sign_token: sign the session token. Some services want it sent, and left out of the signature.
        declare_payload: add ``x-amz-content-sha256``. None: where whoever receives it could not know otherwise.
        rewrite: bring a URL that cannot be signed as it stands to a spelling that can, and hand that back.
    """

    algorithm: str = V4
    normalize: bool | None = None
    double_encode: bool | None = None
    sign_token: bool = True
    declare_payload: bool | None = None
    rewrite: bool = False

    def rules(self, service: str) -> PathRules:
        """Return how a service has its paths, unless it was said otherwise."""
        if self.normalize is None and self.double_encode is None:
            return S3 if service in S3_SERVICES else GENERAL
        return rules_of(service, self.normalize, self.double_encode)


USUAL = Options()

if TYPE_CHECKING:

    class ByName(TypedDict, total=False):
        """The same, for a type checker."""

        algorithm: str
        normalize: bool | None
        double_encode: bool | None
        sign_token: bool
        declare_payload: bool | None
        rewrite: bool
