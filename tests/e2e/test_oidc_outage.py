"""An issuer nobody here wrote, asked for its keys, rotating them, hanging and dead: npm's oidc-provider again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import KeysUnavailable
from authkit.gateway.answer import Unauthorized
from authkit.keys.fetch import fetcher
from authkit.keys.remote import RemoteKeys
from tests.e2e.issuer import ALGORITHMS, DISCOVERY, JWKS, Issuer, bearer, why_missing
from tests.e2e.orders import authorizer, granted, request_event, token_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from authkit.observe.record import Record

pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(why_missing()), reason=why_missing())]

DEADLINE = 2.0  # seconds: all that a request may wait for keys it has not got
RENEWAL = 0.3  # seconds: all that one may spend on renewing keys it has got
SLACK = 1.0  # seconds that a busy machine may add


def get(token: str) -> dict[str, Any]:
    return token_event(f"Bearer {token}")


def test_many_tokens_cost_one_discovery_and_one_key_set(mortal: Issuer) -> None:
    """The issuer is asked for its keys once, whatever number of tokens and keys."""
    handler = authorizer(bearer(mortal), [])
    tokens = [mortal.token(alg) for alg in ALGORITHMS for _ in range(10)]

    answers = [handler(event(f"Bearer {token}")) for token in tokens for event in (token_event, request_event)]

    assert {answer["principalId"] for answer in answers} == set(ALGORITHMS)
    assert (mortal.served(DISCOVERY), mortal.served(JWKS)) == (1, 1)


def test_a_new_key_is_found_with_one_more_fetch_and_the_old_one_is_gone(mortal: Issuer) -> None:
    """After a rotation new tokens pass at once, and tokens of a key that was withdrawn do not."""
    told: list[Record] = []
    handler = authorizer(bearer(mortal), told)
    old = mortal.token()
    handler(get(old))
    mortal.rotate()

    answers = [handler(get(mortal.token(alg))) for alg in ALGORITHMS]
    with pytest.raises(Unauthorized):
        handler(get(old))

    assert [answer["principalId"] for answer in answers] == list(ALGORITHMS)
    assert mortal.served(JWKS) == 2
    assert told[-1].code == "key_not_found_cooldown"


def test_a_token_of_a_known_key_passes_while_the_issuer_is_dead(mortal: Issuer) -> None:
    """An issuer that is gone takes nobody's access away, be it the first token again or a new one."""
    told: list[Record] = []
    handler = authorizer(bearer(mortal), told)
    first, second = mortal.token(), mortal.token()
    handler(get(first))

    mortal.kill()
    answers = [handler(get(token)) for token in (first, second)]

    assert [granted(answer) for answer in answers] == [{"GET", "POST"}] * 2
    assert {record.outcome for record in told} == {"allowed"}


def test_a_token_of_a_known_key_never_waits_for_an_issuer_that_hangs(mortal: Issuer) -> None:
    """A set in hand serves without a word to the issuer."""
    handler = authorizer(bearer(mortal), [])
    first, second = mortal.token(), mortal.token()
    handler(get(first))

    mortal.suspend()
    started = time.monotonic()
    answer = handler(get(second))

    assert time.monotonic() - started < DEADLINE / 2
    assert granted(answer) == {"GET", "POST"}


def test_a_set_that_is_due_serves_while_its_renewal_hangs(mortal: Issuer) -> None:
    """Whoever finds it due spends a moment on renewing it, whoever comes next spends none, and both pass."""
    now = [1000.0]
    fetch = fetcher(relax=frozenset({"http-loopback"}))
    keys = RemoteKeys(lambda timeout: mortal.url + JWKS, fetch, monotonic=lambda: now[0], wall=lambda: now[0])
    handler = authorizer(bearer(mortal, jwks=keys), [])
    tokens = [mortal.token() for _ in range(3)]
    handler(get(tokens[0]))

    mortal.suspend()
    now[0] += 3600
    started = time.monotonic()
    first = handler(get(tokens[1]))
    between = time.monotonic()
    second = handler(get(tokens[2]))
    ended = time.monotonic()

    assert [granted(first), granted(second)] == [{"GET", "POST"}] * 2
    assert keys.fetches == 2
    assert between - started < RENEWAL + SLACK
    assert ended - between < RENEWAL


@pytest.mark.parametrize(
    ("outage", "code"), [(Issuer.kill, "fetch_refused"), (Issuer.suspend, "fetch_timeout")], ids=["dead", "hanging"]
)
def test_a_cold_start_without_the_issuer_is_an_outage_and_no_deny(
    mortal: Issuer, outage: Callable[[Issuer], None], code: str
) -> None:
    """Nothing can be told of a good token, so nothing is said that the gateway would keep, and in time."""
    told: list[Record] = []
    handler = authorizer(bearer(mortal), told)
    token = mortal.token()

    outage(mortal)
    started = time.monotonic()
    with pytest.raises(KeysUnavailable) as fault:
        handler(get(token))

    assert time.monotonic() - started < DEADLINE + SLACK
    assert fault.value.code == code
    assert [(record.outcome, record.code) for record in told] == [("unavailable", code)]
    assert token not in f"{fault.value}{told}"
