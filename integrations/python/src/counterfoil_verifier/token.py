"""Tokens, taken apart (spec/token.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from .keylog import KeyLogState, StatedKey, TokenLog, allows, is_hash, require_group
from .keys import ALGORITHMS
from .log import TIME_MAX, sha256
from .root import Delegation
from .strict import FormatError, allow_only, base64_url, inner, strict_object, text, texts, whole

LENGTH_MAX = 16 * 1024
VALUES_MAX = 256
FOREIGN_VALUES_MAX = 4096
HEADER_VALUES_MAX = 16
SIGNATURE_MAX = 4096
AUDIENCES_MAX = 64
ID = re.compile(r"([a-z0-9][a-z0-9-]{0,15})\.(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{43})\Z")


class Refusal(Exception):
    """A token that must not be honoured: a code of docs/reference/refusal-codes.md, and a reason that is safe to log."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Token:
    """One that was taken apart, and not yet checked."""

    alg: str
    kid: str
    typ: str
    claims: dict[str, Any]
    audiences: list[str]
    issued_at: int
    expires: int
    not_before: int
    group: str | None
    signing_input: bytes
    signature: bytes
    is_foreign: bool = False
    """Whether another issuer composed it."""
    log: TokenLog | None = None
    """The record log where it was found, of a foreign one."""
    position: int = -1
    """There."""

    @property
    def tenant(self) -> str:
        return text(self.claims, "tenant")

    @property
    def is_bound(self) -> bool:
        return "cnf" in self.claims

    @property
    def bound_to(self) -> dict[str, Any]:
        return inner(self.claims, "cnf") if self.is_bound else {}

    @property
    def digest(self) -> bytes:
        return sha256(self.signing_input)

    def place(self) -> tuple[str, int]:
        """The log and position that its identifier names."""
        named = ID.match(text(self.claims, "jti"))
        if named is None or not is_hash(named[3]):
            raise Refusal("token-id", "jti is not log.position.commitment")
        return named[1], int(named[2])

    def require_scope(self, key: StatedKey, by: Delegation) -> None:
        """Where and when the key may sign, by its statement (spec/keys.md)."""

        def refuse(code: str) -> NoReturn:
            raise Refusal(code, "key may not sign this")

        if self.issued_at >= key.active_from + key.ceiling(by):
            refuse("key-too-old")
        if not allows(key.tenants, self.tenant):
            refuse("key-scope-tenant")
        if not allows(key.token_types, self.typ):
            refuse("key-scope-type")
        if not all(allows(key.audiences, audience) for audience in self.audiences):
            refuse("key-scope-audience")
        if key.binding == "required" and not self.is_bound:
            refuse("key-scope-binding")
        if not self.issued_at < self.expires <= self.issued_at + key.life_max:
            refuse("life-too-long")
        if not key.active_from <= self.issued_at < key.active_until:
            refuse("key-not-active")
        if self.expires > key.verify_until:
            refuse("past-verify-until")

    def require_unrevoked(self, state: KeyLogState, log: str, position: int) -> None:
        """That neither it nor its key, at this position, is revoked."""

        def refuse(code: str) -> NoReturn:
            raise Refusal(code, "token or its key is revoked")

        if self.kid in state.tainted and self.issued_at >= state.tainted[self.kid]:
            refuse("key-tainted")
        if self.kid in state.retired and self.issued_at > state.retired[self.kid]:
            refuse("key-retired")
        if state.is_revoked(self.kid, log, position):
            refuse("key-revoked")
        if (log, position) in state.revoked.tokens:
            refuse("token-revoked")
        if self.group is not None and self.issued_at < state.revoked.groups.get(self.group, 0):
            refuse("token-revoked")


def parse_token(token: str) -> Token:
    """Takes a token apart; every other spelling is malformed."""
    try:
        return _parse(token)
    except FormatError as e:
        raise Refusal("malformed", str(e)) from None


def read_foreign_header(token: str) -> tuple[str, Any]:
    """What a token that another issuer may have composed names: its key, and its issuer."""
    header, claims, _ = _spelled(token, FOREIGN_VALUES_MAX, "alg", "kid", "typ", "x5t", "x5t#S256")
    return text(header, "kid"), claims.get("iss")


def parse_foreign(token: str, kid: str, tenants: list[str]) -> Token:
    """Takes a token apart that another issuer composed (spec/token.md, Tokens of other issuers).

    `kid` is the thumbprint of its key, and `tenants` are those that the key serves.
    """
    try:
        header, claims, signature = _spelled(token, FOREIGN_VALUES_MAX, "alg", "kid", "typ", "x5t", "x5t#S256")
        filled = {"typ": "JWT", **header}
        if filled.get("alg") == "Ed25519":  # RFC 9864 2.2
            filled["alg"] = "EdDSA"
        one = {"tenant": tenants[0]} if len(tenants) == 1 and tenants[0] != "*" else {}
        said = {**one, "jti": "", "client_id": claims.get("azp", ""), **claims}
        said.pop("revocation_group", None)
        parsed = _read(token, filled, {"aud": "", **said}, signature)
    except FormatError as e:
        raise Refusal("malformed", str(e)) from None
    audiences = parsed.audiences if "aud" in claims else []
    return replace(parsed, kid=kid, claims=said, audiences=audiences, is_foreign=True)


def _parse(token: str) -> Token:
    return _read(token, *_spelled(token, VALUES_MAX, "alg", "kid", "typ"))


def _spelled(token: str, values_max: int, *names: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    parts = token.split(".", 3) if len(token) <= LENGTH_MAX else []
    if len(parts) != 3 or parts[0] == "":
        raise FormatError("token is too long, or not header.payload.signature")
    header = strict_object(base64_url(parts[0]), LENGTH_MAX, HEADER_VALUES_MAX)
    allow_only(header, *names)
    claims = strict_object(base64_url(parts[1]), LENGTH_MAX, values_max)
    signature = base64_url(parts[2])
    if len(signature) > SIGNATURE_MAX:
        raise FormatError("signature is too long")
    return header, claims, signature


def _read(token: str, header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> Token:
    alg, kid, typ = (text(header, name) for name in ("alg", "kid", "typ"))
    # Said of the header alone, before anything that the claims say.
    if alg not in ALGORITHMS:
        raise Refusal("algorithm", "algorithm is not supported")
    for name in ("iss", "sub", "tenant", "jti", *(["client_id"] if typ == "at+jwt" else [])):
        text(claims, name)
    for name in ("client_id", "scope"):
        if name in claims:
            text(claims, name)
    if "cnf" in claims:
        confirmation = inner(claims, "cnf")
        for name in confirmation.keys() & {"jkt", "x5t#S256"}:
            text(confirmation, name)
    audiences = [text(claims, "aud")] if isinstance(claims.get("aud"), str) else texts(claims, "aud")
    if not 1 <= len(audiences) <= AUDIENCES_MAX:
        raise FormatError("member aud is empty or too long")
    return Token(
        alg, kid, typ, claims, audiences,
        whole(claims, "iat", 0, TIME_MAX), whole(claims, "exp", 0, TIME_MAX),
        whole(claims, "nbf", 0, TIME_MAX) if "nbf" in claims else 0,
        require_group(text(claims, "revocation_group")) if "revocation_group" in claims else None,
        token.rpartition(".")[0].encode("ascii"), signature,
    )  # fmt: skip
