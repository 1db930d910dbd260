"""Public keys, and what they sign."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from .strict import FormatError, allow_only, base64_url, canonical, encode_url, strict_object, text
from .weakkeys import require_owned_ed25519, require_owned_ml_dsa_44, require_owned_rsa, require_unknown

try:  # cryptography 47 and later, where its OpenSSL has it
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:
    mldsa = None  # type: ignore[assignment]

ES256, RS256, EDDSA, ML_DSA_44 = "ES256", "RS256", "EdDSA", "ML-DSA-44"
ALGORITHMS = (ES256, RS256, EDDSA, ML_DSA_44)
ENTRY_MAX = 65_535
HEADER_VALUES_MAX = 16
RSA_EXPONENT = 65_537
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def is_signed_ed25519(raw: bytes, message: bytes, signature: bytes) -> bool:
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True)
class PublicKey:
    """A key of one algorithm; `platform` is None where the platform lacks that."""

    alg: str
    thumbprint: str
    raw: bytes
    platform: Any

    def refusal(self, signing_input: bytes, signature: bytes) -> str | None:
        """What is wrong with a signature of a token: a code, or nothing."""
        if self.platform is None:
            return "algorithm-unavailable"
        second_spelling = False
        try:
            if self.alg == ES256:
                if len(signature) != 64:
                    return "signature"
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                if not (0 < r < P256_ORDER and 0 < s < P256_ORDER):
                    return "signature"
                second_spelling = s > P256_ORDER // 2
                self.platform.verify(encode_dss_signature(r, s), signing_input, ec.ECDSA(SHA256()))
            elif self.alg == RS256:
                if len(signature) != (self.platform.key_size + 7) // 8:
                    return "signature"
                self.platform.verify(signature, signing_input, padding.PKCS1v15(), SHA256())
            else:
                self.platform.verify(signature, signing_input)
        except (InvalidSignature, ValueError):
            return "signature"
        return "signature-high-s" if second_spelling else None


def parse_jwk(jwk: dict[str, Any]) -> PublicKey:
    """A JWK with exactly the members of its thumbprint (spec/keys.md, Algorithms)."""
    kind = text(jwk, "kty")
    platform: Any
    raw = b""
    if kind == "EC":
        allow_only(jwk, "kty", "crv", "x", "y")
        x, y = base64_url(text(jwk, "x")), base64_url(text(jwk, "y"))
        if text(jwk, "crv") != "P-256" or len(x) != 32 or len(y) != 32:
            raise FormatError("JWK's key is not one")
        require_unknown("P-256", text(jwk, "x"))
        numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
        try:
            alg, platform = ES256, numbers.public_key()
        except ValueError as e:
            raise FormatError("a point is not on P-256") from e
    elif kind == "RSA":
        allow_only(jwk, "kty", "e", "n")
        n = base64_url(text(jwk, "n"))
        modulus = int.from_bytes(n, "big")
        if text(jwk, "e") != "AQAB" or n[:1] in (b"", b"\0") or modulus % 2 == 0 or not 2048 <= modulus.bit_length() <= 4096:
            raise FormatError("an RSA key is an odd modulus of 2048 to 4096 bits, and 65537")
        require_owned_rsa(modulus)
        alg, platform = RS256, rsa.RSAPublicNumbers(RSA_EXPONENT, modulus).public_key()
    elif kind == "OKP":
        allow_only(jwk, "kty", "crv", "x")
        raw = base64_url(text(jwk, "x"))
        if text(jwk, "crv") != "Ed25519":
            raise FormatError("JWK's key is not one")
        require_owned_ed25519(raw)
        alg, platform = EDDSA, ed25519.Ed25519PublicKey.from_public_bytes(raw)
    elif kind == "AKP":
        allow_only(jwk, "kty", "alg", "pub")
        if text(jwk, "alg") != ML_DSA_44:
            raise FormatError("JWK's key is not one")
        raw = base64_url(text(jwk, "pub"))
        require_owned_ml_dsa_44(raw)
        alg, platform = ML_DSA_44, _ml_dsa_44(raw)
    else:
        raise FormatError("a JWK is of another kind")
    # Of exactly these members RFC 7638 makes the thumbprint.
    return PublicKey(alg, encode_url(hashlib.sha256(canonical(jwk)).digest()), raw, platform)


def _ml_dsa_44(raw: bytes) -> Any:
    try:
        return None if mldsa is None else mldsa.MLDSA44PublicKey.from_public_bytes(raw)
    except UnsupportedAlgorithm:
        return None


HAS_ML_DSA_44 = _ml_dsa_44(bytes(1312)) is not None


def statement_header(encoded: str) -> tuple[str, str]:
    """The kid and typ of a header of exactly alg, kid and typ, by a key of Ed25519."""
    header = strict_object(base64_url(encoded), ENTRY_MAX, HEADER_VALUES_MAX)
    allow_only(header, "alg", "kid", "typ")
    if text(header, "alg") != EDDSA:
        raise FormatError("a statement's algorithm is EdDSA")
    return text(header, "kid"), text(header, "typ")
