"""Verifies Counterfoil's access tokens: one call, which gives the claims of a token that was checked in every respect and
was issued, or raises a Refusal."""

from .log import Reader, http_reader
from .strict import FormatError
from .token import Refusal
from .verifier import Expectations, Verified, Verifier

__all__ = ["Expectations", "FormatError", "Reader", "Refusal", "Verified", "Verifier", "http_reader"]
