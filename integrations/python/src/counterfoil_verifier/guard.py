"""The verifier in front of a service: middleware for WSGI and ASGI, for any framework."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .dpop import DPOP_ALGORITHMS, Request
from .token import Refusal
from .verifier import Expectations, Verified, Verifier

AUTHORIZATION = re.compile(r"(bearer|dpop) +(\S+)\Z", re.I)
RETRY_AFTER_S = 2
UNDECIDED = frozenset(
    "proof-unavailable not-cosigned log-forked key-log-forked keys-unavailable keys-stale algorithm-unavailable".split()
)
"""Refusals of which nobody can tell for now whether the token is good: its client is not sent for another."""
KEY = "counterfoil.verified"
"""Where an application finds its Verified: in the environ of WSGI, in the scope of ASGI."""


@dataclass(frozen=True)
class Guard:
    """Serves tokens that were issued, and no others.

    `origin` is scheme and host as clients see them; without it proofs of possession are refused. `refused` is told of each
    Refusal, for the service's own log: the caller is told no more than 401 or 503.
    """

    verifier: Verifier
    expect: Expectations
    origin: str | None = None
    refused: Callable[[Refusal], None] = lambda refusal: None

    def wsgi(self, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
            found = self._verify(
                environ.get("HTTP_AUTHORIZATION", ""),
                environ.get("REQUEST_METHOD", ""),
                # WSGI has the path decoded, byte for byte (PEP 3333).
                environ.get("RAW_URI", environ.get("REQUEST_URI")) or _quoted((path or "/").encode("latin-1")),
                environ.get("HTTP_DPOP"),
                environ.get("HTTP_COUNTERFOIL_PROOF"),
                environ.get("REMOTE_ADDR"),
            )
            if isinstance(found, Verified):
                return app(environ | {KEY: found}, start_response)
            status, headers = found
            start_response({401: "401 Unauthorized", 503: "503 Service Unavailable"}[status], list(headers.items()))
            return [b""]

        return guarded

    def asgi(self, app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                return await app(scope, receive, send)
            headers: dict[str, str] = {}
            for name, value in scope["headers"]:  # of two proofs none counts
                key = name.decode("latin-1").lower()
                headers[key] = f"{headers[key]},{value.decode('latin-1')}" if key in headers else value.decode("latin-1")
            client = scope.get("client")
            found = await asyncio.to_thread(
                self._verify,
                headers.get("authorization", ""),
                scope.get("method", "GET"),  # a WebSocket begins with one
                _quoted(scope.get("raw_path") or scope["path"].encode()),
                headers.get("dpop"),
                headers.get("counterfoil-proof"),
                client[0] if client else None,
            )
            if isinstance(found, Verified):
                return await app(scope | {KEY: found}, receive, send)
            if scope["type"] == "websocket":
                return await send({"type": "websocket.close", "code": 1008})
            status, answers = found
            said = [(name.lower().encode(), value.encode()) for name, value in answers.items()]
            await send({"type": "http.response.start", "status": status, "headers": said})
            await send({"type": "http.response.body", "body": b""})

        return guarded

    def _verify(
        self, authorization: str, method: str, target: str, dpop: str | None, proof: str | None, address: str | None
    ) -> Verified | tuple[int, dict[str, str]]:
        sent = AUTHORIZATION.match(authorization)
        if sent is None:
            return 401, {"WWW-Authenticate": self._challenge(self.expect.binding == "required", "")}
        is_dpop = sent[1].lower() == "dpop"
        request = Request(
            method=method,
            # What stands in another form could add to the origin's host.
            url=self.origin + target if self.origin and target.startswith("/") else None,
            dpop=dpop if is_dpop else None,
            proof=proof,
            resource=target.partition("?")[0],
            client_address=address,
        )
        try:
            return self.verifier.verify(sent[2], self.expect, request)
        except Refusal as refusal:
            self.refused(refusal)
            if refusal.code in UNDECIDED:
                return 503, {"Retry-After": str(RETRY_AFTER_S)}
            return 401, {"WWW-Authenticate": self._challenge(is_dpop, ', error="invalid_token"')}

    def _challenge(self, is_dpop: bool, fault: str) -> str:
        """RFC 6750 3, RFC 9449 7.1."""
        return f'DPoP algs="{" ".join(DPOP_ALGORITHMS)}"{fault}' if is_dpop else f'Bearer realm="{self.expect.audience}"{fault}'


def _quoted(path: bytes) -> str:
    return "".join(chr(byte) if 0x21 <= byte <= 0x7E and byte not in b'"<>\\^`{|}?#' else f"%{byte:02X}" for byte in path)
