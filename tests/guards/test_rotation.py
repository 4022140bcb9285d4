"""The rotation function, step by step: each may come again, none waits, and none goes on where something is not as it must be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit import BadEvent, ConfigError, Unavailable
from authkit.guards.rotation import BYTES, CloudFrontRotation, NotYet, RotationRefused
from authkit.local.http import HttpReply, HttpRequest, LoopbackServer
from tests.guards.rotation_world import STEPS, CloudFrontStandIn
from tests.stores.stand_ins import AWSError, Clock, SecretsManagerStandIn

OLD, TOKEN = "old-value-0123456789", "1" * 32
URL = "https://api.example.com/health"


class Bench:
    """A rotation whose every other side is held by hand."""

    def __init__(self, value: str | None = OLD, **settings: Any) -> None:
        self.clock = Clock()
        self.server = SecretsManagerStandIn(self.clock, value)
        self.clock.now += 10_000
        self.server.add(TOKEN, None, "AWSPENDING")
        self.cloudfront = CloudFrontStandIn(self.clock, OLD)
        self.refused: set[str] = set()
        self.guarded = True
        self.asked: list[dict[str, str]] = []
        self.rotation = CloudFrontRotation(
            **{
                "distribution": "E1",
                "url": URL,
                "headers": {"Authorization": "probe"},
                "secretsmanager": self.server,
                "cloudfront": self.cloudfront,
                "fetch": self.fetch,
                "clock": self.clock.wall,
                **settings,
            }
        )

    def fetch(self, url: str, headers: dict[str, str]) -> int:
        assert url == URL
        self.asked.append(headers)
        valid = {value for value, _ in self.server.versions.values()} - self.refused
        return 401 if headers["x-origin-verify"] in valid or not self.guarded else 403

    def step(self, name: str, **changes: Any) -> None:
        self.rotation({"Step": name, "SecretId": "edge", "ClientRequestToken": TOKEN, **changes}, None)

    def until(self, name: str) -> None:
        """Do all steps before this one, with the time they take."""
        for step in STEPS[: STEPS.index(name)]:
            self.step(step)
            self.clock.now += 400

    @property
    def pending(self) -> Any:
        return self.server.versions[self.server.labels["AWSPENDING"]][0]


def test_the_four_steps() -> None:
    """From one value to another."""
    bench = Bench()

    bench.until("finishSecret")
    new = bench.pending
    bench.step("finishSecret")

    assert bench.server.labels["AWSCURRENT"] == TOKEN
    assert bench.server.labels["AWSPREVIOUS"] == "v0"
    assert set(bench.cloudfront.values) == {new}
    assert len(new) >= BYTES
    assert new != OLD


def test_every_step_may_come_again() -> None:
    """Also after the last: nothing changes any more, and the value stays the one there was."""
    bench = Bench()
    for name in STEPS:
        for step in STEPS[: STEPS.index(name) + 1]:
            bench.step(step)
        bench.step(name)
        bench.clock.now += 400
    value = bench.server.versions[TOKEN][0]

    for name in STEPS:
        bench.step(name)

    assert bench.server.versions[TOKEN][0] == value
    assert bench.cloudfront.updates == 1
    assert [call for call, _ in bench.server.calls].count("update_secret_version_stage") == 1


def test_two_runs_at_once_make_one_value() -> None:
    """Secrets Manager refuses the second, whose value is forgotten."""
    bench = Bench()
    meanwhile = "made-by-another-run-0123"

    class Racing(SecretsManagerStandIn):
        def put_secret_value(self, **more: Any) -> None:
            self.versions[TOKEN] = (meanwhile, self.clock.wall())
            super().put_secret_value(**more)

    bench.server.__class__ = Racing
    bench.step("createSecret")

    assert bench.pending == meanwhile


def test_a_member_of_a_json_object_is_rotated_and_the_others_stay() -> None:
    """And the current value of another member is not touched."""
    bench = Bench(json.dumps({"edge": OLD, "other": 1}), field="edge")

    bench.step("createSecret")

    made = json.loads(bench.pending)
    assert made["other"] == 1
    assert len(made["edge"]) >= BYTES


def test_the_distribution_is_not_changed_before_authorizers_can_know() -> None:
    """They keep values for so long, and clocks differ."""
    bench = Bench(kept_seconds=300)
    bench.step("createSecret")

    bench.clock.now += 309
    with pytest.raises(NotYet) as found:
        bench.step("setSecret")
    assert bench.cloudfront.updates == 0
    assert found.value.retry_after == pytest.approx(1)
    bench.clock.now += 1
    bench.step("setSecret")

    assert bench.cloudfront.updates == 1


def test_the_wait_is_from_when_the_value_was_given_not_when_the_version_was_made() -> None:
    """Making it may have failed for an hour."""
    bench = Bench()
    bench.clock.now += 3600
    bench.step("createSecret")
    value, _ = bench.server.versions[TOKEN]
    bench.server.versions[TOKEN] = value, bench.clock.now - 3600

    with pytest.raises(NotYet):
        bench.step("setSecret")


def test_the_distribution_is_not_changed_while_the_origin_refuses_the_new_value() -> None:
    """A wrong secret or wrong stages in the authorizer's configuration are found before anybody is hurt."""
    bench = Bench()
    bench.step("createSecret")
    bench.refused = {bench.pending}
    bench.clock.now += 400

    with pytest.raises(NotYet, match="rotation_not_accepted"):
        bench.step("setSecret")

    assert bench.cloudfront.updates == 0
    assert bench.asked[0]["Authorization"] == "probe"


def test_nothing_is_finished_before_every_edge_has_switched() -> None:
    """Neither testSecret nor finishSecret passes while the change spreads."""
    bench = Bench()
    bench.until("setSecret")
    bench.step("setSecret")
    bench.clock.now += 200

    for step in ("testSecret", "finishSecret"):
        with pytest.raises(NotYet, match="not deployed everywhere"):
            bench.step(step)

    assert bench.server.labels["AWSCURRENT"] == "v0"


def test_a_distribution_that_was_changed_back_is_set_again() -> None:
    """Secrets Manager begins anew with the first step."""
    bench = Bench()
    bench.until("testSecret")
    config = bench.cloudfront.get_distribution_config("E1")
    config["DistributionConfig"]["Origins"]["Items"][0]["CustomHeaders"]["Items"][0]["HeaderValue"] = OLD
    bench.cloudfront.update_distribution("E1", config["ETag"], config["DistributionConfig"])
    bench.clock.now += 400

    with pytest.raises(NotYet, match="not set to send"):
        bench.step("testSecret")
    bench.step("setSecret")
    bench.clock.now += 400

    bench.step("testSecret")


def test_both_values_are_really_asked_about_and_a_wrong_one_too() -> None:
    """At the origin itself."""
    bench = Bench()
    bench.until("testSecret")
    bench.asked.clear()

    bench.step("testSecret")

    sent = [headers["x-origin-verify"] for headers in bench.asked]
    assert sent[:2] == [bench.pending, OLD]
    assert sent[2] not in (bench.pending, OLD)


@pytest.mark.parametrize("stage", ["AWSPENDING", "AWSCURRENT"])
def test_a_value_that_the_origin_refuses_is_not_finished(stage: str) -> None:
    """The label is named, the value is not."""
    bench = Bench()
    bench.until("testSecret")
    bench.refused = {bench.pending if stage == "AWSPENDING" else OLD}

    with pytest.raises(NotYet, match=stage) as found:
        bench.step("testSecret")

    assert bench.pending not in str(found.value)


def test_an_origin_that_admits_anything_is_found() -> None:
    """Its authorizer does not see the header, or there is none."""
    bench = Bench()
    bench.until("testSecret")
    bench.guarded = False

    with pytest.raises(RotationRefused, match="rotation_not_guarded"):
        bench.step("testSecret")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_origin_that_cannot_tell_is_an_outage(status: int) -> None:
    """Neither admitted nor refused."""
    bench = Bench(fetch=lambda *_: status)
    bench.step("createSecret")
    bench.clock.now += 400

    with pytest.raises(Unavailable, match="rotation_origin_unavailable"):
        bench.step("setSecret")


def test_an_origin_out_of_reach_is_an_outage() -> None:
    """Whatever the transport raises; its text may hold the header."""

    def fetch(*_: Any) -> int:
        raise OSError("hush")

    bench = Bench(fetch=fetch)
    bench.step("createSecret")
    bench.clock.now += 400

    with pytest.raises(Unavailable) as found:
        bench.step("setSecret")
    assert "hush" not in str(found.value)


def test_what_is_not_being_rotated_is_refused() -> None:
    """As AWS's own template demands: rotation is enabled, and the version staged."""
    bench = Bench()
    bench.server.enabled = False
    with pytest.raises(RotationRefused, match="rotation_not_enabled"):
        bench.step("createSecret")

    bench.server.enabled = True
    for token in ("v0-unknown", "v9"):
        bench.server.versions["v9"] = ("x", 0.0)
        with pytest.raises(RotationRefused, match="rotation_not_staged"):
            bench.step("createSecret", ClientRequestToken=token)


@pytest.mark.parametrize(
    "event", [None, {}, {"Step": "deleteSecret"}, {"Step": []}, {"SecretId": None}, {"ClientRequestToken": 5}]
)
def test_other_events_are_refused(event: Any) -> None:
    """The function may be called by mistake."""
    bench = Bench()
    good = {"Step": "createSecret", "SecretId": "edge", "ClientRequestToken": TOKEN}

    with pytest.raises(BadEvent):
        bench.rotation(event if not event else {**good, **event})

    assert bench.server.calls == []


def test_steps_without_a_pending_value_wait() -> None:
    """The first step has failed, and comes again."""
    for step in STEPS[1:]:
        with pytest.raises(NotYet, match="createSecret"):
            Bench().step(step)


def test_a_weak_pending_value_goes_no_further() -> None:
    """Somebody put it there by hand."""
    bench = Bench()
    bench.server.add(TOKEN, "short", "AWSPENDING")
    bench.step("createSecret")
    bench.clock.now += 400

    with pytest.raises(RotationRefused, match="rotation_weak") as found:
        bench.step("setSecret")
    assert bench.cloudfront.updates == 0
    assert "short," not in str(found.value)


def test_binary_secrets_are_refused() -> None:
    """No header can carry them."""
    bench = Bench()
    bench.server.add(TOKEN, b"\xff" * 32, "AWSPENDING")

    with pytest.raises(RotationRefused, match="rotation_binary"):
        bench.step("setSecret")


def test_only_origins_that_have_the_header_get_the_secret() -> None:
    """Or those that are named: another one would learn it."""
    bench = Bench()
    bench.until("testSecret")
    assert bench.cloudfront.origin("pages")["CustomHeaders"] == {"Quantity": 0}

    named = Bench(origins=["api", "pages"], header="X-Second")
    named.rotation._fetch = lambda *_: 401
    named.until("testSecret")

    for origin in ("api", "pages"):
        items = named.cloudfront.origin(origin)["CustomHeaders"]
        assert ("X-Second", named.pending) in [(each["HeaderName"], each["HeaderValue"]) for each in items["Items"]]
        assert items["Quantity"] == len(items["Items"])
    assert named.cloudfront.origin("api")["CustomHeaders"]["Quantity"] == 2


@pytest.mark.parametrize("settings", [{"origins": ["api", "none"]}, {"header": "x-none"}])
def test_a_distribution_without_the_origin_is_refused(settings: dict[str, Any]) -> None:
    """It is named, and how to say which."""
    bench = Bench(**settings)
    bench.rotation._fetch = lambda *_: 401
    bench.step("createSecret")
    bench.clock.now += 400

    with pytest.raises(RotationRefused, match="rotation_no_origin"):
        bench.step("setSecret")


def test_somebody_else_who_changes_the_distribution_is_not_overwritten() -> None:
    """The tag of what was read goes with what is written."""
    bench = Bench()
    bench.step("createSecret")
    bench.clock.now += 400

    def interfere() -> None:
        bench.cloudfront._etag += 1

    bench.cloudfront.interfere = interfere

    with pytest.raises(NotYet, match="somebody else"):
        bench.step("setSecret")
    bench.cloudfront.interfere = lambda: None
    bench.step("setSecret")
    assert bench.cloudfront.updates == 1


def test_several_distributions_are_all_waited_for() -> None:
    """One secret for them all."""
    bench = Bench(distribution=("E1", "E2"))

    bench.until("finishSecret")
    bench.step("finishSecret")

    assert bench.server.labels["AWSCURRENT"] == TOKEN
    assert "E1, distribution E2" in repr(bench.rotation)


@pytest.mark.parametrize("step", STEPS[:2])
def test_aws_out_of_reach_is_an_outage(step: str) -> None:
    """Whichever service, at whichever step; Secrets Manager tries again."""
    bench = Bench()
    bench.until(step)
    bench.server.fails = AWSError("AccessDeniedException")

    with pytest.raises(Unavailable, match="rotation_denied"):
        bench.step(step)
    bench.server.fails = None

    def denied(**_: Any) -> None:
        raise AWSError("AccessDenied")

    bench.cloudfront.get_distribution_config = denied  # type: ignore[assignment]
    if step == "setSecret":
        with pytest.raises(Unavailable, match="UpdateDistribution"):
            bench.step(step)


@pytest.mark.parametrize("call", ["get_secret_value", "put_secret_value"])
def test_a_call_that_is_denied_is_an_outage(call: str) -> None:
    """And nothing is taken for missing that could not be looked at."""
    bench = Bench()

    def denied(**_: Any) -> None:
        raise AWSError("AccessDeniedException")

    setattr(bench.server, call, denied)

    with pytest.raises(Unavailable, match="rotation_denied"):
        bench.step("createSecret")


def test_a_rotation_token_is_sent_back() -> None:
    """For rotations from another account."""
    bench = Bench()

    for step in STEPS:
        bench.step(step, RotationToken="rt")
        bench.clock.now += 400

    told = dict(bench.server.calls)
    assert told["put_secret_value"] == told["update_secret_version_stage"] == {"RotationToken": "rt"}


def test_the_origin_is_asked_over_http_without_following_it_elsewhere() -> None:
    """By default: a redirect is an answer, and takes the secret nowhere."""
    asked = []

    def respond(request: HttpRequest) -> HttpReply:
        headers = {name.lower(): value for name, value in request.headers}
        asked.append((request.path, headers.get("x-origin-verify"), headers.get("authorization")))
        return HttpReply(302, headers=(("Location", "/elsewhere"),))

    with LoopbackServer(respond).running() as origin:
        bench = Bench(fetch=None, url=f"{origin.url}/health")
        bench.until("testSecret")

    assert asked == [("/health", bench.pending, "probe")]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80@evil.example/", "http://127.0.0.1:@evil.example/", "https://user@api.example.com/",
        "http://127.0.0.1.evil.example/", "https://", "https:///health", "https://[", "https://a\\@evil.example/",
        "https://api.example.com/\r\n", "ftp://127.0.0.1/", 7,
    ],
)  # fmt: skip
def test_the_secret_is_not_sent_to_whoever_an_address_names_behind_a_user(url: Any) -> None:
    """Nor in clear text, but to this machine."""
    with pytest.raises(ConfigError, match="url is an https address"):
        Bench(url=url)


def test_wrong_settings_are_said_while_constructing() -> None:
    """All of them."""
    with pytest.raises(ConfigError) as found:
        Bench(distribution=(), url="http://api.example.com", origins="api", kept_seconds=0)

    assert all(word in str(found.value) for word in ("distribution", "url", "origins", "kept_seconds"))
    with pytest.raises(ConfigError, match="header"):
        Bench(header="x origin")
    with pytest.raises(ConfigError, match="16 bytes"):
        Bench(new=lambda: "short")


def test_no_step_tells_a_secret() -> None:
    """Neither its errors nor its repr."""
    bench = Bench()
    bench.until("testSecret")

    assert bench.pending not in repr(bench.rotation)
    assert OLD not in repr(bench.rotation)
