"""Every class of sigv4.md 3d: what a verifier must accept, and what it must refuse with which code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from authkit import MemoryReplay, sigv4
from tests.sigv4.forging import (
    AT,
    BODY,
    DATE,
    HOST,
    KEY_ID,
    REGION,
    SERVICE,
    TARGET,
    TOKEN,
    WITH_TOKEN,
    Sent,
    forged,
    hashed,
    link,
)

ACCEPTED = "accepted"
JSON = ("Content-Type", "application/json")
TEMPORARY: dict[str, Any] = {"keys": {KEY_ID: WITH_TOKEN}}
PLACES = {
    "good": 22,
    "tampered": 17,
    "signature": 7,
    "structure": 14,
    "scope": 12,
    "signed headers": 14,
    "time": 10,
    "presigned": 27,
    "mixed": 5,
    "payload": 10,
    "token": 4,
    "canonicalisation": 13,
}
"""The classes, and how many cases each was counted with."""


class Case(NamedTuple):
    """One request, and what must come of it: one of some codes."""

    row: str
    name: str
    expected: str
    build: Callable[[], Sent]

    @property
    def id(self) -> str:
        return f"{self.row}-{self.name}"


def _rows(row: str, expected: str, **builds: Callable[[], Sent]) -> list[Case]:
    return [Case(row, name, expected, build) for name, build in builds.items()]


def cases() -> list[Case]:
    """Return all cases."""
    return [
        *_good(),
        *_tampered(),
        *_signature(),
        *_structure(),
        *_scope(),
        *_signed_headers(),
        *_time(),
        *_presigned(),
        *_mixed(),
        *_payload(),
        *_token(),
        *_canonicalisation(),
    ]


def _good() -> list[Case]:
    order = "Signature={2}, SignedHeaders={1}, Credential={0}"
    declared = (JSON, ("X-Amz-Content-Sha256", hashed(BODY)))
    return _rows(
        "good",
        ACCEPTED,
        plain=lambda: forged(),
        get=lambda: forged(method="GET", body=b"", headers=()),
        no_query=lambda: forged(target="/v1/orders"),
        root=lambda: forged(target="/"),
        escaped=lambda: forged(target="/v1/%C3%A9/a%2Fb/%25"),
        raw_reserved=lambda: forged(target="/@connections/a:b(c)"),
        repeats_and_empties=lambda: forged(target="/?a=1&a=1&b=&c&a="),
        raw_in_query=lambda: forged(target="/?at=12:00&who=a@b,c"),
        other_order=lambda: _fields(forged(), order),
        no_blanks=lambda: _fields(forged(), "Credential={0},SignedHeaders={1},Signature={2}"),
        many_blanks=lambda: _fields(forged(), "  Credential={0} ,  SignedHeaders={1} , Signature={2} "),
        late=lambda: forged(at=AT + 299),
        early=lambda: forged(at=AT - 299),
        hop_headers=lambda: forged().add(
            ("X-Forwarded-For", "192.0.2.1"), ("X-Amzn-Trace-Id", "Root=1"), ("Via", "1.1 a")
        ),
        through_cloudfront=lambda: forged().add(("X-Amz-Cf-Id", "abc")),
        port=lambda: forged(host="api.example.com:8443"),
        capitals_in_names=lambda: forged(headers=(("CONTENT-TYPE", "application/json"),)),
        repeated_header=lambda: forged(headers=(JSON, ("X-A", " 1  2"), ("X-A", "\t3"))),
        seven_days=lambda: link(expires="604800", at=AT + 604_800),
        presigned_early=lambda: link(at=AT - 299),
        token=lambda: forged(headers=(JSON, ("X-Amz-Security-Token", TOKEN)), **TEMPORARY),
        token_in_link=lambda: link(extra=(("X-Amz-Security-Token", TOKEN),), **TEMPORARY),
        declared=lambda: forged(headers=declared),
        declared_unseen=lambda: forged(headers=declared)._replace(body=None).ask(payloads=["declared"]),
        empty_unseen=lambda: forged(method="GET", body=b"", headers=())._replace(body=None).ask(payloads=["empty"]),
        absolute=lambda: forged()._replace(target=f"https://{HOST}{TARGET}"),
        authority=lambda: _authority(forged(names=("content-type", "host", "x-amz-date"))),
        bytes_values=lambda: _in_bytes(forged(headers=(JSON, ("X-A", "é")))),
        new_replay=lambda: forged(replay=MemoryReplay(clock=lambda: AT)),
    )


def _fields(sent: Sent, shape: str) -> Sent:
    values = [part.partition("=")[2] for part in sent.header("authorization").partition(" ")[2].split(", ")]
    return sent.put("authorization", f"{sigv4.V4} {shape.format(*values)}")


def _authority(sent: Sent) -> Sent:
    return sent.drop("host").add((":authority", HOST))


def _in_bytes(sent: Sent) -> Sent:
    return sent._replace(headers=tuple((name, value.encode()) for name, value in sent.headers))


def _tampered() -> list[Case]:
    declared = (JSON, ("X-Amz-Content-Sha256", hashed(BODY)))
    return _rows(
        "tampered",
        "signature_mismatch|payload_mismatch",
        method=lambda: forged()._replace(method="PUT"),
        method_in_small=lambda: forged()._replace(method="post"),
        path=lambda: forged()._replace(target=TARGET.replace("orders", "admins")),
        path_case=lambda: forged()._replace(target=TARGET.replace("orders", "Orders")),
        trailing_slash=lambda: forged(target="/v1/orders")._replace(target="/v1/orders/"),
        query_value=lambda: forged()._replace(target=TARGET.replace("b=2", "b=3")),
        query_name=lambda: forged()._replace(target=TARGET.replace("b=2", "B=2")),
        parameter_added=lambda: forged()._replace(target=TARGET + "&c=1"),
        parameter_removed=lambda: forged()._replace(target=TARGET.replace("b=2&", "")),
        parameter_repeated=lambda: forged()._replace(target=TARGET + "&b=2"),
        query_moved_to_path=lambda: forged(target="/a?b=1")._replace(target="/a%3Fb=1"),
        host=lambda: forged().put("host", "admin.example.com"),
        date=lambda: forged().put("x-amz-date", "20150830T123601Z"),
        content_type=lambda: forged().put("content-type", "text/plain"),
        header_added_to_signed=lambda: forged(headers=(JSON, ("X-A", "1"))).add(("X-A", "2")),
        headers_swapped=lambda: _swapped(forged(headers=(JSON, ("X-A", "1"), ("X-A", "2")))),
        body=lambda: forged()._replace(body=b'{"order": 8}'),
        body_removed=lambda: forged()._replace(body=b""),
        body_swapped_hash_kept=lambda: forged(headers=declared)._replace(body=b"other"),
        body_and_hash_swapped=lambda: (
            forged(headers=declared)._replace(body=b"other").put("x-amz-content-sha256", hashed(b"other"))
        ),
        link_method=lambda: link()._replace(method="DELETE"),
        link_path=lambda: _target(link(), "/v1/files/7", "/v1/files/8"),
    )


def _swapped(sent: Sent) -> Sent:
    others = [pair for pair in sent.headers if pair[0] != "X-A"]
    return sent._replace(headers=(*others, ("X-A", "2"), ("X-A", "1")))


def _target(sent: Sent, old: str, new: str) -> Sent:
    assert old in sent.target
    return sent._replace(target=sent.target.replace(old, new, 1))


def _signature() -> list[Case]:
    def ending(change: Callable[[str], str]) -> Callable[[], Sent]:
        def build() -> Sent:
            start, _, signature = forged().header("authorization").rpartition("=")
            return forged().put("authorization", f"{start}={change(signature)}")

        return build

    return [
        *_rows(
            "signature",
            "signature_malformed",
            short=ending(lambda text: text[:-1]),
            long=ending(lambda text: text + "0"),
            doubled=ending(lambda text: text * 2),
            not_hex=ending(lambda text: "g" + text[1:]),
            capitals=ending(lambda text: text.upper()),
            blank_inside=ending(lambda text: text[:32] + " " + text[33:]),
            prefix=ending(lambda text: "0x" + text[2:]),
        ),
        *_rows("signature", "authorization_malformed", empty=ending(lambda text: "")),
        *_rows(
            "signature",
            "authorization_malformed|signature_malformed",
            rubbish_behind=ending(lambda text: text + ", x=1"),
        ),
        *_rows(
            "signature",
            "authorization_malformed|algorithm_unsupported",
            full_width=ending(lambda text: "０" * 64),
            non_ascii=ending(lambda text: "é" * 64),
        ),
        *_rows(
            "signature",
            "signature_mismatch",
            zeros=ending(lambda text: "0" * 64),
            other=ending(lambda text: "0" + "f" * 63),
        ),
    ]


def _structure() -> list[Case]:
    return [
        *_rows(
            "structure",
            "credential_missing",
            none=lambda: forged().drop("authorization"),
            bearer=lambda: forged().put("authorization", "Bearer abc"),
            empty=lambda: forged().put("authorization", ""),
            basic=lambda: forged().put("authorization", "Basic QVdTOng="),
        ),
        *_rows(
            "structure",
            "algorithm_unsupported",
            other=lambda: forged().sub("SHA256", "SHA512"),
            in_small=lambda: forged().put(
                "authorization", forged().header("authorization").replace(sigv4.V4, sigv4.V4.lower())
            ),
            version_two=lambda: forged().put("authorization", "AWS AKID:c2ln"),
            v4a_unasked=lambda: forged().sub("SHA256", "SHA256x"),
            lone=lambda: forged().put("authorization", "AWS4"),
        ),
        *_rows(
            "structure",
            "authorization_malformed|field_missing",
            algorithm_alone=lambda: forged().put("authorization", sigv4.V4),
            no_credential=lambda: _fields(forged(), "SignedHeaders={1}, Signature={2}"),
            no_signed_headers=lambda: _fields(forged(), "Credential={0}, Signature={2}"),
            no_signature=lambda: _fields(forged(), "Credential={0}, SignedHeaders={1}"),
            credential_twice=lambda: _fields(
                forged(), "Credential={0}, Credential={0}, SignedHeaders={1}, Signature={2}"
            ),
            signature_twice=lambda: _fields(
                forged(), "Credential={0}, SignedHeaders={1}, Signature={2}, Signature={2}"
            ),
            unknown_field=lambda: _fields(forged(), "Credential={0}, SignedHeaders={1}, Signature={2}, Extra=1"),
            field_in_small=lambda: _fields(forged(), "credential={0}, SignedHeaders={1}, Signature={2}"),
            trailing_comma=lambda: _fields(forged(), "Credential={0}, SignedHeaders={1}, Signature={2},"),
            semicolons=lambda: _fields(forged(), "Credential={0}; SignedHeaders={1}; Signature={2}"),
        ),
        *_rows(
            "structure",
            "header_repeated",
            two_headers=lambda: forged().add(("Authorization", "Bearer abc")),
            two_the_same=lambda: forged().add(("authorization", forged().header("authorization"))),
        ),
        *_rows(
            "structure", "request_too_large", endless=lambda: forged().sub("Credential=", "Credential=" + "A" * 5000)
        ),
    ]


def _scope() -> list[Case]:
    end = "aws4_request"
    return [
        *_rows(
            "scope",
            "scope_malformed",
            four=lambda: forged(scope=f"20150830/{REGION}/{end}"),
            six=lambda: forged(scope=f"20150830/{REGION}/{SERVICE}/x/{end}"),
            no_region=lambda: forged(scope=f"20150830//{SERVICE}/{end}"),
            no_service=lambda: forged(scope=f"20150830/{REGION}//{end}"),
            no_key_id=lambda: forged(key_id=""),
            slash_in_key_id=lambda: forged(key_id="A/B"),
            odd_key_id=lambda: forged(key_id="A B"),
            only_key_id=lambda: forged().sub(f"/20150830/{REGION}/{SERVICE}/{end}", ""),
        ),
        *_rows(
            "scope",
            "scope_mismatch",
            other_region=lambda: forged(scope=f"20150830/us-east-1/{SERVICE}/{end}"),
            other_service=lambda: forged(scope=f"20150830/{REGION}/sts/{end}"),
            region_in_capitals=lambda: forged(scope=f"20150830/{REGION.upper()}/{SERVICE}/{end}"),
            yesterday=lambda: forged(scope=f"20150829/{REGION}/{SERVICE}/{end}"),
            short_day=lambda: forged(scope=f"2015083/{REGION}/{SERVICE}/{end}"),
            other_end=lambda: forged(scope=f"20150830/{REGION}/{SERVICE}/aws3_request"),
            link_elsewhere=lambda: link(scope=f"20150830/us-east-1/{SERVICE}/{end}"),
        ),
        *_rows(
            "scope",
            "key_not_found",
            unknown=lambda: forged(key_id="AKIDOTHER"),
            in_small=lambda: forged(key_id=KEY_ID.lower()),
        ),
        *_rows("scope", "signature_mismatch", other_secret=lambda: forged(secret="other")),
    ]


def _signed_headers() -> list[Case]:
    def named(text: str) -> Callable[[], Sent]:
        return lambda: forged().sub("SignedHeaders=content-type;host;x-amz-date", f"SignedHeaders={text}")

    return [
        *_rows(
            "signed headers",
            "header_unsigned",
            host=lambda: forged(names=("content-type", "x-amz-date")),
            date=lambda: forged(names=("content-type", "host")),
            content_type=lambda: forged(names=("host", "x-amz-date")),
            token=lambda: forged(**TEMPORARY).add(("X-Amz-Security-Token", TOKEN)),
            amz=lambda: forged().add(("X-Amz-Target", "Orders.Delete")),
            amz_in_link=lambda: link().add(("X-Amz-Meta-A", "1")),
            required=lambda: forged(
                names=("content-type", "host", "x-amz-date"), headers=(JSON, ("X-Tenant", "7"))
            ).ask(required_headers=["x-tenant"]),
        ),
        *_rows(
            "signed headers",
            "header_missing",
            absent=named("content-type;host;x-absent;x-amz-date"),
            required_absent=lambda: forged().ask(required_headers=["X-Tenant"]),
            host_absent=lambda: forged().drop("host"),
        ),
        *_rows(
            "signed headers",
            "signed_headers_malformed",
            unsorted=named("host;content-type;x-amz-date"),
            repeated=named("content-type;host;host;x-amz-date"),
            capitals=named("Content-Type;host;x-amz-date"),
            empty_entry=named("content-type;;host;x-amz-date"),
            trailing=named("content-type;host;x-amz-date;"),
            blank=named("content-type; host;x-amz-date"),
            itself=named("authorization;content-type;host;x-amz-date"),
            endless=named(";".join(f"a{number:04}" for number in range(300))),
        ),
        *_rows(
            "signed headers",
            "header_malformed",
            line_feed=lambda: forged().add(("X-A", "1\nHost: admin")),
            carriage_return=lambda: forged().put("content-type", "a\r\n b"),
            null=lambda: forged().add(("X-A", "\0")),
            name_with_line_feed=lambda: forged().add(("X-A\nB", "1")),
            no_name=lambda: forged().add(("", "1")),
            kelvin=lambda: forged().add(("X-Amz-Security-To\u212aen", TOKEN)),
            half_a_character=lambda: forged().add(("X-A", "\ud800")),
        ),
    ]


def _time() -> list[Case]:
    shapes = {
        "extended": "2015-08-30T12:36:00Z",
        "full_width": "２０１５０８３０T123600Z",
        "no_zone": "20150830T123600",
        "offset": "20150830T123600+00",
        "blank": "20150830 123600Z",
        "underscore": "2015083_T123600Z",
        "thirtieth_of_february": "20150230T123600Z",
        "hour_24": "20150830T240000Z",
        "second_60": "20150830T123660Z",
        "epoch": "1440938160",
        "rfc": "Sun, 30 Aug 2015 12:36:00 GMT",
    }
    return [
        *_rows(
            "time", "signature_expired", late=lambda: forged(at=AT + 301), a_year=lambda: forged(at=AT + 31_536_000)
        ),
        *_rows(
            "time",
            "signature_not_yet_valid",
            early=lambda: forged(at=AT - 301),
            before=lambda: forged(at=AT - 31_536_000),
        ),
        *_rows(
            "time",
            "date_malformed",
            **{name: lambda date=date: forged(date=date, scope=_today()) for name, date in shapes.items()},
        ),
        *_rows("time", "date_missing", none=lambda: forged(date=None), empty=lambda: forged(date="", scope=_today())),
        *_rows("time", "header_repeated", two=lambda: forged().add(("X-Amz-Date", DATE))),
        *_rows("time", "signature_replayed", again=_replayed),
    ]


def _today() -> str:
    return f"20150830/{REGION}/{SERVICE}/aws4_request"


def _replayed() -> Sent:
    sent = forged(replay=MemoryReplay(clock=lambda: AT))
    sent.verify()
    return sent


def _presigned() -> list[Case]:
    def without(name: str) -> Callable[[], Sent]:
        def build() -> Sent:
            path, _, query = link().target.partition("?")
            parts = [part for part in query.split("&") if not part.startswith(name + "=")]
            return link()._replace(target=f"{path}?{'&'.join(parts)}")

        return build

    odd = {"zero": "0", "negative": "-1", "blank": " 900", "plus": "+900", "full_width": "９００", "underscore": "9_00"}
    odd |= {"ten_years": "315360000", "too_long": "604801", "empty": "", "fraction": "9.5", "leading_zero": "0900"}
    needed = ("Algorithm", "Credential", "Date", "SignedHeaders", "Signature", "Expires")
    return [
        *_rows("presigned", "signature_expired", one_second_late=lambda: link(at=AT + 901)),
        *_rows("presigned", "signature_not_yet_valid", an_hour_early=lambda: link(at=AT - 3600)),
        *_rows(
            "presigned",
            "expires_malformed",
            **{name: lambda text=text: link(expires=text) for name, text in odd.items()},
        ),
        *_rows("presigned", "expires_too_long", policy=lambda: link().ask(longest_expiry=600)),
        *_rows("presigned", "field_missing", **{f"no_{each.lower()}": without(f"X-Amz-{each}") for each in needed}),
        *_rows("presigned", "field_missing", unsigned_expiry=lambda: link(expires=None)),
        *_rows(
            "presigned",
            "parameter_repeated",
            expires_twice=lambda: _target(link(), "&X-Amz-Expires", "&X-Amz-Expires=60&X-Amz-Expires"),
            signature_twice=lambda: link()._replace(target=link().target + "&X-Amz-Signature=" + "0" * 64),
        ),
        *_rows(
            "presigned",
            "signature_mismatch",
            raised=lambda: _target(link(), "X-Amz-Expires=900", "X-Amz-Expires=9000"),
            trailing=lambda: link()._replace(target=link().target + "&admin=1"),
            date=lambda: _target(link(), DATE, "20150830T123601Z"),
        ),
        *_rows(
            "presigned",
            "query_malformed",
            lower_case=lambda: _target(link(), "X-Amz-Expires", "x-amz-expires"),
            region_set=lambda: link(extra=(("X-Amz-Region-Set", REGION),)),
            empty_parameter=lambda: link()._replace(target=link().target + "&"),
        ),
        *_rows("presigned", "header_unsigned", host=lambda: link(names=("x-a",), headers=(("X-A", "1"),))),
        *_rows("presigned", "mechanism_not_allowed", unasked=lambda: link().ask(mechanisms=["header"])),
        *_rows("presigned", "algorithm_unsupported", other=lambda: _target(link(), sigv4.V4, "AWS4-HMAC-SHA1")),
        *_rows("presigned", "signature_malformed", short=lambda: link()._replace(target=link().target[:-1])),
    ]


def _mixed() -> list[Case]:
    both = link().target.partition("?")[2]
    return [
        *_rows(
            "mixed",
            "mechanism_ambiguous",
            both=lambda: forged()._replace(target=f"{TARGET}&{both}"),
            bearer_beside=lambda: link().add(("Authorization", "Bearer abc")),
            token_beside=lambda: forged(
                target=f"{TARGET}&X-Amz-Security-Token={TOKEN.replace('/', '%2F').replace('=', '%3D')}"
            ),
            token_header=lambda: link(
                headers=(("X-Amz-Security-Token", TOKEN),), names=("host", "x-amz-security-token"), **TEMPORARY
            ),
        ),
        *_rows(
            "mixed",
            "field_missing",
            lone_algorithm=lambda: Sent("GET", f"/?X-Amz-Algorithm={sigv4.V4}", (("Host", HOST),), b""),
            credential_alone=lambda: Sent("GET", f"/?X-Amz-Credential={KEY_ID}", (("Host", HOST),), b""),
        ),
        *_rows(
            "mixed", "credential_missing", other_amz=lambda: Sent("GET", "/?X-Amz-Target=a", (("Host", HOST),), b"")
        ),
    ]


def _payload() -> list[Case]:
    def declaring(text: str, **more: Any) -> Callable[[], Sent]:
        return lambda: forged(headers=(JSON, ("X-Amz-Content-Sha256", text)), payload_hash=text, **more)

    unsigned = sigv4.UNSIGNED_PAYLOAD
    return [
        *_rows(
            "payload",
            "payload_not_allowed",
            unsigned=declaring(unsigned),
            streaming=declaring("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            streaming_trailer=declaring("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
            streaming_unsigned=declaring("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            unsigned_link=lambda: link(payload_hash=unsigned, extra=(("X-Amz-Content-Sha256", unsigned),)),
            streaming_where_unsigned_is=lambda: declaring("STREAMING-UNSIGNED-PAYLOAD-TRAILER")().ask(
                payloads=["unsigned"]
            ),
        ),
        *_rows("payload", ACCEPTED, unsigned_allowed=lambda: declaring(unsigned)().ask(payloads=["unsigned"])),
        *_rows("payload", "header_unsigned", slipped_in=lambda: forged().add(("X-Amz-Content-Sha256", unsigned))),
        *_rows("payload", "signature_mismatch", without_a_header=lambda: forged(payload_hash=unsigned)),
        *_rows(
            "payload",
            "payload_malformed",
            capitals=declaring(hashed(BODY).upper()),
            short=declaring("0" * 63),
            empty=declaring(""),
            other_words=declaring("unsigned-payload"),
        ),
        *_rows(
            "payload",
            "payload_unavailable",
            nothing_known=lambda: forged()._replace(body=None),
            declared_unasked=lambda: declaring(hashed(BODY))()._replace(body=None),
            empty_unasked=lambda: forged(body=b"")._replace(body=None).ask(payloads=["declared"]),
        ),
        *_rows("payload", "signature_mismatch", not_empty=lambda: forged()._replace(body=None).ask(payloads=["empty"])),
        *_rows("payload", "payload_mismatch", other_body=lambda: declaring(hashed(b"other"))()),
        *_rows(
            "payload",
            "parameter_repeated",
            twice_in_link=lambda: link(
                extra=(("X-Amz-Content-Sha256", hashed(b"")), ("X-Amz-Content-Sha256", hashed(b"")))
            ),
        ),
    ]


def _token() -> list[Case]:
    def bearing(text: str, **more: Any) -> Callable[[], Sent]:
        return lambda: forged(headers=(JSON, ("X-Amz-Security-Token", text)), **more)

    return [
        *_rows(
            "token",
            "token_mismatch",
            missing=lambda: forged(**TEMPORARY),
            other=bearing(TOKEN + "x", **TEMPORARY),
            on_a_lasting_key=bearing(TOKEN),
            missing_in_link=lambda: link(**TEMPORARY),
            empty=bearing("", **TEMPORARY),
            no_text=lambda: bearing("PLACE", **TEMPORARY)().put("x-amz-security-token", b"\x80\xff"),
            no_text_in_link=lambda: _target(link(extra=(("X-Amz-Security-Token", "PLACE"),)), "PLACE", "%80"),
        ),
        *_rows(
            "token",
            "header_unsigned|signature_mismatch",
            appended=lambda: forged(**TEMPORARY).add(("X-Amz-Security-Token", TOKEN)),
            appended_to_link=lambda: _appended(link(**TEMPORARY)),
        ),
        *_rows("token", ACCEPTED, unsigned_allowed=lambda: _appended(link(**TEMPORARY)).ask(token="unsigned")),
        *_rows(
            "token",
            ACCEPTED,
            unsigned_header_allowed=lambda: (
                forged(**TEMPORARY).add(("X-Amz-Security-Token", TOKEN)).ask(token="unsigned")
            ),
        ),
    ]


def _appended(sent: Sent) -> Sent:
    return sent._replace(target=sent.target + "&X-Amz-Security-Token=" + TOKEN.replace("/", "%2F").replace("=", "%3D"))


def _canonicalisation() -> list[Case]:
    return [
        *_rows(
            "canonicalisation",
            "path_not_normal",
            dots=lambda: forged(target="/v1/x/../admin"),
            dot=lambda: forged(target="/v1/./admin"),
            last_dot=lambda: forged(target="/v1/admin/."),
            doubled_slash=lambda: forged(target="//v1/admin"),
            swapped_for_dots=lambda: forged(target="/admin")._replace(target="/x/../admin"),
        ),
        *_rows(
            "canonicalisation",
            ACCEPTED,
            dots_allowed=lambda: forged(target="/v1/x/../admin//").ask(normal_paths=False),
            small_escape=lambda: forged(target="/v1/%2f"),
            needless_escape=lambda: forged(target="/v1/%41"),
            plus_in_path=lambda: forged(target="/v1/a+b"),
            semicolon=lambda: forged(target="/;a=1?a=1%3Bb=2"),
        ),
        *_rows(
            "canonicalisation",
            "path_malformed",
            above_root=lambda: forged(target="/../admin").ask(normal_paths=False),
            broken=lambda: forged(target="/%zz"),
            cut=lambda: forged(target="/a%2"),
        ),
        *_rows(
            "canonicalisation",
            "signature_mismatch",
            slash=lambda: forged(target="/a/b")._replace(target="/a%2Fb"),
            escape=lambda: forged(target="/a%2Fb")._replace(target="/a%2fb"),
            decoded=lambda: forged(target="/%41")._replace(target="/A"),
        ),
        *_rows(
            "canonicalisation",
            "query_malformed",
            plus=lambda: forged(target="/?q=a%20b")._replace(target="/?q=a+b"),
            semicolon_in_query=lambda: forged(target="/?a=1%3Badmin%3D1")._replace(target="/?a=1;admin=1"),
            small_escape_in_query=lambda: forged(target="/?q=%2F")._replace(target="/?q=%2f"),
            needless_in_query=lambda: forged(target="/?q=A")._replace(target="/?q=%41"),
            broken_in_query=lambda: forged(target="/?q=1")._replace(target="/?q=%zz"),
            cut_in_query=lambda: forged(target="/?q=1")._replace(target="/?q=1%"),
            no_name=lambda: forged(target="/?a=1")._replace(target="/?=1"),
        ),
        *_rows(
            "canonicalisation",
            "url_malformed",
            fragment=lambda: forged(target="/a")._replace(target="/a#b"),
            null=lambda: forged(target="/a")._replace(target="/a\0"),
            blank=lambda: forged(target="/a")._replace(target="/a b"),
            non_ascii=lambda: forged(target="/a")._replace(target="/é"),
            surrogate=lambda: forged(target="/a")._replace(target="/\ud800"),
            no_slash=lambda: forged(target="/a")._replace(target="a"),
            other_scheme=lambda: forged(target="/a")._replace(target="ftp://h/a"),
            empty=lambda: forged(target="/")._replace(target=""),
        ),
        *_rows(
            "canonicalisation",
            "host_mismatch",
            other_host=lambda: forged()._replace(target=f"https://other.example{TARGET}"),
        ),
        *_rows("canonicalisation", "method_malformed", method=lambda: forged()._replace(method="PO ST")),
        *_rows(
            "canonicalisation",
            "request_too_large",
            header=lambda: forged().add(("X-A", "a" * 65_536)),
            header_in_bytes=lambda: forged().add(("X-A", b"a" * 65_536)),
            headers=lambda: forged().add(*[(f"X-{number}", "") for number in range(300)]),
            parameters=lambda: forged()._replace(target="/?" + "&".join("a" * 600)),
            url=lambda: forged()._replace(target="/" + "a" * 20_000),
        ),
    ]
