"""What a large or odd fleet asks of the dashboard, on a wide and a narrow window.

Nothing is cut silently, versions come as versions, names of any length fit, and the address holds
what was chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, expect

from management.mongod import Mongod
from tests.browser.axe import violations
from tests.browser.site import Site, running_site
from tests.browser.visits import WIDTHS, visiting

widths = pytest.mark.parametrize("width", WIDTHS)
LONG = "long-" + "n" * 195
VERSIONS, IDLE = 130, 150


@pytest.fixture(scope="module")
def crowd(mongod: Mongod) -> Iterator[Site]:
    """120 agents with a run each; one of 130 versions, of which the newest ran last; odd names."""
    with (
        running_site(mongod, f"crowd_{uuid4().hex}") as site,
        httpx.Client(base_url=f"{site.url}/api/v1/agents", timeout=30) as client,
    ):
        present = datetime.now(UTC)
        for number in range(120):
            register(client, f"agent-{number:03}", "1.0")
            record(client, f"agent-{number:03}", "1.0", present, cost=number)
        register(client, "many", *(f"1.{number}" for number in range(VERSIONS)))
        for number in range(VERSIONS):
            at = present - timedelta(minutes=VERSIONS - number)
            record(client, "many", f"1.{number}", at, runs=1 + (number < 100))
        register(client, "idle", "0.9", *(f"1.{number}" for number in range(IDLE)))
        record(client, "idle", "0.9", present, cost=4e-9)
        register(client, LONG, LONG, project=LONG)
        record(client, LONG, LONG, present)
        yield site


def register(client: httpx.Client, agent: str, *versions: str, project: str = "crowd") -> None:
    client.post(f"/{agent}/register", json={"project": project}).raise_for_status()
    for version in versions:
        client.post(f"/{agent}/versions", json={"version": version}).raise_for_status()


def record(
    client: httpx.Client,
    agent: str,
    version: str,
    at: datetime,
    *,
    cost: float = 0.01,
    runs: int = 1,
) -> None:
    run = {"created": at.isoformat(), "status": "completed", "cost": cost, "time_taken": 3}
    answer = client.post(f"/{agent}/versions/{version}/runs", json={"runs": [run] * runs})
    answer.raise_for_status()


@widths
def test_every_agent_is_counted_and_found(browser: Browser, crowd: Site, width: int) -> None:
    with visiting(browser, crowd.url, width=width) as visit:
        visit.open("#/?range=24h&order=-cost")

        expect(visit.tile("Active agents")).to_have_text("123")
        rows = visit.rows("Agents")
        expect(rows.first).to_contain_text("agent-119")
        expect(rows.first).to_contain_text("$119.00")
        expect(visit.page.get_by_text("50 of 123 agents")).to_be_visible()
        visit.page.get_by_role("button", name="Next").click()
        expect(rows.first).to_contain_text("agent-069")
        visit.page.get_by_role("button", name="Back").click()
        expect(rows.first).to_contain_text("agent-119")
        visit.page.get_by_label("Filter agents by name").fill("AGENT-00")
        expect(rows).to_have_count(10)
        expect(visit.page.get_by_text("10 agents, of 123 in all")).to_be_visible()


@widths
def test_the_newest_of_many_versions_is_active_and_compared_with_the_one_before(
    browser: Browser, crowd: Site, width: int
) -> None:
    with visiting(browser, crowd.url, width=width) as visit:
        visit.open("#/?range=24h&q=many")
        expect(visit.rows("Agents").first).to_contain_text("1.129")

        visit.rows("Agents").get_by_role("link", name="many").click()
        visit.settle()
        versions = visit.rows("Versions")
        expect(versions.first).to_contain_text(re.compile(r"1\.129\s*active"))
        expect(visit.page.get_by_text("50 of 130 versions")).to_be_visible()
        visit.page.get_by_role("link", name="May we ship?", exact=True).click()
        visit.settle()
        expect(visit.choice("Candidate")).to_have_value("1.129")
        expect(visit.choice("Base")).to_have_value("1.128")


@widths
def test_versions_come_as_versions(browser: Browser, crowd: Site, width: int) -> None:
    with visiting(browser, crowd.url, width=width) as visit:
        visit.open("#/agents/many?range=24h&vorder=version")
        names = visit.rows("Versions").locator("th bdi:first-child").all_inner_texts()
        assert names[8:12] == ["1.8", "1.9", "1.10", "1.11"]


@widths
def test_the_version_with_all_the_runs_comes_before_those_without(
    browser: Browser, crowd: Site, width: int
) -> None:
    with visiting(browser, crowd.url, width=width) as visit:
        visit.open("#/agents/idle?range=24h")
        expect(visit.rows("Versions").first).to_contain_text("0.9")
        expect(visit.page.get_by_text("50 of 151 versions. 1 had runs")).to_be_visible()
        visit.page.get_by_role("link", name="Runs", exact=True).click()
        visit.settle()
        visit.choice("Version").select_option("0.9")
        visit.settle()
        expect(visit.rows("Runs")).to_have_count(1)


def test_a_tiny_cost_is_shown_as_what_it_is(browser: Browser, crowd: Site) -> None:
    with visiting(browser, crowd.url) as visit:
        visit.open("#/agents/idle?range=24h")
        expect(visit.tile("Cost")).to_have_text("$0.0000000040")


@widths
@pytest.mark.parametrize("page", ["", "/compare", "/runs"])
def test_long_names_stay_within_the_page(
    browser: Browser, crowd: Site, width: int, page: str
) -> None:
    with visiting(browser, crowd.url, width=width) as visit:
        visit.open(f"#/agents/{LONG}{page}?range=24h")
        assert not visit.overflows()
        visit.page.get_by_role("link", name="All agents").click()
        visit.settle()
        visit.choice("Project").select_option(LONG)
        expect(visit.rows("Agents")).to_have_count(1)
        assert not visit.overflows()


@widths
def test_the_way_back_leads_to_the_list_that_was_left(
    browser: Browser, crowd: Site, width: int
) -> None:
    with visiting(browser, crowd.url, width=width) as visit:
        visit.open("#/?range=30d&tz=Asia%2FTokyo&q=agent-0&project=crowd&order=name")
        visit.rows("Agents").get_by_role("link", name="agent-004").click()
        visit.settle()
        visit.page.get_by_role("link", name="Runs", exact=True).click()
        visit.settle()
        address = visit.page.url
        for part in ("range=30d", "tz=Asia%2FTokyo", "q=agent-0", "project=crowd", "order=name"):
            assert part in address
        visit.page.get_by_role("link", name="All agents").click()
        visit.settle()
        expect(visit.page.get_by_label("Filter agents by name")).to_have_value("agent-0")
        expect(visit.rows("Agents").first).to_contain_text("agent-000")


@widths
@pytest.mark.parametrize(
    "edges",
    [
        "from=2026-01-01T00%3A00&to=9999-12-31T23%3A59",
        "from=0001-01-01T00%3A00&to=9999-12-31T23%3A59",
    ],
)
def test_a_range_to_the_end_of_time_shows_what_there_is(
    browser: Browser, crowd: Site, width: int, edges: str
) -> None:
    with visiting(browser, crowd.url, width=width) as visit:
        visit.open(f"#/?range=own&tz=Europe%2FBerlin&{edges}")
        expect(visit.tile("Active agents")).to_have_text("123")
        assert visit.drawn_charts() == 6


def test_a_zones_old_name_is_as_good_as_its_new_one(browser: Browser, crowd: Site) -> None:
    with visiting(browser, crowd.url, timezone_id="Asia/Calcutta") as visit:
        visit.open("#/?range=7d")
        zone = visit.page.get_by_label("Time zone")
        expect(zone).to_have_value("Asia/Kolkata")
        expect(zone.locator("option", has_text="Calcutta")).to_have_count(0)
        visit.open("#/?range=7d&tz=Asia%2FCalcutta")
        expect(visit.page).to_have_url(re.compile("tz=Asia%2FKolkata"))
        assert visit.drawn_charts() == 6


def test_colour_is_for_verdicts_alone(browser: Browser, crowd: Site) -> None:
    with visiting(browser, crowd.url) as visit:
        visit.open("#/agents/many/compare?range=24h")
        assert visit.page.locator(".tile .good, .tile .bad").count() == 0
        words = visit.page.locator(".verdict .badge").all_inner_texts()
        assert set(words) == {"Too few runs"}
        assert visit.page.locator(".verdict .good, .verdict .bad, .span.good").count() == 0


@pytest.mark.parametrize("address", ["#/?range=24h", "#/agents/many/compare?range=24h"])
def test_forced_colours_leave_nothing_unreadable(
    browser: Browser, crowd: Site, address: str
) -> None:
    with visiting(browser, crowd.url, forced_colors="active") as visit:
        visit.open(address)
        assert violations(visit.page) == []
        if "compare" not in address:
            assert visit.drawn_charts() == 6


@widths
def test_paper_has_the_numbers_and_not_the_tools(browser: Browser, crowd: Site, width: int) -> None:
    with visiting(browser, crowd.url, width=width, scheme="dark") as visit:
        visit.open("#/?range=24h")
        visit.page.emulate_media(media="print")
        expect(visit.page.locator(".tools-band")).to_be_hidden()
        expect(visit.page.get_by_label("Filter agents by name")).to_be_hidden()
        expect(visit.tile("Active agents")).to_be_visible()
        background = visit.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert background == "rgb(255, 255, 255)"


def test_a_view_asks_for_little(browser: Browser, crowd: Site) -> None:
    for address in ("#/", "#/agents/many", "#/agents/many/compare", "#/agents/many/runs"):
        with visiting(browser, crowd.url) as visit:
            visit.open(f"{address}?range=7d")
            assert len(visit.api_requests()) <= 6


def test_a_search_for_versions_takes_no_mark_from_the_charts(browser: Browser, crowd: Site) -> None:
    """Where versions began is asked for apart from the rows that the table shows."""
    with visiting(browser, crowd.url) as visit:
        visit.open("#/agents/many?range=24h&vq=no-such-version")
        asked = [url for url in visit.requests if "/agents/many/standings" in url]
        assert sorted("q=no-such-version" in url for url in asked) == [False, True]
