"""The states that a watch can be in."""

from __future__ import annotations

from typing import Literal

State = Literal["ok", "warning", "firing", "insufficient_data"]
