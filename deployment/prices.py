"""The price list that goes into the package: an extract of genai-prices, of the pinned version."""

from __future__ import annotations

import json
from pathlib import Path

from chalicelib.telemetry import EXTRACT_NAME, make_compact_list

FOLDER = Path("chalicelib") / "telemetry" / "prices"


def write_prices(project: Path) -> None:
    """Write the extract where the deployed package looks for it."""
    compact = json.dumps(make_compact_list(), separators=(",", ":"), sort_keys=True)
    (project / FOLDER / EXTRACT_NAME).write_text(compact + "\n")
