"""The root, and its delegations (spec/keys.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .keys import EDDSA, ENTRY_MAX, PublicKey, is_signed_ed25519, parse_jwk, statement_header
from .log import TIME_MAX, LogKey, parse_vkey, sha256
from .policy import Policy
from .strict import FormatError, allow_only, base64_url, canonical_object, encode_url, inner, text, texts, whole

DAY_S = 86_400
PAYLOAD_MAX = 40 << 10
HOLDERS_MAX = 16
HOLDER_NAME_MAX = 64
SIGNATURES_MAX = 32
ROOT_LIFE_MAX = 3653 * DAY_S
WINDOW_MAX = 30 * DAY_S
AHEAD_MAX = 390 * DAY_S
WINDOWS_MAX = 13
VERSION_STEP_MAX = 1000
ATTACHED_MAX = 32
ISSUER_MAX = 256
THIS_HOST = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1|0\.0\.0\.0|::", re.IGNORECASE)


@dataclass(frozen=True)
class Root:
    version: int
    threshold: int
    expires: int
    hash: str
    holders: dict[str, LogKey]  # by thumbprint


@dataclass(frozen=True)
class Signed:
    """What the root's holders signed together; whose signatures count is not yet said."""

    typ: str
    payload: bytes
    signatures: list[tuple[str, bytes, bytes]]

    def require_signed_by(self, *roots: Root) -> None:
        """Wants the threshold of each root, and no other signature."""
        for kid, signing_input, signature in self.signatures:
            holder = next((root.holders[kid] for root in roots if kid in root.holders), None)
            if holder is None:
                raise FormatError("a signature is of a key that has no say")
            if not is_signed_ed25519(holder.raw, signing_input, signature):
                raise FormatError("a signature is not good")
        for root in roots:
            if sum(1 for kid, _, _ in self.signatures if kid in root.holders) < root.threshold:
                raise FormatError("too few holders of the root signed")


def read_signed(members: dict[str, Any]) -> Signed:
    allow_only(members, "payload", "signatures")
    encoded = text(members, "payload")
    payload = base64_url(encoded)
    listed = members.get("signatures")
    if len(payload) > PAYLOAD_MAX or not isinstance(listed, list) or not 1 <= len(listed) <= SIGNATURES_MAX:
        raise FormatError("a payload is too long, nobody signed it, or too many did")
    signatures: list[tuple[str, bytes, bytes]] = []
    types = set()
    for one in listed:
        if not isinstance(one, dict):
            raise FormatError("a signature is none")
        allow_only(one, "protected", "signature")
        kid, typ = statement_header(text(one, "protected"))
        types.add(typ)
        if signatures and signatures[-1][0] >= kid:
            raise FormatError("signatures are out of order, or one key signs twice")
        signing_input = f"{text(one, 'protected')}.{encoded}".encode("ascii")
        signatures.append((kid, signing_input, base64_url(text(one, "signature"))))
    if len(types) != 1:
        raise FormatError("signatures are of several types")
    return Signed(types.pop(), payload, signatures)


def read_root(payload: bytes, previous: Root | None) -> Root:
    says = canonical_object(payload, ENTRY_MAX)
    allow_only(says, "v", "version", "keys", "threshold", "issued", "expires", "previous")
    holders: dict[str, LogKey] = {}
    keys = [parse_vkey(vkey) for vkey in texts(says, "keys")]
    for key in keys:
        holders[parse_jwk({"crv": "Ed25519", "kty": "OKP", "x": encode_url(key.raw)}).thumbprint] = key
    if not 1 <= len(keys) <= HOLDERS_MAX or len(holders) != len(keys) or len({key.name for key in keys}) != len(keys):
        raise FormatError("a holder or key of the root occurs twice, or too many do")
    if any(len(key.name) > HOLDER_NAME_MAX for key in keys):
        raise FormatError("a holder's name is too long")
    if (text(says, "previous") if previous else says.get("previous")) != (previous.hash if previous else None):
        raise FormatError("a root names another version before it")
    version = whole(says, "version")
    issued, expires = whole(says, "issued", 0, TIME_MAX), whole(says, "expires", 0, TIME_MAX)
    if whole(says, "v") != 1 or version != (previous.version + 1 if previous else 1):
        raise FormatError("a root's version is not the next one")
    if not issued < expires <= issued + ROOT_LIFE_MAX:
        raise FormatError("a root's life is out of bounds")
    return Root(version, whole(says, "threshold", 1, len(keys)), expires, sha256(payload).hex(), holders)


def _are_issuers(attached: list[str], own: str) -> bool:
    """Whether these are issuers that may be attached (spec/keys.md, Attached issuers)."""
    return (
        0 < len(attached) <= ATTACHED_MAX
        and len(set(attached)) == len(attached)
        and all(_is_issuer(one) and one.removesuffix("/") != own.removesuffix("/") for one in attached)
    )


def _is_issuer(text: str) -> bool:
    """Whether it is an https URL without user, query and fragment, or an http one of this host."""
    try:
        url = urlsplit(text)
        host = url.hostname
    except ValueError:
        return False
    return (
        len(text) <= ISSUER_MAX
        and bool(host)
        and not set("?#@") & set(text)
        and (url.scheme == "https" or (url.scheme == "http" and bool(THIS_HOST.fullmatch(str(host)))))
    )


@dataclass(frozen=True)
class Delegation:
    version: int
    not_before: int
    not_after: int
    life_max: int
    domain: str
    issuer: str
    key: PublicKey
    tenants: list[str]
    audiences: list[str]
    token_types: list[str]
    record_forms: list[str]
    attached: list[str]
    """Issuers whose keys may be stated for record logs."""


@dataclass(frozen=True)
class Delegations:
    """Those recorded, with the lowest version that may still be in force."""

    windows: tuple[Delegation, ...] = ()
    highest: int = 0
    floor: int = 0

    def after(self, payload: bytes, policy: Policy, root: Root) -> Delegations:
        """The same with one more, which the root signed."""
        says = canonical_object(payload, ENTRY_MAX)
        allow_only(
            says, "v", "version", "domain", "issuer", "statement_key", "tenants", "audiences", "token_types",
            "record_forms", "life_max_s", "attached_issuers", "issued", "not_before", "not_after",
        )  # fmt: skip
        more = Delegation(
            whole(says, "version"), whole(says, "not_before", 0, TIME_MAX), whole(says, "not_after", 0, TIME_MAX),
            whole(says, "life_max_s"), text(says, "domain"), text(says, "issuer"), parse_jwk(inner(says, "statement_key")),
            texts(says, "tenants"), texts(says, "audiences"), texts(says, "token_types"), texts(says, "record_forms"),
            texts(says, "attached_issuers") if "attached_issuers" in says else [],
        )  # fmt: skip
        issued = whole(says, "issued", 0, TIME_MAX)
        if whole(says, "v") != (2 if "attached_issuers" in says else 1) or more.key.alg != EDDSA:
            raise FormatError("a delegation is of another version, or of another kind of key")
        if "attached_issuers" in says and not _are_issuers(more.attached, more.issuer):
            raise FormatError("a delegation attaches what is no other issuer")
        if (more.domain, more.issuer) != (policy.domain, policy.issuer):
            raise FormatError("a delegation is for another domain or issuer")
        if not self.highest < more.version <= self.highest + VERSION_STEP_MAX:
            raise FormatError("a delegation's version is not above those before, or far above")
        if not more.not_before < more.not_after <= more.not_before + WINDOW_MAX:
            raise FormatError("a delegation's window is too long, or none")
        if more.not_before > issued + AHEAD_MAX or more.not_before >= root.expires:
            raise FormatError("a delegation's window begins too late")
        floor = more.version if more.not_before <= issued else self.floor
        kept = tuple(w for w in self.windows if w.version >= floor and w.not_before < more.not_before)
        if len(kept) >= WINDOWS_MAX:
            raise FormatError("more than 13 windows are recorded ahead")
        return Delegations((*kept, more), more.version, floor)

    def at(self, time: int) -> Delegation | None:
        """The one in force: of those that have begun the one of the highest version, if it is not over."""
        newest = max((w for w in self.windows if w.not_before <= time), key=lambda w: w.version, default=None)
        return newest if newest and time < newest.not_after and newest.version >= self.floor else None
