"""Settings of an `Introspection`: as given, all that is wrong with them, and what they make."""

from collections.abc import Collection
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..keys.clocks import Clocks
from ..keys.url import parse_url
from ..tokens.rules import ANY_AUDIENCE, Rules
from .answers import Answers
from .arguments import exact
from .backoff import Backoff
from .client_secret import ClientSecret
from .endpoint import Endpoint, is_text
from .settings import Settings
from .terms import Terms

LONGEST_CACHE = 3600.0  # seconds that a token may pass after it was taken back
LONGEST_TIMEOUT = 30.0  # seconds: beyond what any gateway waits for its authorizer

_TRANSPORT = frozenset({"http-loopback", "private-address"})

RELAXATIONS = {
    "http-loopback": "the server may be asked over plain http on this machine",
    "private-address": "the server may have a private address",
    "unbound-token": "tokens bound to nothing are taken beside bound ones",
}
"""What may be allowed by name, and what that means."""

# What a `JWTBearer` is given besides. No answer has a signature, so there is nothing in these for it.
_NOT_ASKED: dict[str, Any] = {
    **dict.fromkeys(Settings._fields),
    "issuer": "https://issuer.invalid",
    "jwks": (),
    "typ": ("JWT",),
    "header": {},
    "absent": (),
}


class IntrospectionSettings(NamedTuple):
    """The arguments of `Introspection`, as given."""

    url: Any
    client_id: Any
    client_secret: Any
    audience: Any
    issuer: Any
    auth: Any
    token_type_hint: Any
    source: Any
    principal: Any
    scopes: Any
    required: Any
    claims: Any
    checks: Any
    require: Any
    proofs: Any
    revoked: Any
    cache_seconds: Any
    entries: Any
    leeway: Any
    timeout: Any
    relax: Any
    alias: Any
    post: Any
    clock: Any
    monotonic: Any
    jitter: Any

    def faults(self) -> list[str]:
        """Say everything that is wrong."""
        return [
            *self._server_faults(),
            *self._limit_faults(),
            *self._relax_faults(),
            *self._shared().faults(),
        ]

    def relaxed(self) -> frozenset[str]:
        """Return the relaxations asked for; none where they are not well-formed."""
        return frozenset() if self._relax_faults() else frozenset(self.relax)

    def terms(self) -> Terms:
        """Return what is demanded of an answer: all of what is demanded of a JWT's claims."""
        several = [self.audience] if isinstance(self.audience, str) else self.audience
        rules = Rules(
            issuers=frozenset() if self.issuer is None else frozenset({self.issuer}),
            audiences=None if self.audience is ANY_AUDIENCE else frozenset(several),
            leeway=self.leeway,
            exact=exact(self.claims),
            required=tuple(self.required),
            principal=self.principal,
            scopes=tuple(self.scopes),
            exp_optional=True,  # RFC 7662 section 2.2: the server has judged the time
            bindings=frozenset(proof.member for proof in self.proofs),
        )
        return Terms(
            rules=rules,
            checks=tuple(self.checks),
            require=tuple(self.require),
            proofs=tuple(self.proofs),
            unbound="unbound-token" in self.relaxed(),
            alias=self.alias,
            revoked=self.revoked,
        )

    def endpoint(self) -> Endpoint:
        """Return the server to ask. Nothing is sent."""
        from ..keys.fetch import poster

        relaxed = self.relaxed() & _TRANSPORT
        return Endpoint(
            url=self.url,
            host=parse_url(self.url, relax=relaxed).host,
            client_id=self.client_id,
            client_secret=ClientSecret(self.client_secret),
            auth=self.auth,
            token_type_hint=self.token_type_hint,
            timeout=self.timeout,
            post=self.post or poster(relax=relaxed),
            clock=self.clock,
            backoff=Backoff(clocks=self.clocks(), jitter=self.jitter),
        )

    def answers(self) -> Answers:
        """Return the memory of answers."""
        return Answers(seconds=self.cache_seconds, entries=self.entries, clocks=self.clocks())

    def clocks(self) -> Clocks:
        """Return both clocks."""
        return Clocks(self.monotonic, self.clock)

    def _shared(self) -> Settings:
        """Return what is the same for a `JWTBearer`, whose settings know what may be wrong with it."""
        shared = {name: getattr(self, name) for name in Settings._fields if name in self._fields}
        return Settings(**{**_NOT_ASKED, **shared, "issuer": _NOT_ASKED["issuer"], "relax": self.relaxed()})

    def _server_faults(self) -> list[str]:
        faults = []
        try:
            parse_url(self.url, relax=self.relaxed() & _TRANSPORT)
        except ValueError as fault:  # the URL itself is not told: it may hold a password, the thing found wrong with it
            faults.append(f"url {fault}")
        if not is_text(self.client_id):
            faults.append("client_id must be a text that is not empty")
        try:
            ClientSecret(self.client_secret)
        except ConfigError as fault:
            faults.append(str(fault))
        if self.auth not in ("basic", "post"):
            faults.append("auth is 'basic' or 'post'")
        if self.token_type_hint is not None and not is_text(self.token_type_hint):
            faults.append("token_type_hint must be a text that is not empty, or None")
        if self.issuer is not None and not is_text(self.issuer):
            faults.append("issuer must be a text exactly as the answers have it, or None")
        return faults

    def _limit_faults(self) -> list[str]:
        faults = []
        if not _is_within(self.cache_seconds, 0, LONGEST_CACHE):
            faults.append(f"cache_seconds must be 0 to {LONGEST_CACHE:g}")
        if type(self.entries) is not int or not 0 < self.entries <= 100_000:
            faults.append("entries must be 1 to 100000")
        if not _is_within(self.timeout, 0.001, LONGEST_TIMEOUT):
            faults.append(f"timeout must be seconds above 0, at most {LONGEST_TIMEOUT:g}")
        if self.post is not None and not callable(self.post):
            faults.append("post cannot be called")
        faults += [f"{name} cannot be called" for name in ("monotonic", "jitter") if not callable(getattr(self, name))]
        return faults + (["clock cannot be called"] if self.clock is None else [])

    def _relax_faults(self) -> list[str]:
        relax = self.relax
        several = isinstance(relax, Collection) and not isinstance(relax, (str, bytes))
        if not several or not all(isinstance(each, str) and each in RELAXATIONS for each in relax):
            return [f"relax holds only {', '.join(sorted(RELAXATIONS))}"]
        return []


def _is_within(value: object, least: float, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
