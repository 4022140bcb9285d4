from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from authkit import MemoryReplay, sigv4
from authkit.errors import BadSignature, ConfigError, NoCredential, Unauthenticated, Unavailable
from authkit.sigv4.draft import draft
from authkit.sigv4.judgement import covers
from authkit.sigv4.keys import Keys
from authkit.sigv4.options import Options
from authkit.sigv4.proof import Claimed
from authkit.sigv4.wire import take_apart
from tests.sigv4.forging import (
    AT,
    BODY,
    CREDENTIALS,
    HOST,
    KEY_ID,
    REGION,
    SECRET,
    SERVICE,
    TARGET,
    TOKEN,
    WITH_TOKEN,
    Sent,
    forged,
    hashed,
    link,
)

POLICY = sigv4.Policy(
    regions=[REGION], services=[SERVICE], algorithms=[sigv4.V4, sigv4.V4A], mechanisms=["header", "query"]
)


def verify(sent: Sent, **changes: Any) -> sigv4.Verified:
    usual: dict[str, Any] = {
        "method": sent.method,
        "url": sent.target,
        "headers": sent.headers,
        "body": sent.body,
        "policy": POLICY,
        "lookup": lambda _id, _scope: CREDENTIALS,
        "clock": lambda: AT,
        "keys": Keys.of(),
    }
    return sigv4.verify(**{**usual, **changes})


def refusal(sent: Sent, **changes: Any) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        verify(sent, **changes)
    return refused.value


def asymmetric(**changes: Any) -> Sent:
    request: dict[str, Any] = {
        "method": "POST",
        "url": f"https://{HOST}{TARGET}",
        "body": BODY,
        "credentials": CREDENTIALS,
        "region": "eu-*,us-east-1",
        "service": SERVICE,
        "algorithm": sigv4.V4A,
        "clock": lambda: AT,
        **changes,
    }
    signed = sigv4.sign(**request)
    return Sent("POST", TARGET, (("Host", HOST), *signed.headers), BODY)


def test_the_result_names_what_was_verified() -> None:
    """Key id, scope, times, signed headers, path and what is known of the body."""
    verified = verify(forged())

    assert verified == sigv4.Verified(
        access_key_id=KEY_ID,
        scope=sigv4.Scope(sigv4.V4, "20150830", REGION, SERVICE),
        mechanism="header",
        signed_at=AT,
        ends_at=AT + 300,
        signed_headers=("content-type", "host", "x-amz-date"),
        method="POST",
        path="/v1/orders/a%20b",
        payload="checked",
        payload_hash=hashed(BODY),
        key=CREDENTIALS,
    )
    assert SECRET not in repr(verified)


def test_the_path_is_the_normal_one_where_others_are_allowed() -> None:
    """What is decided on is what every spelling with this signature means; S3 has its paths as they came."""
    lenient = sigv4.Policy(regions=[REGION], services=[SERVICE], normal_paths=False)
    s3 = sigv4.Policy(regions=[REGION], services=["s3"])
    scope = f"20150830/{REGION}/s3/aws4_request"

    assert verify(forged(target="/x/..//admin/"), policy=lenient).path == "/admin/"
    kept = forged(target="/x/..//admin/", scope=scope, rules=sigv4.S3)
    assert verify(kept, policy=s3).path == "/x/..//admin/"


@pytest.mark.parametrize(
    ("payloads", "sent", "status", "payload_hash"),
    [
        (["declared"], forged(headers=(("X-Amz-Content-Sha256", hashed(BODY)),)), "declared", hashed(BODY)),
        (["empty"], forged(method="GET", headers=(), body=b""), "empty", sigv4.EMPTY_SHA256),
        (
            ["unsigned"],
            forged(headers=(("X-Amz-Content-Sha256", sigv4.UNSIGNED_PAYLOAD),), payload_hash=sigv4.UNSIGNED_PAYLOAD),
            "unsigned",
            sigv4.UNSIGNED_PAYLOAD,
        ),
    ],
)
def test_a_body_that_is_not_here_is_told_as_what_it_is(
    payloads: list[str], sent: Sent, status: str, payload_hash: str
) -> None:
    """Only where the policy takes that; whoever sees the body has to compare."""
    policy = sigv4.Policy(regions=[REGION], services=[SERVICE], payloads=payloads)  # type: ignore[arg-type]

    verified = verify(sent._replace(body=None), policy=policy)

    assert (verified.payload, verified.payload_hash) == (status, payload_hash)
    assert refusal(sent._replace(body=None)).code in ("payload_unavailable", "payload_not_allowed")


def test_a_link_of_s3_is_taken_for_unsigned_without_saying_so() -> None:
    """So it is with S3, and only where the policy takes it."""
    made = sigv4.presign(
        method="GET",
        url=f"https://{HOST}/a%20b",
        credentials=CREDENTIALS,
        region=REGION,
        service="s3",
        clock=lambda: AT,
    )
    sent = Sent("GET", made.url, (("Host", HOST),), b"")
    strict: dict[str, Any] = {"regions": [REGION], "services": ["s3"], "mechanisms": ["query"]}

    verified = verify(sent, policy=sigv4.Policy(**strict, payloads=["unsigned"]))

    assert (verified.payload, verified.ends_at) == ("unsigned", AT + 900)
    assert refusal(sent, policy=sigv4.Policy(**strict)).code == "payload_not_allowed"


def test_either_of_two_live_secrets_is_taken_and_told() -> None:
    """In any order, a derived key and credentials together; without looking at who comes first."""
    old = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key="old")
    derived = sigv4.SigningKey(sigv4.signing_key(SECRET.encode(), "20150830", REGION, SERVICE))

    for keys in ([old, CREDENTIALS], (CREDENTIALS, old), [derived], [old, derived]):
        assert verify(forged(), lookup=lambda _id, _scope, keys=keys: keys).key in (CREDENTIALS, derived)


def test_the_look_up_is_asked_with_the_scope_and_last_of_all() -> None:
    """A flood of rubbish costs none."""
    asked: list[Any] = []

    def look_up(key_id: str, scope: sigv4.Scope) -> sigv4.Credentials:
        asked.append((key_id, scope))
        return CREDENTIALS

    for sent in (forged(scope=f"20150830/us-east-1/{SERVICE}/aws4_request"), forged().add(("X-Amz-A", "1"))):
        refusal(sent, lookup=look_up)
    refusal(forged()._replace(body=b"other").add(("X-Amz-Content-Sha256", hashed(b""))), lookup=look_up)
    assert asked == []
    refusal(forged(), clock=lambda: AT + 301, lookup=look_up)
    assert asked == []
    verify(forged(), lookup=look_up)

    assert asked == [(KEY_ID, sigv4.Scope(sigv4.V4, "20150830", REGION, SERVICE))]


@pytest.mark.parametrize("algorithm", [sigv4.V4, sigv4.V4A])
def test_every_refusal_takes_the_same_work(algorithm: str) -> None:
    """Unknown, known, one secret or two, remembered or not: as many keys are derived, counted here."""
    made = {"signing": 0, "pairs": 0}

    def derive(*asked: Any) -> bytes:
        made["signing"] += 1
        return sigv4.signing_key(*asked)

    def pair(credentials: sigv4.Credentials) -> Any:
        from authkit.sigv4.ecdsa import key_pair

        made["pairs"] += 1
        return key_pair(credentials)

    keys = Keys(sigv4.SigningKeys(derive=derive), sigv4.KeyPairs(derive=pair))
    other = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key="other")
    good = forged() if algorithm == sigv4.V4 else asymmetric()
    bad = good._replace(method="PUT")
    assert keys.pairs.nobody
    work: list[dict[str, int]] = []

    def refuse(lookup: Any) -> None:
        before = dict(made)
        refusal(bad, keys=keys, lookup=lookup)
        work.append({name: made[name] - before[name] for name in made})

    refuse(lambda _id, _scope: None)
    refuse(lambda _id, _scope: other)  # known, and nothing of it was ever made
    verify(good, keys=keys)
    refuse(lambda _id, _scope: CREDENTIALS)  # remembered
    refuse(lambda _id, _scope: [] if algorithm == sigv4.V4A else [CREDENTIALS, other])
    refuse(lambda _id, _scope: sigv4.SigningKey(b"k" * 32))
    refuse(lambda _id, _scope: [other, CREDENTIALS, other])

    assert len({str(each) for each in work}) == 1, work
    assert sum(work[0].values()) == 3


@pytest.mark.parametrize("known", [0, 1, 2, 3])
def test_every_refusal_of_an_asymmetric_signature_verifies_as_often(known: int) -> None:
    """How many keys an access key id has, or that it has none, is not to be had from the time it takes."""
    tried: list[bytes] = []
    point = Keys.of().pairs.public(WITH_TOKEN).point

    class Counted(sigv4.PublicKey):
        def verifies(self, signature: bytes, data: bytes) -> bool:
            tried.append(signature)
            return super().verifies(signature, data)

    keys = Keys(sigv4.SigningKeys(), sigv4.KeyPairs(derive=lambda _credentials: (None, Counted(point))))

    refusal(asymmetric()._replace(method="PUT"), keys=keys, lookup=lambda _id, _scope: [CREDENTIALS] * known)

    assert len(tried) == 3


def test_a_claim_under_proof_shows_no_secret() -> None:
    """Neither its token nor its signature."""
    claimed = Claimed(KEY_ID, sigv4.Scope(sigv4.V4, "20150830", REGION, SERVICE), b"sign", TOKEN, "text", Keys.of())

    assert repr(claimed) == f"Claimed(access_key_id='{KEY_ID}', scope='20150830/{REGION}/{SERVICE}/aws4_request')"


def test_wrong_guesses_leave_nothing_behind() -> None:
    """Only a key that has proven good is remembered."""
    keys = Keys.of()

    refusal(forged()._replace(method="PUT"), keys=keys)
    refusal(asymmetric()._replace(method="PUT"), keys=keys)
    assert (len(keys.signing), len(keys.pairs)) == (0, 0)
    verify(forged(), keys=keys)
    verify(asymmetric(), keys=keys)

    assert (len(keys.signing), len(keys.pairs)) == (1, 1)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("secret", "neither"),
        ([b"secret"], "neither"),
        ([CREDENTIALS] * 4, "more than 3"),
        (sigv4.Credentials(access_key_id="AKIDOTHER", secret_access_key="x"), "another access key id"),
    ],
)
def test_a_look_up_that_returns_no_key_is_a_fault_of_ours(found: Any, said: str) -> None:
    """And shows nothing of what it returned."""
    with pytest.raises(ConfigError, match=said) as fault:
        verify(forged(), lookup=lambda _id, _scope: found)

    assert "secret" not in str(fault.value)


def test_an_outage_of_the_look_up_is_no_refusal() -> None:
    """What cannot be told is not denied."""

    def look_up(_id: str, _scope: sigv4.Scope) -> None:
        raise Unavailable(detail="no table")

    with pytest.raises(Unavailable):
        verify(forged(), lookup=look_up)


def test_a_public_key_verifies_and_holds_no_secret() -> None:
    """64 bytes, or 65; of an asymmetric signature whose region set means our region."""
    public = Keys.of().pairs.public(CREDENTIALS)
    longer = sigv4.PublicKey(b"\4" + public.point)

    for key in (public, longer, CREDENTIALS, [public, CREDENTIALS]):
        verified = verify(asymmetric(), lookup=lambda _id, _scope, key=key: key)
        assert verified.scope == sigv4.Scope(sigv4.V4A, "20150830", "eu-*,us-east-1", SERVICE)
    assert public.point.hex() in repr(public)


def test_an_asymmetric_link_verifies() -> None:
    """With its region set in the query."""
    made = sigv4.presign(
        method="GET",
        url=f"https://{HOST}/a",
        credentials=WITH_TOKEN,
        region="*",
        service=SERVICE,
        algorithm=sigv4.V4A,
        clock=lambda: AT,
    )
    sent = Sent("GET", made.url, (("Host", HOST),), b"")
    public = Keys.of().pairs.public(WITH_TOKEN)

    assert verify(sent, lookup=lambda _id, _scope: public).mechanism == "query"
    assert refusal(sent, lookup=lambda _id, _scope: sigv4.PublicKey(public.point)).code == "token_mismatch"


@pytest.mark.parametrize(
    ("sent", "changes", "code"),
    [
        (asymmetric()._replace(method="PUT"), {}, "signature_mismatch"),
        (asymmetric(), {"lookup": lambda _id, _scope: sigv4.SigningKey(b"k" * 32)}, "key_not_found"),
        (asymmetric(), {"policy": sigv4.Policy(regions=[REGION], services=[SERVICE])}, "algorithm_unsupported"),
        (asymmetric(region="us-*"), {}, "scope_mismatch"),
        (asymmetric().drop("x-amz-region-set"), {}, "header_missing"),
        (asymmetric().put("x-amz-region-set", "eu;x"), {}, "scope_malformed"),
        (asymmetric().put("x-amz-region-set", "*"), {}, "signature_mismatch"),
        (asymmetric().add(("X-Amz-Region-Set", "*")), {}, "header_repeated"),
    ],
)
def test_asymmetric_signatures_are_refused_for_the_same_reasons(sent: Sent, changes: Any, code: str) -> None:
    """And a key of one algorithm is never used with the other."""
    assert refusal(sent, **changes).code == code


def test_a_public_key_is_no_secret_of_the_other_algorithm() -> None:
    """Or whoever knows the public key could sign with it."""
    public = Keys.of().pairs.public(CREDENTIALS)

    assert refusal(forged(), lookup=lambda _id, _scope: public).code == "key_not_found"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "30",
        "3006020101020100",
        "3006020100020101",
        "30080202000102020001",
        "3006020181020101",
        "300602010102010100",
        "3007020101020101",
        "3106020101020101",
        "3006030101020101",
        "30060201010201",
        "3006020101020101".upper() + "A",
        "30818006" + "00" * 60,
        "302602210" + "0" * 0 + "0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101",
    ],
)
def test_an_asymmetric_signature_is_der_and_nothing_else(signature: str) -> None:
    """Two spellings of one would make a used one new."""
    sent = asymmetric()
    start = sent.header("authorization").rpartition("=")[0]

    assert refusal(sent.put("authorization", f"{start}={signature}")).code in (
        "signature_malformed",
        "authorization_malformed",
    )


def test_a_well_formed_signature_of_nobody_is_a_mismatch() -> None:
    """Also the smallest there is."""
    sent = asymmetric()
    start = sent.header("authorization").rpartition("=")[0]

    assert isinstance(refusal(sent.put("authorization", f"{start}=3006020101020101")), BadSignature)


@pytest.mark.parametrize("point", [b"", b"\1" * 64, b"\3" + b"\1" * 64, b"\4" * 66, "x" * 64])
def test_a_public_key_is_a_point_of_the_curve(point: Any) -> None:
    """Anything else is a fault of whoever configures it."""
    with pytest.raises(ConfigError, match="PublicKey"):
        sigv4.PublicKey(point)


def test_a_signature_is_good_once_where_it_is_remembered() -> None:
    """Also a second one that anybody can make of an asymmetric one."""
    replay = MemoryReplay(clock=lambda: AT)
    sent = asymmetric()
    start, _, signature = sent.header("authorization").rpartition("=")
    r, s = _numbers(bytes.fromhex(signature))
    twin = _der(r, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 - s)
    again = sent.put("authorization", f"{start}={twin.hex()}")
    assert verify(again).access_key_id == KEY_ID

    verify(sent, replay=replay)

    assert refusal(sent, replay=replay).code == "signature_replayed"
    assert refusal(again, replay=replay).code == "signature_replayed"
    assert verify(asymmetric(url=f"https://{HOST}{TARGET}&z=1")._replace(target=TARGET + "&z=1"), replay=replay)


def _numbers(der: bytes) -> tuple[int, int]:
    size = der[3]
    return int.from_bytes(der[4 : 4 + size], "big"), int.from_bytes(der[6 + size :], "big")


def _der(*numbers: int) -> bytes:
    parts = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers]
    body = b"".join(b"\2%c" % len(part) + part for part in parts)
    return b"0%c" % len(body) + body


def test_a_refused_request_uses_nothing_up() -> None:
    """Or whoever saw it could spend it."""
    replay = MemoryReplay(clock=lambda: AT)

    refusal(forged()._replace(method="PUT"), replay=replay)

    assert len(replay) == 0
    assert verify(forged(), replay=replay).access_key_id == KEY_ID


@pytest.mark.parametrize("answer", [None, 1, "OK", b"0"])
def test_a_store_that_answers_neither_yes_nor_no_is_an_outage(answer: Any) -> None:
    """What is taken for true, as the awaitable of a store for other callers is, would switch replay protection off."""

    class Odd:
        def consume(self, _holder: str, _mark: str, *, until: float) -> Any:
            return answer

    with pytest.raises(Unavailable, match="replay_store_unavailable"):
        verify(forged(), replay=Odd())


def test_what_ends_while_the_store_takes_its_time_is_refused() -> None:
    """The store may have forgotten it by then."""
    times = iter([AT, AT + 301])

    code = refusal(forged(), replay=MemoryReplay(clock=lambda: AT), clock=lambda: next(times)).code

    assert code == "signature_expired"


def test_the_public_host_counts_where_a_proxy_put_another() -> None:
    """The client signed the host it used."""
    sent = forged().put("host", "internal.example")

    assert refusal(sent).code == "signature_mismatch"
    assert verify(sent, host=HOST).access_key_id == KEY_ID


def test_the_authority_of_a_url_is_the_host_where_no_header_is() -> None:
    """HTTP/2 has no Host header; where both are there they have to agree."""
    bare = forged().drop("host")

    assert verify(bare, url=f"https://{HOST}{TARGET}").access_key_id == KEY_ID
    assert verify(bare.add((":authority", HOST))).access_key_id == KEY_ID
    assert refusal(forged().add((":authority", "other.example"))).code == "host_mismatch"


def test_the_authority_may_be_signed_by_its_own_name() -> None:
    """Instead of a host."""
    sent = forged(headers=((":authority", HOST),), names=(":authority", "host", "x-amz-date"))
    alone = forged(headers=((":authority", HOST),), names=(":authority", "x-amz-date"), host=None)

    assert verify(sent).signed_headers[0] == ":authority"
    assert verify(alone).signed_headers == (":authority", "x-amz-date")


def test_no_credential_is_told_from_a_wrong_one() -> None:
    """So that another kind may be asked for, whatever the rest of the request looks like."""
    bearer = Sent("GET", "/a+b?q=a+b&%zz#x", (("Authorization", "Bearer abc"), ("Host", "a"), ("Host", "b")), None)

    assert isinstance(refusal(bearer), NoCredential)
    assert isinstance(refusal(bearer, headers={}, url=7), NoCredential)
    assert isinstance(refusal(bearer, headers=[("authorization", b"Basic x")]), NoCredential)
    assert refusal(forged().put("authorization", b"AWS4-HMAC-SHA256 x")).code == "authorization_malformed"


def test_headers_may_come_in_any_shape() -> None:
    """A mapping, pairs, or pairs that can be gone through only once."""
    sent = forged()

    for headers in (dict(sent.headers), MappingProxyType(dict(sent.headers)), list(sent.headers), iter(sent.headers)):
        assert verify(sent, headers=headers).access_key_id == KEY_ID


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"headers": ["Authorization"]}, "header_malformed"),
        ({"headers": None}, "header_malformed"),
        ({"headers": [(7, "a")]}, "header_malformed"),
        ({"headers": [("Authorization", None)]}, "header_malformed"),
        ({"headers": [*forged().headers, ("X-A", 7)]}, "header_malformed"),
        ({"url": 7}, "url_malformed"),
        ({"method": None}, "method_malformed"),
    ],
)
def test_what_is_no_request_at_all_is_refused_too(changes: Any, code: str) -> None:
    """Also where it comes of an event whose shape nobody looked at."""
    assert refusal(forged(), **changes).code == code


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"regions": "eu-central-1"}, "regions"),
        ({"regions": []}, "regions"),
        ({"services": ["a/b"]}, "services"),
        ({"services": ["s3", "execute-api"]}, "S3"),
        ({"algorithms": ["AWS4-HMAC-SHA1"]}, "algorithms"),
        ({"mechanisms": []}, "mechanisms"),
        ({"payloads": "checked"}, "payloads"),
        ({"skew": 901}, "skew"),
        ({"skew": True}, "skew"),
        ({"longest_expiry": 604_801}, "longest_expiry"),
        ({"required_headers": ["Authorization"]}, "required_headers"),
        ({"unsigned_headers": "x-amz-a"}, "unsigned_headers"),
        ({"unsigned_headers": ["X-Amz-Region-Set"]}, "unsigned_headers"),
        ({"normal_paths": None}, "normal_paths"),
        ({"normalize": "no"}, "normalize"),
        ({"double_encode": 0}, "double_encode"),
        ({"token": "any"}, "token"),
    ],
)
def test_a_policy_names_every_fault(given: dict[str, Any], said: str) -> None:
    """When it is built, all in one message."""
    with pytest.raises(ConfigError, match=said):
        sigv4.Policy(**{"regions": [REGION], "services": [SERVICE], **given})
    with pytest.raises(ConfigError, match=r"regions.*skew"):
        sigv4.Policy(regions="", services=[SERVICE], skew=-1)


def test_a_policy_tells_what_it_is_for() -> None:
    """In its repr."""
    assert repr(POLICY) == f"Policy(regions=['{REGION}'], services=['{SERVICE}'])"


@pytest.mark.parametrize(
    ("pattern", "means"),
    [
        ("*", True),
        ("eu-central-1", True),
        ("eu-*", True),
        ("*-1", True),
        ("e*c*1", True),
        ("eu-central-1*", True),
        ("eu-central-2", False),
        ("us-*", False),
        ("*-2", False),
        ("eu-central-*-1", False),
        ("eu-*x*1", False),
        ("eu-central-1eu-*", False),
    ],
)
def test_a_region_set_has_stars(pattern: str, means: bool) -> None:
    """Each for any characters, or none."""
    assert covers(pattern, "eu-central-1") is means


def test_what_has_one_canonical_form_has_one_signature_and_is_used_once() -> None:
    """Parameters in another order, blanks folded, values in one line: no other request to whoever remembers it."""
    sent = forged(
        target="/?b=1&a=2&a=1", headers=(("X-A", "1  2"), ("X-A", "3")), replay=MemoryReplay(clock=lambda: AT)
    )
    same = sent._replace(target="/?a=1&b=1&a=2").drop("x-a").add(("X-A", "1 2,3"))

    assert verify(same).signed_headers == verify(sent).signed_headers
    sent.verify()

    assert refusal(same, replay=sent.replay).code == "signature_replayed"


def test_a_draft_shows_no_secret() -> None:
    """Its headers may hold a token."""
    made = draft(
        "GET", f"https://{HOST}/a?secret=1", {"X-Amz-Meta": TOKEN}, (), b"", None, REGION, SERVICE, AT, Options()
    )

    assert "x-amz-meta" in repr(made)
    assert TOKEN not in repr(made)
    assert "secret" not in repr(made)


def test_a_request_taken_apart_shows_no_secret() -> None:
    """What a traceback with its variables would print."""
    sent = forged(headers=(("X-Amz-Security-Token", TOKEN),))

    shown = repr(take_apart(sent.method, f"{sent.target}&secret=1", sent.headers))

    assert "x-amz-security-token" in shown
    assert not any(secret in shown for secret in (TOKEN, "secret=", sent.header("authorization")[-64:]))


def test_what_should_have_been_signed_can_be_looked_at() -> None:
    """Of a request that is refused: both texts as values, by no key, and no secret in a repr."""
    sent = forged(headers=(("X-Amz-Security-Token", TOKEN),), at=AT + 10_000)

    found = sigv4.read_unverified(method=sent.method, url=sent.target, headers=sent.headers, body=sent.body)

    assert (found.access_key_id, str(found.scope)) == (KEY_ID, f"20150830/{REGION}/{SERVICE}/aws4_request")
    assert found.string_to_sign.endswith(hashed(found.canonical_request.encode()))
    assert found.claim.signature.hex() == sigv4.signature_of(found.string_to_sign, CREDENTIALS, found.scope)
    assert TOKEN in found.canonical_request
    assert TOKEN not in f"{found} {found!r} {found.claim!r}"
    assert found.claim.signature.hex() not in f"{found!r}"


@pytest.mark.parametrize("service", [SERVICE, "s3"])
def test_a_link_can_be_looked_at_too(service: str) -> None:
    """With the payload its service has."""
    made = sigv4.presign(
        method="GET", url=f"https://{HOST}/a", credentials=CREDENTIALS, region=REGION, service=service, clock=lambda: AT
    )

    found = sigv4.read_unverified(method="GET", url=made.url, headers={"Host": HOST})

    assert found.canonical_request == made.canonical_request
    assert found.string_to_sign == made.string_to_sign


def test_what_has_no_signature_cannot_be_looked_at() -> None:
    """Nor what names a header that is not there."""
    with pytest.raises(sigv4.CannotSign, match="field_missing"):
        sigv4.read_unverified(method="GET", url="/", headers={"Host": HOST})
    absent = forged().drop("content-type")
    with pytest.raises(sigv4.CannotSign, match="header_missing"):
        sigv4.read_unverified(method="POST", url=TARGET, headers=absent.headers)


def test_a_presigned_link_ends_by_its_own_expiry() -> None:
    """To the second."""
    assert verify(link(), clock=lambda: AT + 900).ends_at == AT + 900
    assert refusal(link(), clock=lambda: AT + 900.5).code == "signature_expired"
    assert refusal(link(), clock=lambda: float("nan")).code == "signature_expired"
