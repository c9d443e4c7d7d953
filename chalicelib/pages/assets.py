"""The pages' files as they are served: read once, addressed by a hash of their content.

web/ has their sources, and `make pages` builds static/ from them. The built files are committed,
so that running and deploying the service needs no Node.js.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

STATIC = Path(__file__).parent / "static"
PAGE = "index.html"
CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """A file that a browser asks for."""

    text: str
    content_type: str


class Bundle(NamedTuple):
    """A page and its assets by name. `release` changes with any of them, so they never expire."""

    page: str
    assets: Mapping[str, Asset]
    release: str

    def render_page(self, base: str) -> str:
        """The HTML page; `base` leads from its address to that of the assets."""
        return self.page.replace("{base}", base)


@cache
def dashboard() -> Bundle:
    """The dashboard, read from disk at its first use."""
    return read_bundle(STATIC / "dashboard")


@cache
def api_page() -> Bundle:
    """The page that shows the API document, read from disk at its first use."""
    return read_bundle(STATIC / "docs")


def read_bundle(folder: Path) -> Bundle:
    """The page in a folder, and every file beside it."""
    files = sorted(path for path in folder.iterdir() if path.name != PAGE)
    assets = {
        path.name: Asset(path.read_text("utf-8"), CONTENT_TYPES[path.suffix]) for path in files
    }
    page = (folder / PAGE).read_text("utf-8")
    return Bundle(page, assets, _hash(page, *(asset.text for asset in assets.values())))


def _hash(*texts: str) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()[:16]
