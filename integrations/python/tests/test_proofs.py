"""Proofs that clients send, and what is seen of a log whose key signs two histories."""

from __future__ import annotations

import base64
import re
import unittest

from counterfoil_verifier import Request
from counterfoil_verifier.keylog import TokenLog
from counterfoil_verifier.log import Fork, Tiles, Tree, leaf_hash, parse_vkey, root_by_path, root_of, sha256
from counterfoil_verifier.stapled import PROOF_MAX, parse_proof
from counterfoil_verifier.strict import FormatError, encode_url
from counterfoil_verifier.token import Refusal, parse_token

from tests.world import CASES, HONEST, NOW, READS, VECTORS, outcome, verifier

# Their policies have witnesses, and are refused at the start.
WITNESSED = {"no-quorum", "proved-cosigned"}


def leaves_of(name: str) -> list[bytes]:
    prefix = f"https://login.example/enterprise/logs/{name}/tile/0/"
    data = b"".join(READS[url] for url in sorted(READS) if url.startswith(prefix))
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def path_of(leaves: list[bytes], position: int) -> list[bytes]:
    """RFC 6962 2.1.1, as it stands there."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if position < half:
        return [*path_of(leaves[:half], position), root_of(leaves[half:])]
    return [*path_of(leaves[half:], position - half), root_of(leaves[:half])]


def proof_for(token: str) -> str:
    name, position = parse_token(token).place()
    lines = ["c2sp.org/tlog-proof@v1", f"index {position}"]
    lines += [base64.b64encode(hash_).decode() for hash_ in path_of(leaves_of(name), position)]
    note = READS[f"https://login.example/enterprise/logs/{name}/checkpoint"].decode()
    return "\n".join(lines) + "\n\n" + note


class ProofsTest(unittest.TestCase):
    def test_each_proof_gets_its_verdict(self) -> None:
        seen: dict[str, int] = {}
        for path in (VECTORS / "proofs").glob("*.txt"):
            form = r"comment: (.*?)\nexpect: (.*?)\nsigning-input: (.*?)\n--- policy\n(.*?)--- proof\n(.*)"
            comment, expect, signing_input, policy, proof = re.fullmatch(form, path.read_text(), re.S).groups()  # type: ignore[union-attr]
            with self.subTest(path.stem):
                self.assertEqual("witness " in policy, path.stem in WITNESSED)
                if path.stem in WITNESSED:
                    continue
                key = parse_vkey(policy.split("\n")[0].removeprefix("log "))
                try:
                    parsed = parse_proof(proof.encode())
                    leaf = leaf_hash(b"\x01" + sha256(signing_input.encode()))
                    said = f"proved at {parsed.index} of {parsed.require(key, parsed.index, leaf).size}"
                except FormatError:
                    said = "malformed"
                except Refusal:
                    said = "not proved"
                self.assertEqual(said, expect, comment)
                seen[said.split()[0]] = seen.get(said.split()[0], 0) + 1
        self.assertTrue(seen["proved"] >= 4 and seen["not"] >= 8 and seen["malformed"] >= 5, seen)

    def test_a_proof_that_the_client_sends(self) -> None:
        def key_log_alone(url: str, body: bytes) -> bytes:
            if "/logs/keys/" not in url:
                raise OSError("away")
            return body

        good = proof_for(HONEST["token"])
        one_hash = good.split("\n")[2]
        others = (case["token"] for case in CASES.values() if case["expect"] == "verified" and case["token"] != HONEST["token"])
        other = next(token for token in others if parse_token(token).place()[0] == "s1g1")
        encoded = {
            "good": (encode_url(good.encode()), "verified"),
            "none": (None, "proof-missing"),
            "padded": (encode_url(good.encode()) + "=", "proof-malformed"),
            "long": ("A" * (PROOF_MAX + 4), "proof-malformed"),
            "of another": (encode_url(proof_for(other).encode()), "proof-mismatch"),
            "of another log": (encode_url(good.replace("login.example", "lagin.example").encode()), "proof-log"),
            "a hash": (encode_url(good.replace(one_hash, base64.b64encode(bytes(32)).decode()).encode()), "proof-mismatch"),
        }
        for name, (proof, code) in encoded.items():
            with self.subTest(name):
                asked = verifier(key_log_alone, stapling="required")
                self.assertEqual(outcome(asked, HONEST, Request(proof=proof)), code)
        self.assertEqual(outcome(verifier(key_log_alone, stapling="accepted"), HONEST), "proof-unavailable")

    def test_paths_of_every_tree(self) -> None:
        leaves = [leaf_hash(bytes([n])) for n in range(40)]
        for size in range(1, len(leaves) + 1):
            for position in range(size):
                path = path_of(leaves[:size], position)
                self.assertEqual(root_by_path(leaves[position], position, size, path), root_of(leaves[:size]))
                for other in (path[:-1], [*path, leaves[0]]):
                    if other != path:
                        self.assertRaises(FormatError, root_by_path, leaves[position], position, size, other)


class ForksTest(unittest.TestCase):
    def test_a_tree_extends_the_ones_before(self) -> None:
        leaves = leaves_of("s1g1")
        tip = Tree(len(leaves), root_of(leaves))
        prefix = "https://login.example/enterprise/logs/s1g1/"
        tiles = Tiles(tip.size, lambda path, _: READS[prefix + path])
        for size in (1, 2, 3, 255, 256, 257, 300, 500, 511, 512, 513, tip.size - 1):
            then = root_of(leaves[:size])
            tiles.require_extends(Tree(size, then), tip)
            with self.subTest(size), self.assertRaises(Fork):
                tiles.require_extends(Tree(size, then[::-1]), tip)
        for position in (0, 255, 256, 511, 512, tip.size - 1):
            self.assertEqual(tiles.leaf(tip, position), leaves[position])
        with self.assertRaises(FormatError):
            tiles.require_extends(Tree(5, root_of(leaves[:5])), Tree(tip.size, bytes(32)))

    def test_two_histories_are_found(self) -> None:
        asked = verifier()
        self.assertEqual(outcome(asked, HONEST), "verified")
        log: TokenLog = asked._own.state().logs["s1g1"]
        with self.assertRaises(Refusal) as refused:
            asked._view(log).require_shown(log, Tree(300, bytes(32)), NOW)
        self.assertEqual(refused.exception.code, "log-forked")
        self.assertEqual(outcome(asked, HONEST), "log-forked")


if __name__ == "__main__":
    unittest.main()
