"""Money: what is spent and foreseen, against budgets, and on what; numbers split and filtered."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from management.mongod import Mongod
from tests.browser.axe import violations
from tests.browser.site import Site, running_site
from tests.browser.visits import WIDTHS, Scheme, Visit, visiting

widths = pytest.mark.parametrize("width", WIDTHS)
MODELS = [f"model-{number}" for number in range(12)]


@pytest.fixture(scope="module")
def spending(mongod: Mongod) -> Iterator[Site]:
    """Two agents with a run a day and model for five weeks, and a budget that was looked at."""
    with running_site(mongod, f"money_{uuid4().hex}") as site:
        for agent, project in (("coder", "tools"), ("triage", "support")):
            site.post(f"agents/{agent}/register", {"project": project})
            site.post(f"agents/{agent}/versions", {"version": "1"})
            runs = [run for day in range(35) for run in runs_of(day, agent)]
            site.post(f"agents/{agent}/versions/1/runs", {"runs": runs})
        condition = {"type": "budget", "amount": 900, "period": "month", "tz": "Europe/Berlin"}
        site.post("watches", {"name": "the month", "condition": condition})
        site.manage("upkeep", f"--mongo-uri={site.mongo_uri}", f"--db-name={site.database}")
        yield site


def runs_of(day: int, agent: str) -> list[dict[str, Any]]:
    created = (datetime.now(UTC) - timedelta(days=day)).isoformat()
    return [
        {
            "created": created,
            "status": "completed" if (day + place) % 5 else "failed",
            "cost": 0.5 + place / 10 + (agent == "coder") + day % 3,
            "time_taken": 10 + place,
            "models": [model],
            "initiator": "ci" if place % 2 else "nightly",
            "input_tokens": 1000,
            "cache_read_input_tokens": 250,
            "output_tokens": 100,
        }
        for place, model in enumerate(MODELS)
    ]


def answer_of(visit: Visit, site: Site, part: str) -> dict[str, Any]:
    asked = [url for url in visit.requests if part in url][-1]
    return dict(site.get(asked.partition("/api/v1/")[2]))


@widths
def test_the_months_money_and_its_forecast_are_the_apis(
    browser: Browser, spending: Site, width: int
) -> None:
    with visiting(browser, spending.url, width=width) as visit:
        visit.open("#/?range=30d&tz=Europe%2FBerlin")
        visit.page.get_by_role("link", name="Money").click()
        visit.settle()
        spend = answer_of(visit, spending, "group_by=agent")
        forecast = spend["forecast"]

        expect(visit.tile("Spent so far")).to_have_text(dollars(spend["cost"]["total"]))
        expect(visit.tile("Forecast")).to_have_text(dollars(forecast["total"]))
        expect(visit.page.locator(".tiles")).to_contain_text(
            f"{dollars(forecast['low'])} to {dollars(forecast['high'])}"
        )
        expect(visit.tile("Input from cache")).to_have_text("25.0\u202f%")
        budget = visit.rows("Budgets")
        expect(budget).to_contain_text("the month")
        expect(budget).to_contain_text(dollars(spend["budgets"][0]["reading"]["forecast"]))
        for name, number in (("agent", 2), ("project", 2), ("model", 12), ("initiator", 2)):
            expect(visit.rows(f"By {name}")).to_have_count(number)
        expect(visit.rows("By agent").first).to_contain_text("coder")
        assert visit.drawn_charts() == 1
        assert not visit.overflows()
        assert len([url for url in visit.api_requests() if "/spend?" in url]) == 4


def dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount < 999.995 else f"${amount:,.0f}"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_on_the_pages_of_money(
    browser: Browser, spending: Site, width: int, scheme: Scheme
) -> None:
    with visiting(browser, spending.url, width=width, scheme=scheme) as visit:
        for address in ("#/spend?per=week", "#/agents/coder/spend?only=model~model-3"):
            visit.open(address)
            assert violations(visit.page) == []
            assert not visit.overflows()
        visit.page.emulate_media(forced_colors="active")
        assert violations(visit.page) == []


@widths
def test_a_filter_and_a_period_of_money_hold_in_the_address(
    browser: Browser, spending: Site, width: int
) -> None:
    with visiting(browser, spending.url, width=width) as visit:
        visit.open("#/spend")
        visit.page.get_by_role("button", name="This week").click()
        visit.choice("Project").select_option("tools")
        visit.choice("Only runs of one").select_option("initiator")
        visit.page.get_by_label("Initiator", exact=True).fill("ci")
        visit.page.keyboard.press("Tab")
        visit.settle()
        expect(visit.page).to_have_url(re.compile("project=tools.*only=initiator%7Eci.*per=week"))
        spend = answer_of(visit, spending, "group_by=agent")
        assert [group["agent"] for group in spend["groups"]] == ["coder"]
        expect(visit.tile("Spent so far")).to_have_text(dollars(spend["cost"]["total"]))
        expect(visit.page.get_by_role("heading", name="By model")).to_have_count(0)

        visit.rows("By agent").get_by_role("link", name="coder").click()
        visit.settle()
        expect(visit.page).to_have_url(re.compile("agents/coder/spend.*initiator%7Eci.*per=week"))
        expect(visit.rows("By version")).to_have_count(1)


@widths
def test_every_chart_has_a_series_for_each_group_and_one_for_the_others(
    browser: Browser, spending: Site, width: int
) -> None:
    with visiting(browser, spending.url, width=width) as visit:
        visit.open("#/?range=7d&tz=UTC")
        visit.choice("Split by").select_option("model")
        visit.settle()
        metrics = answer_of(visit, spending, "group_by=model&order=runs&limit=7")
        assert len(metrics["groups"]) == 7
        assert metrics["others"]["runs"] == 5 * 7 * 2
        legends = visit.page.get_by_role("list", name=re.compile("^Legend: "))
        expect(legends).to_have_count(6)
        for legend in legends.all():
            expect(legend).to_contain_text("Others")
            expect(legend).to_contain_text(metrics["groups"][6]["model"])
        assert visit.drawn_charts() == 6
        assert len(visit.api_requests()) <= 8  # 6 of the first view, and the two that differ

        visit.page.get_by_role("button", name="Cost as a table", exact=True).click()
        head = visit.page.locator(".plot-table thead").first
        expect(head).to_contain_text("Others")
        with visit.page.expect_download() as started:
            visit.page.get_by_role("button", name="Download cost as CSV", exact=True).click()
        rows = list(csv.DictReader(started.value.path().read_text().splitlines()))
        assert len(rows) == 8 * 7
        assert {row["model"] for row in rows if row["runs"]} >= {"Others", "model-0"}
        expect(visit.rows("Split by")).to_have_count(12)


@widths
def test_a_filter_holds_on_every_page(browser: Browser, spending: Site, width: int) -> None:
    with visiting(browser, spending.url, width=width) as visit:
        visit.open("#/?range=30d&only=initiator~ci")
        for part in ("/changes?", "/standings?", "interval=", "group_by="):
            assert "initiator=ci" in [url for url in visit.requests if part in url][-1]
        visit.open("#/agents/coder/runs?range=30d&only=initiator~ci")
        expect(visit.page.get_by_role("button", name="Clear the filter")).to_be_visible()
        for part in ("/runs?", "/failures?"):
            assert "initiator=ci" in [url for url in visit.requests if part in url][-1]
        assert not visit.overflows()


def test_a_file_of_runs_has_all_that_match(browser: Browser, spending: Site) -> None:
    with visiting(browser, spending.url) as visit:
        visit.open("#/agents/coder/runs?range=30d&only=model~model-3")
        expect(visit.rows("Runs")).to_have_count(25)
        with visit.page.expect_download() as started:
            visit.page.get_by_role("button", name="Download runs as CSV").click()
        rows = list(csv.DictReader(started.value.path().read_text().splitlines()))
        assert len(rows) == 30
        assert {row["models"] for row in rows} == {'["model-3"]'}


@widths
def test_the_gate_says_how_many_more_runs_are_needed_and_gives_its_command(
    browser: Browser, spending: Site, width: int
) -> None:
    site = spending
    site.post("agents/triage/versions", {"version": "2"})
    # Ids of their own, so that the other width finds the same nine runs.
    site.post(
        "agents/triage/versions/2/runs",
        {"runs": [{"id": number, "status": "completed", "cost": 1} for number in range(1, 10)]},
    )
    address = "#/agents/triage/compare?range=7d&base=1&candidate=2&only=outcome~succeeded"
    with visiting(browser, site.url, width=width) as visit:
        visit.open(address)
        ruling = visit.page.locator(".ruling")
        expect(ruling).to_contain_text("Cannot tell yet")
        expect(ruling).to_contain_text(re.compile(r"About \d+ more runs of each side"))
        visit.choice("What decides").select_option("proof")
        visit.settle()
        expect(visit.page).to_have_url(re.compile("decide=proof"))
        visit.page.get_by_text("The same in a pipeline").click()
        command = visit.page.get_by_label("The gate as a command")
        expect(command).to_contain_text("--decide proof")
        expect(command).to_contain_text("--query outcome=succeeded")
        expect(command).to_contain_text("--from 20")
        assert not visit.overflows()
