"""RFC 9449 4.3, item by item: each has a proof that is good but for it."""

from __future__ import annotations

import hashlib
import itertools
import unittest
from typing import Any

from counterfoil_verifier import Refusal, Request
from counterfoil_verifier.dpop import LENGTH_MAX, SHARE_MAX, Possession, ReplayWindow
from counterfoil_verifier.keys import parse_jwk
from counterfoil_verifier.strict import canonical, encode_url
from counterfoil_verifier.token import Token
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

NOW = 1_800_000_000
TOKEN = "header.payload.signature"
COUNT = itertools.count()


def new_key() -> tuple[ec.EllipticCurvePrivateKey, dict[str, Any]]:
    key = ec.generate_private_key(ec.SECP256R1())
    at = key.public_key().public_numbers()
    return key, {"crv": "P-256", "kty": "EC", "x": encode_url(at.x.to_bytes(32, "big")), "y": encode_url(at.y.to_bytes(32, "big"))}


KEY, JWK = new_key()
THUMBPRINT = parse_jwk(JWK).thumbprint


def proof(key: ec.EllipticCurvePrivateKey = KEY, header: dict[str, Any] | None = None, **change: Any) -> str:
    claims = {"jti": f"p{next(COUNT)}", "htm": "GET", "htu": "https://MAIL.example:443/a/../inbox", "iat": NOW}
    claims |= {"ath": encode_url(hashlib.sha256(TOKEN.encode()).digest())} | change
    named = {"alg": "ES256", "typ": "dpop+jwt", "jwk": JWK} | (header or {})
    parts = [encode_url(canonical({name: v for name, v in part.items() if v is not None})) for part in (named, claims)]
    r, s = decode_dss_signature(key.sign(".".join(parts).encode(), ec.ECDSA(SHA256())))
    return ".".join([*parts, encode_url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))])


def token(cnf: dict[str, Any] | None) -> Token:
    return Token("ES256", "k", "at+jwt", {} if cnf is None else {"cnf": cnf}, [], 0, 0, 0, None, b"", b"")


class PossessionTest(unittest.TestCase):
    def code(self, possession: Possession, cnf: dict[str, Any] | None, binding: Any = "bearer-allowed", **request: Any) -> str:
        came = {"method": "GET", "url": "https://mail.example/inbox?page=2"} | request
        try:
            possession.require(TOKEN, token(cnf), binding, Request(**came))
        except Refusal as refusal:
            return refusal.code
        return "held"

    def test_a_proof_counts_for_its_request_its_token_and_its_key_once(self) -> None:
        started = Possession(lambda: NOW - 30, ReplayWindow())
        started._now = lambda: NOW
        bound = {"jkt": THUMBPRINT}
        used = proof()
        self.assertEqual(self.code(started, bound, dpop=used), "held")
        other, other_jwk = new_key()
        table = {
            "used": used,
            "another method": proof(htm="POST"),
            "another path": proof(htu="https://mail.example/outbox"),
            "another host": proof(htu="https://mail.example.org/inbox"),
            "plain HTTP": proof(htu="http://mail.example/inbox"),
            "a user": proof(htu="https://ann@mail.example/inbox"),
            "no URI": proof(htu="https://[::"),
            "too old": proof(iat=NOW - 61),
            "before the start": proof(iat=NOW - 31),
            "from the future": proof(iat=NOW + 61),
            "another token": proof(ath="another"),
            "no token": proof(ath=None),
            "no name": proof(jti=""),
            "another type": proof(header={"typ": "jwt"}),
            "another key": proof(other, {"jwk": other_jwk}),
            "another signer": proof(other),
            "another algorithm": proof(header={"alg": "EdDSA"}),
            "no algorithm of proofs": proof(header={"alg": "RS256"}),
            "a critical header": proof(header={"crit": ["x"]}),
            "a private key": proof(header={"jwk": JWK | {"d": JWK["x"]}}),
            "nonsense": "nonsense",
            "too long": proof() + "A" * LENGTH_MAX,
        }
        for name, sent in table.items():
            with self.subTest(name):
                self.assertEqual(self.code(started, bound, dpop=sent), "binding-invalid")
        self.assertEqual(self.code(started, bound), "binding-missing")
        self.assertEqual(self.code(started, bound, dpop=proof(), url=None), "binding-missing")
        self.assertEqual(self.code(started, bound, dpop=proof()), "held")

    def test_a_token_is_bound_as_the_service_wants_it(self) -> None:
        possession = Possession(lambda: NOW, ReplayWindow())
        certificate = {"x5t#S256": "abc"}
        self.assertEqual(self.code(possession, None), "held")
        self.assertEqual(self.code(possession, None, "required"), "binding-missing")
        for unknown in ({}, {"kid": "k"}, {"jkt": THUMBPRINT, "kid": "k"}):
            self.assertEqual(self.code(possession, unknown, dpop=proof()), "binding-missing")
        self.assertEqual(self.code(possession, certificate), "binding-missing")
        self.assertEqual(self.code(possession, certificate, certificate="abd"), "binding-invalid")
        self.assertEqual(self.code(possession, certificate, "required", certificate="abc"), "held")

    def test_one_key_that_floods_shuts_out_itself(self) -> None:
        window = ReplayWindow()
        taken = next(i for i in itertools.count() if window.take("flood", f"f{i}", NOW, NOW + 61) != "first")
        self.assertEqual(taken, SHARE_MAX)
        self.assertEqual(window.take("other", "o", NOW, NOW + 61), "first")
        self.assertEqual(window.take("other", "o", NOW, NOW + 61), "repeated")
        self.assertEqual(window.take("flood", "later", NOW + 62, NOW + 123), "first")
        # The clock goes back: what was forgotten does not come back.
        self.assertEqual(window.take("other", "o", NOW, NOW + 61), "unknown")


if __name__ == "__main__":
    unittest.main()
