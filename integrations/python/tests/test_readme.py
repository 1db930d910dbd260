"""The example of the README runs."""

from __future__ import annotations

import re
import unittest
from pathlib import Path
from typing import Any

from tests.world import CASES, HONEST, verifier

EXAMPLE = re.search(r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.S)


class ReadmeTest(unittest.TestCase):
    def ask(self, authorization: str | None) -> str:
        example: dict[str, Any] = {}
        exec(EXAMPLE[1], example)  # type: ignore[index]  # noqa: S102
        said: list[str] = []

        def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            start_response(f"200 {environ['counterfoil.verified'].subject}", [])
            return [b""]

        environ = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
        example["protect"](verifier(), app)(environ, lambda status, headers: said.append(status))
        return said[0]

    def test_it_serves_who_has_a_good_token(self) -> None:
        self.assertEqual((HONEST["audience"], "acme" in HONEST["tenants"] or HONEST["tenants"] == ["*"]), ("https://mail.example", True))
        self.assertEqual(self.ask(f"Bearer {HONEST['token']}"), "200 alice")
        for other in (None, HONEST["token"], f"Basic {HONEST['token']}", f"Bearer {CASES['edited']['token']}"):
            with self.subTest(other), self.assertLogs("counterfoil", "INFO"):
                self.assertEqual(self.ask(other), "401 Unauthorized")


if __name__ == "__main__":
    unittest.main()
