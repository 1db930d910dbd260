"""Logs of c2sp.org/tlog-tiles: signed notes and checkpoints, tiles, trees (RFC 6962 2.1); and how all of it is fetched."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import socket
import threading
import time
import unicodedata
import urllib.parse
from collections.abc import Callable, Container
from dataclasses import dataclass

from .keys import ENTRY_MAX, is_signed_ed25519
from .strict import FormatError, base64_std
from .weakkeys import require_owned_ed25519

NOTE_MAX = 256 << 10
SIGNATURES_MAX = 64
TILE = 256
BUNDLE_MAX = TILE * (2 + ENTRY_MAX)
SIZE_END = 10**15
TIME_MAX = 100_000_000_000
NAME_MAX = 255
READ_TIMEOUT_S = 2.0
FAILURES_MAX = 2

ED25519, COSIGNATURE, NAMED = b"\x01", b"\x04", b"\xff"
REVOCATIONS = "counterfoil-revocations/v1"
SIZE = re.compile(r"(0|[1-9][0-9]{0,14})\Z")
VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\Z")
LINE = re.compile(r"\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)\Z")

Reader = Callable[[str, int], bytes]
"""Gives the body at a URL, of at most so many bytes, or raises OSError."""


class Fork(Exception):
    """A log's key signed two histories, and both were seen."""


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01", left, right)


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00", entry)


def is_name(name: str) -> bool:
    """Whether a text is a note's name, in the one reading that the key log has for everybody."""
    kinds = {unicodedata.category(character) for character in name}
    return (
        0 < len(name) <= NAME_MAX
        and "+" not in name
        and kinds.isdisjoint({"Cc", "Cs", "Zs", "Zl", "Zp"})
        and len(name.encode("utf-16-le")) <= 2 * NAME_MAX
    )


@dataclass(frozen=True)
class LogKey:
    """A key of a signed note."""

    name: str
    raw: bytes
    text: str

    def id(self, kind: bytes) -> bytes:
        return sha256(self.name.encode("utf-8"), b"\n", kind, self.raw)[:4]


def parse_vkey(vkey: str) -> LogKey:
    """name+hash+base64, in its one spelling."""
    parts = VKEY.match(vkey)
    if not parts or not is_name(parts[1]):
        raise FormatError("not a vkey")
    typed = base64_std(parts[3], 33)
    key = LogKey(parts[1], typed[1:], vkey)
    if typed[:1] != ED25519 or key.id(ED25519).hex() != parts[2]:
        raise FormatError("not an Ed25519 vkey, or its hash is wrong")
    require_owned_ed25519(key.raw)
    return key


@dataclass(frozen=True)
class Tree:
    size: int
    root: bytes


@dataclass(frozen=True)
class RevokedTip:
    """How large the open revocation log is, by the line under a head of the key log (spec/keylog.md)."""

    time: int
    number: int
    tree: Tree


@dataclass(frozen=True)
class Checkpoint:
    """One that its log signed; `time` is that of the log's own cosignature."""

    tree: Tree
    text: str
    signatures: int
    time: int | None
    revoked: RevokedTip | None


def open_checkpoint(note: bytes, key: LogKey) -> Checkpoint:
    """A checkpoint that the key has signed."""
    if len(note) > NOTE_MAX:
        raise FormatError("a note is too long")
    try:
        decoded = note.decode("utf-8", "strict")
    except UnicodeDecodeError as e:
        raise FormatError("a note is not UTF-8") from e
    end = decoded.rfind("\n\n")
    if end < 0 or not decoded.endswith("\n") or any(c < " " and c != "\n" for c in decoded):
        raise FormatError("a checkpoint is no signed note")
    signed_text, lines = decoded[: end + 1], decoded[end + 2 : -1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise FormatError("a note has too many signatures")
    signed = False
    timed: int | None = None
    revoked: RevokedTip | None = None
    for line in lines:
        parts = LINE.match(line)
        if not parts:
            raise FormatError("a signature line is malformed")
        signature = base64_std(parts[2])
        if len(signature) < 5:
            raise FormatError("a signature line is malformed")
        if parts[1] != key.name:
            continue
        kind, signature = signature[:4], signature[4:]
        if kind == key.id(ED25519):
            _require_signed(key, signed_text, signature)
            signed = True
        elif kind == key.id(COSIGNATURE):
            # c2sp.org/tlog-cosignature: eight bytes of time, then the signature over it and the text.
            timed = int.from_bytes(signature[:8], "big")
            if not 0 < timed <= TIME_MAX:
                raise FormatError("a cosignature's time is out of range")
            _require_signed(key, f"cosignature/v1\ntime {timed}\n{signed_text}", signature[8:])
        elif kind == key.id(NAMED + REVOCATIONS.encode("ascii")):
            if revoked is not None:
                raise FormatError("a head has two lines about revocations")
            revoked = _revoked_tip(signature, signed_text, key)
    origin, size, root = (signed_text.split("\n") + ["", ""])[:3]
    if not signed or origin != key.name or not SIZE.match(size):
        raise FormatError("a checkpoint is not signed by this log, is of another, or has no size")
    return Checkpoint(Tree(int(size), base64_std(root, 32)), signed_text, len(lines), timed, revoked)


def _require_signed(key: LogKey, text: str, signature: bytes) -> None:
    if len(signature) != 64 or not is_signed_ed25519(key.raw, text.encode("utf-8"), signature):
        raise FormatError("a note's signature is not good")


def _revoked_tip(line: bytes, text: str, key: LogKey) -> RevokedTip:
    if len(line) != 3 * 8 + 32 + 64:
        raise FormatError("a line about revocations has another length")
    at, number, size = (int.from_bytes(line[i : i + 8], "big") for i in (0, 8, 16))
    if at > TIME_MAX or not 1 <= number < SIZE_END or size >= SIZE_END:
        raise FormatError("a line about revocations is out of range")
    root = base64.b64encode(line[24:56]).decode("ascii")
    _require_signed(key, f"{REVOCATIONS}\ntime {at}\nlog {number}\nsize {size}\nroot {root}\n{text}", line[56:])
    return RevokedTip(at, number, Tree(size, line[24:56]))


def _largest_power_below(n: int) -> int:
    return 1 << (n - 1).bit_length() - 1


def root_of(hashes: list[bytes]) -> bytes:
    """The root of a whole list of leaf hashes."""
    if not hashes:
        return sha256()
    level = hashes
    while len(level) > 1:
        level = [node(*level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]


def tile_path(level: int | str, index: int, size: int) -> str:
    """The path of a tile of a tree: the level is a number or `entries`."""
    width = min(TILE, size // TILE ** (0 if isinstance(level, str) else level) - index * TILE)
    if width < 1:
        raise FormatError("no such tile")
    groups = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        groups = f"x{index % 1000:03}/{groups}"
    return f"tile/{level}/{groups}" + (f".p/{width}" if width < TILE else "")


class Tiles:
    """Hashes of one tree from its tiles. None is believed before what it makes is compared with a signed root."""

    def __init__(self, size: int, read: Callable[[str, int], bytes]) -> None:
        self._size = size
        self._read = read

    def _hash(self, level: int, index: int) -> bytes:
        tile = index // TILE
        length = 32 * min(TILE, self._size // TILE**level - tile * TILE)
        data = self._read(tile_path(level, tile, self._size), length)
        if len(data) != length:
            raise FormatError("a tile is of another length")
        return data[32 * (index % TILE) :][:32]

    def _range(self, start: int, width: int, apart: int) -> bytes:
        """The root over a range; at `apart` a leaf that is taken as itself, and not out of a hash above it."""
        bits = width.bit_length() - 1
        whole = width == 1 << bits and start % width == 0 and bits % 8 == 0
        if width == 1 or (whole and not start <= apart < start + width):
            return self._hash(bits // 8, start // width)
        left = _largest_power_below(width)
        return node(self._range(start, left, apart), self._range(start + left, width - left, apart))

    def leaf(self, tree: Tree, position: int) -> bytes:
        """The leaf hash at a position, once its path leads to the tree's root."""
        leaf = self._hash(0, position)
        if self._range(0, tree.size, position) != tree.root:
            raise FormatError("tiles do not lead to the root that the log signed")
        return leaf

    def require_extends(self, older: Tree, newer: Tree) -> None:
        """Raises Fork when the newer tree is no continuation of the older one, FormatError when the tiles do not tell."""
        if older.size > newer.size:
            older, newer = newer, older
        if older.size == newer.size:
            if older.root != newer.root:
                raise Fork
            return
        if older.size == 0:
            return
        then, now = self._both(0, newer.size, older.size)
        if now != newer.root:
            raise FormatError("tiles do not lead to the root that the log signed")
        if then != older.root:
            raise Fork

    def _both(self, start: int, width: int, size: int) -> tuple[bytes | None, bytes]:
        """The roots over a range, of a tree as it was at a size, and of the whole."""
        if start >= size:
            return None, self._range(start, width, -1)
        if start + width <= size:
            whole = self._range(start, width, -1)
            return whole, whole
        left = _largest_power_below(width)
        then_left, now_left = self._both(start, left, size)
        then_right, now_right = self._both(start + left, width - left, size)
        if then_left is None or then_right is None:
            return then_left, node(now_left, now_right)
        return node(then_left, then_right), node(now_left, now_right)


def root_by_path(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes:
    """The root that follows from a leaf and its path (RFC 9162 2.1.3.2)."""
    at, last, root = position, size - 1, leaf
    for hash_ in path:
        if last == 0:
            raise FormatError("a path is too long")
        if at % 2 == 1 or at == last:
            root = node(hash_, root)
            while at % 2 == 0 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            root = node(root, hash_)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise FormatError("a path is too short")
    return root


def read_entries(size: int, read: Callable[[str], bytes]) -> list[bytes]:
    """The first entries of a log, from its bundles."""
    entries: list[bytes] = []
    for index in range((size + TILE - 1) // TILE):
        bundle, at = read(tile_path("entries", index, size)), 0
        for _ in range(min(TILE, size - index * TILE)):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if at + 2 > len(bundle) or end > len(bundle):
                raise FormatError("a bundle is cut")
            entries.append(bundle[at + 2 : end])
            at = end
        if at != len(bundle):
            raise FormatError("a bundle goes on after its entries")
    return entries


class StatusError(OSError):
    """An answer, of an authority that does not stand still unless it is 500 or above."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


def guarded(read: Reader, clock: Callable[[], float] = time.monotonic) -> Reader:
    """A reader with a circuit: after two reads in a row that had no answer everything fails at once, so that no request waits
    for an authority that stands still. Every two seconds one read tries again."""
    lock = threading.Lock()
    failures, try_at = 0, 0.0

    def guarded_read(url: str, most: int) -> bytes:
        nonlocal failures, try_at
        with lock:
            if failures >= FAILURES_MAX:
                if clock() < try_at:
                    raise OSError("the authority does not answer")
                try_at = clock() + READ_TIMEOUT_S
        try:
            body = read(url, most)
        except OSError as e:
            with lock:
                failures = 0 if isinstance(e, StatusError) and e.status < 500 else failures + 1
                if failures == FAILURES_MAX:
                    try_at = clock() + READ_TIMEOUT_S
            raise
        with lock:
            failures = 0
        return body

    return guarded_read


def http_reader(timeout_s: float = READ_TIMEOUT_S) -> Reader:
    """Reads over HTTP: within a time for all of an answer, no longer than is asked for, and redirects are none."""

    def read(url: str, most: int) -> bytes:
        return exchange(url, most, timeout_s)

    return read


def exchange(
    url: str,
    most: int,
    timeout_s: float,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    good: Container[int] = (200,),
) -> bytes:
    """Asks over HTTP, or sends a body. OSError when there is no whole answer in time; StatusError when its status is not good."""
    parts = urllib.parse.urlsplit(url)
    kind = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}.get(parts.scheme)
    if kind is None or not parts.hostname:
        raise OSError("not a URL of HTTP")
    connection = kind(parts.hostname, parts.port, timeout=timeout_s)
    ended = threading.Event()
    connected: list[socket.socket] = []

    def end() -> None:
        ended.set()
        # While it connects, the connection has the socket; a response may take that over.
        for held in connected or [connection.sock]:
            try:
                if held is not None:
                    socket.socket.shutdown(held, socket.SHUT_RDWR)
            except OSError:
                pass

    # A socket's time limit is for each piece; what sends a byte a second would never end.
    timer = threading.Timer(timeout_s, end)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        connected.append(connection.sock)
        method = "GET" if body is None else "POST"
        connection.request(method, parts.path or "/", body, {"Accept-Encoding": "identity"} | (headers or {}))
        response = connection.getresponse()
        if response.status not in good:
            raise StatusError(response.status)
        # What was announced is not believed: it may be left out.
        answer = response.read(most + 1)
        response.close()
        if ended.is_set():
            raise TimeoutError("the answer takes too long")
        if len(answer) > most:
            raise OSError(f"body is longer than {most} bytes")
        if response.length:
            raise OSError("the answer is cut")
        return answer
    except (http.client.HTTPException, ValueError, AttributeError) as e:
        raise OSError("no answer") from e
    finally:
        timer.cancel()
        connection.close()
