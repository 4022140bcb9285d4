"""Every way authkit says no, as one tree.

AuthkitError
├── Refused                  the caller's fault; never names the secret
│   ├── Unauthenticated      401: the credential is missing or bad
│   │   ├── NoCredential     there is none of its kind, so another kind may be asked for
│   │   ├── MalformedToken   its bytes are no token
│   │   ├── InvalidHeader    its header asks for what is not allowed
│   │   ├── KeyProblem       no key of the issuer fits it
│   │   ├── BadSignature     the key did not sign it
│   │   ├── InvalidClaims    it says the wrong things
│   │   └── BindingProblem   whoever sends it is not the one it was given to, or it was taken back
│   └── Forbidden            403: known, but not allowed
│       ├── InsufficientAccess  a scope, group, role or recent enough login is missing
│       └── MissingClaim     a route or an enricher asked for a claim the token lacks (a KeyError too)
├── Unavailable              500: we cannot tell; never becomes a Deny
│   └── KeysUnavailable      the issuer's key set is out of reach
├── Unforeseen               500: a plain callable in a slot raised something else
├── BadEvent                 500: not an event this authorizer can answer
├── BadAnswer                500: what the slots returned breaks the gateway's rules
└── ConfigError              raised while constructing, all faults in one message
"""

from __future__ import annotations

from collections.abc import Iterable


class AuthkitError(Exception):
    """Anything authkit raises on purpose."""


class Refused(AuthkitError):
    """The request is refused.

    Args:
        code: the stable, machine-readable reason (the words of RFC 6749/6750 and of JOSE where they exist).
        claim: the claim, header member or credential the reason concerns, if one.
        route: the route it concerns, as ``"GET /orders/{id}"``, if one.
        detail: one sentence for the operator's log. Never sent to the caller, never holds a token or a secret.
    """

    default_code = "refused"
    passing = False
    """Whether the same credential may be good a little later, though nothing about it changes."""

    def __init__(self, code: str = "", *, claim: str = "", route: str = "", detail: str = "") -> None:
        self.code = code or self.default_code
        self.claim = claim
        self.route = route
        self.detail = detail
        super().__init__(self.code)

    def __str__(self) -> str:
        concern = f" ({self.claim or self.route})" if self.claim or self.route else ""
        return f"{self.code}{concern}: {self.detail}" if self.detail else f"{self.code}{concern}"


class Unauthenticated(Refused):
    """The credential is missing or bad: 401, and the gateway keeps nothing."""

    default_code = "unauthenticated"


class NoCredential(Unauthenticated):
    """The request has no credential of this kind: nothing in its place, or something of another scheme.

    The one refusal after which `first_of` asks for the next kind. A credential that is there and wrong is another.
    """

    default_code = "credential_missing"


class MalformedToken(Unauthenticated):
    """The bytes are not a token (RFC 7515 section 7.1, RFC 7519 section 7.2)."""


class InvalidHeader(Unauthenticated):
    """The JOSE header asks for something this verifier does not do (RFC 7515 section 4)."""


class KeyProblem(Unauthenticated):
    """No key of the issuer fits the token. The next set of keys may have one."""

    passing = True


class BadSignature(Unauthenticated):
    """The signature does not verify under the key the token names."""

    default_code = "bad_signature"


class InvalidClaims(Unauthenticated):
    """A claim is missing, of the wrong type or of the wrong value (RFC 7519 section 4.1)."""


class BindingProblem(Unauthenticated):
    """The token is good and its sender has not shown to be the one it was given to (RFC 9449, RFC 8705, RFC 7662)."""

    default_code = "proof_invalid"


class Forbidden(Refused):
    """The caller is known and not allowed: 403, and the gateway keeps the Deny."""

    default_code = "forbidden"


class InsufficientAccess(Forbidden):
    """The token is good and does not reach far enough: ``scope``, ``group``, ``role``, ``acr`` or ``auth_time``."""

    default_code = "scope"


class MissingClaim(Forbidden, KeyError):
    """A plain callable asked a principal for a claim its token does not have."""

    default_code = "missing_claim"


class Unavailable(AuthkitError):
    """A dependency is out of reach, so nothing can be decided: 500, and the gateway keeps nothing.

    Args:
        code: the stable, machine-readable reason.
        detail: what could not be reached, in which phase, and what to try.
        retry_after: how many seconds the other side asks to be left alone (RFC 9110 section 10.2.3), if it does.
    """

    default_code = "unavailable"

    def __init__(self, code: str = "", *, detail: str = "", retry_after: float | None = None) -> None:
        self.code = code or self.default_code
        self.detail = detail
        self.retry_after = retry_after
        super().__init__(f"{self.code}: {detail}" if detail else self.code)


class KeysUnavailable(Unavailable):
    """The issuer's keys cannot be had now."""

    default_code = "keys_unavailable"


class Unforeseen(AuthkitError):
    """A callable in a slot raised something of its own.

    Names the exception's type and place and never its message, which could hold a secret.
    """


class BadEvent(AuthkitError):
    """The event is not one this authorizer can answer."""


class BadAnswer(AuthkitError):
    """What the slots produced cannot be said to the gateway (context types, reserved names, sizes)."""


class ConfigError(AuthkitError):
    """The configuration is wrong. Raised while constructing, with every fault found."""

    @classmethod
    def of(cls, subject: str, faults: Iterable[str]) -> ConfigError:
        """Return one error that names every fault of ``subject``."""
        return cls(f"{subject}: " + "; ".join(faults))
