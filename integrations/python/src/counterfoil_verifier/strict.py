"""What strangers send is read here alone: one spelling, no member twice, limits on everything (spec/token.md, Encoding)."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from typing import Any, NoReturn

DEPTH_MAX = 16
VALUES_MAX = 200_000
NAME_MAX = 256
NUMBER_MAX = 32
WHOLE_MAX = 2**53 - 1


class FormatError(Exception):
    """Bytes that are not what they should be."""


class Fraction(float):
    """A number with a fraction or an exponent: no claim of ours is one."""


_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")


def base64_url(text: str) -> bytes:
    """Base64url without padding, the unused bits of its last character zero (RFC 4648 3.5)."""
    if not _BASE64URL.match(text) or len(text) % 4 == 1:
        raise FormatError("not base64url in its one spelling")
    decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_url(decoded) != text:
        raise FormatError("not base64url in its one spelling")
    return decoded


def encode_url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def base64_std(text: str, length: int | None = None) -> bytes:
    """Standard base64 in its one spelling, of a length if one is given."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if base64.b64encode(decoded).decode("ascii") != text or (length is not None and len(decoded) != length):
        raise FormatError("not base64 in its one spelling, or of another length")
    return decoded


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FormatError("JSON has a member twice")
    return members


def _integer(text: str) -> int:
    value = int(text) if len(text) <= NUMBER_MAX and text.isascii() else 2**63
    if not -(2**63) <= value < 2**63:
        raise FormatError("JSON has a number beyond 64 bits")
    return value


def _fraction(text: str) -> Fraction:
    value = Fraction(text) if len(text) <= NUMBER_MAX and text.isascii() else Fraction(math.inf)
    if not math.isfinite(value):
        raise FormatError("JSON has a number beyond a double")
    return value


def _constant(text: str) -> NoReturn:
    raise FormatError("JSON is malformed")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_fraction, parse_constant=_constant, strict=True
)
_SPACE = " \t\n\r"


def strict_object(encoded: bytes, bytes_max: int, values_max: int = VALUES_MAX) -> dict[str, Any]:
    """One JSON object that fills the bytes."""
    if len(encoded) > bytes_max:
        raise FormatError("JSON is too long")
    try:
        text = encoded.decode("utf-8", "strict").strip(_SPACE)
        value, end = _DECODER.raw_decode(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as e:
        raise FormatError("JSON is malformed") from e
    if end != len(text) or not isinstance(value, dict):
        raise FormatError("JSON is not one object")
    left = values_max
    level: list[Any] = [value]
    for _ in range(DEPTH_MAX):
        below = []
        for container in level:
            left -= len(container)
            if isinstance(container, dict):
                for name in container:
                    _require_text(name)
                    if len(name.encode("utf-16-le")) > 2 * NAME_MAX:
                        raise FormatError("JSON has a name that is too long")
            for element in container.values() if isinstance(container, dict) else container:
                if isinstance(element, str):
                    _require_text(element)
                elif isinstance(element, (dict, list)):
                    below.append(element)
        if left < 0:
            raise FormatError("JSON has too many values")
        level = below
    if level:
        raise FormatError("JSON is too deep")
    return value


def _require_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as e:
        raise FormatError("JSON has a lone surrogate") from e


def canonical(value: Any) -> bytes:
    """The text of RFC 8785, for what has texts, whole numbers and ASCII names alone."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def canonical_object(encoded: bytes, bytes_max: int) -> dict[str, Any]:
    read = strict_object(encoded, bytes_max)
    if canonical(read) != encoded:
        raise FormatError("a text is not in its one encoding")
    return read


def text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise FormatError(f"member {name} is missing or not a text")
    return value


def whole(members: dict[str, Any], name: str, least: int = -WHOLE_MAX, most: int = WHOLE_MAX) -> int:
    value = members.get(name)
    if type(value) is not int or not least <= value <= most:
        raise FormatError(f"member {name} is missing, not a whole number or out of range")
    return value


def inner(members: dict[str, Any], name: str) -> dict[str, Any]:
    value = members.get(name)
    if not isinstance(value, dict):
        raise FormatError(f"member {name} is missing or not an object")
    return value


def texts(members: dict[str, Any], name: str) -> list[str]:
    value = members.get(name)
    if not isinstance(value, list) or not all(isinstance(element, str) for element in value):
        raise FormatError(f"member {name} is missing or not an array of texts")
    return value


def allow_only(members: dict[str, Any], *names: str) -> None:
    """Refuses members that are not named: one may be a restriction."""
    if not members.keys() <= set(names):
        raise FormatError("a member that is not allowed")
