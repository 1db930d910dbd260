"""The world of vectors/tokens, which is all that a verifier sees there."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from counterfoil_verifier import Expectations, Refusal, Request, StatusError, Verifier

VECTORS = Path(__file__).parents[3] / "vectors"
WORLD = json.loads((VECTORS / "tokens/world.json").read_text())
READS = {url: base64.b64decode(body) for url, body in WORLD["reads"].items()}
NOW = datetime.fromisoformat(WORLD["now"].replace("Z", "+00:00")).timestamp()
CASES: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text()) for path in (VECTORS / "tokens/cases").glob("*.json")}
HONEST = CASES["honest"]


def read(url: str, most: int) -> bytes:
    if url not in READS:
        raise StatusError(404)
    return READS[url]


def verifier(change: Callable[[str, bytes], bytes] = lambda _, body: body, late: float = 0, **options: Any) -> Verifier:
    named: dict[str, Any] = {"read": lambda url, most: change(url, read(url, most)), "now": lambda: NOW + late, "tip_wait_s": 0.04}
    return Verifier(WORLD["policy"].encode(), neighbours=[WORLD["neighbour"].encode()], **(named | options))


def expectations(case: dict[str, Any]) -> Expectations:
    return Expectations(
        audience=case["audience"],
        token_type=case["type"],
        tenants=case["tenants"],
        binding="bearer-allowed" if case["bearer_allowed"] else "required",
    )


def outcome(asked: Verifier, case: dict[str, Any], request: Request = Request()) -> str:
    try:
        verified = asked.verify(case["token"], expectations(case), request)
    except Refusal as refusal:
        return refusal.code
    assert verified.subject == verified.claims["sub"]
    return "verified"
