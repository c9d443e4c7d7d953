"""What cannot be read of a request's body, and how much of it there may be."""

from __future__ import annotations


class PayloadError(ValueError):
    """The body cannot be read; the text says why."""


class PayloadTooBig(PayloadError):
    """The body holds more than is taken; the text says by how much."""
