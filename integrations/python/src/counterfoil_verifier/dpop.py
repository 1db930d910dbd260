"""Proofs of possession (RFC 9449 4.3, 7.1): that the client which sends a request holds the key to which its token is bound, and
made the proof just now, for this request, and for this once."""

from __future__ import annotations

import hashlib
import posixpath
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from .keys import EDDSA, RS256, parse_jwk
from .log import TIME_MAX
from .strict import FormatError, allow_only, base64_url, encode_url, inner, strict_object, text, whole
from .token import Refusal, Token

DPOP_ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")
LENGTH_MAX = 8 * 1024
VALUES_MAX = 64
JTI_MAX = 256
WINDOW_S = 60
PROOFS_MAX = 100_000
SHARE_MAX = PROOFS_MAX // 8
"""One key fills no more of it, so that a client which floods it shuts out itself."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a token came with. `method` and `url` are as the client sees them: not from what the client sends. `certificate` is
    the SHA-256 in base64url of the one that the client showed in its TLS handshake; `proof` the header Counterfoil-Proof."""

    method: str | None = None
    url: str | None = None
    dpop: str | None = None
    certificate: str | None = None
    proof: str | None = None
    resource: str | None = None
    client_address: str | None = None


class UsedProofs(Protocol):
    """Remembers which proofs were used. It decides and remembers in one step."""

    def take(self, holder: str, use: str, now: float, forget_at: float) -> str:
        """'first', or why the proof is not taken."""
        ...


class ReplayWindow:
    """In memory, until each proof is too old to be taken. When it is full it takes nothing more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uses: dict[str, tuple[str, float]] = {}
        self._shares: dict[str, int] = {}
        self._swept_at = self._forgotten_to = float("-inf")

    def take(self, holder: str, use: str, now: float, forget_at: float) -> str:
        with self._lock:
            if now - self._swept_at >= 1:
                self._forget(now)
            if use in self._uses:
                return "repeated"
            # A clock that went back brings nothing back that was forgotten.
            if forget_at <= self._forgotten_to:
                return "unknown"
            if self._shares.get(holder, 0) >= SHARE_MAX or len(self._uses) >= PROOFS_MAX:
                return "too many proofs are in use, wait a minute"
            self._uses[use] = (holder, forget_at)
            self._shares[holder] = self._shares.get(holder, 0) + 1
            return "first"

    def _forget(self, now: float) -> None:
        self._swept_at = now
        for use in [use for use, (_, forget_at) in self._uses.items() if forget_at <= now]:
            holder, forget_at = self._uses.pop(use)
            self._forgotten_to = max(self._forgotten_to, forget_at)
            self._shares[holder] -= 1
            if not self._shares[holder]:
                del self._shares[holder]


class Possession:
    def __init__(self, now: Callable[[], float], used: UsedProofs) -> None:
        self._now = now
        self._made_at = int(now())
        self._used = used

    def require(self, text_: str, token: Token, binding: Literal["bearer-allowed", "required"], request: Request) -> None:
        """Refuses the token unless the sender of the request holds what it is bound to."""

        def missing(reason: str) -> Refusal:
            return Refusal("binding-missing", reason)

        bound = token.bound_to
        if token.is_bound and (not bound or not bound.keys() <= {"jkt", "x5t#S256"}):
            raise missing("token is bound in a way that cannot be checked here")
        if binding == "required" and not token.is_bound:
            raise missing("a token bound to its client is wanted")
        if "x5t#S256" in bound:
            # First: it uses up no proof.
            if not request.certificate:
                raise missing("token is bound to a certificate and came without one")
            if request.certificate != bound["x5t#S256"]:
                raise Refusal("binding-invalid", "token is bound to another certificate")
        if "jkt" not in bound:
            return
        if not request.dpop or not request.method or not request.url:
            raise missing("token is bound to a key and came without a proof")
        try:
            self._require_proof(text_, bound["jkt"], request.dpop, request.method, request.url)
        except FormatError as e:
            raise Refusal("binding-invalid", str(e)) from None

    def _require_proof(self, token: str, thumbprint: str, proof: str, method: str, url: str) -> None:
        parts = proof.split(".", 3) if len(proof) <= LENGTH_MAX else []
        if len(parts) != 3:
            raise FormatError("proof is too long, or not header.payload.signature")
        header = strict_object(base64_url(parts[0]), LENGTH_MAX, VALUES_MAX)
        claims = strict_object(base64_url(parts[1]), LENGTH_MAX, VALUES_MAX)
        allow_only(header, "alg", "typ", "jwk", "kid")
        if text(header, "typ") != "dpop+jwt":
            raise FormatError("proof is of another type")
        holder = _signer(text(header, "alg"), inner(header, "jwk"), f"{parts[0]}.{parts[1]}".encode(), base64_url(parts[2]))
        jti, issued, now = text(claims, "jti"), whole(claims, "iat", 0, TIME_MAX), self._now()
        if not 0 < len(jti) <= JTI_MAX:
            raise FormatError("proof's jti is empty or too long")
        if text(claims, "htm") != method:
            raise FormatError("proof is for another method")
        if _normal(text(claims, "htu")) != _normal(url):
            raise FormatError("proof is for another URI")
        if abs(issued - int(now)) > WINDOW_S:
            raise FormatError("proof is too old, or from the future")
        if issued < self._made_at:  # it may have been used before a restart
            raise FormatError("proof is older than this service's start: make a new one")
        if text(claims, "ath") != encode_url(hashlib.sha256(token.encode("ascii")).digest()):
            raise FormatError("proof is for another token")
        if holder != thumbprint:
            raise FormatError("proof is by another key than the token is bound to")
        use = self._used.take(holder, f"{holder}.{jti}", now, issued + WINDOW_S + 1)
        if use != "first":
            raise FormatError(f"proof was used before, or cannot be taken: {use}")


def _signer(alg: str, jwk: dict[str, object], signing_input: bytes, signature: bytes) -> str:
    """The thumbprint of the key in a proof's header, once that key has signed it."""
    if jwk.get("alg", alg) != alg or alg not in DPOP_ALGORITHMS:
        raise FormatError("proof's algorithm is not supported, or not its key's")
    key = parse_jwk({name: value for name, value in jwk.items() if name != "alg"})
    if alg == "PS256" and key.alg == RS256:
        try:
            key.platform.verify(signature, signing_input, padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size), SHA256())
            code = None
        except InvalidSignature:
            code = "signature"
    elif {"Ed25519": EDDSA}.get(alg, alg) == key.alg:
        code = key.refusal(signing_input, signature)
    else:
        raise FormatError("proof's algorithm is not its key's")
    if code not in (None, "signature-high-s"):
        raise FormatError("proof's signature is not good")
    return key.thumbprint


def _normal(uri: str) -> str:
    """A URI without query and fragment, in the normal form of RFC 3986 6.2.2 and 6.2.3."""
    try:
        parts = urllib.parse.urlsplit(uri)
        port = parts.port
    except ValueError:
        raise FormatError("proof's htu is malformed") from None
    standard = {"https": 443, "http": 80}.get(parts.scheme)
    if standard is None or not parts.hostname or parts.username is not None or parts.password is not None:
        raise FormatError("proof's htu is malformed")
    path = parts.path or "/"
    if "/." in path:
        path = posixpath.normpath(path) + ("/" if path.endswith(("/", "/.", "/..")) and posixpath.normpath(path) != "/" else "")
    return f"{parts.scheme}://{parts.hostname}:{port or standard}{path}"
