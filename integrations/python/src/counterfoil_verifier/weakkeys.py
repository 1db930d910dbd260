"""Public keys under which others than their owner sign are refused wherever they are stated (spec/keys.md, Weak keys)."""

from __future__ import annotations

import hashlib
import importlib.resources
import math
import random
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from .strict import FormatError, base64_url, encode_url

P = 2**255 - 19
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER = (0, 1, P - 1, ORDER_8, P - ORDER_8)
COORDINATE = 2**255 - 1
ML_DSA_44_BYTES = 1312
POLYNOMIAL_BYTES = 320
NEAR_ZERO_MAX = 32
FACTOR_END = 65_536
ROCA_PRIME_MAX = 167
ROCA_GENERATOR = 65_537
FERMAT_STEPS = 16
P256_KNOWN_MAX = 1024
PRIME_ROUNDS = 40
WELL_KNOWN = "everybody knows the private half of a key"


def known_keys_text() -> str:
    return importlib.resources.files(__package__).joinpath("known-keys.txt").read_text("utf-8")


@cache
def _known() -> frozenset[tuple[str, str]]:
    """Keys of spec/known-keys.txt, whose private half is printed in RFCs and elsewhere, or guessed at once."""
    lines = (line.split(" ") for line in known_keys_text().split("\n"))
    listed = {(words[0], words[1]) for words in lines if len(words) > 1}
    for private in range(1, P256_KNOWN_MAX + 1):
        x = ec.derive_private_key(private, ec.SECP256R1()).public_key().public_numbers().x
        listed.add(("P-256", encode_url(x.to_bytes(32, "big"))))
    return frozenset(listed)


@cache
def _primes() -> tuple[int, ...]:
    sieve = bytearray([1]) * FACTOR_END
    for n in range(3, math.isqrt(FACTOR_END) + 1, 2):
        if sieve[n]:
            sieve[n * n :: 2 * n] = bytes(len(range(n * n, FACTOR_END, 2 * n)))
    return tuple(n for n in range(3, FACTOR_END, 2) if sieve[n])


def require_unknown(kind: str, value: str) -> None:
    if (kind, value) in _known():
        raise FormatError(WELL_KNOWN)


def require_owned_ed25519(raw: bytes) -> None:
    """Refuses a key of small order, and one that is no encoding of a point."""
    y = int.from_bytes(raw, "little") & COORDINATE
    if len(raw) != 32 or y >= P or y in SMALL_ORDER:
        raise FormatError("everybody can sign under an Ed25519 key")
    require_unknown("Ed25519", encode_url(raw))


def require_owned_ml_dsa_44(pub: bytes) -> None:
    """Refuses a key one of whose polynomials is next to zero."""
    if len(pub) != ML_DSA_44_BYTES:
        raise FormatError("an ML-DSA-44 key has 1312 bytes")
    for start in range(32, len(pub), POLYNOMIAL_BYTES):
        polynomial = int.from_bytes(pub[start : start + POLYNOMIAL_BYTES], "little")
        coefficients = ((polynomial >> bit) & 1023 for bit in range(0, POLYNOMIAL_BYTES * 8, 10))
        if sum(1 for c in coefficients if c <= 1 or c >= 1022) > NEAR_ZERO_MAX:
            raise FormatError("everybody can sign under an ML-DSA-44 key")
    require_unknown("ML-DSA-44", encode_url(hashlib.sha256(pub).digest()))


def _is_power_of_generator(residue: int, prime: int) -> bool:
    power = 1
    while power != residue:
        power = power * ROCA_GENERATOR % prime
        if power == 1:
            return False
    return True


def _is_prime(n: int) -> bool:
    """Miller-Rabin with bases that nobody knows beforehand; small factors are excluded already."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    draw = random.SystemRandom()
    for _ in range(PRIME_ROUNDS):
        x = pow(draw.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def require_owned_rsa(modulus: int) -> None:
    """Refuses a modulus that can be factored: the mark of ROCA, a small factor, two close ones."""
    if any(modulus % prime == 0 for prime in _primes()):
        raise FormatError("an RSA modulus has a small factor")
    if all(_is_power_of_generator(modulus % prime, prime) for prime in _primes() if prime <= ROCA_PRIME_MAX):
        raise FormatError("an RSA modulus carries the mark of ROCA")
    root = math.isqrt(modulus)
    for a in range(root, root + FERMAT_STEPS + 1):
        square = a * a - modulus
        if square >= 0 and math.isqrt(square) ** 2 == square:
            raise FormatError("an RSA modulus has two close factors")
    for kind, value in _known():
        if kind == "RSA" and math.gcd(int.from_bytes(base64_url(value), "big"), modulus) != 1:
            raise FormatError(WELL_KNOWN)
    if _is_prime(modulus):
        raise FormatError("an RSA modulus is a prime")
