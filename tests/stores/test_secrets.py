"""Secret sources: what is valid now, how old it may be, and how often anybody is asked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from threading import Event
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from authkit import ConfigError, Unavailable
from authkit.keys.clocks import Clocks
from authkit.stores import secrets
from authkit.stores.kept import Kept, Value
from authkit.stores.secretsmanager import Version
from tests.stores.stand_ins import (
    AWSError,
    Clock,
    Failing,
    ParametersStandIn,
    ReadTimeoutError,
    SecretsManagerStandIn,
)

OLD, NEW, NEWER = "old-value-0123456789", "new-value-0123456789", "newer-value-0123456789"


def kept(value: Any = OLD, **settings: Any) -> tuple[secrets.Fetched, SecretsManagerStandIn, Clock]:
    clock = Clock()
    server = SecretsManagerStandIn(clock, value)
    return secrets.manager("edge", client=server, **{**clock.settings, **settings}), server, clock


def texts(source: secrets.SecretSource) -> list[str]:
    return [value.decode() for value in source.current()]


def fetches(server: Failing) -> int:
    """Return how often the current version was asked for."""
    return sum(1 for _, arguments in server.calls if arguments.get("stage") == "AWSCURRENT")


def test_given_values_are_values() -> None:
    """Texts and bytes, newest first, each once; nobody is asked for others."""
    source = secrets.given("b", b"a", "b")

    assert source.current() == (b"b", b"a")
    assert source().values == (b"b", b"a")
    assert source.after_mismatch() is None  # type: ignore[func-returns-value]
    assert (repr(source), repr(source())) == ("Given(2 values)", "SecretValues(2 values)")


@pytest.mark.parametrize("values", [(), ("",), (b"",), ("a", ""), (None,), (5,)])
def test_nothing_is_no_secret(values: Any) -> None:
    """It says which, and shows none."""
    with pytest.raises(ConfigError):
        secrets.given(*values)


def test_environment_is_read_once_and_others_may_be_missing() -> None:
    """The first must be there."""
    environ = {"EDGE": "b", "EDGE_OLD": "a", "EMPTY": ""}

    assert secrets.environment("EDGE", "EDGE_OLD", "EDGE_OLDER", "EMPTY", environ=environ).current() == (b"b", b"a")
    for name in ("NONE", "EMPTY"):
        with pytest.raises(ConfigError, match=name):
            secrets.environment(name, "EDGE", environ=environ)
    with pytest.raises(ConfigError):
        secrets.environment("AUTHKIT_NO_SUCH_VARIABLE")


def test_whoever_needs_a_secret_takes_a_source_or_the_value() -> None:
    """And nothing else."""
    source, _, _ = kept()

    assert secrets.source_of(source, "x") is source
    assert secrets.source_of("a", "x").current() == secrets.source_of(b"a", "x").current() == (b"a",)
    for wrong in ("", b"", None, 5, ["a"]):
        with pytest.raises(ConfigError, match="x"):
            secrets.source_of(wrong, "x")


def test_a_missing_stage_is_ordinary() -> None:
    """Between rotations there is AWSCURRENT alone."""
    source, _, _ = kept()

    assert texts(source) == [OLD]


def test_all_stages_are_valid_newest_first() -> None:
    """AWSPENDING, AWSCURRENT, AWSPREVIOUS; a version that has two labels counts once."""
    source, server, _ = kept()
    server.add("v1", NEW, "AWSCURRENT")
    server.labels["AWSPENDING"] = "v1"
    assert texts(source) == [NEW, OLD]

    server.add("v2", NEWER, "AWSPENDING")
    source.refresh()

    assert texts(source) == [NEWER, NEW, OLD]
    assert source().values == source.current()


def test_an_empty_pending_version_is_ordinary() -> None:
    """RotateSecret makes one before createSecret gives it a value."""
    source, server, _ = kept()
    server.add("v1", None, "AWSPENDING")

    assert texts(source) == [OLD]


def test_the_previous_value_ends() -> None:
    """So long after the one that took its place was made; then it is dropped from what is in hand, too."""
    source, server, clock = kept(previous_for=60, seconds=3600)
    clock.now += 1000
    server.add("v1", NEW, "AWSCURRENT")
    assert texts(source) == [NEW, OLD]

    clock.now += 59
    assert texts(source) == [NEW, OLD]
    clock.now += 1

    assert texts(source) == [NEW]
    assert texts(source) == [NEW]
    assert fetches(server) == 1
    fresh = secrets.manager("edge", client=server, previous_for=60, **clock.settings)
    assert texts(fresh) == [NEW]


def test_the_previous_value_ends_in_an_outage_too() -> None:
    """What serves on does so without it."""
    source, server, clock = kept(previous_for=60, seconds=10)
    server.add("v1", NEW, "AWSCURRENT")
    assert texts(source) == [NEW, OLD]
    server.fails = AWSError("InternalServiceError")

    clock.now += 61

    assert texts(source) == [NEW]


def test_after_a_roll_back_the_newer_value_is_valid_for_a_while() -> None:
    """The distribution still sends it."""
    source, server, clock = kept(previous_for=60)
    clock.now += 5000
    server.add("v1", NEW, "AWSCURRENT")
    clock.now += 30
    server.label("v0", "AWSCURRENT")

    assert sorted(texts(source)) == [NEW, OLD]
    clock.now += 31
    assert texts(source) == [OLD]


def test_without_dates_the_previous_value_ends_after_it_was_seen_as_such() -> None:
    """A stand-in may have none."""
    clock = Clock()

    class Undated(SecretsManagerStandIn):
        def get_secret_value(self, **which: Any) -> dict[str, Any]:
            return {**super().get_secret_value(**which), "CreatedDate": None}

    server = Undated(clock, OLD)
    server.add("v1", NEW, "AWSCURRENT")
    source = secrets.manager("edge", client=server, previous_for=60, seconds=20, **clock.settings)

    seen = []
    for _ in range(5):
        seen.append(len(texts(source)))
        clock.now += 20

    assert seen == [2, 2, 2, 1, 1]


def test_dates_are_boto3s() -> None:
    """Moments with a time zone."""
    clock = Clock()

    class Dated(SecretsManagerStandIn):
        def get_secret_value(self, **which: Any) -> dict[str, Any]:
            answer = super().get_secret_value(**which)
            return {**answer, "CreatedDate": datetime.fromtimestamp(answer["CreatedDate"], timezone.utc)}

    server = Dated(clock, OLD)
    server.add("v1", NEW, "AWSCURRENT")
    source = secrets.manager("edge", client=server, previous_for=60, **clock.settings)
    assert texts(source) == [NEW, OLD]

    clock.now += 60

    assert texts(source) == [NEW]


def test_no_version_is_missed_that_moves_while_it_is_asked_for() -> None:
    """Labels are asked for in the order in which versions move through them."""
    clock = Clock()

    class Moving(SecretsManagerStandIn):
        at = 0

        def get_secret_value(self, **which: Any) -> dict[str, Any]:
            if len(self.calls) == self.at:
                self.label("v1", "AWSCURRENT")
            return super().get_secret_value(**which)

    for at in range(4):
        server = Moving(clock, OLD)
        server.add("v1", NEW, "AWSPENDING")
        server.at = at
        source = secrets.manager("edge", client=server, **clock.settings)
        assert set(texts(source)) == {NEW, OLD}, at


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        (b"\x00\xff", None, b"\x00\xff"),
        ("{not json", None, b"{not json"),
        ('{"a": "x"}', "a", b"x"),
        (b'{"a": "x"}', "a", b"x"),
        ('["a"]', None, b'["a"]'),
        ('{"a": "x"}', None, None),
        ('{"a": ""}', "a", None),
        ('{"a": 5}', "a", None),
        ('{"b": "x"}', "a", None),
        ("x", "a", None),
        ("{" * 9999, "a", None),
        ("", None, None),
    ],
)
def test_a_value_is_text_bytes_or_a_member(value: Any, field: str | None, expected: bytes | None) -> None:
    """Whatever else it is cannot be used, and is not shown."""
    source, _, _ = kept(value, field=field)

    if expected is not None:
        assert source.current() == (expected,)
        return
    with pytest.raises(Unavailable) as found:
        source.current()
    assert found.value.code == "secret_unusable"
    assert "Secrets Manager secret edge" in found.value.detail


def test_an_unusable_previous_value_is_no_reason_to_refuse_all() -> None:
    """As of before the secret became a JSON object."""
    source, server, _ = kept("plain-text", field="a")
    server.add("v1", json.dumps({"a": NEW}), "AWSCURRENT")

    assert texts(source) == [NEW]


@pytest.mark.parametrize(
    ("error", "code", "hint"),
    [
        (AWSError("AccessDeniedException"), "secret_denied", "kms:Decrypt"),
        (AWSError("DecryptionFailure"), "secret_denied", "kms:Decrypt"),
        (AWSError("ResourceNotFoundException"), "secret_not_found", "is its name right"),
        (AWSError("InvalidRequestException"), "secret_not_found", "deletion"),
        (AWSError("ThrottlingException"), "secret_throttled", "remember answers"),
        (type("NoCredentialsError", (Exception,), {})("hush"), "secret_denied", "no credentials"),
        (ReadTimeoutError("hush"), "secret_timeout", "VPC"),
        (type("EndpointConnectionError", (Exception,), {})("hush"), "secret_timeout", "VPC"),
        (RuntimeError("hush"), "secret_unavailable", "RuntimeError"),
    ],
)
def test_what_cannot_be_had_says_what_and_why(error: Exception, code: str, hint: str) -> None:
    """An outage with its usual cause, and nothing of what was raised."""
    source, server, _ = kept()
    server.fails = error

    with pytest.raises(Unavailable) as found:
        source.current()

    assert found.value.code == code
    assert "secret edge" in found.value.detail
    assert hint in found.value.detail
    assert "hush" not in str(found.value)
    assert found.value.__cause__ is None


def test_a_secret_without_a_current_version_is_an_outage() -> None:
    """Though AWSPENDING has a value."""
    source, server, _ = kept(None)
    server.add("v1", NEW, "AWSPENDING")

    with pytest.raises(Unavailable, match="secret_not_found"):
        source.current()


def test_another_stage_that_cannot_be_asked_for_is_an_outage() -> None:
    """Missing is ordinary; denied is not."""
    clock = Clock()

    class Partial(SecretsManagerStandIn):
        def get_secret_value(self, **which: Any) -> dict[str, Any]:
            if which["VersionStage"] == "AWSPREVIOUS":
                raise AWSError("AccessDeniedException")
            return super().get_secret_value(**which)

    source = secrets.manager("edge", client=Partial(clock, OLD), **clock.settings)

    with pytest.raises(Unavailable, match="secret_denied"):
        source.current()


def test_values_are_kept_and_a_change_is_seen_within_the_bound() -> None:
    """By either clock."""
    for clock_that_moves in ("now", "skew"):
        source, server, clock = kept(seconds=300)
        assert texts(source) == [OLD]
        server.add("v1", NEW, "AWSPENDING")

        setattr(clock, clock_that_moves, getattr(clock, clock_that_moves) + 239)
        assert texts(source) == [OLD]
        setattr(clock, clock_that_moves, getattr(clock, clock_that_moves) + 61)

        assert texts(source) == [NEW, OLD]
        assert fetches(server) == 2


def test_a_wrong_value_causes_one_fetch_an_interval() -> None:
    """However many strangers there are, and whatever else was fetched in it."""
    source, server, clock = kept(interval=30, seconds=300)
    source.current()

    for second in range(120):
        clock.now += 1
        for _ in range(50):
            source.after_mismatch()
        assert fetches(server) <= 1 + (second + 1) // 30

    assert fetches(server) == 5


def test_a_new_value_is_seen_when_somebody_comes_with_it() -> None:
    """Once the interval is over; before that, what is in hand counts as fresh."""
    source, server, clock = kept(interval=30)
    source.current()
    server.add("v1", NEW, "AWSPENDING")

    clock.now += 29
    assert source.after_mismatch() is None
    clock.now += 1

    assert source.after_mismatch() == (NEW.encode(), OLD.encode())
    assert texts(source) == [NEW, OLD]


def test_a_wrong_value_in_an_outage_is_not_known_to_be_wrong() -> None:
    """It may be the new one. And one attempt an interval is all that strangers cause."""
    source, server, clock = kept(interval=30)
    source.current()
    server.fails = AWSError("InternalServiceError")
    clock.now += 30

    for _ in range(50):
        with pytest.raises(Unavailable):
            source.after_mismatch()

    assert fetches(server) == 1
    assert len(server.calls) == 3 + 1
    assert texts(source) == [OLD]


def test_the_last_good_values_serve_within_a_bound() -> None:
    """And attempts are made with pauses, 1, 2, 4 … 30 s."""
    source, server, clock = kept(seconds=10, max_stale=600)
    source.current()
    server.fails = AWSError("InternalServiceError")
    server.calls.clear()

    for _ in range(599):
        clock.now += 1
        for _ in range(10):
            assert texts(source) == [OLD]
    attempts = len(server.calls)
    clock.now += 1
    with pytest.raises(Unavailable):
        source.current()

    assert 20 <= attempts <= 30
    with pytest.raises(Unavailable, match="not asked again"):
        source.current()


def test_an_outage_ends() -> None:
    """With the next attempt, as if nothing had been."""
    source, server, clock = kept(seconds=10, max_stale=20)
    source.current()
    server.fails = AWSError("InternalServiceError")
    clock.now += 100
    with pytest.raises(Unavailable):
        source.current()
    server.fails = None
    with pytest.raises(Unavailable):
        source.current()

    clock.now += 1

    assert texts(source) == [OLD]


def test_nothing_is_asked_for_in_a_pause() -> None:
    """A cold start in an outage: one attempt a pause, however many requests."""
    source, server, clock = kept()
    server.fails = AWSError("AccessDeniedException")

    for _ in range(50):
        with pytest.raises(Unavailable, match="secret_denied"):
            source.current()
    assert len(server.calls) == 1
    clock.now += 1
    with pytest.raises(Unavailable):
        source.current()

    assert len(server.calls) == 2
    assert source.prefetch() is False


def slow(clock: Clock) -> tuple[Any, Event, Event]:
    """Return a client whose answers wait, once it is told to."""
    waiting, gate = Event(), Event()

    class Slow(SecretsManagerStandIn):
        waits = False

        def get_secret_value(self, **which: Any) -> dict[str, Any]:
            if self.waits and which["VersionStage"] == "AWSPENDING":
                waiting.set()
                assert gate.wait(30)
            return super().get_secret_value(**which)

    return Slow(clock, OLD), waiting, gate


def test_known_values_never_wait_for_a_fetch() -> None:
    """While one renews, all others are served."""
    clock = Clock()
    server, waiting, gate = slow(clock)
    source = secrets.manager("edge", client=server, seconds=10, **clock.settings)
    source.current()
    server.waits = True
    clock.now += 11

    with ThreadPoolExecutor(1) as threads:
        renewing = threads.submit(source.current)
        assert waiting.wait(30)
        for _ in range(1000):
            assert texts(source) == [OLD]
        gate.set()
        assert renewing.result(30) == (OLD.encode(),)

    assert fetches(server) == 2


def test_a_cold_herd_makes_one_fetch() -> None:
    """Single flight."""
    clock = Clock()
    server, waiting, gate = slow(clock)
    server.waits = True
    source = secrets.manager("edge", client=server, **clock.settings)

    with ThreadPoolExecutor(16) as threads:
        herd = [threads.submit(source.current) for _ in range(16)]
        assert waiting.wait(30)
        gate.set()
        assert {each.result(30) for each in herd} == {(OLD.encode(),)}

    assert fetches(server) == 1


def test_who_waits_for_a_fetch_under_way_waits_for_a_bounded_time() -> None:
    """Then it is an outage; whoever has values is not concerned."""
    clock, waiting, gate = Clock(), Event(), Event()

    def fetch(brief: bool) -> tuple[Value, ...]:
        waiting.set()
        assert gate.wait(30)
        return (Value(OLD.encode()),)

    kept = Kept(
        fetch,
        seconds=10,
        interval=5,
        max_stale=10,
        clocks=Clocks(clock.monotonic, clock.wall),
        jitter=lambda: 0.0,
        patience=0,
    )

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(kept.current)
        assert waiting.wait(30)
        for late in (kept.current, kept.after_mismatch, kept.refresh):
            with pytest.raises(Unavailable, match="secret_timeout"):
                late()
        gate.set()
        assert first.result(30) == (OLD.encode(),)


def test_no_repr_shows_a_value() -> None:
    """Of anything that holds one."""
    source, server, _ = kept()
    server.add("v1", NEW, "AWSCURRENT")
    source.current()

    told = [
        repr(each) for each in (Value(OLD.encode()), Version("v", "s", OLD.encode(), 1.0), source, source._kept._held)
    ]

    assert all(text and OLD not in text and NEW not in text for text in told)


def test_answers_that_take_too_long_are_an_outage() -> None:
    """Nobody waits for three of them."""
    clock = Clock()

    class Late(SecretsManagerStandIn):
        def get_secret_value(self, **which: Any) -> dict[str, Any]:
            clock.now += 6
            return super().get_secret_value(**which)

    server = Late(clock, OLD)
    server.add("v1", NEW, "AWSPENDING")

    with pytest.raises(Unavailable, match="secret_timeout"):
        secrets.manager("edge", client=server, **clock.settings).current()
    assert len(server.calls) == 1


def test_prefetch_has_the_values_ready() -> None:
    """In the init phase."""
    source, server, _ = kept()

    assert source.prefetch() is True
    assert texts(source) == [OLD]
    assert fetches(server) == 1
    assert "edge" in repr(source)
    assert OLD not in repr(source)


def test_parameters_are_read_decrypted() -> None:
    """The latest, or those that labels name, of which some may be missing."""
    clock = Clock()
    server = ParametersStandIn(**{"/edge": NEW, "/edge:current": OLD, "/json": json.dumps({"a": NEWER})})

    assert texts(secrets.ssm("/edge", client=server, **clock.settings)) == [NEW]
    assert texts(secrets.ssm("/edge", ("pending", "current"), client=server, **clock.settings)) == [OLD]
    assert texts(secrets.ssm("/json", field="a", client=server, **clock.settings)) == [NEWER]
    for name, versions, code in (("/edge", (7,), "not_found"), ("/none", (), "not_found")):
        with pytest.raises(Unavailable, match=f"secret_{code}"):
            secrets.ssm(name, versions, client=server, **clock.settings).current()
    server.type = "String"
    with pytest.raises(Unavailable, match="secret_unusable"):
        secrets.ssm("/edge", client=server, **clock.settings).current()
    server.fails = AWSError("AccessDeniedException")
    with pytest.raises(Unavailable, match="ssm:GetParameter"):
        secrets.ssm("/edge", client=server, **clock.settings).current()


def test_parameters_that_take_too_long_are_an_outage() -> None:
    """As those of Secrets Manager."""
    clock = Clock()

    class Late(ParametersStandIn):
        def get_parameter(self, **which: Any) -> dict[str, Any]:
            clock.now += 6
            return super().get_parameter(**which)

    with pytest.raises(Unavailable, match="secret_timeout"):
        secrets.ssm("/edge", (1, 2), client=Late(**{"/edge:1": OLD}), **clock.settings).current()


def test_a_callable_of_ones_own_is_kept_the_same_way() -> None:
    """What it raises, or gives wrongly, is an outage."""
    clock = Clock()
    gives: list[Any] = [["b", b"a"], [], [""], 5, RuntimeError("hush"), Unavailable("secret_timeout", detail="own")]

    def fetch() -> Any:
        value = gives[0]
        if isinstance(value, Exception):
            raise value
        return value

    source = secrets.fetched(fetch, what="vault", seconds=10, max_stale=0, **clock.settings)
    assert source.current() == (b"b", b"a")
    codes = []
    for _ in range(5):
        gives.pop(0)
        clock.now += 100
        with pytest.raises(Unavailable) as found:
            source.current()
        codes.append(found.value.code.removeprefix("secret_"))
        assert "hush" not in str(found.value)

    assert codes == ["unusable", "unusable", "unavailable", "unavailable", "timeout"]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: secrets.manager("", field="", stages=("AWSPENDING",), seconds=0), ("secret_id", "field", "seconds")),
        (lambda: secrets.manager("x", stages="AWSCURRENT"), ("stages",)),
        (lambda: secrets.manager("x", stages=("AWSCURRENT", 5)), ("stages",)),  # type: ignore[arg-type]
        (lambda: secrets.manager("x", stages=("AWSPENDING",)), ("AWSCURRENT",)),
        (lambda: secrets.ssm("", versions="1", field="", interval=True), ("name", "versions", "field", "interval")),
        (lambda: secrets.fetched(5, what="", max_stale=-1), ("what", "fetch", "max_stale")),  # type: ignore[arg-type]
    ],
)
def test_wrong_settings_are_said_while_constructing(build: Any, words: tuple[str, ...]) -> None:
    """All of them in one message."""
    with pytest.raises(ConfigError) as found:
        build()

    assert all(word in str(found.value) for word in words)


def test_previous_can_be_left_out() -> None:
    """By its stage, or with no time."""
    for settings in ({"stages": ("AWSCURRENT", "AWSPENDING")}, {"previous_for": 0}):
        source, server, _ = kept(**settings)
        server.add("v1", NEW, "AWSCURRENT")
        assert texts(source) == [NEW]


def test_labels_of_ones_own_are_asked_for_too() -> None:
    """They have no end."""
    source, server, _ = kept(stages=("AWSCURRENT", "partner"))
    server.add("v1", NEW, "partner")

    assert texts(source) == [OLD, NEW]


@for_all(st.lists(st.tuples(st.sampled_from(["wait", "use", "mismatch", "rotate", "down", "up"]), st.integers(1, 400))))
def test_whatever_happens_values_are_younger_than_the_bounds(steps: list[tuple[str, int]]) -> None:
    """What is served was valid ``seconds`` ago at most, or ``max_stale`` in an outage; nothing else is ever raised."""
    source, server, clock = kept(seconds=300, interval=30, max_stale=900, previous_for=60)
    valid: list[tuple[float, str]] = [(clock.now, OLD)]
    down_since = None
    for number, (step, amount) in enumerate(steps):
        if step == "wait":
            clock.now += amount
        elif step == "rotate":
            server.add(f"v{number + 1}", f"value-{number}", "AWSCURRENT")
            valid.append((clock.now, f"value-{number}"))
        elif step in ("down", "up"):
            server.fails = AWSError("InternalServiceError") if step == "down" else None
            down_since = (down_since or clock.now) if step == "down" else None
        else:
            before = fetches(server)
            try:
                values = texts(source)
                if step == "mismatch":
                    source.after_mismatch()
            except Unavailable:
                continue
            assert fetches(server) - before <= 1 + (step == "mismatch")
            newest = max(at for at, value in valid if value in values)
            replaced = [at for at, _ in valid if at > newest]
            bound = 900 if down_since is not None else 300 + 30  # a pause after an outage may be still under way
            assert not replaced or clock.now - replaced[0] < bound


@pytest.mark.parametrize("answer", ["one text of letters", b"bytes", None, 7])
def test_what_is_no_list_of_values_is_none(answer: Any) -> None:
    """Of one text each letter would be a secret that is good."""
    with pytest.raises(Unavailable, match="secret_un") as caught:
        secrets.fetched(lambda: answer, what="vault").current()

    assert "letters" not in str(caught.value)
