"""The pages' files: what a page asks for is there, and a change gives it a new address."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.pages.assets import STATIC, Bundle, api_page, dashboard, read_bundle

ROOT = Path(__file__).parents[3]
MAX_FIRST_PAGE_BYTES = 200_000
pages = pytest.mark.parametrize("page", [dashboard, api_page])


def packed(text: str) -> int:
    return len(gzip.compress(text.encode()))


@pages
def test_all_that_a_page_asks_for_is_there(page: Callable[[], Bundle]) -> None:
    asked = re.findall(r'(?:src|href)="base/([^"]+)"', page().render_page("base"))
    styles = [asset.text for name, asset in page().assets.items() if name.endswith(".css")]
    asked += {found for style in styles for found in re.findall(r"url\(([\w.-]+)\)", style)}
    assert sorted(asked) == sorted(page().assets)


@pages
def test_nothing_on_a_page_is_inline_or_from_elsewhere(page: Callable[[], Bundle]) -> None:
    """The Content-Security-Policy would not run it, and it would need internet."""
    html = page().render_page("base")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", html)
    styles = [asset.text for name, asset in page().assets.items() if name.endswith(".css")]
    assert not any(re.search(r"url\(.?(data:|https?:|//)|@import", style) for style in styles)
    assert not re.search(r"https?://", html)


@pytest.mark.parametrize("name", ["index.html", "app.js", "style.css", "icon.svg"])
def test_a_change_of_any_file_gives_all_a_new_address(tmp_path: Path, name: str) -> None:
    shutil.copytree(STATIC / "dashboard", tmp_path / "dashboard")
    before = read_bundle(tmp_path / "dashboard").release
    with (tmp_path / "dashboard" / name).open("a") as file:
        file.write("\n")
    assert read_bundle(tmp_path / "dashboard").release != before


def test_the_dashboard_is_light() -> None:
    sizes = {name: packed(asset.text) for name, asset in dashboard().assets.items()}
    assert sum(sizes.values()) <= MAX_FIRST_PAGE_BYTES


def test_the_licence_of_all_that_is_built_in_goes_along() -> None:
    licences = (STATIC / "LICENSES.txt").read_text("utf-8")
    packages = json.loads((ROOT / "package.json").read_text())["dependencies"]
    for name, version in packages.items():
        assert f"{name} {version} (" in licences
    for words in ("Leon Sorokin", "Apache License", "SmartBear"):
        assert words in licences


def test_npm_packages_are_pinned_with_their_hashes_and_bound_to_no_registry() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert lock[f"node_modules/{name}"]["version"] == version
    for name, pinned in lock.items():
        assert not name or pinned["integrity"].startswith("sha512-"), name
        assert "resolved" not in pinned, name
