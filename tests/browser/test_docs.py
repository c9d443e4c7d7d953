"""The page of the API document: read, searched and tried, by pointer and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import app  # noqa: F401 - registers the routes
from chalicelib.http import ENDPOINTS
from tests.browser.axe import violations
from tests.browser.site import Site
from tests.browser.stage import running_stage
from tests.browser.visits import PATIENCE_MS, SCHEMES, WIDTHS, Scheme, Visit, visiting

DOCUMENTED = [endpoint for endpoint in ENDPOINTS if endpoint.documented]


def read(visit: Visit, address: str = "") -> Page:
    """Go to the page, and wait until it has read the document."""
    visit.page.goto(f"{visit.url}/docs{address}")
    expect(visit.page.locator("article").first).to_be_attached(timeout=PATIENCE_MS)
    return visit.page


@pytest.fixture(scope="module")
def stage_url(demo_site: Site) -> Iterator[str]:
    with running_stage(demo_site.url, "/api") as url:
        yield f"{url}/api"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_endpoint_is_there_with_all_that_it_takes_and_answers(
    browser: Browser, empty_site: Site, width: int, scheme: Scheme
) -> None:
    with visiting(browser, empty_site.url, width=width, scheme=scheme) as visit:
        page = read(visit)
        shown = page.locator("article").evaluate_all("(all) => all.map(({ id }) => id)")
        assert sorted(shown) == sorted(endpoint.view.__name__ for endpoint in DOCUMENTED)
        # Folds are filled when they are opened, and may hold others.
        for _ in range(4):
            page.locator("article details").evaluate_all(
                "(all) => all.forEach((details) => (details.open = true))"
            )
        expect(page.locator(".inside")).not_to_have_count(0)
        assert "[object" not in page.inner_text("main")
        assert "undefined" not in page.inner_text("main")
        assert not visit.overflows()
        assert visit.layout_shift() < 0.01


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_axe_finds_nothing(browser: Browser, empty_site: Site, width: int, scheme: Scheme) -> None:
    with visiting(browser, empty_site.url, width=width, scheme=scheme) as visit:
        article = read(visit).locator("#record")
        for name in ("201", "404", "Try it"):
            article.locator("summary", has_text=name).first.click()
        assert violations(visit.page) == []


def test_a_link_leads_to_its_endpoint(browser: Browser, empty_site: Site) -> None:
    with visiting(browser, empty_site.url) as visit:
        page = read(visit, "#check_gate")
        expect(page.locator("#check_gate h3")).to_be_in_viewport()
        page.get_by_role("navigation", name="Endpoints").get_by_role(
            "link", name=re.compile("Register an agent")
        ).click()
        expect(page.locator("#register_agent h3")).to_be_in_viewport()
        expect(page).to_have_url(re.compile("#register_agent$"))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_search_leaves_what_matches(browser: Browser, empty_site: Site, width: int) -> None:
    with visiting(browser, empty_site.url, width=width) as visit:
        page = read(visit)
        page.keyboard.press("/")
        search = page.get_by_role("searchbox")
        expect(search).to_be_focused()
        page.keyboard.type("post 413")
        expect(page.locator("article:visible")).to_have_count(3)
        expect(page.get_by_role("heading", name="Metrics", exact=True)).to_have_count(0)
        expect(page.get_by_text(f"3 of {len(DOCUMENTED)} endpoints")).to_be_attached()
        search.fill("no such thing")
        expect(page.get_by_text("No endpoint matches")).to_be_visible()
        search.fill("")
        expect(page.locator("article:visible")).to_have_count(len(DOCUMENTED))


def test_an_endpoint_is_tried_with_the_keyboard_alone(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        article = read(visit).locator("#list_agents")
        article.locator("summary", has_text="Try it").focus()
        visit.page.keyboard.press("Enter")
        article.get_by_label("limit").fill("1")
        expect(article.get_by_label("The same as a command")).to_contain_text(
            f"{demo_site.url}/api/v1/agents?limit=1"
        )
        visit.page.keyboard.press("Enter")
        expect(article.locator(".trial-answer .status")).to_have_text("200 OK")
        expect(article.get_by_label("Headers of the answer")).to_contain_text('rel="next"')
        expect(article.get_by_label("Body of the answer")).to_contain_text('"project"')


def test_a_run_is_recorded_and_its_long_id_stays_whole(
    browser: Browser, hostile_site: Site
) -> None:
    """A JavaScript number would lose the last digits."""
    hostile_site.post("agents/docs-agent/register", {"project": "docs"})
    hostile_site.post("agents/docs-agent/versions", {"version": "1"})
    with visiting(browser, hostile_site.url) as visit:
        article = read(visit).locator("#record")
        article.locator("summary", has_text="Try it").click()
        article.get_by_label("agent").fill("docs-agent")
        article.get_by_label("version", exact=True).fill("1")
        article.get_by_label("Body", exact=True).fill(
            '{"id": 9223372036854775807, "status": "<img src=x onerror=alert(1)>"}'
        )
        article.get_by_role("button", name="Send").click()
        body = article.get_by_label("Body of the answer")
        expect(body).to_contain_text('"id": 9223372036854775807')
        expect(body).to_contain_text("<img src=x")


def test_a_locked_service_is_tried_with_a_token(browser: Browser, locked_site: Site) -> None:
    with visiting(browser, locked_site.url) as visit:
        article = read(visit).locator("#list_agents")
        article.locator("summary", has_text="Try it").click()
        article.get_by_role("button", name="Send").click()
        dialog = visit.page.get_by_role("dialog")
        expect(dialog.get_by_label("Token")).to_be_focused()
        dialog.get_by_role("button", name="Not now").click()
        expect(article.locator(".trial-answer .status")).to_contain_text("401")
        assert all("401" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


@pytest.mark.parametrize("address", ["", "/"])
def test_it_works_behind_a_stage(browser: Browser, stage_url: str, address: str) -> None:
    with visiting(browser, stage_url) as visit:
        page = read(visit, address)
        article = page.locator("#get_health")
        article.locator("summary", has_text="Try it").click()
        article.get_by_role("button", name="Send").click()
        expect(article.locator(".trial-answer .status")).to_have_text("200 OK")
        assert all(request.startswith(stage_url) for request in visit.requests)


def test_a_document_that_cannot_be_read_says_what_to_do(browser: Browser, empty_site: Site) -> None:
    with visiting(browser, empty_site.url) as visit:
        visit.page.route("**/openapi.json", lambda route: route.fulfill(status=503))
        visit.page.goto(f"{empty_site.url}/docs")
        expect(visit.page.get_by_role("alert")).to_contain_text("status 503")
        visit.page.unroute("**/openapi.json")
        visit.page.get_by_role("button", name="Try again").click()
        expect(visit.page.locator("article").first).to_be_attached()
        assert all("503" in trouble for trouble in visit.troubles)
        visit.troubles.clear()
