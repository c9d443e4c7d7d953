"""The dashboard's files: what the page asks for is there, and a change gives it a new address."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from chalicelib.pages.assets import CHARTS_SCRIPT, CHARTS_STYLE, STATIC, STYLES, read_bundle

ROOT = Path(__file__).parents[2]
MAX_LINES = 250


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A copy of the dashboard's own files, without the chart library."""
    shutil.copytree(STATIC / "dashboard", tmp_path / "dashboard")
    return tmp_path


@pytest.fixture
def static_with_charts(static: Path) -> Path:
    """The same, with something in the chart library's place."""
    (static / "vendor").mkdir()
    (static / "vendor" / CHARTS_SCRIPT).write_text("var uPlot = 1;")
    (static / "vendor" / CHARTS_STYLE).write_text(".uplot {}")
    return static


def test_all_that_the_page_asks_for_is_there(static_with_charts: Path) -> None:
    bundle = read_bundle(static_with_charts)
    asked = re.findall(r'(?:src|href)="([^"]+)"', bundle.render_page("base"))
    assert sorted(asked) == sorted(f"base/{name}" for name in bundle.assets)


def test_without_the_chart_library_the_page_does_not_ask_for_it(static: Path) -> None:
    bundle = read_bundle(static)
    assert CHARTS_SCRIPT not in bundle.assets
    assert "uPlot" not in bundle.render_page("base")


def test_the_charts_own_style_comes_first_so_that_ours_wins(static_with_charts: Path) -> None:
    assert read_bundle(static_with_charts).assets["style.css"].text.startswith(".uplot {}")


def test_every_style_and_every_module_is_in_the_bundle(static: Path) -> None:
    """A file that nobody asks for is left over from something."""
    assert {path.stem for path in (static / "dashboard").glob("*.css")} == set(STYLES)
    script = read_bundle(static).assets["app.js"].text
    modules = {path.stem for path in (static / "dashboard").glob("*.js")} - {"theme_start"}
    assert {name for name in modules if f"const module_{name} = " not in script} == set()


@pytest.mark.parametrize("name", ["index.html", "units.js", "theme.css", "icon.svg"])
def test_a_change_of_any_file_gives_all_a_new_address(static: Path, name: str) -> None:
    before = read_bundle(static).release
    with (static / "dashboard" / name).open("a") as file:
        file.write("\n")
    assert read_bundle(static).release != before


def test_nothing_on_the_page_is_inline() -> None:
    """The Content-Security-Policy would not run it."""
    page = read_bundle(STATIC).render_page("base")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)


def test_scripts_make_no_markup_of_texts() -> None:
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    for path in (STATIC / "dashboard").glob("*.js"):
        assert not re.search(sinks, path.read_text()), path.name


def test_files_stay_small() -> None:
    lengths = {
        path.name: len(path.read_text().splitlines()) for path in (STATIC / "dashboard").iterdir()
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_npm_packages_are_pinned_with_their_hashes_and_bound_to_no_registry() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        pinned = lock[f"node_modules/{name}"]
        assert pinned["version"] == version
        assert pinned["integrity"].startswith("sha512-")
        assert "resolved" not in pinned
