"""Proofs that the client sends along (spec/stapled.md), of c2sp.org/tlog-proof."""

from __future__ import annotations

from dataclasses import dataclass

from .log import SIZE, LogKey, Tree, open_checkpoint, root_by_path
from .strict import FormatError, base64_std, base64_url
from .token import Refusal

PROOF_MAX = 16 << 10
HASHES_MAX = 63


@dataclass(frozen=True)
class Proof:
    index: int
    path: list[bytes]
    checkpoint: bytes

    def require(self, key: LogKey, position: int, leaf: bytes) -> Tree:
        """That the log holds the leaf at the position, under the checkpoint that the proof gives."""
        if self.index != position:
            raise Refusal("proof-mismatch", "proof is of another position")
        try:
            tree = open_checkpoint(self.checkpoint, key).tree
        except FormatError:
            raise Refusal("proof-log", "proof is not under a checkpoint of the token's log") from None
        if tree.size <= position:
            raise Refusal("proof-old", "proof's checkpoint is from before the token")
        try:
            root = root_by_path(leaf, position, tree.size, self.path)
        except FormatError:
            root = b""
        if root != tree.root:
            raise Refusal("proof-mismatch", "proof is of another token")
        return tree


def parse_header(header: str) -> Proof:
    """The value of Counterfoil-Proof."""
    if len(header) > PROOF_MAX:
        raise FormatError("a proof is too long")
    return parse_proof(base64_url(header))


def parse_proof(proof: bytes) -> Proof:
    try:
        head, blank, note = proof.decode("utf-8", "strict").partition("\n\n")
    except UnicodeDecodeError as e:
        raise FormatError("a proof is not UTF-8") from e
    first, *lines = head.split("\n")
    if first != "c2sp.org/tlog-proof@v1" or not blank:
        raise FormatError("a proof is none")
    if lines and lines[0].startswith("extra "):
        base64_std(lines.pop(0).removeprefix("extra "))
    if not 1 <= len(lines) <= 1 + HASHES_MAX or not lines[0].startswith("index "):
        raise FormatError("a proof has no index, or too many hashes")
    index = lines[0].removeprefix("index ")
    if not SIZE.match(index):
        raise FormatError("a proof has no index")
    return Proof(int(index), [base64_std(line, 32) for line in lines[1:]], note.encode("utf-8"))
