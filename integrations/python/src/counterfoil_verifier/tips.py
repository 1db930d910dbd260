"""What this process saw of one log: its newest tree, tiles, and the trees that clients' proofs were under."""

from __future__ import annotations

import threading
import time

from .keylog import TokenLog
from .log import NOTE_MAX, TILE, Fork, Reader, Tiles, Tree, open_checkpoint, tile_path
from .stapled import PROOF_MAX, parse_proof
from .strict import FormatError
from .token import Refusal

TILES_MAX = 1024
SHOWN_MAX = 1024
ISSUED_PER_SECOND_MAX = 100_000
TIP_PAUSE_S = 0.02
ASK_EVERY_S = 1.0
FORKED = "the log has signed two histories"


class LogView:
    def __init__(self, read: Reader) -> None:
        self._read = read
        self._extend = threading.Lock()  # held while a tree is compared with the newest
        self._lock = threading.Lock()
        self._tip = Tree(0, b"")
        self._tiles: dict[str, bytes] = {}
        self._proven: dict[int, bytes] = {}  # tiles of leaves, by index, all of whose hashes led to a root that the log signed
        self._shown: dict[Tree, bool] = {}  # True once the log's own tree was found to hold it
        self._asked = float("-inf")
        self._forked = False
        self._rivals: list[Tree] = []

    def newest(self) -> Tree:
        with self._lock:
            if self._forked:
                raise Refusal("log-forked", FORKED)
            return self._tip

    def tiles(self, log: TokenLog, size: int) -> Tiles:
        """The tiles of a tree, from memory where they are there."""

        def read(path: str, length: int) -> bytes:
            with self._lock:
                held = self._tiles.get(path)
            if held is not None:
                return held
            data = self._read(f"{log.url}/{path}", length)
            if len(data) != length:
                raise FormatError("a tile is of another length")
            with self._lock:
                if len(self._tiles) >= TILES_MAX:
                    self._tiles.clear()
                self._tiles[path] = data
            return data

        return Tiles(size, read)

    def _forget_tiles(self) -> None:
        """One of them is not the log's."""
        with self._lock:
            self._tiles.clear()

    def _advance(self, log: TokenLog) -> None:
        """Reads the log's checkpoint, and takes it once it extends every tree of the log that was seen before."""
        following = open_checkpoint(self._read(f"{log.url}/checkpoint", NOTE_MAX), log.key).tree
        with self._extend:
            tip = self.newest()
            larger = following if following.size >= tip.size else tip
            tiles = self.tiles(log, larger.size)
            self._require_extends(tiles, tip, following)
            with self._lock:
                self._tip = larger
                unsure = [tree for tree, sure in self._shown.items() if not sure and tree.size <= larger.size]
            for tree in unsure:
                self._require_extends(tiles, tree, larger)
                with self._lock:
                    self._shown[tree] = True

    def _require_extends(self, tiles: Tiles, older: Tree, newer: Tree) -> None:
        try:
            tiles.require_extends(older, newer)
        except Fork:
            with self._lock:
                self._forked = True
                self._rivals = [newer, older]
            raise Refusal("log-forked", FORKED) from None
        except FormatError:
            self._forget_tiles()
            raise

    def require_shown(self, log: TokenLog, tree: Tree, now: float) -> None:
        """Takes the tree of a client's proof, and compares it with the log as soon as that can be read."""
        with self._lock:
            sure = self._shown.get(tree)
            if sure is None:
                if len(self._shown) >= SHOWN_MAX:
                    self._shown = {held: known for held, known in self._shown.items() if not known}
                if len(self._shown) >= SHOWN_MAX:
                    raise Refusal("proof-unavailable", "too many proofs' checkpoints wait to be compared with the log")
                self._shown[tree] = False
            due = not sure and now - self._asked >= ASK_EVERY_S
            if due:
                self._asked = now
        if due:
            try:
                self._advance(log)
            except (FormatError, OSError):
                pass  # a log that is away is no reason to refuse what it signed: it is asked again with a later token
        self.newest()

    def require_issued(self, log: TokenLog, position: int, leaf: bytes, wait_s: float) -> None:
        """That the log holds the leaf at the position."""
        try:
            found = self._look(log, position, wait_s)
        except (FormatError, OSError):
            self._forget_tiles()
            return self._online(log, position, leaf)
        if found != leaf:
            raise Refusal("never-issued", "the log holds another token at the token's position")

    def _proven_leaf(self, log: TokenLog, tip: Tree, position: int) -> bytes:
        index, at = position // TILE, position % TILE * 32
        tile = self._proven.get(index, b"")
        if len(tile) > at:
            return tile[at : at + 32]
        leaf = self.tiles(log, tip.size).leaf(tip, position)
        with self._lock:
            # The other leaves of its tile were on the way to the root.
            if (tile := self._tiles.get(tile_path(0, index, tip.size), b"")) != b"":
                if len(self._proven) >= TILES_MAX:
                    self._proven.clear()
                self._proven[index] = tile
        return leaf

    def _online(self, log: TokenLog, position: int, leaf: bytes) -> None:
        """While tiles cannot be read, the authority may still have the proof of this one token."""
        try:
            proof = parse_proof(self._read(f"{log.url}/proof/{position}", PROOF_MAX))
            tree = proof.require(log.key, position, leaf)
        except (FormatError, OSError, Refusal):
            raise Refusal("proof-unavailable", "the log cannot be read") from None
        self.require_shown(log, tree, time.time())

    def heads(self) -> list[Tree]:
        """Its trees for an acknowledgement: the newest, or the two that do not fit."""
        with self._lock:
            return self._rivals or [tree for tree in (self._tip,) if tree.size > 0]

    def _look(self, log: TokenLog, position: int, wait_s: float) -> bytes:
        deadline = time.monotonic() + wait_s
        while True:
            tip = self.newest()
            if position < tip.size:
                return self._proven_leaf(log, tip, position)
            self._advance(log)
            tip = self.newest()
            if position < tip.size:
                continue
            if time.monotonic() >= deadline or position - tip.size >= max(1, int(ISSUED_PER_SECOND_MAX * wait_s)):
                raise Refusal("beyond-tip", "no checkpoint of the log covers the token's position: nothing shows that it was issued")
            time.sleep(TIP_PAUSE_S)
