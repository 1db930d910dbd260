"""The order of the checks (docs/integrate/verifying.md)."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from .attached import find_digest, require_foreign
from .dpop import Possession, ReplayWindow, Request, UsedProofs
from .keylog import KeyLogState, StatedKey, TokenLog, allows, mirror
from .log import Fork, Reader, guarded, http_reader, leaf_hash
from .policy import Policy, parse_policy
from .sightings import SightingReporter, sighting_of
from .stapled import parse_header
from .strict import FormatError, encode_url, text
from .tips import LogView
from .token import Refusal, Token, parse_foreign, parse_token, read_foreign_header

SKEW_S = 30
TOKENS_MAX = 50_000
SERVICES_MAX = 16
KEYS_SAID_MAX = 256
LOGS_SAID_MAX = 16
NOTHING = Request()


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """A service's own; none can be left out, but for the token's type.

    `audience` is the service's own name. `tenants` are those whose tokens it honours; ["*"] for any, and then it keeps
    their data apart. A token that is bound wants its proof whatever `binding` says.
    """

    audience: str
    tenants: Sequence[str]
    binding: Literal["bearer-allowed", "required"]
    token_type: str = "at+jwt"
    attached_issuers: Sequence[str] = ()
    """Issuers that keep their own iss and keys, whose recorded tokens it honours too (docs/integrate/attached-issuers.md).

    Two issuers may give one sub to two people: `claims["iss"]` tells whose a token is.
    """

    def __post_init__(self) -> None:
        if not self.audience or not self.tenants or isinstance(self.tenants, str) or isinstance(self.attached_issuers, str):
            raise ValueError("say audience and tenants")
        if self.binding not in ("bearer-allowed", "required"):
            raise ValueError("say binding")


@dataclass(frozen=True)
class Verified:
    """A token that was checked in every respect and was issued.

    `audit_id` names it in the service's records, and is useless to those who read them.
    """

    subject: str
    tenant: str
    claims: dict[str, Any]
    token_id: str
    key_id: str
    position: int
    audit_id: str


@dataclass
class _Seen:
    """What the checks found out about a token, as far as they came."""

    token: Token | None = None
    key: StatedKey | None = None


class _DomainKeys:
    """The mirrored key log of a domain; what was read last is good for as long as its head says."""

    def __init__(self, policy: Policy, read: Reader, now: Callable[[], float], refresh_every_s: float, stale_after_s: float) -> None:
        self.policy = policy
        self._read = read
        self._now = now
        self._refresh_every_s = refresh_every_s
        self._stale_after_s = stale_after_s
        self._reading = threading.Lock()
        self.held: KeyLogState | None = None
        self._read_at = float("-inf")
        self._forked = False

    def state(self) -> KeyLogState:
        # One reads, and the others take what is held; before there is anything they wait.
        if self._is_due() and self._reading.acquire(blocking=self.held is None):
            try:
                if self._is_due():
                    self._refresh()
            finally:
                self._reading.release()
        held = self.held
        if self._forked:
            raise Refusal("key-log-forked", "the key log has signed two histories")
        if held is None:
            raise Refusal("keys-unavailable", "no key log that verifies could be had")
        # As fresh as the head's time says, however fresh the fetch.
        if self._now() - held.time > self._stale_after_s:
            raise Refusal("keys-stale", "the key log is too old")
        return held

    def _is_due(self) -> bool:
        return self._now() - self._read_at >= self._refresh_every_s

    def _refresh(self) -> None:
        now = self._now()
        try:
            self.held = mirror(self.policy, self._read, now, self.held)
        except Fork:
            self._forked = True
        except (FormatError, OSError):
            pass
        self._read_at = now


class Verifier:
    """One for a process; its methods may be called from any thread at any time."""

    def __init__(
        self,
        policy: bytes,
        *,
        neighbours: Sequence[bytes] = (),
        read: Reader | None = None,
        now: Callable[[], float] = time.time,
        stale_after_s: float = 300,
        refresh_every_s: float = 2,
        tip_wait_s: float = 1,
        stapling: Literal["ignored", "accepted", "required"] = "ignored",
        sightings: SightingReporter | None = None,
        used_proofs: UsedProofs | None = None,
    ) -> None:
        """`policy` is the policy file; `neighbours` are those of other domains, whose keys are known only to be recognised.

        `stapling` says what is done with the proofs of issuing that clients send. `sightings` tells the monitor what was seen;
        without it nobody hears of what is refused. Processes behind one address share `used_proofs`.
        """
        if stapling not in ("ignored", "accepted", "required"):
            raise ValueError("stapling is ignored, accepted or required")
        self._read = guarded(http_reader() if read is None else read)
        self._stapling = stapling
        self._possession = Possession(now, used_proofs or ReplayWindow())
        self._sightings = sightings
        self._known: dict[bytes, Token] = {}
        self._services: set[str] = set()
        self._now = now
        self._tip_wait_s = tip_wait_s
        self._own, *self._neighbours = (
            _DomainKeys(parse_policy(file), self._read, now, refresh_every_s, stale_after_s) for file in (policy, *neighbours)
        )
        self._lock = threading.Lock()
        self._views: dict[str, LogView] = {}
        if sightings is not None:
            sightings.follow(self.holds)

    def verify(self, token: str, expect: Expectations, request: Request = NOTHING) -> Verified:
        """Verifies a token for a service, or raises a Refusal."""
        name = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            known = self._known.get(name)
            if len(self._services) < SERVICES_MAX:
                self._services.add(expect.audience)
        seen = _Seen(known)
        try:
            verified = self._check(seen, token, known is not None, expect, request)
        except Refusal as refusal:
            self._report(refusal.code, token, seen, expect, request)
            raise
        if known is None and seen.token is not None:
            with self._lock:
                if len(self._known) >= TOKENS_MAX:
                    self._known.clear()
                self._known[name] = seen.token
            self._report("accepted", token, seen, expect, request)
        return verified

    def _report(self, outcome: str, token: str, seen: _Seen, expect: Expectations, request: Request) -> None:
        if self._sightings is not None:
            self._sightings.report(sighting_of(outcome, token, seen.token, seen.key, expect.audience, request, self._now()))

    def _check(self, seen: _Seen, token: str, known: bool, expect: Expectations, request: Request) -> Verified:
        parsed = seen.token = seen.token or self._foreign(token) or parse_token(token)
        if text(parsed.claims, "iss") != self._own.policy.issuer and not parsed.is_foreign:
            seen.key = self._neighbours_key(parsed.kid, [self._own, *self._neighbours])
            raise Refusal("issuer", "token is of another issuer")
        state = self._own.state()
        key = self._key(state, seen, parsed)
        if parsed.is_foreign:
            expect = require_foreign(parsed, key, self._own.policy.issuer, expect)
        self._require_expected(parsed, expect)
        if parsed.is_foreign and key.record_form == "digest":
            return self._check_by_digest(seen, token, known, expect, request, state, key)
        if key.record_form != "position" or key.issuer != text(parsed.claims, "iss"):
            raise Refusal("key-unknown", "tokens that nobody records are not verified here")
        log, position = parsed.place()
        if log != key.log:
            raise Refusal("wrong-log", "token names another log than its key's")
        parsed.require_unrevoked(state, log, position)
        if not known and (code := key.key.refusal(parsed.signing_input, parsed.signature)):
            raise Refusal(code, "token's signature is not good, or cannot be checked here")
        self._possession.require(token, parsed, expect.binding, request)
        if log in state.ended and position >= state.ended[log]:
            raise Refusal("beyond-tip", "the token's log ended before its position")
        self._require_issued(state.logs[log], position, parsed, known, request.proof)
        return _verified(parsed, position)

    def _foreign(self, token: str) -> Token | None:
        """The token, where another issuer composed it; None for every other one, and while no keys are known."""
        try:
            state = self._own.state()
        except Refusal:
            return None
        by = state.delegations.at(int(self._now()))
        if by is None or not (by.attached or state.aliases):
            return None
        try:
            kid, issuer = read_foreign_header(token)
        except FormatError:
            return None  # said where it is parsed as one of ours
        key = state.keys.get(kid) or state.keys.get(state.aliases.get(kid, ""))
        if key is None:
            if issuer in by.attached:
                raise Refusal("key-unknown", "token's key is no confirmed key of an attached issuer")
            return None
        return None if key.record_form == "position" else parse_foreign(token, key.key.thumbprint, key.tenants)

    def _check_by_digest(
        self, seen: _Seen, token: str, known: bool, expect: Expectations, request: Request, state: KeyLogState, key: StatedKey
    ) -> Verified:
        """Goes on with a token that another issuer composed, which a record log has by its digest."""
        parsed = seen.token
        assert parsed is not None
        if not known:
            code = key.key.refusal(parsed.signing_input, parsed.signature)
            if code and code != "signature-high-s":
                raise Refusal(code, "token's signature is not good, or cannot be checked here")
        self._possession.require(token, parsed, expect.binding, request)
        if known and parsed.log is not None:
            self._require_issued(parsed.log, parsed.position, parsed, known, None)
            log, position = parsed.log, parsed.position
        else:
            if self._stapling == "required" or (self._stapling == "accepted" and request.proof):
                raise Refusal("proof-malformed", "proofs of other issuers' tokens are not taken here")
            log, position = find_digest(
                state.record_logs(key.log),
                state.ended,
                parsed.digest,
                self._read,
                self._tip_wait_s,
                lambda log, position: self._require_recorded(log, position, parsed),
            )
            seen.token = replace(parsed, position=position, log=log)
        parsed.require_unrevoked(state, log.name, position)
        if log.name in state.ended and position >= state.ended[log.name]:
            raise Refusal("beyond-tip", "the token's log ended before its position")
        return _verified(parsed, position)

    def _require_recorded(self, log: TokenLog, position: int, parsed: Token) -> None:
        try:
            self._require_issued(log, position, parsed, False, None)
        except Refusal as refusal:
            if refusal.code not in ("never-issued", "beyond-tip"):
                raise
            # The authority's word alone led there.
            raise Refusal("proof-unavailable", "the log does not have the digest where its authority says") from None

    def _require_issued(self, log: TokenLog, position: int, parsed: Token, known: bool, proof: str | None) -> None:
        view = self._view(log)
        if known:
            view.newest()
        elif self._stapling == "ignored" or (self._stapling == "accepted" and not proof):
            view.require_issued(log, position, _leaf(parsed), self._tip_wait_s)
        elif not proof:
            raise Refusal("proof-missing", "no proof came with the token")
        else:
            try:
                sent = parse_header(proof)
            except FormatError:
                raise Refusal("proof-malformed", "what came as the proof is none") from None
            view.require_shown(log, sent.require(log.key, position, _leaf(parsed)), self._now())

    def holds(self) -> dict[str, Any] | None:
        """What an acknowledgement says (spec/acknowledgements.md); None before the key log could be read."""
        try:
            self._own.state()
        except Refusal:
            pass  # what is held is said also while the issuer is away
        state, now = self._own.held, self._now()
        if state is None:
            return None
        taken = [key for kid, key in state.keys.items() if kid not in state.withdrawn and now < key.verify_until]
        taken.sort(key=lambda key: -key.active_from)
        with self._lock:
            heads = [(name, tree) for name, view in self._views.items() for tree in view.heads()]
            services = sorted(self._services)
        return {
            "domain": self._own.policy.domain,
            "services": services,
            "key_log": {
                "size": state.tree.size,
                "root": encode_url(state.tree.root),
                "counted": state.tree.size,
                "lag_ms": max(0, int((now - state.time) * 1000)),
            },
            "keys": [key.key.thumbprint for key in taken[:KEYS_SAID_MAX]],
            "mode": "stapled" if self._stapling == "required" else "tiles",
            "logs": [{"name": name, "size": tree.size, "root": encode_url(tree.root)} for name, tree in heads[:LOGS_SAID_MAX]],
        }

    def _key(self, state: KeyLogState, seen: _Seen, token: Token) -> StatedKey:
        """The token's key: stated, not withdrawn, of this algorithm, and with a scope that holds the token."""
        by = state.delegations.at(int(self._now()))
        if by is None:
            raise Refusal("keys-unavailable", "no delegation stands")
        seen.key = state.keys.get(token.kid)
        if token.kid in state.withdrawn:
            if state.withdrawn[token.kid] == "ended" and self._now() >= token.expires:
                raise Refusal("expired", "token is expired")
            raise Refusal("key-withdrawn", "token's key was withdrawn")
        key = seen.key
        if key is None or not key.is_admitted(by):
            seen.key = self._neighbours_key(token.kid, self._neighbours)
            if seen.key is not None:
                raise Refusal("domain", "token's key is a key of another trust domain")
            raise Refusal("key-unknown", "token's key is not in the key set")
        if key.key.alg != token.alg:
            raise Refusal("algorithm", "token's algorithm is not its key's")
        token.require_scope(key, by)
        return key

    def _neighbours_key(self, kid: str, domains: Sequence[_DomainKeys]) -> StatedKey | None:
        for domain in domains:
            try:
                if kid in (keys := domain.state().keys):
                    return keys[kid]
            except Refusal:
                continue
        return None

    def _require_expected(self, token: Token, expect: Expectations) -> None:
        now = self._now()
        if token.typ != expect.token_type:
            raise Refusal("token-type", "token is of another type")
        if expect.audience not in token.audiences:
            raise Refusal("audience", "token is for another audience")
        if not allows(list(expect.tenants), token.tenant):
            raise Refusal("tenant", "token is of another tenant")
        if now >= token.expires:
            raise Refusal("expired", "token is expired")
        if max(token.issued_at, token.not_before) > now + SKEW_S:
            raise Refusal("not-yet-valid", "token is not valid yet")

    def _view(self, log: TokenLog) -> LogView:
        with self._lock:
            return self._views.setdefault(log.name, LogView(self._read))


def _leaf(token: Token) -> bytes:
    """The log's leaf data is a version byte and the digest (spec/leaf.md)."""
    return leaf_hash(b"\x01" + token.digest)


def _verified(token: Token, position: int) -> Verified:
    claims = token.claims
    return Verified(
        text(claims, "sub"), token.tenant, claims, text(claims, "jti"), token.kid, position, encode_url(token.digest)
    )
