"""Tokens on the wire: what is known of them, and never what a client sends."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from chalicelib.wire.models import Timestamp
from chalicelib.wire.shapes import Meaning


class TokenLimits(TypedDict):
    """How much a minute it may send; null is without a limit of its own."""

    requests: int | None
    questions: Annotated[int | None, Meaning("Of these, questions about metrics.")]


class Token(TypedDict):
    """A token; `last_used_at` is right to ten minutes, and null where it was never used."""

    name: str
    scope: Literal["ingest", "read", "admin"]
    project: str | None
    created_at: Timestamp
    expires_at: Timestamp | None
    last_used_at: Timestamp | None
    limits: TokenLimits
