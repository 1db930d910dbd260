"""Every token of vectors/tokens gets its code, asked in any order, and twice."""

from __future__ import annotations

import base64
import http.server
import re
import threading
import time
import unittest

from counterfoil_verifier import Expectations, FormatError, Verifier, http_reader, log
from counterfoil_verifier.keys import HAS_ML_DSA_44
from counterfoil_verifier.token import parse_token

from tests.world import CASES, HONEST, READS, WORLD, outcome, verifier

# In the order of the checks, the codes from the signature on.
FROM_SIGNATURE_ON = {"verified", "signature", "binding-missing", "never-issued", "beyond-tip"}


class TokensTest(unittest.TestCase):
    def test_each_token_gets_its_code(self) -> None:
        asked = verifier()
        self.assertGreater(len(CASES), 300)
        unavailable = 0
        for name in [*CASES, *reversed(CASES)]:
            expect = CASES[name]["expect"]
            if name.startswith("ml-dsa-44") and expect in FROM_SIGNATURE_ON and not HAS_ML_DSA_44:
                expect = "algorithm-unavailable"
                unavailable += 1
            with self.subTest(name):
                self.assertEqual(outcome(asked, CASES[name]), expect, CASES[name]["comment"])
        self.assertTrue(HAS_ML_DSA_44 or 2 <= unavailable <= 20, unavailable)

    def test_what_lies_between_is_believed_only_as_far_as_it_is_signed(self) -> None:
        self.assertEqual(outcome(verifier(), HONEST), "verified")
        for part, code in {
            "enterprise/logs/keys/checkpoint": "keys-unavailable",
            "enterprise/logs/keys/tile/entries": "keys-unavailable",
            "logs/s1g1/checkpoint": "proof-unavailable",
            "logs/s1g1/tile/0/": "proof-unavailable",
        }.items():

            def flip(url: str, body: bytes, part: str = part) -> bytes:
                at = len(body) // 2
                return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] if part in url else body

            with self.subTest(part):
                self.assertEqual(outcome(verifier(flip), HONEST), code)

    def test_a_revocation_is_believed_only_as_the_root_has_it(self) -> None:
        """It has no signature of its own."""
        seen = []

        def move(url: str, body: bytes) -> bytes:
            if "enterprise/logs/keys/tile/entries" not in url:
                return body
            other = re.sub(rb'("event":"token-revoked","log":"s1g1","position":)[1-9]', rb"\g<1>4", body)
            seen.append(other != body)
            return other

        self.assertEqual(outcome(verifier(move), HONEST), "keys-unavailable")
        self.assertEqual(seen, [True])

    def test_the_time_of_a_head_is_signed(self) -> None:
        seen = []

        def later(url: str, body: bytes) -> bytes:
            if not url.endswith("enterprise/logs/keys/checkpoint"):
                return body
            lines = body.split(b"\n")
            for at, line in enumerate(lines):
                *words, last = line.split(b" ")
                # The cosignature has eight bytes of time before its signature; one byte of it changes.
                if words and len(signed := bytearray(base64.b64decode(last))) == 4 + 8 + 64:
                    signed[11] += 1
                    lines[at] = b" ".join([*words, base64.b64encode(signed)])
            seen.append(b"\n".join(lines) != body)
            return b"\n".join(lines)

        self.assertEqual(outcome(verifier(later), HONEST), "keys-unavailable")
        self.assertEqual(seen, [True])

    def test_a_log_that_ended_issued_nothing_past_its_size(self) -> None:
        asked = verifier()
        self.assertEqual(outcome(asked, HONEST), "verified")
        named, position = parse_token(HONEST["token"]).place()
        for size, code in ((position, "beyond-tip"), (position + 1, "verified")):
            asked._own.held.ended[named] = size  # type: ignore[union-attr]
            self.assertEqual(outcome(asked, HONEST), code)

    def test_a_leaf_planted_in_a_tile_is_not_believed(self) -> None:
        tried = 0
        for name, case in CASES.items():
            if case["expect"] != "never-issued" or name.startswith("ml-dsa-44"):
                continue
            token = parse_token(case["token"])
            named, position = token.place()
            at = position % 256 * 32

            def plant(url: str, body: bytes) -> bytes:
                if f"{named}/tile/0/" not in url or at + 32 > len(body):
                    return body
                return body[:at] + log.leaf_hash(b"\x01" + token.digest) + body[at + 32 :]

            with self.subTest(name):
                self.assertEqual(outcome(verifier(plant), case), "proof-unavailable")
            tried += 1
        self.assertGreaterEqual(tried, 5)

    def test_keys_are_as_fresh_as_the_head_says(self) -> None:
        self.assertEqual(outcome(verifier(late=290), HONEST), "verified")
        self.assertEqual(outcome(verifier(late=310), HONEST), "keys-stale")
        self.assertEqual(outcome(verifier(late=-31), HONEST), "keys-unavailable")

    def test_expectations_cannot_be_left_out(self) -> None:
        good = {"audience": "a", "tenants": ["t"], "binding": "required"}
        Expectations(**good)  # type: ignore[arg-type]
        for name, bad in [("audience", ""), ("tenants", []), ("tenants", "acme"), ("binding", "none")]:
            with self.subTest(name), self.assertRaises(ValueError):
                Expectations(**(good | {name: bad}))  # type: ignore[arg-type]
            with self.subTest(name), self.assertRaises(TypeError):
                Expectations(**{other: value for other, value in good.items() if other != name})  # type: ignore[arg-type]

    def test_a_policy_that_is_not_understood_is_not_followed(self) -> None:
        policy = WORLD["policy"]
        Verifier(policy.encode())
        for changed in [
            policy.replace("quorum none", "quorum w1"),
            policy + "witness w1 w+00000000+AAAA\n",
            policy.replace("domain ", "realm "),
            policy + "domain enterprise\n",
            policy.replace("https://", "ftp://"),
            policy.replace("root 1 ", "root 1 0"),
            policy.replace("log ", "# log "),
        ]:
            with self.subTest(changed), self.assertRaises(FormatError):
                self.assertNotEqual(changed, policy)
                Verifier(changed.encode())

    def test_other_json_is_malformed(self) -> None:
        from counterfoil_verifier.strict import strict_object

        self.assertEqual(strict_object(b' {"a":[1,-0,"\\ud83d\\ude00"]} ', 99), {"a": [1, 0, "\U0001f600"]})
        for bad in [
            b"[]", b"{}{}", b'{"a":1,"\\u0061":2}', b'{"a":01}', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1e999}',
            b'{"a":9223372036854775808}', b'{"a":"\\ud83d"}', b'{"\\udc00":1}', b'{"a":"\n"}', b'{"a":1,}', b"\xef\xbb\xbf{}",
            b"{" + b'"a":{' * 16 + b"}" * 17, b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"a":"\xff"}', b'{"a":+1}', b"{'a':1}",
            b'{"a":\xc2\xa01}', b'{"' + b"a" * 257 + b'":1}', b'{"a":' + b"1" * 33 + b"}",
        ]:  # fmt: skip
            with self.subTest(bad[:40]), self.assertRaises(FormatError):
                strict_object(bad, 20_000)


class ServedTest(unittest.TestCase):
    """What is read over HTTP, through the reader that is there without options."""

    def serve(self) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                if self.path == "/short":
                    self.answer(b"head")
                elif self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", "/short")
                    self.end_headers()
                elif self.path == "/cut":
                    self.send_response(200)
                    self.send_header("Content-Length", "9")
                    self.end_headers()
                    self.wfile.write(b"head")
                elif self.path in ("/dripping", "/dripping-head"):
                    self.drip(self.path == "/dripping")
                elif self.path == "/endless":
                    self.send_response(200)
                    self.end_headers()
                    try:
                        while True:
                            outer.sent += self.wfile.write(bytes(64 * 1024))
                    except OSError:
                        pass
                elif (body := READS.get("https://login.example" + self.path)) is not None:
                    self.answer(body)
                else:
                    self.send_error(404)

            def drip(self, in_body: bool) -> None:
                self.wfile.write(b"HTTP/1.0 200 OK\r\n" + (b"\r\n" if in_body else b"X: "))
                try:
                    for _ in range(100):
                        self.wfile.write(b"x")
                        time.sleep(0.05)
                except OSError:
                    pass

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        outer = self
        self.sent = 0
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def test_a_body_without_an_end_is_not_read_to_it(self) -> None:
        url = self.serve()
        read = http_reader(timeout_s=1)
        self.assertEqual(read(f"{url}/short", 4), b"head")
        for path, most in [("/short", 3), ("/moved", 4), ("/cut", 99), ("/nothing", 4), ("/endless", 1 << 20)]:
            with self.subTest(path), self.assertRaises(OSError):
                read(url + path, most)
        self.assertLess(self.sent, 32 << 20)
        for path in ["/dripping", "/dripping-head"]:
            began = time.monotonic()
            with self.subTest(path), self.assertRaises(OSError):
                read(url + path, 1000)
            self.assertLess(time.monotonic() - began, 4)
        for other in ["file:///etc/passwd", "ftp://127.0.0.1/", "http:///short"]:
            with self.subTest(other), self.assertRaises(OSError):
                read(other, 1000)

    def test_the_world_over_http(self) -> None:
        url = self.serve()
        over_http = http_reader(timeout_s=10)
        served = lambda asked, most: over_http(asked.replace("https://login.example", url), most)  # noqa: E731
        self.assertEqual(outcome(verifier(read=served), HONEST), "verified")
        self.assertEqual(outcome(verifier(read=http_reader(timeout_s=0.01)), HONEST), "keys-unavailable")


if __name__ == "__main__":
    unittest.main()
