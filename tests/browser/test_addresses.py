"""The state of a view is its address: shared, gone back to, and behind any prefix."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import Site
from tests.browser.stage import running_stage
from tests.browser.visits import visiting


@pytest.fixture(scope="module")
def stage_url(demo_site: Site) -> Iterator[str]:
    """The demo site as API Gateway serves it, below the name of a stage."""
    with running_stage(demo_site.url, "/api") as url:
        yield url


def test_a_copied_address_shows_the_same_view(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open("#/?range=30d")
        visit.page.get_by_role("button", name="90 d", exact=True).click()
        visit.page.get_by_label("Time zone").select_option("Australia/Adelaide")
        visit.page.get_by_label("Interval of the charts").select_option("week")
        visit.page.get_by_label("Refresh by itself").select_option("300")
        visit.choice("Project").select_option("support")
        visit.page.get_by_label("Filter agents by name").fill("t")
        expect(visit.page).to_have_url(re.compile("q=t"))
        visit.page.get_by_role("button", name="Spend", exact=True).click()
        expect(visit.page).to_have_url(re.compile("order=-cost"))
        visit.settle()
        names = visit.rows("Agents").locator("a").all_inner_texts()
        address = visit.page.url

    with visiting(browser, demo_site.url, timezone_id="America/New_York") as other:
        other.page.goto(address)
        other.settle()
        page = other.page
        expect(page.get_by_role("button", name="90 d")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_label("Time zone")).to_have_value("Australia/Adelaide")
        expect(page.get_by_label("Interval of the charts")).to_have_value("week")
        expect(page.get_by_label("Refresh by itself")).to_have_value("300")
        expect(other.choice("Project")).to_have_value("support")
        expect(page.get_by_label("Filter agents by name")).to_have_value("t")
        assert other.rows("Agents").locator("a").all_inner_texts() == names
        assert len(names) == 2


def test_back_and_forward_go_through_the_views(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open("#/?range=30d")
        heading = visit.page.get_by_role("heading", level=1)
        visit.page.get_by_role("button", name="24 h", exact=True).click()
        visit.settle()
        visit.page.get_by_role("link", name="ticket-triage").click()
        expect(heading).to_have_text("ticket-triage")
        visit.settle()

        visit.page.go_back()
        expect(heading).to_have_text("Overview")
        expect(visit.page.get_by_role("button", name="24 h")).to_have_attribute(
            "aria-pressed", "true"
        )
        visit.page.go_back()
        expect(visit.page.get_by_role("button", name="30 d")).to_have_attribute(
            "aria-pressed", "true"
        )
        visit.page.go_forward()
        visit.page.go_forward()
        expect(heading).to_have_text("ticket-triage")
        visit.settle()


def test_what_makes_no_sense_in_an_address_is_left_out(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open("#/?range=own&from=x&to=y&tz=Mars%2FCrater&interval=second&refresh=1&who=me")

        expect(visit.page).to_have_url(re.compile(r"#/\?range=7d&tz=Europe%2FBerlin$"))
        assert visit.rows("Agents").count() == 6


def test_a_range_of_ones_own_is_asked_for_and_checked(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open("#/?range=7d&tz=Asia%2FTokyo")
        visit.page.get_by_role("button", name="Own", exact=True).click()
        dialog = visit.page.get_by_role("dialog")
        dialog.get_by_label("From").fill("2026-03-02T09:30")
        dialog.get_by_label("To", exact=True).fill("2026-03-01T09:30")
        dialog.get_by_role("button", name="Show").click()
        expect(dialog.get_by_role("alert")).to_contain_text("ends before it starts")

        dialog.get_by_label("To", exact=True).fill("2026-03-04T12:00")
        dialog.get_by_role("button", name="Show").click()

        expect(dialog).to_have_count(0)
        visit.settle()
        asked = [url for url in visit.requests if "from=2026-03-02T00%3A30%3A00Z" in url]
        assert any("to=2026-03-04T03%3A00%3A00Z" in url for url in asked)


@pytest.mark.parametrize("path", ["/api/dashboard", "/api/dashboard/"])
def test_it_works_behind_a_stages_prefix_with_and_without_a_slash(
    browser: Browser, stage_url: str, path: str
) -> None:
    with visiting(browser, stage_url) as visit:
        visit.page.goto(f"{stage_url}{path}#/agents/code-reviewer?range=30d")
        visit.settle()

        assert visit.drawn_charts() == 6
        visit.page.get_by_role("link", name="Runs", exact=True).click()
        visit.settle()
        visit.page.get_by_role("button", name="Older").click()
        expect(visit.page).to_have_url(re.compile("page="))
        visit.settle()
        expect(visit.rows("Runs")).to_have_count(25)
        assert all(url.startswith(f"{stage_url}/api/") for url in visit.requests)
