"""Section F, rows 1, 3 and 13: where nobody may be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authkit.keys.fetch import fetcher
from tests.battery.case import ACCEPTED, CONFIG_ERROR, Case, deed, observed
from tests.battery.world import World
from tests.faults.server import Server, answer, says
from tests.support.tokens import ISSUER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


from tests.battery.fetching import KEYS, LOOPBACK, _answers

URLS = {
    "http": "http://idp.example.com/jwks", "http-upper-case": "HTTP://idp.example.com/jwks", "file": "file:///etc/passwd", "ftp": "ftp://idp.example.com/jwks", "data": "data://text/plain,{}", "gopher": "gopher://idp.example.com/",
    "javascript": "javascript://x", "loopback-http": "http://127.0.0.1/jwks", "user": "https://user@idp.example.com/jwks", "password": "https://user:hunter2hunter2hunter2@idp.example.com/jwks", "good-at-evil": "https://good.example@evil.example/jwks",
    "empty-user": "https://@idp.example.com/", "fragment": "https://idp.example.com/jwks#x", "empty-fragment": "https://idp.example.com/jwks#", "empty-host": "https:///jwks", "only-a-port": "https://:443/jwks", "no-host": "https://",
    "port-0": "https://idp.example.com:0/", "port-99999": "https://idp.example.com:99999/", "port-word": "https://idp.example.com:https/", "port-negative": "https://idp.example.com:-1/", "idn": "https://idp.exämple.com/", "fullwidth": "https://ｉdp.example.com/",
    "ideographic-dot": "https://idp。example.com/", "blank": "https://idp.example.com/a b", "newline": "https://idp.example.com/\nHost: evil", "crlf": "https://idp.example.com/\r\nX: y", "nul": "https://idp.example.com/\0", "tab": "https://idp\t.example.com/",
    "backslash": "https://idp.example.com\\@evil.example/", "escaped-host": "https://%31%32%37.0.0.1/", "brackets": "https://[::1/", "zone": "https://[fe80::1%25eth0]/", "empty-label": "https://a..b/", "long-label": f"https://{'a' * 64}.com/",
    "decimal-address": "https://2130706433/", "octal-address": "https://0177.0.0.1/", "hex-address": "https://0x7f.0.0.1/", "short-address": "https://127.1/", "no-scheme": "//idp.example.com/jwks",
}  # fmt: skip


def urls() -> Iterator[Case]:
    for name, url in URLS.items():
        if "://" in url:
            yield deed(
                "F1", f"jwks-{name}", CONFIG_ERROR, lambda w, u=url: observed(lambda: w.bearer(jwks=u), ("hunter2",))
            )
        yield deed(
            "F1",
            f"issuer-{name}",
            CONFIG_ERROR,
            lambda w, u=url: observed(lambda: w.bearer(jwks=None, issuer=u), ("hunter2",)),
        )
        yield deed("F1", f"fetched-{name}", "url_forbidden", lambda w, u=url: _resolved(w, u))
    yield deed(
        "F1",
        "another-port-if-stated",
        ACCEPTED,
        lambda w: observed(lambda: w.bearer(jwks="https://idp.example.com:8443/jwks")),
    )
    for name, value in {"int": 5, "bytes": b"https://idp.example.com/", "list": [KEYS], "true": True}.items():
        yield deed("F1", f"jwks-{name}", CONFIG_ERROR, lambda w, v=value: observed(lambda: w.bearer(jwks=v)))


def _resolved(world: World, url: str) -> str:
    """Fetch a URL, and tell whether a name was looked up for it."""
    asked: list[Any] = []
    seen = observed(lambda: fetcher(resolve=lambda *given, **_: asked.append(given))(url, timeout=0.05), ("hunter2",))
    return f"{seen} after a look-up" if asked else seen


ADDRESSES = {
    "loopback": "127.0.0.1", "loopback-other": "127.8.8.8", "private-10": "10.0.0.1", "private-172": "172.16.0.1", "private-192": "192.168.1.1", "link-local": "169.254.1.1", "metadata": "169.254.169.254",
    "task-metadata": "169.254.170.2", "this-network": "0.0.0.0", "shared": "100.64.0.1", "benchmark": "198.18.0.1", "multicast": "224.0.0.1", "broadcast": "255.255.255.255", "reserved": "240.0.0.1", "documentation": "192.0.2.1",
    "v6-loopback": "::1", "v6-unspecified": "::", "v6-unique-local": "fd00::1", "v6-metadata": "fd00:ec2::254", "v6-link-local": "fe80::1", "v6-multicast": "ff02::1", "v6-documentation": "2001:db8::1",
    "mapped-loopback": "::ffff:127.0.0.1", "mapped-metadata": "::ffff:169.254.169.254", "mapped-private": "::ffff:10.0.0.1", "nat64-metadata": "64:ff9b::a9fe:a9fe", "nat64-loopback": "64:ff9b::7f00:1",
    "nat64-of-ones-own": "64:ff9b:1::a9fe:a9fe", "6to4-private": "2002:a00:1::", "6to4-metadata": "2002:a9fe:a9fe::", "teredo": "2001:0:a9fe:a9fe::1", "compatible": "::10.0.0.1", "site-local": "fec0::1",
}  # fmt: skip


NEVER = (
    "metadata",
    "task-metadata",
    "v6-metadata",
    "mapped-metadata",
    "nat64-metadata",
    "link-local",
    "v6-link-local",
    "multicast",
    "this-network",
)


def addresses() -> Iterator[Case]:
    for name, address in ADDRESSES.items():
        yield deed("F3", name, "url_forbidden", lambda w, a=address: _led_to(a))
        if name in NEVER:
            yield deed(
                "F3",
                f"{name}-whatever-is-relaxed",
                "url_forbidden",
                lambda w, a=address: _led_to(a, relax=frozenset({"private-address", "http-loopback"})),
            )
    yield deed(
        "F3",
        "a-public-one-first-and-a-private-one-behind",
        "url_forbidden|fetch_timeout|fetch_refused",
        lambda w: _led_to("10.0.0.1", "127.0.0.1"),
    )
    for name, host in {
        "decimal": "2130706433",
        "hex": "0x7f000001",
        "octal": "017700000001",
        "short": "127.1",
        "dotted": "127.0.0.1",
        "v6": "[::1]",
        "mapped": "[::ffff:7f00:1]",
        "word": "localhost",
    }.items():
        yield deed(
            "F3",
            f"this-machine-as-{name}",
            "url_forbidden",
            lambda w, h=host: observed(lambda: fetcher()(f"https://{h}:9/", timeout=1)),
        )
    yield deed("F3", "rebinding", "accepted url_forbidden, 2 look-ups, 1 request", _rebound)
    yield deed("F3", "a-permission-is-for-one-issuer", "url_forbidden", lambda w: _led_to("10.0.0.1", relax=LOOPBACK))
    yield deed(
        "F3",
        "plain-http-does-not-leave-this-machine",
        "url_forbidden",
        lambda w: _led_to("10.0.0.1", url="http://localhost/", relax=frozenset({"private-address", "http-loopback"})),
    )


def _led_to(*found: str, url: str = KEYS, relax: frozenset[str] = frozenset()) -> str:
    return observed(lambda: fetcher(relax=relax, resolve=lambda *_, **__: _answers(*found))(url, timeout=0.2), found)


def _rebound(world: World) -> str:
    with Server(says(answer("200 OK", b"{}"))) as server:
        replies = iter([_answers("127.0.0.1", port=server.port), _answers("10.0.0.1")])
        looked_up = []

        def resolve(*given: Any, **_: Any) -> Any:
            looked_up.append(given)
            return next(replies)

        fetch = fetcher(relax=LOOPBACK, resolve=resolve)
        seen = " ".join(observed(lambda: fetch("http://localhost/", timeout=2)) for _ in range(2))
        return f"{seen}, {len(looked_up)} look-ups, {len(server.requests)} request"


POOLS = (
    "us-east-1_x/../../", "us-east-1_x/../..", "us-east-1", "us-east-1_", "_abc", "us-east-1_a b", "us-east-1_a@evil.example", "us-east-1_a#", "us-east-1_a?x=", "us-east-1_a%2f", "US-EAST-1_abc", "us-east-1_abc\n", "evil.example/us-east-1_abc",
    "us-east-1.evil.example_abc", "us--east-1_abc", "", None, 5, "us-east-1_äbc", "us-east-1_abc/", "xx-nowhere-1_abc", "us-east-1_" + "a" * 56,
)  # fmt: skip


def interpolated() -> Iterator[Case]:
    for number, pool in enumerate(POOLS):
        yield deed("F13", f"pool-{number}", CONFIG_ERROR, lambda w, p=pool: _preset("cognito", p))
    for name, pool in {
        "aws": "us-east-1_aB3dE6gH9",
        "gov": "us-gov-west-1_aB3dE6gH9",
        "china": "cn-north-1_aB3dE6gH9",
        "europe": "eusc-de-east-1_aB3dE6gH9",
    }.items():
        yield deed("F13", f"pool-of-{name}", ACCEPTED, lambda w, p=pool: _preset("cognito", p))
    for number, tenant in enumerate(
        (
            "evil/..",
            "common",
            "8eaef023-2b34-4da1-9baa-8bc8c9d6a490/../x",
            "8EAEF023-2B34-4DA1-9BAA-8BC8C9D6A490",
            "",
            None,
            "8eaef023-2b34-4da1-9baa-8bc8c9d6a490\n",
            "{tenantid}",
        )
    ):
        yield deed("F13", f"tenant-{number}", CONFIG_ERROR, lambda w, t=tenant: _preset("entra", t))
    for number, domain in enumerate(
        (
            "acme.okta.com/evil",
            "acme.okta.com@evil.example",
            "https://acme.okta.com",
            "acme.okta.com:443",
            "acme okta.com",
            "acme.okta.com#",
            "",
            None,
            "acme.okta.com\n",
            "..",
            "127.0.0.1",
        )
    ):
        yield deed("F13", f"domain-{number}", CONFIG_ERROR, lambda w, d=domain: _preset("okta", d))
    good = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
    for number, arn in enumerate(
        (
            good + "/x",
            good.replace("eu-west-1", "eu-west-1/../x"),
            good.replace("eu-west-1", "evil.example"),
            good.replace("aws:e", "awz:e"),
            good.replace("app", "net"),
            "",
            None,
            good + "\n",
            good.replace("eu-west-1", "cn-north-1"),
        )
    ):
        yield deed("F13", f"balancer-{number}", CONFIG_ERROR, lambda w, a=arn: _preset("alb", a))
    for number, kid in enumerate(
        (
            "../../x",
            "k1",
            "8eaef023-2b34-4da1-9baa-8bc8c9d6a490/..",
            "8EAEF023-2B34-4DA1-9BAA-8BC8C9D6A490",
            "8eaef0232b344da19baa8bc8c9d6a490",
            "8eaef023-2b34-4da1-9baa-8bc8c9d6a490?x",
            "{8eaef023-2b34-4da1-9baa-8bc8c9d6a490}",
        )
    ):
        yield deed("F13", f"name-of-a-balancers-key-{number}", "bad_kid, 0 fetches", lambda w, k=kid: _balancer_key(k))


def _preset(name: str, place: Any) -> str:
    from authkit.credentials.presets.alb import alb
    from authkit.credentials.presets.cognito import cognito
    from authkit.credentials.presets.entra import entra
    from authkit.credentials.presets.okta import okta

    made: dict[str, Callable[[], Any]] = {
        "cognito": lambda: cognito(place, client_id="web"),
        "entra": lambda: entra(place, "api"),
        "okta": lambda: okta(place, "api://default"),
        "alb": lambda: alb(place, client_id="web", issuer=ISSUER),
    }
    return observed(made[name])


def _balancer_key(kid: str) -> str:
    from authkit.keys.pem import PemKeys

    asked: list[str] = []
    keys = PemKeys("https://public-keys.auth.elb.eu-west-1.amazonaws.com", lambda url, **_: asked.append(url))
    return f"{observed(lambda: keys.find(kid, 'ES256'))}, {len(asked)} fetches"


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (urls, addresses, interpolated):
        yield from part()
