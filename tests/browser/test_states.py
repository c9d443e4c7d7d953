"""What stands where numbers would be: nothing yet, nothing in the range, no service, no charts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import Site
from tests.browser.visits import SCHEMES, WIDTHS, Scheme, visiting

LONG_AGO = "range=own&from=2001-01-01T00%3A00&to=2001-01-08T00%3A00&tz=UTC"
UNAVAILABLE = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "detail": "the database does not answer",
    "code": "database_unavailable",
    "request_id": "request-7",
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_an_empty_service_says_how_the_first_run_gets_in(
    browser: Browser, empty_site: Site, width: int, scheme: Scheme
) -> None:
    with visiting(browser, empty_site.url, width=width, scheme=scheme) as visit:
        visit.open()

        expect(visit.page.get_by_role("heading", name="No agents yet")).to_be_visible()
        expect(visit.page.locator("pre").first).to_contain_text(
            f"curl -X POST {empty_site.url}/api/v1/agents/my-agent/register"
        )
        assert not visit.overflows()


@pytest.mark.parametrize("page", ["#/", "#/agents/test-fixer"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_range_without_runs_says_so_in_the_same_room(
    browser: Browser, demo_site: Site, width: int, page: str
) -> None:
    with visiting(browser, demo_site.url, width=width) as visit:
        visit.open(f"{page}?{LONG_AGO}")

        expect(visit.tile("Runs")).to_have_text("0")
        expect(visit.tile("Success rate")).to_have_text("\u2013")
        expect(visit.page.get_by_text("No runs in this range").first).to_be_visible()
        assert visit.drawn_charts() == 0
        heights = {box.bounding_box()["height"] for box in visit.page.locator(".plot").all()}  # type: ignore[index]
        assert heights == {232 if width > 760 else 204}
        assert not visit.overflows()


def test_an_empty_range_offers_a_longer_one(browser: Browser, hostile_site: Site) -> None:
    hostile_site.post("agents/silent/register", {"project": "tests"})
    with visiting(browser, hostile_site.url) as visit:
        visit.open("#/agents/silent?range=7d")

        visit.page.get_by_role("link", name="Show 30 days").first.click()

        expect(visit.page).to_have_url(re.compile("range=30d"))
        visit.settle()


def test_a_service_that_fails_is_told_of_once_and_can_be_tried_again(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.page.route("**/api/v1/**", lambda route: route.fulfill(status=503, json=UNAVAILABLE))
        visit.open("#/?range=30d")

        alert = visit.page.get_by_role("alert")
        expect(alert).to_contain_text("The database does not answer.")
        expect(alert).to_contain_text("Request request-7")
        expect(alert).to_have_count(1)
        visit.page.unroute("**/api/v1/**")
        alert.get_by_role("button", name="Try again").click()
        visit.settle()
        expect(alert).to_be_hidden()
        assert visit.drawn_charts() == 6
        assert all("503" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


def test_a_refresh_that_fails_keeps_the_old_numbers_and_says_that_they_are_old(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open("#/?range=30d")
        runs = visit.tile("Runs").inner_text()
        visit.page.route("**/api/v1/**", lambda route: route.abort("connectionrefused"))

        visit.page.get_by_role("button", name="Refresh").click()

        alert = visit.page.get_by_role("alert")
        expect(alert).to_contain_text("The service cannot be reached")
        expect(alert).to_contain_text("What you see is from before.")
        expect(visit.tile("Runs")).to_have_text(runs)
        assert visit.drawn_charts() == 6
        visit.troubles.clear()


def test_it_refreshes_by_itself_while_somebody_looks(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.page.clock.install()
        visit.open("#/?range=24h&refresh=30")
        asked = visit.api_requests()
        visit.page.clock.fast_forward(10_000)
        assert visit.api_requests() == asked

        with visit.page.expect_response(re.compile("/standings")):
            visit.page.clock.fast_forward(21_000)

        visit.settle()
