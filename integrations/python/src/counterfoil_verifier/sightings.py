"""What a service saw of tokens, and what it holds of the key log, told to the monitor in the background (spec/sightings.md,
spec/acknowledgements.md)."""

from __future__ import annotations

import collections
import json
import logging
import os
import secrets
import socket
import threading
import time
import unicodedata
import urllib.parse
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from .dpop import Request
from .keylog import StatedKey
from .log import StatusError, exchange
from .strict import FormatError, base64_url, canonical, encode_url, strict_object, text, whole
from .token import Token

BATCH_MAX = 256
WAITING_MAX = 16 * 1024
TEXT_MAX = 1024
COLLECT_S = 0.2
ACKNOWLEDGE_EVERY_S = 25
TIMEOUT_S = 5.0
BACK_OFF_S = (0.25, 30.0)
TOKEN_MARGIN_S = 30
ANSWER_MAX = 64 * 1024
FORGED = frozenset(
    "malformed algorithm key-tainted key-retired key-too-old issuer domain key-scope-tenant key-scope-type key-scope-audience"
    " key-scope-binding key-not-active life-too-long past-verify-until token-id wrong-log never-issued beyond-tip".split()
)
"""Refusals of what the signer would never have signed: with a good signature it is evidence."""


def _fitting(said: object) -> str | None:
    """A text as a sighting may have it: its presenter chose it."""
    if not isinstance(said, str):
        return None
    fitted = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c for c in said[:TEXT_MAX])
    while len(fitted.encode("utf-16-le")) > 2 * TEXT_MAX:
        fitted = fitted[:-1]
    return fitted


def sighting_of(
    outcome: str, raw: str, token: Token | None, key: StatedKey | None, audience: str, request: Request, now: float
) -> dict[str, Any]:
    """What was seen of a token; `key` is the one that it names, where it is known."""
    claims = {} if token is None else token.claims
    signed = (
        outcome != "accepted"
        and token is not None
        and key is not None
        and key.key.refusal(token.signing_input, token.signature) in (None, "signature-high-s")
    )
    elsewhere = outcome == "issuer" and key is not None and key.issuer == claims.get("iss")
    # A whole token is a credential: it leaves only as evidence of a forgery.
    evidence = signed and outcome in FORGED and not elsewhere
    said = {
        "seen_at_ms": int(now * 1000),
        "outcome": outcome,
        "grade": "identifier" if token is None else "digest",
        "digest": None if token is None else encode_url(token.digest),
        "kid": None if token is None else _fitting(token.kid),
        **{name: _fitting(claims.get(name)) for name in ("iss", "tenant", "sub", "client_id", "jti")},
        "iat": claims.get("iat"),
        "exp": claims.get("exp"),
        "service": _fitting(audience),
        "resource": _fitting(request.resource),
        "action": _fitting(request.method),
        "client_address": _fitting(request.client_address),
        "count": 1,
        "signed": True if signed and not evidence else None,
        "evidence": raw if evidence else None,
    }
    return {name: value for name, value in said.items() if value is not None}


class SightingReporter:
    """Tells the monitor what was seen of tokens, and which keys this process accepts.

    `issuer` is the issuer's URL as the policy has it, `client_id` the client under which this service is registered with the
    monitor, `client_key` its private P-256 key as a JWK. Each process has an `instance` of its own: host and process number.
    """

    def __init__(
        self,
        *,
        monitor: str,
        issuer: str,
        client_id: str,
        client_key: bytes,
        audience: str = "counterfoil-monitor",
        instance: str | None = None,
    ) -> None:
        self._monitor = monitor
        self._instance = instance or f"{socket.gethostname()}/{os.getpid()}"
        self._tokens = _Tokens(issuer, client_id, client_key, audience)
        self._waiting: collections.deque[dict[str, Any]] = collections.deque()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._free: list[int] = []
        self._sequence = int(time.time() * 1000)
        self._failing = False
        self.lost = 0
        """Sightings that were not reported, and will not be, since the start."""
        self._threads = [self._start(self._send)]

    def _start(self, work: Callable[..., None], *args: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=args, daemon=True, name="counterfoil-sightings")
        thread.start()
        return thread

    def report(self, sighting: dict[str, Any]) -> None:
        """Takes a sighting; never waits."""
        forged = "signed" in sighting or "evidence" in sighting
        with self._changed:
            room = WAITING_MAX if forged or sighting["outcome"] == "accepted" else WAITING_MAX // 2
            if len(self._waiting) >= room:
                self.lost += 1
            elif forged:
                self._waiting.appendleft(sighting)
            else:
                self._waiting.append(sighting)
            self._changed.notify()

    def follow(self, holds: Callable[[], dict[str, Any] | None]) -> None:
        """Tells the monitor from now on what a verifier holds."""
        self._threads.append(self._start(self._acknowledge, holds))

    def close(self) -> None:
        """Sends what waits, once, and says that this process leaves."""
        self._closing.set()
        with self._changed:
            self._changed.notify()
        for thread in self._threads:
            thread.join(2 * TIMEOUT_S)

    def _send(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._closing.is_set():
                        return
                    self._changed.wait()
            self._closing.wait(COLLECT_S)
            with self._changed:
                batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
            self._deliver(batch)

    def _deliver(self, batch: list[dict[str, Any]]) -> None:
        """Sends a batch until it is taken, is refused for good, or the reporter closes."""
        if self._free:
            number = self._free.pop()
        else:
            number, self._sequence = self._sequence, self._sequence + 1
        # The same bytes however often it is sent, so that it is recorded once.
        says = {"v": 1, "reporter": self._instance, "sequence": number, "lost": self.lost, "sightings": batch}
        body, back_off = json.dumps(says).encode(), BACK_OFF_S[0]
        while problem := self._post("sightings", body):
            if problem in ("status 400", "status 413", "status 422"):
                self._free.append(number)
                if half := len(batch) // 2:
                    self._deliver(batch[:half])
                    self._deliver(batch[half:])
                    return
            self._tell(problem)
            if len(self._free) and self._free[-1] == number or self._closing.wait(back_off):
                with self._changed:
                    self.lost += len(batch)
                return
            back_off = min(2 * back_off, BACK_OFF_S[1])
        self._tell(None)

    def _acknowledge(self, holds: Callable[[], dict[str, Any] | None]) -> None:
        said: dict[str, Any] | None = None
        said_at = float("-inf")
        while not self._closing.wait(2):
            held = holds()
            is_news = held is not None and (said is None or held["key_log"]["size"] != said["key_log"]["size"])
            if held is None or not (is_news or time.monotonic() - said_at >= ACKNOWLEDGE_EVERY_S):
                continue
            held |= {"v": 1, "instance": self._instance, "at_ms": int(time.time() * 1000)}
            problem = self._post("acknowledgements", json.dumps(held).encode())
            self._tell(problem)
            if problem is None:
                said, said_at = held, time.monotonic()
        if said is not None:
            self._post("acknowledgements", json.dumps(said | {"at_ms": int(time.time() * 1000), "leaving": True}).encode())

    def _post(self, path: str, body: bytes) -> str | None:
        """What went wrong, or None."""
        for again in (False, True):
            try:
                headers = {"Authorization": f"Bearer {self._tokens.get(again)}", "Content-Type": "application/json"}
                _post(f"{self._monitor}/{path}", body, headers)
                return None
            except StatusError as e:
                if e.status != 401 or again:
                    return f"status {e.status}"
            except (OSError, ValueError, FormatError) as e:
                return str(e)
        return None

    def _tell(self, problem: str | None) -> None:
        """One line when reports fail, and one when they are taken again."""
        if (problem is not None) == self._failing:
            return
        self._failing = problem is not None
        log = logging.getLogger("counterfoil")
        if self._failing:
            log.warning("reports cannot be sent to %s: %s. Check the monitor and this client's key.", self._monitor, problem)
        else:
            log.info("the monitor takes reports again; sightings lost so far: %d", self.lost)


def _post(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    return exchange(url, ANSWER_MAX, TIMEOUT_S, body, headers, good=range(200, 300))


class _Tokens:
    """Access tokens by client credentials with private_key_jwt (RFC 7523 2.2), each kept until shortly before its end."""

    def __init__(self, issuer: str, client_id: str, client_key: bytes, audience: str) -> None:
        jwk = strict_object(client_key, ANSWER_MAX)
        if jwk.get("crv") != "P-256":
            raise FormatError("client's key is no private P-256 key as a JWK")
        self._issuer, self._client_id, self._audience = issuer, client_id, audience
        self._kid = jwk.get("kid")
        self._key = ec.derive_private_key(int.from_bytes(base64_url(text(jwk, "d")), "big"), ec.SECP256R1())
        self._lock = threading.Lock()
        self._held, self._until = "", float("-inf")

    def get(self, rejected: bool) -> str:
        with self._lock:
            if rejected or time.monotonic() >= self._until:
                form = {
                    "grant_type": "client_credentials",
                    "client_id": self._client_id,
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    "client_assertion": self._assertion(),
                    "audience": self._audience,
                    "scope": "counterfoil:sightings",
                }
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                try:
                    answer = strict_object(_post(f"{self._issuer}/token", urllib.parse.urlencode(form).encode(), headers), ANSWER_MAX)
                except StatusError as e:
                    raise OSError(f"client {self._client_id} gets no access token: status {e.status}") from None
                life = whole(answer, "expires_in", 0) if "expires_in" in answer else 60
                self._held = text(answer, "access_token")
                self._until = time.monotonic() + life - TOKEN_MARGIN_S
            return self._held

    def _assertion(self) -> str:
        now = int(time.time())
        header = {"alg": "ES256", **({"kid": self._kid} if self._kid else {})}
        claims = {"iss": self._client_id, "sub": self._client_id, "aud": self._issuer, "jti": secrets.token_urlsafe(16)}
        signing_input = ".".join(encode_url(canonical(part)) for part in (header, claims | {"iat": now, "exp": now + 60}))
        r, s = decode_dss_signature(self._key.sign(signing_input.encode(), ec.ECDSA(SHA256())))
        return f"{signing_input}.{encode_url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
