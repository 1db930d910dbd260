"""Every token of vectors/attached-tokens gets its code, asked twice."""

from __future__ import annotations

import base64
import json
import unittest
from datetime import datetime

from counterfoil_verifier import Expectations, Refusal, StatusError, Verifier

from tests.world import VECTORS

FOLDER = VECTORS / "attached-tokens"


class AttachedTest(unittest.TestCase):
    def test_each_token_gets_its_code(self) -> None:
        world = json.loads((FOLDER / "world.json").read_text())
        now = datetime.fromisoformat(world["now"].replace("Z", "+00:00")).timestamp()

        def read(url: str, most: int) -> bytes:
            if url not in world["reads"]:
                raise StatusError(404)
            return base64.b64decode(world["reads"][url])

        asked = Verifier(world["policy"].encode(), read=read, now=lambda: now, tip_wait_s=0.01)
        cases = [json.loads(path.read_text()) for path in (FOLDER / "cases").glob("*.json")]
        self.assertGreater(len(cases), 40)
        for case in cases * 2:
            expect = Expectations(
                audience=case["audience"], token_type=case["type"], tenants=case["tenants"], binding="bearer-allowed",
                attached_issuers=case["attached_issuers"],
            )  # fmt: skip
            try:
                asked.verify(case["token"], expect)
                outcome = "verified"
            except Refusal as refusal:
                outcome = refusal.code
            with self.subTest(case["comment"]):
                self.assertEqual(outcome, case["expect"])


if __name__ == "__main__":
    unittest.main()
