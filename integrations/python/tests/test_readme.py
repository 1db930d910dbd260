"""The example of the README runs."""

from __future__ import annotations

import os
import re
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from counterfoil_verifier.strict import canonical, encode_url

from tests.test_dpop import new_key
from tests.world import CASES, HONEST, WORLD, verifier

EXAMPLE = re.search(r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.S)


class ReadmeTest(unittest.TestCase):
    def test_it_serves_who_has_a_good_token(self) -> None:
        key, jwk = new_key()
        jwk["d"] = encode_url(key.private_numbers().private_value.to_bytes(32, "big"))
        example: dict[str, Any] = {}
        here = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "policy.txt").write_text(WORLD["policy"])
            Path(folder, "client.jwk").write_bytes(canonical(jwk))
            os.chdir(folder)
            try:
                # Its monitor is nowhere: nothing is followed, nothing leaves.
                with mock.patch("counterfoil_verifier.SightingReporter.follow"):
                    exec(EXAMPLE[1], example)  # type: ignore[index]  # noqa: S102
            finally:
                os.chdir(here)
        example["sightings"].close()
        example["guard"].__dict__["verifier"] = verifier()

        def ask(authorization: str | None) -> str:
            said: list[str] = []
            environ = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
            body = b"".join(example["app"](environ, lambda status, headers: said.append(status)))
            return f"{said[0]} {body.decode()}"

        self.assertEqual(ask(f"Bearer {HONEST['token']}"), "200 OK hello alice")
        for other in (None, HONEST["token"], f"Basic {HONEST['token']}", f"Bearer {CASES['edited']['token']}"):
            with self.subTest(other):
                self.assertEqual(ask(other)[:3], "401")


if __name__ == "__main__":
    unittest.main()
