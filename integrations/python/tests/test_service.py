"""Guards, what they answer, and what the monitor is told; the real monitor takes sightings in ServicesTest of integrations/node."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
import unittest
from typing import Any
from unittest import mock

from counterfoil_verifier import Guard, Refusal, Request, SightingReporter, StatusError, sightings
from counterfoil_verifier.log import guarded
from counterfoil_verifier.sightings import WAITING_MAX
from counterfoil_verifier.strict import canonical, encode_url

from tests.test_dpop import new_key
from tests.world import CASES, HONEST, expectations, outcome, verifier


def key_log_alone(url: str, body: bytes) -> bytes:
    if "/logs/keys/" not in url:
        raise OSError("no answer")
    return body


class GuardTest(unittest.TestCase):
    def wsgi(self, guard: Guard, authorization: str | None) -> tuple[str, dict[str, str]]:
        said: list[tuple[str, dict[str, str]]] = []

        def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            start_response(f"200 {environ['counterfoil.verified'].subject}", [])
            return [b""]

        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/inbox"} | ({"HTTP_AUTHORIZATION": authorization} if authorization else {})
        b"".join(guard.wsgi(app)(environ, lambda status, headers: said.append((status, dict(headers)))))
        return said[0]

    def asgi(self, guard: Guard, authorization: str | None) -> tuple[str, dict[str, str]]:
        said: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": f"200 {scope['counterfoil.verified'].subject}", "headers": []})

        headers = [(b"Authorization", authorization.encode())] if authorization else []
        scope = {"type": "http", "method": "GET", "path": "/inbox", "headers": headers, "client": ("192.0.2.1", 1)}
        asyncio.run(guard.asgi(app)(scope, None, send))
        names = {"www-authenticate": "WWW-Authenticate", "retry-after": "Retry-After"}
        return str(said[0]["status"]), {names[name.decode()]: value.decode() for name, value in said[0]["headers"]}

    def test_it_serves_tokens_that_were_issued_and_no_others(self) -> None:
        for ask in (self.wsgi, self.asgi):
            codes: list[str] = []
            guard = Guard(verifier(), expectations(HONEST), refused=lambda refusal: codes.append(refusal.code))
            with self.subTest(ask.__name__):
                self.assertEqual(ask(guard, f"Bearer {HONEST['token']}"), ("200 alice", {}))
                for name in ("never-issued", "edited", "expired", "dpop-proof-missing"):
                    status, headers = ask(guard, f"Bearer {CASES[name]['token']}")
                    self.assertEqual((status[:3], codes.pop()), ("401", CASES[name]["expect"]))
                    self.assertRegex(headers["WWW-Authenticate"], '^Bearer .*error="invalid_token"$')
                for bare in (None, HONEST["token"], f"Basic {HONEST['token']}"):
                    status, headers = ask(guard, bare)
                    self.assertEqual((status[:3], "error" in headers["WWW-Authenticate"]), ("401", False))
                _, headers = ask(guard, f"DPoP {CASES['dpop-proof-missing']['token']}")
                self.assertRegex(headers["WWW-Authenticate"], '^DPoP algs="ES256 ')

    def test_a_target_adds_nothing_to_the_host_of_the_origin(self) -> None:
        seen: list[str | None] = []

        class Seeing:
            def verify(self, token: str, expect: Any, request: Request) -> None:
                seen.append(request.url)
                raise Refusal("binding-missing", "seen")

        guard = Guard(Seeing(), expectations(HONEST), origin="https://mail.example")  # type: ignore[arg-type]
        for target in ("/inbox?a=1", ".evil.example/inbox", "@evil.example/", "http://evil.example/inbox"):
            environ = {"REQUEST_METHOD": "GET", "RAW_URI": target, "HTTP_AUTHORIZATION": "DPoP a.b.c"}
            guard.wsgi(lambda environ, start: [b""])(environ, lambda status, headers: None)
        self.assertEqual(seen, ["https://mail.example/inbox?a=1", None, None, None])

    def test_it_answers_503_while_the_authority_stands_still(self) -> None:
        guard = Guard(verifier(key_log_alone), expectations(HONEST))
        for ask in (self.wsgi, self.asgi):
            status, headers = ask(guard, f"Bearer {HONEST['token']}")
            self.assertEqual((status[:3], headers), ("503", {"Retry-After": "2"}))


class CircuitTest(unittest.TestCase):
    def test_it_tries_again_every_two_seconds(self) -> None:
        asked, now = [0], [0.0]
        fault: list[OSError | None] = [OSError("no answer")]

        def read(url: str, most: int) -> bytes:
            asked[0] += 1
            if fault[0]:
                raise fault[0]
            return b""

        reading = guarded(read, lambda: now[0])

        def ten_times() -> int:
            failed = 0
            for _ in range(10):
                try:
                    reading("u", 1)
                except OSError:
                    failed += 1
            return failed

        self.assertEqual((ten_times(), asked[0]), (10, 2))
        now[0] = 2
        self.assertEqual((ten_times(), asked[0]), (10, 3))
        now[0], fault[0] = 4, None
        self.assertEqual((ten_times(), asked[0]), (0, 13))
        fault[0] = StatusError(404)  # an answer, and no silence
        self.assertEqual((ten_times(), asked[0]), (10, 23))


class Taker:
    """An issuer and a monitor that answer as they are told, and keep what was sent."""

    def __init__(self, *answers: int, tokens: list[bytes] | None = None) -> None:
        self.sent: list[bytes] = []
        left, sent, tokens = list(answers), self.sent, tokens or []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/token":
                    status, answer = 200, (tokens.pop(0) if tokens else b'{"access_token":"a.b.c","expires_in":300}')
                else:
                    if self.path == "/sightings":
                        sent.append(body)
                    status, answer = (left.pop(0) if left else 202), b"{}"
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_port}"
        key, jwk = new_key()
        jwk["d"] = encode_url(key.private_numbers().private_value.to_bytes(32, "big"))
        self.reporter = SightingReporter(monitor=url, issuer=url, client_id="mail", client_key=canonical(jwk))

    def close(self) -> None:
        self.reporter.close()
        self.server.shutdown()
        self.server.server_close()


class SightingsTest(unittest.TestCase):
    def test_the_first_sight_and_every_refusal_are_reported(self) -> None:
        taker = Taker()
        asked = verifier(sightings=taker.reporter)
        elsewhere = HONEST | {"audience": "https://other.example"}
        for case in (HONEST, HONEST, CASES["never-issued"], CASES["edited"], CASES["one-part"], elsewhere, CASES["token-revoked"]):
            outcome(asked, case, Request(resource="in\nbox"))
        taker.close()
        sightings = [sighting for body in taker.sent for sighting in json.loads(body)["sightings"]]
        said = {sighting["outcome"]: sighting for sighting in sightings}
        self.assertEqual((len(sightings), len(said)), (6, 6))
        self.assertEqual([s["outcome"] for s in said.values() if "evidence" in s], ["never-issued"])
        self.assertEqual(said["never-issued"]["evidence"], CASES["never-issued"]["token"])
        self.assertEqual(said["accepted"]["resource"], "in\ufffdbox")
        self.assertTrue(said["audience"]["signed"] and said["token-revoked"]["signed"] and "signed" not in said["signature"])
        self.assertEqual(said["malformed"]["grade"], "identifier")

    def test_a_batch_is_sent_again_as_it_was_and_in_halves_when_it_is_refused_for_good(self) -> None:
        taker = Taker(503, 413, 202, 400)
        with self.assertLogs("counterfoil", "WARNING"):
            for outcome_ in ("expired", "audience", "tenant"):
                taker.reporter.report({"outcome": outcome_})
            while len(taker.sent) < 6:
                threading.Event().wait(0.005)
        taker.close()
        batches = [json.loads(body) for body in taker.sent]
        self.assertEqual(
            ["+".join(s["outcome"] for s in batch["sightings"]) for batch in batches],
            ["expired+audience+tenant"] * 2 + ["expired", "audience+tenant", "audience", "tenant"],
        )
        self.assertEqual(taker.sent[0], taker.sent[1])
        # The number of a batch that was refused goes to another: the monitor misses none.
        self.assertEqual([batch["sequence"] - batches[0]["sequence"] for batch in batches[2:]], [0, 1, 1, 2])

    def test_answers_that_are_no_tokens_end_no_reporting(self) -> None:
        wrong = [b"[]", b"{}", b'{"access_token":"a.b.c","expires_in":"soon"}', b"no JSON", b"x" * (64 * 1024 + 1)]
        taker = Taker(tokens=wrong)
        with self.assertLogs("counterfoil", "WARNING"), mock.patch.object(sightings, "BACK_OFF_S", (0.01, 0.01)):
            taker.reporter.report({"outcome": "expired"})
            for _ in range(2000):
                if taker.sent:
                    break
                threading.Event().wait(0.005)
        taker.close()
        self.assertEqual((len(taker.sent), wrong, taker.reporter.lost), (1, [], 0))

    def test_what_waits_has_a_limit(self) -> None:
        taker = Taker()
        taker.close()
        for _ in range(20_000):
            taker.reporter.report({"outcome": "expired"})
        self.assertEqual(taker.reporter.lost, 20_000 - WAITING_MAX // 2)
        taker.reporter.report({"outcome": "never-issued", "evidence": "a.b.c"})
        self.assertEqual(taker.reporter.lost, 20_000 - WAITING_MAX // 2)

    def test_an_acknowledgement_says_which_keys_are_taken(self) -> None:
        asked = verifier()
        self.assertEqual(outcome(asked, HONEST), "verified")
        said = asked.holds()
        assert said is not None
        self.assertIn(asked.verify(HONEST["token"], expectations(HONEST)).key_id, said["keys"])
        with self.assertRaises(Refusal) as refused:
            asked.verify(CASES["key-withdrawn"]["token"], expectations(CASES["key-withdrawn"]))
        self.assertEqual(refused.exception.code, "key-withdrawn")
        self.assertEqual(set(said["keys"]) & set(asked._own.state().withdrawn), set())
        self.assertEqual([log["name"] for log in said["logs"]], ["s1g1"])


if __name__ == "__main__":
    unittest.main()
