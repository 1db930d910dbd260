"""Tokens that another issuer composes, and that a record log has by their digests (spec/token.md)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from .keylog import StatedKey, TokenLog
from .log import SIZE_END, Reader, StatusError
from .strict import FormatError, allow_only, strict_object, text, whole
from .token import Refusal, Token

if TYPE_CHECKING:
    from .verifier import Expectations

ANSWER_MAX = 1024
ASKED_AGAIN_S = 0.1
ACCESS_KINDS = ("Bearer", "DPoP")
OF_OTHERS = {"nonce", "at_hash", "c_hash", "s_hash", "events"}
"""Claims of ID tokens (OpenID Connect Core 2, 3.3.2.11) and of events (RFC 8417 2.2)."""


def require_foreign(token: Token, key: StatedKey, own: str, expect: Expectations) -> Expectations:
    """Of an issuer that the service names, and no token of another kind; what the service then expects."""
    issuer = text(token.claims, "iss")
    if issuer != key.issuer:
        raise Refusal("issuer", "key may not sign for this issuer")
    if issuer != own and issuer not in expect.attached_issuers:
        raise Refusal("issuer", "token is of an attached issuer that this service does not name")
    if token.typ != "JWT":
        return expect
    kind = token.claims.get("typ")
    is_access = isinstance(kind, str) and kind in ACCESS_KINDS
    if not is_access if "typ" in token.claims else OF_OTHERS & token.claims.keys():
        raise Refusal("token-type", "token is an ID token or another one, no access token")
    if issuer != own and is_access and expect.token_type == "at+jwt":
        return replace(expect, token_type="JWT")
    return expect


def digest_at(log: TokenLog, digest: bytes, read: Reader) -> int | None:
    """Where a digest stands, asked once; None for nowhere, or not yet.

    It is the authority's word; the log is read to see that it is there.
    """
    try:
        answer = read(f"{log.url}/digest/{digest.hex()}", ANSWER_MAX)
    except StatusError as e:
        if e.status in (404, 410):
            return None
        raise Refusal("proof-unavailable", "where the digest stands cannot be asked") from None
    except OSError:
        raise Refusal("proof-unavailable", "where the digest stands cannot be asked") from None
    try:
        says = strict_object(answer, ANSWER_MAX, ANSWER_MAX)
        allow_only(says, "log", "position")
        if text(says, "log") != log.name:
            raise FormatError("the answer is of another log")
        return whole(says, "position", 0, SIZE_END)
    except FormatError:
        raise Refusal("proof-unavailable", "the answer about the digest is none") from None


def find_digest(
    logs: list[TokenLog],
    ended: dict[str, int],
    digest: bytes,
    read: Reader,
    wait_s: float,
    require_issued: Callable[[TokenLog, int], None],
) -> tuple[TokenLog, int]:
    """The log, of a key's record logs, the latest first, that has a digest before its end, and its position.

    That is enough, whatever the others answer. One that goes on is asked again for a while: a digest may not be under a
    checkpoint yet. `require_issued` reads a log, and raises a Refusal where the digest is not there.
    """
    until = time.monotonic() + wait_s
    refusals: dict[str, Refusal] = {}
    asked = logs
    while True:
        again = []
        for log in asked:
            try:
                position = digest_at(log, digest, read)
                if position is None:
                    if log.name not in ended:
                        again.append(log)
                    continue
                require_issued(log, position)
                if log.name in ended and position >= ended[log.name]:
                    raise Refusal("beyond-tip", "the token's log ended before its position")
                return log, position
            except Refusal as refusal:
                refusals[log.name] = refusal
        if not again or time.monotonic() >= until:
            break
        asked = again
        time.sleep(ASKED_AGAIN_S)
    for log in logs:
        if log.name in refusals:
            raise refusals[log.name]
    raise Refusal("digest-unknown", "the record log does not have the token's digest")
