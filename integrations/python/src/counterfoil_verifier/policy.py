"""The one file that a verifier starts from (spec/keys.md, Policy)."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass

from .log import LogKey, parse_vkey
from .strict import FormatError

POLICY_MAX = 256 << 10
ROOT = re.compile(r"([1-9][0-9]{0,8}) ([0-9a-f]{64})\Z")


@dataclass(frozen=True)
class Policy:
    domain: str
    issuer: str
    root_version: int
    root_hash: str
    logs: tuple[LogKey, ...]
    key_log: LogKey

    @property
    def logs_prefix(self) -> str:
        """Begins the origin of each of the issuer's logs."""
        return logs_prefix(self.issuer)


def logs_prefix(issuer: str) -> str:
    return issuer.partition("://")[2] + "/logs/"


def parse_policy(policy: bytes) -> Policy:
    try:
        lines = policy.decode("utf-8", "strict").split("\n")
    except UnicodeDecodeError as e:
        raise FormatError("a policy is not UTF-8") from e
    if len(policy) > POLICY_MAX:
        raise FormatError("a policy is too long")
    once: dict[str, str] = {}
    logs: dict[str, LogKey] = {}
    for at, line in enumerate(lines, 1):
        if line == "" or line.startswith("#"):
            continue
        keyword, _, rest = line.partition(" ")
        if keyword == "log":
            key = parse_vkey(rest)
            if key.name in logs:
                raise FormatError(f"policy line {at}: a log is pinned twice")
            logs[key.name] = key
        elif keyword in once:
            raise FormatError(f"policy line {at}: '{keyword}' twice")
        # Witnesses are not asked here, so a policy that wants them is not followed.
        elif keyword in ("domain", "issuer", "root") or (keyword, rest) == ("quorum", "none"):
            once[keyword] = rest
        else:
            raise FormatError(f"policy line {at}: '{keyword}' is not supported here")
    domain, issuer = once.get("domain", ""), once.get("issuer", "")
    root = ROOT.match(once.get("root", ""))
    key_log = logs.get(logs_prefix(issuer) + "keys")
    if not domain or " " in domain or not is_http_url(issuer) or root is None or key_log is None:
        raise FormatError("policy is not complete: it has domain, issuer, root, and the key log's key")
    return Policy(domain, issuer, int(root[1]), root[2], tuple(logs.values()), key_log)


def is_http_url(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not any(c in url for c in " ?#")
    return parts.scheme in ("http", "https") and bool(host) and parts.username is None and plain
