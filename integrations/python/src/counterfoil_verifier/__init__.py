"""Verifies Counterfoil's access tokens: one call, which gives the claims of a token that was checked in every respect and
was issued, or raises a Refusal."""

from .dpop import Request, UsedProofs
from .guard import Guard
from .log import Reader, StatusError, http_reader
from .sightings import SightingReporter
from .strict import FormatError
from .token import Refusal
from .verifier import Expectations, Verified, Verifier

__all__ = [
    "Expectations", "FormatError", "Guard", "Reader", "Refusal", "Request", "SightingReporter", "StatusError", "UsedProofs",
    "Verified", "Verifier", "http_reader",
]  # fmt: skip
