"""For people who use a keyboard, hear the page, or need more contrast."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.site import Site
from tests.browser.visits import Scheme, visiting

OVERVIEW = "#/?range=30d"
AGENT = "#/agents/code-reviewer?range=30d"
SHIP = "#/agents/code-reviewer/compare?range=30d"
RUNS = "#/agents/code-reviewer/runs?range=30d"
_FOCUSED = """() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const name = element.getAttribute("aria-label") ?? element.innerText ?? "";
  return [element.tagName, name.trim(), outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];
}"""


@pytest.mark.parametrize(
    ("address", "width", "scheme"),
    [
        (OVERVIEW, 1280, "light"),
        (OVERVIEW, 390, "dark"),
        (AGENT, 1280, "dark"),
        (AGENT, 390, "light"),
        (SHIP, 1280, "dark"),
        (SHIP, 360, "light"),
        (RUNS, 1280, "light"),
        (RUNS, 360, "dark"),
    ],
)
def test_axe_finds_nothing(
    browser: Browser, demo_site: Site, address: str, width: int, scheme: Scheme
) -> None:
    with visiting(browser, demo_site.url, width=width, scheme=scheme) as visit:
        visit.open(address)
        if address in {OVERVIEW, AGENT}:
            visit.page.get_by_role("button", name="Cost as a table", exact=True).click()
        if address == SHIP:
            visit.page.get_by_text("The same in a pipeline").click()
        if address == RUNS:
            assert violations(visit.page) == []
            visit.rows("Runs").get_by_role("link").first.click()
            visit.settle()

        assert violations(visit.page) == []


def test_axe_finds_nothing_where_there_is_nothing(
    browser: Browser, empty_site: Site, demo_site: Site
) -> None:
    with visiting(browser, empty_site.url, scheme="light") as visit:
        visit.open()
        assert violations(visit.page) == []
    with visiting(browser, demo_site.url, scheme="dark") as visit:
        visit.open("#/?range=own&from=2001-01-01T00%3A00&to=2001-01-08T00%3A00&tz=UTC&q=none")
        assert violations(visit.page) == []


def test_axe_finds_nothing_in_dialogs_and_failures(
    browser: Browser, demo_site: Site, locked_site: Site
) -> None:
    with visiting(browser, demo_site.url, scheme="dark") as visit:
        visit.open(OVERVIEW)
        visit.page.get_by_role("button", name="Own", exact=True).click()
        assert violations(visit.page) == []
    with visiting(browser, locked_site.url, scheme="light") as visit:
        visit.page.goto(f"{locked_site.url}/dashboard")
        dialog = visit.page.get_by_role("dialog")
        dialog.get_by_label("Token").fill("amt_wrong")
        dialog.get_by_role("button", name="Continue").click()
        expect(dialog.get_by_role("alert")).to_be_visible()
        assert violations(visit.page) == []
        dialog.get_by_role("button", name="Not now").click()
        expect(visit.page.get_by_role("alert")).to_be_visible()
        assert violations(visit.page) == []
        assert all("401" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


def test_everything_on_the_first_page_is_reached_by_the_tab_key(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(OVERVIEW)

        reached = list(walk(visit.page))

        names = [name for _, name, _ in reached]
        assert names[0] == "Skip to the content"
        for name in ("Agent Metrics", "24 h", "Own", "Refresh", "Time zone", "Runs as a table"):
            assert name in names
        assert "code-reviewer" in names
        assert sum("over time" in name for name in names) == 6
        assert [name for _, name, has_outline in reached if not has_outline] == []


def walk(page: Page, most: int = 120) -> list[tuple[str, str, bool]]:
    """(tag, name, whether the focus shows) of all that Tab leads to, until it leaves the page."""
    reached = []
    for _ in range(most):
        page.keyboard.press("Tab")
        tag, name, has_outline = page.evaluate(_FOCUSED)
        if tag == "BODY":
            break
        reached.append((tag, name, has_outline))
    return reached


def test_the_skip_link_leads_past_the_tools(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(OVERVIEW)
        address = visit.page.url

        visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Enter")

        expect(visit.page.locator("main")).to_be_focused()
        assert visit.page.url == address


def test_arrow_keys_read_a_chart_aloud(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(OVERVIEW)
        chart = visit.page.get_by_role("group", name=re.compile("^Runs over time"))
        chart.focus()

        visit.page.keyboard.press("End")
        spoken = visit.page.locator(".chart").first.locator("[aria-live]")
        expect(spoken).to_contain_text("so far: Runs ")
        last = spoken.inner_text()
        visit.page.keyboard.press("ArrowLeft")
        expect(spoken).not_to_have_text(last)
        expect(visit.page.locator(".tooltip").first).to_be_visible()
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator(".tooltip").first).to_be_hidden()


def test_an_agent_is_opened_sorted_and_compared_with_keys_alone(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(OVERVIEW)
        page = visit.page
        page.get_by_role("button", name="Success rate", exact=True).focus()
        page.keyboard.press("Enter")
        head = page.get_by_role("columnheader", name="Success rate").last
        expect(head).to_have_attribute("aria-sort", "descending")
        expect(page.get_by_role("button", name="Success rate", exact=True)).to_be_focused()
        visit.settle()
        page.keyboard.press("Space")
        expect(head).to_have_attribute("aria-sort", "ascending")

        page.get_by_role("link", name="test-fixer").focus()
        page.keyboard.press("Enter")
        visit.settle()
        page.get_by_role("link", name=re.compile("^Compare with active")).first.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        expect(page).to_have_url(re.compile("/compare"))
        visit.settle()


def test_escape_closes_a_dialog_and_gives_the_focus_back(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(OVERVIEW)
        own = visit.page.get_by_role("button", name="Own", exact=True)
        own.focus()
        visit.page.keyboard.press("Enter")
        expect(visit.page.get_by_label("From")).to_be_focused()

        visit.page.keyboard.press("Escape")

        expect(visit.page.get_by_role("dialog")).to_have_count(0)
        expect(own).to_be_focused()
