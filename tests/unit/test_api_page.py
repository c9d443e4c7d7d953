"""The files of the page that shows the API document."""

from __future__ import annotations

import re

import pytest

from chalicelib.pages.assets import SHARED_MODULES, STATIC, api_page

MODULES = sorted(path.stem for path in (STATIC / "docs").glob("*.js"))
MAX_LINES = 250


def test_all_that_the_page_asks_for_is_there() -> None:
    asked = re.findall(r'(?:src|href)="([^"]+)"', api_page().render_page("base"))
    assert sorted(asked) == sorted(f"base/{name}" for name in api_page().assets)


@pytest.mark.parametrize("name", [*MODULES, *SHARED_MODULES])
def test_every_module_is_in_the_script(name: str) -> None:
    assert f"const module_{name} = " in api_page().assets["app.js"].text


@pytest.mark.parametrize("name", MODULES)
def test_no_module_turns_text_into_markup(name: str) -> None:
    source = (STATIC / "docs" / f"{name}.js").read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source)
    assert source.count("\n") <= MAX_LINES


def test_the_page_brings_all_of_it_along() -> None:
    """Nothing is loaded from elsewhere, so it works without internet."""
    texts = [api_page().page, *(asset.text for asset in api_page().assets.values())]
    addresses = {found for text in texts for found in re.findall(r"https?://[^\s\"'<>)]+", text)}
    assert addresses == {"http://www.w3.org/2000/svg"}
