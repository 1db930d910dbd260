"""The vectors about keys: each last entry of a key log, each head, each public key is taken, or refused."""

from __future__ import annotations

import base64
import json
import re
import unittest
from typing import Any

from counterfoil_verifier.keylog import KeyLogState, mirror, replay
from counterfoil_verifier.keys import parse_jwk
from counterfoil_verifier.log import Fork, Tree, leaf_hash, open_checkpoint, parse_vkey, read_entries, root_of
from counterfoil_verifier.policy import parse_policy
from counterfoil_verifier.strict import FormatError
from counterfoil_verifier.weakkeys import known_keys_text, require_owned_ed25519, require_owned_ml_dsa_44

from tests.world import HONEST, NOW, READS, VECTORS, WORLD, outcome, read, verifier

# Of the rules, how long ahead a key is stated: only the registrar could break it, within its delegation.
NOT_CHECKED = {"key-too-soon"}


def key_log(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / f"keylog/{name}.json").read_text())


def entries_of(vector: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(entry) for entry in vector["entries"]]


def state(vector: dict[str, Any], entries: list[bytes]) -> KeyLogState:
    policy = vector["policy"]
    # No head is read here; the policy names the key log for its origin.
    if "/logs/keys+" not in policy:
        policy += re.search(r"^log .*$", WORLD["policy"], re.M)[0] + "\n"  # type: ignore[index]
    return replay(parse_policy(policy.encode()), entries)


def is_taken(run: Any, *arguments: Any) -> bool:
    try:
        run(*arguments)
    except FormatError:
        return False
    return True


class KeyLogTest(unittest.TestCase):
    def test_each_last_entry_is_taken_or_refused(self) -> None:
        names = [path.stem for path in (VECTORS / "keylog").glob("*.json")]
        seen = {True: 0, False: 0}
        for name in names:
            vector = key_log(name)
            entries = entries_of(vector)
            with self.subTest(name):
                state(vector, entries[:-1])
                taken = is_taken(state, vector, entries)
                self.assertEqual(taken, vector["expect"] == "taken" or name in NOT_CHECKED, vector["comment"])
                seen[taken] += 1
        self.assertTrue(seen[True] >= 40 and seen[False] >= 70 and NOT_CHECKED <= set(names), seen)

    def test_of_two_revocations_of_a_group_the_later_time_counts(self) -> None:
        vector = key_log("group-revoked")
        entries = entries_of(vector)
        last = json.loads(entries[-1])

        def again(**change: Any) -> KeyLogState:
            more = json.dumps(last | change, sort_keys=True, separators=(",", ":")).encode()
            return state(vector, [*entries, more])

        group, before = last["group"], last["before"]
        self.assertEqual(again(before=before + 60).revoked.groups[group], before + 60)
        self.assertEqual(again(before=before - 60).revoked.groups[group], before)
        for change in [{"group": group + "A"}, {"group": "B" * 22}, {"group": 7}, {"before": "now"}, {"more": 1}]:
            with self.subTest(change), self.assertRaises(FormatError):
                again(**change)

    def test_what_a_head_says_of_revocations(self) -> None:
        paths = list((VECTORS / "revocations").glob("*.json"))
        self.assertGreaterEqual(len(paths), 10)
        for path in paths:
            vector = json.loads(path.read_text())
            with self.subTest(path.stem):
                try:
                    tip = open_checkpoint(vector["head"].encode(), parse_vkey(vector["vkey"])).revoked
                except FormatError:
                    self.assertRegex(vector["expect"], "^head")
                    continue
                said = "none" if tip is None else f"{tip.number} {tip.tree.size} {tip.time}"
                self.assertEqual(said, vector["expect"], vector["comment"])
                if tip is not None:
                    self.assertEqual(root_of([leaf_hash(entry.encode()) for entry in vector["entries"]]), tip.tree.root)


class MirrorTest(unittest.TestCase):
    def test_a_key_log_goes_on_from_what_was_seen(self) -> None:
        policy = parse_policy(WORLD["policy"].encode())
        state_now = mirror(policy, read, NOW, None)
        size = state_now.tree.size
        bundle = READS[f"https://login.example/enterprise/logs/keys/tile/entries/000.p/{size}"]
        leaves = [leaf_hash(entry) for entry in read_entries(size, lambda _: bundle)]
        for earlier in (1, 5, size - 1, size):
            before = KeyLogState(policy)
            before.tree = Tree(earlier, root_of(leaves[:earlier]))
            with self.subTest(earlier):
                self.assertEqual(mirror(policy, read, NOW, before).tree, state_now.tree)
                before.tree = Tree(earlier, before.tree.root[::-1])
                self.assertRaises(Fork, mirror, policy, read, NOW, before)
        later = KeyLogState(policy)
        later.tree = Tree(size + 1, bytes(32))
        self.assertIs(mirror(policy, read, NOW, later), later)
        asked = verifier()
        later.tree = Tree(5, bytes(32))
        asked._own.held = later
        self.assertEqual(outcome(asked, HONEST), "key-log-forked")


class PublicKeysTest(unittest.TestCase):
    def read(self, kind: str, key: str) -> None:
        if kind == "jwk":
            parse_jwk(json.loads(key))
        elif kind == "vkey":
            parse_vkey(key)
        else:
            # This reader follows no cosigners: of their keys it checks the bytes.
            typed = base64.b64decode(key.split("+", 2)[2])
            (require_owned_ml_dsa_44 if typed[0] == 6 else require_owned_ed25519)(typed[1:])

    def test_each_key_is_taken_or_refused(self) -> None:
        seen = {"taken": 0, "refused": 0}
        for path in (VECTORS / "public-keys").glob("*.txt"):
            form = r"comment: (.*)\nexpect: (taken|refused)\n([a-z-]+): (.*)\n"
            comment, expect, kind, key = re.fullmatch(form, path.read_text()).groups()  # type: ignore[union-attr]
            with self.subTest(path.stem):
                self.assertEqual("taken" if is_taken(self.read, kind, key) else "refused", expect, comment)
                seen[expect] += 1
        self.assertTrue(seen["taken"] >= 9 and seen["refused"] >= 80, seen)

    def test_the_list_of_known_keys_is_the_one_of_the_specification(self) -> None:
        self.assertEqual(known_keys_text(), (VECTORS.parent / "spec/known-keys.txt").read_text())


if __name__ == "__main__":
    unittest.main()
