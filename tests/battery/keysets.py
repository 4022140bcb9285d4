"""Section C: keys and what a key set holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa

from authkit.keys.keyset import KeySet
from tests.battery import numbers
from tests.battery.case import ACCEPTED, Attempt, Case, deed, misconfigured, token
from tests.battery.header import EVERY, with_mac
from tests.battery.numbers import Numbers, octets
from tests.battery.world import World
from tests.support.tokens import b64, unb64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Jwk = dict[str, Any]
P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1


def beside(row: str, name: str, code: str, make: Callable[[World], Jwk], *, alg: str = "ES256") -> Iterator[Case]:
    """Return two cases of a key beside a good one: a token that names it has this code, one of the good key passes."""

    def named(world: World) -> Attempt:
        made, good = {"kid": "odd", **make(world)}, world.signer()
        maker = world.signer(alg, kid="odd")
        return world.attempt(maker.raw(maker.header(kid=made["kid"]), world.claims()), made, good, algorithms=EVERY)

    def other(world: World) -> Attempt:
        return world.attempt(world.good(), {"kid": "odd", **make(world)}, world.signer(), algorithms=EVERY)

    yield token(row, name, code, named)
    yield token(row, f"{name}-and-the-good-key-works", "accepted", other)


def truly_signed(row: str, name: str, code: str, make: Callable[[World], Numbers]) -> Case:
    """Return a case of an RSA key of these numbers beside a good key, with a token that it truly signed."""

    def build(world: World) -> Attempt:
        made = world.keep(name, lambda: make(world))
        header = b64(json.dumps({"alg": "RS256", "kid": made.kid, "typ": "at+jwt"}).encode())
        signed = f"{header}.{b64(world.claims_text())}"
        return world.attempt(f"{signed}.{b64(made.sign(signed.encode()))}", made.jwk, world.signer(kid="other"))

    return token(row, name, code, build)


def _generated(bits: int, e: int = 65537) -> Callable[[World], Numbers]:
    return lambda world: numbers.of(rsa.generate_private_key(e, bits), "odd", e)


def _exponent(e: int) -> Callable[[World], Numbers]:
    return lambda world: numbers.of(world.signer("RS256").private, "odd", e)


def _bare_exponent(e: int) -> Callable[[World], Numbers]:
    """With e = 1 the padded block is its own signature: anybody can make one."""

    def make(world: World) -> Numbers:
        return numbers.of(world.signer("RS256").private, "odd")._replace(e=e, d=1)

    return make


def _rsa(**changes: Any) -> Callable[[World], Jwk]:
    return lambda world: {
        **world.signer("RS256").jwk,
        "kid": "odd",
        **{k: v for k, v in changes.items() if v is not ...},
    }


def rsa_keys() -> Iterator[Case]:
    for bits in (1024, 1536, 2040):
        yield truly_signed("C1", f"truly-signed-by-{bits}-bits", "weak_key", _generated(bits))
    for bits in (8, 512, 2047):
        yield from beside("C1", f"{bits}-bits", "weak_key", _modulus(2 ** (bits - 1) + 1), alg="RS256")
    yield truly_signed("C1", "truly-signed-by-2048-bits", "accepted", _generated(2048))
    yield truly_signed("C1", "truly-signed-by-3072-bits", "accepted", _generated(3072))
    for bits in (8193, 8200, 16_384, 131_072):
        yield from beside("C1", f"{bits}-bits", "invalid_key", _modulus(2 ** (bits - 1) + 1), alg="RS256")
    yield truly_signed("C2", "e-1-forged", "weak_key", _bare_exponent(1))
    yield truly_signed("C2", "e-0-forged", "weak_key", _bare_exponent(0))
    for name, e in {"2": 2, "4": 4, "65536": 65536, "huge-and-even": 2**40}.items():
        yield from beside("C2", f"e-{name}", "weak_key", _rsa(e=octets(e)), alg="RS256")
    for name, e in {
        "two-to-the-32-and-more": 2**32 + 15,
        "two-to-the-64-and-more": 2**64 + 13,
        "of-2000-bits": 2**2000 + 1,
    }.items():
        yield truly_signed("C2", f"e-{name}", "weak_key", _exponent(e))
    yield truly_signed("C2", "e-3", "accepted", _exponent(3))
    yield truly_signed("C2", "e-of-32-bits", "accepted", _exponent(2**32 - 999))
    bad = "invalid_key"
    texts = {
        "missing": None, "empty": "", "int": 5, "negative": -5, "list": [], "true": True, "padded": "AQAB=", "spare-bits": "AQAC", "standard": "AQ+B",
        "blank": "AQ AB", "hex": "0x10001", "non-ascii": "AQÄB", "cut": "AQABA",
    }  # fmt: skip
    for name, value in texts.items():
        code = f"{bad}|weak_key" if name in ("spare-bits", "empty") else bad
        if name != "spare-bits":
            yield from beside("C2", f"e-{name}", code, _rsa(e=value), alg="RS256")
            yield from beside("C2", f"n-{name}", f"{bad}|weak_key", _rsa(n=value), alg="RS256")
    yield from beside("C2", "n-zero", "weak_key|invalid_key", _rsa(n="AA"), alg="RS256")
    yield from beside("C2", "n-even", bad, _modulus(2**2047 + 2), alg="RS256")
    yield from beside("C2", "n-with-spare-bits", bad, _changed_n(lambda n: n[:-1] + chr(ord(n[-1]) + 1)), alg="RS256")
    yield from beside("C2", "n-with-two-signs", bad, _changed_n(lambda n: n + "=="), alg="RS256")
    yield from beside("C2", "n-in-lines", bad, _changed_n(lambda n: n[:64] + "\n" + n[64:]), alg="RS256")
    yield token("C2", "n-with-leading-zeros", "accepted", lambda world: _with_zeros(world, "n"), portable=False)
    yield token("C2", "e-with-leading-zeros", "accepted", lambda world: _with_zeros(world, "e"), portable=False)
    yield truly_signed("C3", "roca-truly-signed", "weak_key", lambda world: numbers.roca("odd"))
    yield deed("C3", "no-fresh-key-is-taken-for-one", "30 of 30", _not_roca)


def _modulus(n: int) -> Callable[[World], Jwk]:
    return _rsa(n=octets(n))


def _changed_n(change: Callable[[str], str]) -> Callable[[World], Jwk]:
    return lambda world: {**world.signer("RS256", kid="odd").jwk, "n": change(world.signer("RS256").jwk["n"])}


def _with_zeros(world: World, name: str) -> Attempt:
    key = world.signer("RS256")
    return world.attempt(world.good(key), {**key.jwk, name: b64(b"\0\0\0" + unb64(key.jwk[name]))})


def _not_roca(world: World) -> str:
    """Moduli of the ordinary kind, by their residues: no prime of them is needed."""
    import secrets

    made = [
        {"kty": "RSA", "kid": str(i), "e": "AQAB", "n": octets(secrets.randbits(2048) | 1 << 2047 | 1)}
        for i in range(30)
    ]
    return f"{len(KeySet({'keys': made}).keys)} of 30"


def _ec(alg: str = "ES256", /, **changes: Any) -> Callable[[World], Jwk]:
    return lambda world: {k: v for k, v in {**world.signer(alg).jwk, "kid": "odd", **changes}.items() if v is not ...}


def _part(change: Callable[[bytes], bytes], alg: str = "ES256", name: str = "x") -> Callable[[World], Jwk]:
    def make(world: World) -> Jwk:
        jwk = world.signer(alg).jwk
        return {**jwk, "kid": "odd", name: b64(change(unb64(jwk[name])))}

    return make


def curves() -> Iterator[Case]:
    bad, unfit = "invalid_key", "key_alg_mismatch"
    yield from beside("C4", "not-on-the-curve", bad, _part(lambda x: x[:-1] + bytes([x[-1] ^ 1])))
    yield from beside("C4", "infinity", bad, _ec(x=b64(bytes(32)), y=b64(bytes(32))))
    yield from beside("C4", "point-one-one", bad, _ec(x=b64(b"\1".rjust(32, b"\0")), y=b64(b"\1".rjust(32, b"\0"))))
    yield from beside(
        "C4", "y-of-another-key", bad, lambda w: {**w.signer().jwk, "kid": "odd", "y": w.attacker().jwk["y"]}
    )
    yield from beside(
        "C4", "x-beyond-the-field", bad, lambda w: {**w.signer().jwk, "kid": "odd", "x": octets(P256 + 1)}
    )
    for name in ("x", "y"):
        yield from beside("C4", f"{name}-a-byte-short", bad, _part(lambda x: x[1:], name=name))
        yield from beside("C4", f"{name}-a-zero-more", bad, _part(lambda x: b"\0" + x, name=name))
        yield from beside("C4", f"{name}-empty", bad, _ec(**{name: ""}))
        yield from beside("C4", f"{name}-missing", bad, _ec(**{name: ...}))
        yield from beside("C4", f"{name}-int", bad, _ec(**{name: 5}))
        yield from beside(
            "C4", f"{name}-padded", bad, lambda w, n=name: {**w.signer().jwk, "kid": "odd", n: w.signer().jwk[n] + "="}
        )
    yield from beside(
        "C4",
        "x-of-p521-with-leading-zero-cut",
        bad,
        _part(lambda x: x.lstrip(b"\0") if x[0] == 0 else x[1:], "ES512"),
        alg="ES512",
    )
    for crv in ("P-384", "P-521", "secp256k1", "Ed25519"):
        yield from beside("C4", f"p256-point-called-{crv}", f"{bad}|{unfit}", _ec(crv=crv))
    for name, crv in {
        "missing": ...,
        "null": None,
        "int": 256,
        "list": ["P-256"],
        "lower-case": "p-256",
        "oid": "1.2.840.10045.3.1.7",
        "prime256v1": "prime256v1",
    }.items():
        yield from beside("C4", f"crv-{name}", bad, _ec(crv=crv))
    for kind, alg in (("ES384", "ES256"), ("ES256", "ES384"), ("ES256K", "ES256"), ("ES512", "ES384")):
        yield from beside("C4", f"key-of-{kind}-says-{alg}", unfit, _ec(kind, alg=alg))
    yield from beside("C4", "p256-for-es384", unfit, _ec(), alg="ES384")
    yield from beside("C4", "secp256k1-for-es256", unfit, _ec("ES256K"))
    for crv in ("X25519", "X448"):
        yield from beside("C5", crv, f"{bad}|{unfit}", _ec("EdDSA", crv=crv), alg="EdDSA")
    yield from beside("C5", "ed448-under-ed25519", unfit, _ec("Ed448"), alg="Ed25519")
    yield from beside("C5", "ed25519-under-ed448", unfit, _ec("Ed25519"), alg="Ed448")
    yield from beside("C5", "ed448-called-ed25519", bad, _ec("Ed448", crv="Ed25519"), alg="EdDSA")
    yield from beside("C5", "ed25519-says-ed448", unfit, _ec("Ed25519", alg="Ed448"), alg="EdDSA")
    yield from beside("C5", "ed25519-a-byte-short", bad, _part(lambda x: x[1:], "EdDSA"), alg="EdDSA")
    yield from beside("C5", "ed25519-a-byte-long", bad, _part(lambda x: x + b"\0", "EdDSA"), alg="EdDSA")
    for alg, header in (("Ed25519", "EdDSA"), ("Ed25519", "Ed25519"), ("Ed448", "EdDSA"), ("Ed448", "Ed448")):
        for pinned in ("EdDSA", alg, ...):
            name = f"{alg}-as-{header}-pinned-{'not' if pinned is ... else pinned}"
            yield token("C5", name, ACCEPTED, _edwards(alg, header, pinned), portable=False)


def _edwards(kind: str, header: str, pinned: Any) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        key = world.signer(kind, **({} if pinned is ... else {"alg": pinned}))
        return world.attempt(key.raw(key.header(alg=header), world.claims()), key, algorithms=EVERY)

    return build


def members() -> Iterator[Case]:
    bad, use = "invalid_key", "key_use_mismatch"
    rsa_members: Callable[[World], Jwk] = lambda w: {k: v for k, v in w.signer("RS256").jwk.items() if k in ("n", "e")}
    yield from beside("C6", "ec-with-rsa-members", bad, lambda w: {"kty": "EC", "crv": "P-256", **rsa_members(w)})
    yield from beside(
        "C6", "rsa-with-ec-members", bad, lambda w: {**w.signer().jwk, "kty": "RSA", "kid": "odd"}, alg="RS256"
    )
    yield from beside(
        "C6", "okp-with-ec-members", bad, lambda w: {**w.signer().jwk, "kty": "OKP", "kid": "odd"}, alg="EdDSA"
    )
    yield from beside(
        "C6", "ec-with-an-edwards-curve", bad, lambda w: {**w.signer("EdDSA").jwk, "kty": "EC", "kid": "odd"}
    )
    yield from beside("C6", "oct-with-rsa-members", bad, lambda w: {"kty": "oct", **rsa_members(w)}, alg="RS256")
    for name, kty in {
        "missing": ...,
        "null": None,
        "lower-case": "ec",
        "int": 1,
        "list": ["EC"],
        "empty": "",
        "object": {},
    }.items():
        yield from beside("C6", f"kty-{name}", bad, _ec(kty=kty))
    for name, given in {
        "enc": {"use": "enc"}, "upper-case": {"use": "SIG"}, "empty": {"use": ""}, "list": {"use": ["sig"]}, "null": {"use": None}, "int": {"use": 1},
        "no-verify": {"key_ops": ["encrypt"]}, "sign-only": {"key_ops": ["sign"]}, "empty-ops": {"key_ops": []}, "ops-as-text": {"key_ops": "verify"},
        "ops-null": {"key_ops": None}, "ops-object": {"key_ops": {"verify": 1}}, "sig-but-encrypts": {"use": "sig", "key_ops": ["encrypt", "wrapKey"]},
        "enc-but-verifies": {"use": "enc", "key_ops": ["verify"]}, "ops-nested": {"key_ops": [["verify"]]}, "ops-upper-case": {"key_ops": ["VERIFY"]},
    }.items():  # fmt: skip
        yield from beside("C7", name, use, _ec(**given))
    for name, given in {
        "sig": {"use": "sig"},
        "verify": {"key_ops": ["verify"]},
        "both": {"use": "sig", "key_ops": ["sign", "verify"]},
    }.items():
        yield token("C7", f"taken-{name}", ACCEPTED, lambda w, given=given: w.attempt(w.good(), w.signer(**given)))
    for alg in ("HS256", "RS256", "ES256"):
        yield token(
            "C8",
            f"oct-beside-a-good-key-{alg}",
            "alg_not_allowed" if alg == "HS256" else bad,
            lambda w, a=alg: _oct(w, a, "odd"),
        )
    yield token("C8", "oct-shadows-a-good-key", ACCEPTED, lambda w: w.attempt(w.good(), _secret_jwk("k1"), w.signer()))
    yield token("C8", "oct-shadows-a-good-key-hmac", "alg_not_allowed", lambda w: _oct(w, "HS256", "k1"))
    yield misconfigured(
        "C8", "nothing-but-oct", jwks={"keys": [{"kty": "oct", "k": b64(bytes(range(32))), "kid": "k1"}]}
    )
    yield misconfigured(
        "C8",
        "oct-for-hmac",
        jwks={"keys": [{"kty": "oct", "k": b64(bytes(range(32))), "kid": "k1"}]},
        algorithms=["HS256"],
    )
    for name in ("d", "p", "q", "dp", "dq", "qi", "oth"):
        yield from beside("C9", f"rsa-{name}", bad, _rsa(**{name: "AQAB"}), alg="RS256")
        yield from beside(
            "C9",
            f"rsa-{name}-null",
            bad,
            lambda w, n=name: {**w.signer("RS256").jwk, "kid": "odd", n: None},
            alg="RS256",
        )
    yield from beside("C9", "rsa-all-of-it", bad, _private_rsa, alg="RS256")
    yield from beside("C9", "ec-d", bad, _ec(d=b64(bytes(range(32)))))
    yield from beside("C9", "okp-d", bad, _ec("EdDSA", d=b64(bytes(range(32)))), alg="EdDSA")


def _secret_jwk(kid: str, **more: Any) -> Jwk:
    return {"kty": "oct", "kid": kid, "k": b64(bytes(range(32))), **more}


def _oct(world: World, alg: str, kid: str, **more: Any) -> Attempt:
    made = _secret_jwk(kid, **more)
    if alg == "HS256":
        return world.attempt(with_mac(world, alg, bytes(range(32)), kid=kid), made, world.signer("RS256"))
    key = world.signer(alg, kid=kid)
    return world.attempt(world.good(key), made, world.signer(kid="other"))


def _private_rsa(world: World) -> Jwk:
    from jwt.algorithms import RSAAlgorithm

    return {**RSAAlgorithm.to_jwk(world.signer("RS256").private, as_dict=True), "kid": "odd"}


def cases() -> Iterator[Case]:
    """Return the cases of C1 to C9; those of C10 to C18 are in `keyset_documents`."""
    for part in (rsa_keys, curves, members):
        yield from part()
