"""From a policy to the keys that count: the domain's key log, mirrored and checked (spec/keylog.md)."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field, replace
from typing import Any

from .keys import EDDSA, ENTRY_MAX, PublicKey, is_signed_ed25519, parse_jwk, statement_header
from .log import (
    BUNDLE_MAX, NOTE_MAX, SIZE_END, TIME_MAX, Checkpoint, Fork, LogKey, Reader, Tree, is_name, leaf_hash, open_checkpoint,
    parse_vkey, read_entries, root_of,
)  # fmt: skip
from .policy import Policy, is_http_url
from .root import DAY_S, Delegation, Delegations, Root, read_root, read_signed
from .strict import (
    FormatError, allow_only, base64_std, base64_url, canonical_object, inner, strict_object, text, texts, whole,
)  # fmt: skip

CLOCK_SKEW_S = 30
CONSENT_MAX = 2048
DISCLOSURE_LIFE_MAX = 400 * DAY_S
GROUP_BYTES = 16
UNRECORDED_MAX = 365 * DAY_S
RECORD_LOGS_MAX = 16
"""Most logs of a record door in which one token is looked for: the latest."""
RECORD_LOG = re.compile(r"d[1-9][0-9]{0,3}g[1-9][0-9]{0,5}")
ATTACHED_TYPES = ["JWT", "at+jwt"]
"""What other issuers call their access tokens."""
LOG_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,15}\Z")


def is_hash(encoded: str) -> bool:
    try:
        return len(base64_url(encoded)) == 32
    except FormatError:
        return False


def require_group(handle: str) -> str:
    if len(base64_url(handle)) != GROUP_BYTES:
        raise FormatError("a group's handle is none")
    return handle


def allows(listed: list[str], value: str) -> bool:
    return "*" in listed or value in listed


def _within(inside: list[str], outside: list[str]) -> bool:
    return "*" in outside or set(inside) <= set(outside)


@dataclass(frozen=True)
class TokenLog:
    name: str
    url: str
    key: LogKey


@dataclass(frozen=True)
class StatedKey:
    """A key, and what it may sign."""

    key: PublicKey
    domain: str
    issuer: str
    record_form: str
    log: str
    binding: str
    tenants: list[str]
    token_types: list[str]
    audiences: list[str]
    life_max: int
    active_from: int
    active_until: int
    verify_until: int

    def is_admitted(self, by: Delegation) -> bool:
        """Whether its statement is inside a delegation's bounds."""
        attached = (
            self.issuer in by.attached and self.record_form == "digest" and bool(RECORD_LOG.fullmatch(self.log))
        )
        return (
            self.domain == by.domain
            and (self.issuer == by.issuer or attached)
            and _within(self.tenants, by.tenants)
            and (_within(self.token_types, by.token_types) or (attached and _within(self.token_types, ATTACHED_TYPES)))
            and _within(self.audiences, by.audiences)
            and self.record_form in by.record_forms
            and self.life_max <= by.life_max
        )

    def ceiling(self, by: Delegation) -> int:
        """How long it may sign (spec/keys.md, Algorithms)."""

        def many(tenants: list[str]) -> bool:
            return "*" in tenants or len([t for t in tenants if t != "counterfoil"]) > 1

        if self.record_form == "position":
            if many(self.tenants):
                return 14 * DAY_S
            if many(by.tenants):
                return 90 * DAY_S
        return 365 * DAY_S


@dataclass
class Revocations:
    """Those of tokens and groups, with the trees to which each revocation log was read."""

    tokens: set[tuple[str, int]] = field(default_factory=set)
    groups: dict[str, int] = field(default_factory=dict)
    read: dict[int, Tree] = field(default_factory=dict)

    def copied(self) -> Revocations:
        return Revocations(set(self.tokens), dict(self.groups), dict(self.read))

    def revoke(self, says: dict[str, Any]) -> None:
        """The revocation of a token or of a group; a revocation log has no other entries."""
        whole(says, "at", 0, TIME_MAX)
        whole(says, "until", 0, TIME_MAX)
        if whole(says, "v") != 1:
            raise FormatError("an event is of another version")
        event = text(says, "event")
        if event == "token-revoked":
            allow_only(says, "v", "event", "at", "log", "position", "until")
            self.tokens.add((text(says, "log"), whole(says, "position", 0, SIZE_END - 1)))
        elif event == "group-revoked":
            allow_only(says, "v", "event", "at", "group", "before", "until")
            group, before = require_group(text(says, "group")), whole(says, "before", 0, TIME_MAX)
            self.groups[group] = max(before, self.groups.get(group, 0))
        else:
            raise FormatError("a revocation log has revocations alone")


class KeyLogState:
    """What stands in a key log. A state that was given out does not change."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.root: Root | None = None
        self.delegations = Delegations()
        self.logs: dict[str, TokenLog] = {}
        self.keys: dict[str, StatedKey] = {}
        self.aliases: dict[str, str] = {}
        """Other issuers' names of keys, to thumbprints."""
        self.withdrawn: dict[str, str] = {}
        self.tainted: dict[str, int] = {}
        self.retired: dict[str, int] = {}
        self.revoked_from: dict[str, dict[str, int]] = {}
        """Of each key by log: no entry narrows what another one says."""
        self.ended: dict[str, int] = {}
        self.audit_logs: dict[str, LogKey] = {}
        self.audit_ends: dict[str, int] = {}
        self.disclosure_logs: dict[str, str] = {}
        self.last_revocations = 0
        self.open_revocations = 0
        self.ended_revocations: dict[int, tuple[int, Tree]] = {}
        self.revoked = Revocations()
        self.tree = Tree(0, b"")
        self.time = 0

    def record_logs(self, named: str) -> list[TokenLog]:
        """The logs in which a digest counts: the latest generation first, and those that ended empty left out."""
        logs = [
            (follows, log)
            for name, log in self.logs.items()
            if (follows := 0 if name == named else follows_by(named, name)) is not None
            and follows >= 0
            and self.ended.get(name) != 0
        ]
        logs.sort(key=lambda log: -log[0])
        return [log for _, log in logs[:RECORD_LOGS_MAX]]

    def is_revoked(self, kid: str, log: str, position: int) -> bool:
        """Whether a key's tokens are revoked at a position of a log. Of several record logs the later ones come after it."""
        return any(
            follows > 0 if (follows := follows_by(named, log)) else position >= start
            for named, start in self.revoked_from.get(kid, {}).items()
        )

    def apply(self, entry: bytes, index: int) -> None:
        if not 0 < len(entry) <= ENTRY_MAX:
            raise FormatError("an entry is empty or too long")
        if entry[:1] != b"{":
            self._give(entry, index)
            return
        members = canonical_object(entry, ENTRY_MAX)
        if "payload" in members:
            self._rooted(members)
        else:
            self._take(members)

    def _rooted(self, members: dict[str, Any]) -> None:
        """What the root's holders signed together: a version of the root, or a delegation."""
        signed = read_signed(members)
        if signed.typ == "counterfoil-root+json":
            root = read_root(signed.payload, self.root)
            if root.version == self.policy.root_version and root.hash != self.policy.root_hash:
                raise FormatError("the root is another one than the policy pins")
            signed.require_signed_by(root, *([self.root] if self.root else []))
            self.root = root
        elif signed.typ == "counterfoil-delegation+json":
            if self.root is None or self.root.version < self.policy.root_version:
                raise FormatError("a delegation stands before the pinned root")
            signed.require_signed_by(self.root)
            self.delegations = self.delegations.after(signed.payload, self.policy, self.root)
        else:
            raise FormatError("a statement is of another type")

    def _give(self, entry: bytes, index: int) -> None:
        """An event that gives trust, signed by the statement key for this place."""
        parts = entry.split(b".")
        if len(parts) != 3 or not entry.isascii():
            raise FormatError("a statement is no compact JWS")
        kid, typ = statement_header(parts[0].decode("ascii"))
        says = strict_object(base64_url(parts[1].decode("ascii")), ENTRY_MAX)
        signature = base64_url(parts[2].decode("ascii"))
        at, event = whole(says, "at", 0, TIME_MAX), text(says, "event")
        by = self.delegations.at(at)
        if by is None:
            raise FormatError("no delegation stands at an event")
        good = is_signed_ed25519(by.key.raw, parts[0] + b"." + parts[1], signature) if len(signature) == 64 else False
        if typ != "counterfoil-key-event+jwt" or kid != by.key.thumbprint or not good:
            raise FormatError("an event is not signed by the statement key")
        if text(says, "key_log") != self.policy.key_log.name or whole(says, "index") != index or whole(says, "v") != 1:
            raise FormatError("an event was signed for another place, or is of another version")
        # No entry is made under a lower version after one under this one, whatever time it states.
        self.delegations = replace(self.delegations, floor=max(self.delegations.floor, by.version))
        common = ("v", "event", "at", "key_log", "index")
        if event == "log-stated":
            allow_only(says, *common, "name", "vkey", "url")
            self._state_log(says)
        elif event == "log-moved":
            allow_only(says, *common, "name", "url")
            name = text(says, "name")
            if name not in self.logs:
                raise FormatError("a log that moves is stated before")
            self.logs[name] = replace(self.logs[name], url=_url(says))
        elif event == "key-stated":
            allow_only(says, *common, "key")
            self._state_key(inner(says, "key"), by, at)
        elif event == "rotation-paused":
            allow_only(says, *common, "log", "until", "by")
        elif event == "audit-log-stated":
            allow_only(says, *common, "vkey", "consent", "follows")
            self._state_audit_log(says)
        elif event == "disclosure-key-stated":
            allow_only(says, *common, "jwk", "vkey", "not_after")
            self._state_disclosure_key(says, at)
        else:
            raise FormatError("an event is unknown")

    def _state_log(self, says: dict[str, Any]) -> None:
        name, key = text(says, "name"), parse_vkey(text(says, "vkey"))
        of_issuer = LOG_NAME.match(name) and name != "keys" and key.name == self.policy.logs_prefix + name
        if not of_issuer or name in self.logs:
            raise FormatError("a log is stated twice, or by a name that is not this issuer's")
        if any(pinned.name == key.name and pinned.text != key.text for pinned in self.policy.logs):
            raise FormatError("a log is not the pinned one")
        self.logs[name] = TokenLog(name, _url(says), key)

    def _state_key(self, says: dict[str, Any], by: Delegation, at: int) -> None:
        allow_only(
            says, "v", "kid", "alg", "jwk", "domain", "issuer", "purpose", "tenants", "token_types", "audiences",
            "life_max_s", "active_from", "active_until", "verify_until", "successor_lead_s", "record", "binding",
            "publication", "alias", "custody", "assurance",
        )  # fmt: skip
        record = inner(says, "record")
        form = text(record, "form")
        log = "" if form == "none" else text(record, "log")
        stated = StatedKey(
            parse_jwk(inner(says, "jwk")), text(says, "domain"), text(says, "issuer"), form, log, text(says, "binding"),
            texts(says, "tenants"), texts(says, "token_types"), texts(says, "audiences"), whole(says, "life_max_s"),
            whole(says, "active_from", 0, TIME_MAX), whole(says, "active_until", 0, TIME_MAX),
            whole(says, "verify_until", 0, TIME_MAX),
        )  # fmt: skip
        kid = text(says, "kid")
        if whole(says, "v") != 1 or kid != stated.key.thumbprint or text(says, "alg") != stated.key.alg:
            raise FormatError("a key's statement does not fit the key")
        if stated.binding not in ("none", "required"):
            raise FormatError("a key's binding is none")
        if kid in self.keys or kid in self.withdrawn or kid in self.tainted:
            raise FormatError("a key is stated twice, or after its end")
        if not stated.is_admitted(by):
            raise FormatError("a key is beyond its delegation")
        if form == "none":
            allow_only(record, "form", "until")
            if whole(record, "until", 0, TIME_MAX) > at + UNRECORDED_MAX:
                raise FormatError("a key whose tokens nobody records is stated for too long")
        else:
            allow_only(record, "form", "log")
            if log not in self.logs or log in self.ended:
                raise FormatError("a key's log is not stated, or has ended")
            if stated.active_until - stated.active_from > stated.ceiling(by):
                raise FormatError("a key would sign past its ceiling")
        if "alias" in says and (alias := text(says, "alias")) not in self.keys:
            # A key that came before keeps the name.
            self.aliases.setdefault(alias, kid)
        self.keys[kid] = stated

    def _state_audit_log(self, says: dict[str, Any]) -> None:
        """An audit log: its own key said that it keeps this domain's events, in a checkpoint of it."""
        key = parse_vkey(text(says, "vkey"))
        if key.name.startswith(self.policy.logs_prefix) or key.name in self.audit_logs or key.name in self.audit_ends:
            raise FormatError("an audit log is stated twice, or named as a log of tokens or keys")
        follows = text(says, "follows") if "follows" in says else None
        if follows is not None and follows not in self.audit_logs:
            raise FormatError("an audit log follows one that was never stated")
        current = [origin for origin in self.audit_logs if origin not in self.audit_ends]
        if len(current) > 1 or (current and follows != current[0]):
            raise FormatError("an audit log does not follow the one that stands")
        consent = text(says, "consent").encode("utf-8")
        if len(consent) > CONSENT_MAX:
            raise FormatError("an audit log's consent is too long")
        said = open_checkpoint(consent, key)
        lines = said.text.split("\n")
        if len(lines) != 5 or lines[3] != f"counterfoil-audit-log/v1 {self.policy.key_log.name}" or said.signatures != 1:
            raise FormatError("an audit log's consent is not for this key log, or more than that")
        self.audit_logs[key.name] = key

    def _state_disclosure_key(self, says: dict[str, Any], at: int) -> None:
        """A key of the disclosure process: it signs no token, and its log keeps its key."""
        key, log = parse_jwk(inner(says, "jwk")), parse_vkey(text(says, "vkey"))
        end = whole(says, "not_after", 0, TIME_MAX)
        if key.alg != EDDSA or key.thumbprint in self.withdrawn or key.thumbprint in self.tainted:
            raise FormatError("a disclosure key is not an Ed25519 key, or is stated after its end")
        if log.name.startswith(self.policy.logs_prefix) or self.disclosure_logs.get(log.name, log.text) != log.text:
            raise FormatError("a disclosure log is named as a log of tokens or keys, or has another key")
        if not at < end <= at + DISCLOSURE_LIFE_MAX:
            raise FormatError("a disclosure key ends before its entry, or too late")
        self.disclosure_logs[log.name] = log.text

    def _take(self, says: dict[str, Any]) -> None:
        """An event that takes trust away, which is never refused when it is well-formed."""
        event = text(says, "event")
        if event in ("token-revoked", "group-revoked"):
            self.revoked.revoke(says)
            return
        at = whole(says, "at", 0, TIME_MAX)
        if whole(says, "v") != 1:
            raise FormatError("an event is of another version")
        common = ("v", "event", "at")
        if event == "revocation-log-stated":
            allow_only(says, *common, "number")
            if self.open_revocations or whole(says, "number") != self.last_revocations + 1:
                raise FormatError("a revocation log does not follow the one before")
            self.last_revocations = self.open_revocations = whole(says, "number")
        elif event == "revocation-log-ended":
            allow_only(says, *common, "number", "size", "root", "until")
            if not self.open_revocations or whole(says, "number") != self.open_revocations:
                raise FormatError("a revocation log ends that is not open")
            tree = Tree(whole(says, "size", 0, SIZE_END - 1), base64_std(text(says, "root"), 32))
            self.ended_revocations[self.open_revocations] = (whole(says, "until", 0, TIME_MAX), tree)
            self.open_revocations = 0
        elif event == "key-revoked":
            allow_only(says, *common, "kid", "log", "from")
            by_log = self.revoked_from.setdefault(_kid(says), {})
            _lower(by_log, text(says, "log"), whole(says, "from", 0, SIZE_END - 1))
        elif event == "key-tainted":
            allow_only(says, *common, "kid", "from")
            _lower(self.tainted, _kid(says), whole(says, "from", 0, TIME_MAX))
        elif event == "key-retired":
            allow_only(says, *common, "kid")
            _lower(self.retired, _kid(says), at)
        elif event == "key-withdrawn":
            allow_only(says, *common, "kid", "reason")
            kid, reason = _kid(says), text(says, "reason")
            if reason not in ("ended", "compromised"):
                raise FormatError("a key is withdrawn for another reason")
            if self.withdrawn.get(kid) != "compromised":
                self.withdrawn[kid] = reason
        elif event == "log-ended":
            allow_only(says, *common, "log", "size", "successor", "reason")
            _lower(self.ended, text(says, "log"), whole(says, "size", 0, SIZE_END - 1))
        elif event == "audit-log-ended":
            allow_only(says, *common, "origin", "size", "reason")
            origin, size, reason = text(says, "origin"), whole(says, "size", 0, SIZE_END - 1), text(says, "reason")
            if not is_name(origin) or reason not in ("replaced", "lost", "withdrawn"):
                raise FormatError("an audit log's end has no origin, or another reason")
            if reason == "withdrawn" and size != 0:
                raise FormatError("a withdrawal of an audit log leaves something")
            _lower(self.audit_ends, origin, size)
        else:
            raise FormatError("an event is unknown")

    def with_revocations(self, head: Checkpoint, read: Reader, now: float) -> KeyLogState:
        """Reads the revocation logs whose tokens may not have expired, up to what key log and head say of them."""
        following = copy.copy(self)
        wanted = {number: tree for number, (until, tree) in self.ended_revocations.items() if until > now}
        assert head.time is not None
        time = head.time
        if self.open_revocations:
            tip = head.revoked
            if tip is None or tip.number != self.open_revocations:
                raise FormatError("a head does not say what was revoked")
            if tip.time > now + CLOCK_SKEW_S:
                raise FormatError("the head of the key log is ahead")
            wanted[tip.number] = tip.tree
            time = min(time, tip.time)
        for number, tree in wanted.items():
            seen = following.revoked.read.get(number, Tree(0, b""))
            if tree.size < seen.size:
                raise FormatError("a revocation log goes back")
            if tree.size == seen.size:
                if seen.size and tree != seen:
                    raise Fork
                continue
            entries = _entries(f"{self.policy.issuer}/logs/keys/revoked/{number}/", tree, read)
            if following.revoked is self.revoked:
                following.revoked = self.revoked.copied()
            for entry in entries:
                following.revoked.revoke(canonical_object(entry, ENTRY_MAX))
            following.revoked.read[number] = tree
        following.time = max(self.time, time)
        return following


def _entries(prefix: str, tree: Tree, read: Reader) -> list[bytes]:
    entries = read_entries(tree.size, lambda path: read(prefix + path, BUNDLE_MAX))
    if root_of([leaf_hash(entry) for entry in entries]) != tree.root:
        raise FormatError("entries and head of a log do not agree")
    return entries


def _url(says: dict[str, Any]) -> str:
    url = text(says, "url")
    if not is_http_url(url):
        raise FormatError("a log's URL is none")
    return url


def _kid(says: dict[str, Any]) -> str:
    kid = text(says, "kid")
    if not is_hash(kid):
        raise FormatError("a kid is no thumbprint")
    return kid


def follows_by(before: str, after: str) -> int | None:
    """By how many generations a record log follows another one of its door; None when they are not of one door."""
    if not RECORD_LOG.fullmatch(before) or not RECORD_LOG.fullmatch(after):
        return None
    (door, earlier), (other, later) = before.split("g"), after.split("g")
    return int(later) - int(earlier) if door == other else None


def _lower(held: dict[str, int], name: str, value: int) -> None:
    held[name] = min(value, held.get(name, value))


def replay(policy: Policy, entries: list[bytes]) -> KeyLogState:
    """What stands after all entries; refuses the first that may not stand in its place."""
    state = KeyLogState(policy)
    for index, entry in enumerate(entries):
        state.apply(entry, index)
    return state


def mirror(policy: Policy, read: Reader, now: float, before: KeyLogState | None) -> KeyLogState:
    """Reads the key log and says which keys, logs and revocations count; what was read before it has to extend."""
    prefix = f"{policy.issuer}/logs/keys/"
    head = open_checkpoint(read(prefix + "checkpoint", NOTE_MAX), policy.key_log)
    if head.time is None or head.time > now + CLOCK_SKEW_S:
        raise FormatError("a head of the key log has no time, or one ahead")
    if before is not None and head.tree.size < before.tree.size:
        return before  # an older head is no news, and says nothing against the newer one
    if before is not None and head.tree.size == before.tree.size:
        if head.tree != before.tree:
            raise Fork
        return before.with_revocations(head, read, now)
    entries = _entries(prefix, head.tree, read)
    if before is not None and root_of([leaf_hash(entry) for entry in entries[: before.tree.size]]) != before.tree.root:
        raise Fork
    state = replay(policy, entries)
    state.tree = head.tree
    if before is not None:
        # What was seen of a revocation log does not go back.
        state.time = before.time
        state.revoked.read = dict(before.revoked.read)
        state.revoked.tokens |= before.revoked.tokens
        for group, until in before.revoked.groups.items():
            state.revoked.groups[group] = max(until, state.revoked.groups.get(group, 0))
    return state.with_revocations(head, read, now)
