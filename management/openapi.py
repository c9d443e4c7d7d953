"""Writes docs/openapi.json: `python -m management.openapi`, which `make openapi` runs."""

from __future__ import annotations

import json
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"


def committed_text() -> str:
    """What docs/openapi.json holds: the document, readable and with a line for each change."""
    import app  # noqa: F401, PLC0415 - registers the routes
    from chalicelib.openapi.document import build_document  # noqa: PLC0415

    return json.dumps(build_document(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(committed_text(), "utf-8")
