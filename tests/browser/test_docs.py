"""The page of the API document: Swagger UI under the pages' Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import app  # noqa: F401 - registers the routes
from chalicelib.http import ENDPOINTS
from tests.browser.axe import violations
from tests.browser.site import Site
from tests.browser.stage import running_stage
from tests.browser.visits import PATIENCE_MS, SCHEMES, WIDTHS, Scheme, Visit, visiting

DOCUMENTED = [endpoint for endpoint in ENDPOINTS if endpoint.documented]
# What axe finds in the viewer's own elements, which nothing from outside can mend.
OF_THE_VIEWER = {
    "heading-order",
    "nested-interactive",
    "region",
    "scrollable-region-focusable",
    "select-name",
    "target-size",
}


def read(visit: Visit, address: str = "") -> Page:
    """Go to the page, and wait until it has read the document."""
    visit.page.goto(f"{visit.url}/docs{address}")
    expect(visit.page.locator(".opblock").first).to_be_attached(timeout=PATIENCE_MS)
    return visit.page


def operation(page: Page, name: str) -> Locator:
    """The opened box of an operation."""
    box = page.locator(f".opblock[id$='-{name}']")
    box.locator(".opblock-summary-control").click()
    expect(box.locator(".opblock-body")).to_be_visible()
    return box


def send(box: Locator) -> None:
    box.get_by_role("button", name="Execute").click()


@pytest.fixture(scope="module")
def stage_url(demo_site: Site) -> Iterator[str]:
    with running_stage(demo_site.url, "/api") as url:
        yield f"{url}/api"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_endpoint_is_there(
    browser: Browser, empty_site: Site, width: int, scheme: Scheme
) -> None:
    with visiting(browser, empty_site.url, width=width, scheme=scheme) as visit:
        page = read(visit)
        shown = page.locator(".opblock").evaluate_all("(all) => all.map(({ id }) => id)")
        names = sorted(name.rpartition("-")[2] for name in shown)
        assert names == sorted(endpoint.view.__name__ for endpoint in DOCUMENTED)
        expect(page.locator(".info li code").first).to_be_visible()
        assert "[object" not in page.inner_text("body")
        assert not visit.overflows()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_axe_finds_nothing_that_the_page_could_mend(
    browser: Browser, empty_site: Site, width: int, scheme: Scheme
) -> None:
    with visiting(browser, empty_site.url, width=width, scheme=scheme) as visit:
        read(visit)
        found = [
            each for each in violations(visit.page) if each.split(": ")[1] not in OF_THE_VIEWER
        ]
        assert found == []


def test_a_link_leads_to_its_endpoint(browser: Browser, empty_site: Site) -> None:
    with visiting(browser, empty_site.url) as visit:
        page = read(visit, "#check_gate")
        expect(page.locator("#operations-metrics-check_gate .opblock-body")).to_be_visible()
        expect(page.locator("#operations-metrics-check_gate")).to_be_in_viewport()
        operation(page, "register_agent")
        assert page.url.endswith("/docs#register_agent")


def test_the_filter_leaves_the_groups_that_match(browser: Browser, empty_site: Site) -> None:
    """By their own name, or by an endpoint of theirs."""
    with visiting(browser, empty_site.url) as visit:
        page = read(visit)
        page.get_by_placeholder("Filter by tag").fill("runs")
        expect(page.locator("#operations-tag-watches")).to_have_count(0)
        for group in ("runs", "corrections"):
            expect(page.locator(f"#operations-tag-{group}")).to_be_visible()


def test_an_endpoint_is_tried(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        box = operation(read(visit), "list_agents")
        box.get_by_role("button", name="Try it out").click()
        box.locator("[data-param-name=limit] input").fill("1")
        box.locator("[data-param-name=project] input").fill("")
        send(box)
        answer = box.locator(".live-responses-table")
        expect(answer.locator(".response .response-col_status")).to_contain_text("200")
        expect(answer).to_contain_text('"project"')
        expect(answer).to_contain_text('rel="next"')
        expect(box.locator(".curl")).to_contain_text(f"{demo_site.url}/api/v1/agents?limit=1")


def test_a_run_is_recorded_and_its_long_id_stays_whole(
    browser: Browser, hostile_site: Site
) -> None:
    """A JavaScript number would lose the last digits."""
    hostile_site.post("agents/docs-agent/register", {"project": "docs"})
    hostile_site.post("agents/docs-agent/versions", {"version": "1"})
    with visiting(browser, hostile_site.url) as visit:
        box = operation(read(visit), "record")
        box.get_by_role("button", name="Try it out").click()
        box.locator("[data-param-name=agent] input").fill("docs-agent")
        box.locator("[data-param-name=version] input").fill("1")
        box.locator("textarea.body-param__text").fill(
            '{"id": 9223372036854775807, "status": "<img src=x onerror=alert(1)>"}'
        )
        send(box)
        answer = box.locator(".live-responses-table")
        expect(answer).to_contain_text('"id": 9223372036854775807')
        expect(answer).to_contain_text("<img src=x")


def test_a_locked_service_is_tried_with_a_token(browser: Browser, locked_site: Site) -> None:
    with visiting(browser, locked_site.url) as visit:
        page = read(visit)
        page.get_by_role("button", name="Authorize").first.click()
        page.get_by_role("textbox", name="auth-bearer-value").fill("amt_wrong")
        page.locator(".auth-btn-wrapper").get_by_role("button", name="Apply credentials").click()
        page.get_by_role("button", name="Close").first.click()
        box = operation(page, "list_agents")
        box.get_by_role("button", name="Try it out").click()
        with page.expect_request("**/api/v1/agents?*") as asked:
            send(box)
        assert asked.value.headers["authorization"] == "Bearer amt_wrong"
        expect(box.locator(".live-responses-table")).to_contain_text("401")
        assert all("401" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


@pytest.mark.parametrize("address", ["", "/"])
def test_it_works_behind_a_stage(browser: Browser, stage_url: str, address: str) -> None:
    with visiting(browser, stage_url) as visit:
        page = read(visit, address)
        box = operation(page, "get_health")
        box.get_by_role("button", name="Try it out").click()
        send(box)
        expect(box.locator(".live-responses-table")).to_contain_text("200")
        assert all(request.startswith(stage_url) for request in visit.requests)


def test_a_document_that_cannot_be_read_says_what_to_do(browser: Browser, empty_site: Site) -> None:
    with visiting(browser, empty_site.url) as visit:
        visit.page.route("**/openapi.json", lambda route: route.fulfill(status=503))
        visit.page.goto(f"{empty_site.url}/docs")
        expect(visit.page.get_by_role("alert")).to_contain_text("status 503")
        visit.page.unroute("**/openapi.json")
        visit.page.get_by_role("button", name="Try again").click()
        expect(visit.page.locator(".opblock").first).to_be_attached()
        assert all("503" in trouble for trouble in visit.troubles)
        visit.troubles.clear()
