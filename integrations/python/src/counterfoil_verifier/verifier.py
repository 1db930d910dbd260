"""The order of the checks (docs/integrate/verifying.md)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .keylog import KeyLogState, StatedKey, TokenLog, allows, mirror
from .log import Fork, Reader, http_reader, leaf_hash
from .policy import Policy, parse_policy
from .stapled import parse_header
from .strict import FormatError, encode_url, text
from .tips import LogView
from .token import Refusal, Token, parse_token

SKEW_S = 10


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """A service's own; none can be left out, but for the token's type.

    `audience` is the service's own name. `tenants` are those whose tokens it honours; ["*"] for any, and then it keeps
    their data apart. A token that is bound is refused whatever `binding` says: proofs of possession are not checked here.
    """

    audience: str
    tenants: Sequence[str]
    binding: Literal["bearer-allowed", "required"]
    token_type: str = "at+jwt"

    def __post_init__(self) -> None:
        if not self.audience or not self.tenants or isinstance(self.tenants, str):
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


class _DomainKeys:
    """The mirrored key log of a domain; what was read last is good for as long as its head says."""

    def __init__(self, policy: Policy, read: Reader, now: Callable[[], float], refresh_every_s: float, stale_after_s: float) -> None:
        self.policy = policy
        self._read = read
        self._now = now
        self._refresh_every_s = refresh_every_s
        self._stale_after_s = stale_after_s
        self._reading = threading.Lock()
        self._held: KeyLogState | None = None
        self._read_at = float("-inf")
        self._forked = False

    def state(self) -> KeyLogState:
        # One reads, and the others take what is held; before there is anything they wait.
        if self._is_due() and self._reading.acquire(blocking=self._held is None):
            try:
                if self._is_due():
                    self._refresh()
            finally:
                self._reading.release()
        held = self._held
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
            self._held = mirror(self.policy, self._read, now, self._held)
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
    ) -> None:
        """`policy` is the policy file; `neighbours` are those of other domains, whose keys are known only to be recognised."""
        self._read = http_reader() if read is None else read
        self._now = now
        self._tip_wait_s = tip_wait_s
        self._own, *self._neighbours = (
            _DomainKeys(parse_policy(file), self._read, now, refresh_every_s, stale_after_s) for file in (policy, *neighbours)
        )
        self._lock = threading.Lock()
        self._views: dict[str, LogView] = {}

    def verify(self, token: str, expect: Expectations) -> Verified:
        """Verifies a token for a service, or raises a Refusal."""
        parsed, log, position = self._signed(token, expect)
        self._view(log).require_issued(log, position, _leaf(parsed), self._tip_wait_s)
        return _verified(parsed, position)

    def verify_stapled(self, token: str, proof: str | None, expect: Expectations) -> Verified:
        """The same with the proof that its client sent along: the value of the header Counterfoil-Proof."""
        parsed, log, position = self._signed(token, expect)
        if not proof:
            raise Refusal("proof-missing", "no proof came with the token")
        try:
            sent = parse_header(proof)
        except FormatError:
            raise Refusal("proof-malformed", "what came as the proof is none") from None
        tree = sent.require(log.key, position, _leaf(parsed))
        self._view(log).require_shown(log, tree, self._now())
        return _verified(parsed, position)

    def _signed(self, token: str, expect: Expectations) -> tuple[Token, TokenLog, int]:
        """Everything but that it was issued."""
        parsed = parse_token(token)
        if text(parsed.claims, "iss") != self._own.policy.issuer:
            raise Refusal("issuer", "token is of another issuer")
        state = self._own.state()
        key = self._key(state, parsed)
        self._require_expected(parsed, expect)
        if key.record_form != "position":
            raise Refusal("key-unknown", "tokens of other issuers' keys are not verified here")
        log, position = parsed.place()
        if log != key.log:
            raise Refusal("wrong-log", "token names another log than its key's")
        parsed.require_unrevoked(state, log, position)
        if code := key.key.refusal(parsed.signing_input, parsed.signature):
            raise Refusal(code, "token's signature is not good, or cannot be checked here")
        if parsed.is_bound or expect.binding == "required":
            raise Refusal("binding-missing", "a proof of possession is wanted, and is not checked here")
        if log in state.ended and position >= state.ended[log]:
            raise Refusal("beyond-tip", "the token's log ended before its position")
        return parsed, state.logs[log], position

    def _key(self, state: KeyLogState, token: Token) -> StatedKey:
        """The token's key: stated, not withdrawn, of this algorithm, and with a scope that holds the token."""
        by = state.delegations.at(int(self._now()))
        if by is None:
            raise Refusal("keys-unavailable", "no delegation stands")
        if token.kid in state.withdrawn:
            if state.withdrawn[token.kid] == "ended" and self._now() >= token.expires:
                raise Refusal("expired", "token is expired")
            raise Refusal("key-withdrawn", "token's key was withdrawn")
        key = state.keys.get(token.kid)
        if key is None or not key.is_admitted(by):
            raise self._unknown(token.kid)
        if key.key.alg != token.alg:
            raise Refusal("algorithm", "token's algorithm is not its key's")
        token.require_scope(key, by)
        return key

    def _unknown(self, kid: str) -> Refusal:
        for neighbour in self._neighbours:
            try:
                if kid in neighbour.state().keys:
                    return Refusal("domain", "token's key is a key of another trust domain")
            except Refusal:
                continue
        return Refusal("key-unknown", "token's key is not in the key set")

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
