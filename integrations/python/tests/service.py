"""A service for ServicesTest of integrations/node: service.py POLICY MONITOR CLIENT KEY-FILE; says where it listens."""

from __future__ import annotations

import re
import sys
import wsgiref.simple_server
from pathlib import Path
from typing import Any

from counterfoil_verifier import Expectations, Guard, SightingReporter, Verifier

policy = Path(sys.argv[1]).read_bytes()
issuer = re.search(rb"(?m)^issuer (.*)$", policy)
assert issuer is not None
sightings = SightingReporter(
    monitor=sys.argv[2], issuer=issuer[1].decode(), client_id=sys.argv[3], client_key=Path(sys.argv[4]).read_bytes(), instance="python"
)


def inbox(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["counterfoil.verified"].subject.encode()]


with wsgiref.simple_server.make_server("127.0.0.1", 0, inbox) as server:
    origin = f"http://127.0.0.1:{server.server_port}"
    guard = Guard(
        Verifier(policy, sightings=sightings),
        Expectations(audience="archive", tenants=["acme"], binding="bearer-allowed"),
        origin=origin,
        refused=lambda refusal: print("refused", refusal, flush=True),
    )
    server.set_app(guard.wsgi(inbox))
    print("listening", origin, flush=True)
    server.serve_forever()
