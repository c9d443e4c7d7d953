"""The pages' files as they are served: read once, addressed by a hash of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from chalicelib.pages.scripts import join_modules

STATIC = Path(__file__).parent / "static"
# Later ones win where two say something on the same element.
STYLES = (
    "theme",
    "page",
    "controls",
    "tiles",
    "charts",
    "tables",
    "cards",
    "comparison",
    "notices",
)
# Served as they are: it runs before the modules, which are served as one script.
FIRST_SCRIPT = "theme_start"
# What the charts are drawn with. `make vendor` puts it there, and pages work without it.
CHARTS_SCRIPT, CHARTS_STYLE = "uPlot.iife.min.js", "uPlot.min.css"
# What the page of the API document takes from the dashboard.
SHARED_MODULES = ("elements", "theme", "token")
SHARED_STYLES = ("theme", "page", "controls")

_SCRIPT = "text/javascript; charset=utf-8"
_STYLE = "text/css; charset=utf-8"


class Asset(NamedTuple):
    """A file that a browser asks for."""

    text: str
    content_type: str


class Bundle(NamedTuple):
    """All assets by name; `release` changes with the content of any, so they never expire."""

    page: str
    assets: Mapping[str, Asset]
    release: str

    def render_page(self, base: str) -> str:
        """The HTML page; `base` leads from its address to that of the assets."""
        has_charts = CHARTS_SCRIPT in self.assets
        charts = f'<script defer src="{base}/{CHARTS_SCRIPT}"></script>' if has_charts else ""
        return self.page.replace("{charts}", charts).replace("{base}", base)


@cache
def dashboard() -> Bundle:
    """The bundle of this process, read from disk at its first use."""
    return read_bundle(STATIC)


def read_bundle(static: Path) -> Bundle:
    """What is in `static`: the dashboard's own files, and the chart library where it is."""
    own = static / "dashboard"
    page = _read(own / "index.html")
    modules = {path.stem: _read(path) for path in sorted(own.glob("*.js"))}
    assets = {
        f"{FIRST_SCRIPT}.js": Asset(modules.pop(FIRST_SCRIPT), _SCRIPT),
        "app.js": Asset(join_modules(modules, "main"), _SCRIPT),
        "icon.svg": Asset(_read(own / "icon.svg"), "image/svg+xml"),
    }
    styles = [_read(own / f"{name}.css") for name in STYLES]
    charts = static / "vendor" / CHARTS_SCRIPT
    if charts.is_file():
        assets[CHARTS_SCRIPT] = Asset(_read(charts), _SCRIPT)
        styles.insert(0, _read(static / "vendor" / CHARTS_STYLE))
    assets["style.css"] = Asset("\n".join(styles), _STYLE)
    return Bundle(page, assets, _hash(page, *(asset.text for asset in assets.values())))


@cache
def api_page() -> Bundle:
    """The page that shows the API document, read from disk at its first use."""
    return read_api_page(STATIC)


def read_api_page(static: Path) -> Bundle:
    """What is in `static/docs`, with the dashboard's looks."""
    own, shared = static / "docs", static / "dashboard"
    files = [*own.glob("*.js"), *(shared / f"{name}.js" for name in SHARED_MODULES)]
    styles = [*(shared / f"{name}.css" for name in SHARED_STYLES), own / "docs.css"]
    modules = {path.stem: _read(path) for path in sorted(files)}
    assets = {
        f"{FIRST_SCRIPT}.js": Asset(_read(shared / f"{FIRST_SCRIPT}.js"), _SCRIPT),
        "app.js": Asset(join_modules(modules, "main"), _SCRIPT),
        "icon.svg": Asset(_read(shared / "icon.svg"), "image/svg+xml"),
        "style.css": Asset("\n".join(map(_read, styles)), _STYLE),
    }
    page = _read(own / "index.html")
    return Bundle(page, assets, _hash(page, *(asset.text for asset in assets.values())))


def _read(path: Path) -> str:
    return path.read_text("utf-8")


def _hash(*texts: str) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()[:16]
