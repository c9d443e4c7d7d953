"""The first page, on demo data: every part of it is used as a person would."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import Site
from tests.browser.visits import SCHEMES, WIDTHS, Scheme, Visit, visiting

MONTH = "#/?range=30d&tz=Europe%2FBerlin"
MAX_LAYOUT_SHIFT = 0.02


def names_in(visit: Visit) -> list[str]:
    return visit.rows("Agents").locator("a").all_inner_texts()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_shows_the_fleet(browser: Browser, demo_site: Site, width: int, scheme: Scheme) -> None:
    with visiting(browser, demo_site.url, width=width, scheme=scheme) as visit:
        visit.open(MONTH)

        expect(visit.tile("Runs")).to_have_text(re.compile(r"^[1-9]\d{2,3}$|^\d,\d{3}$"))
        expect(visit.tile("Active agents")).to_have_text("6")
        assert visit.drawn_charts() == 6
        expect(visit.rows("Agents")).to_have_count(6)
        assert not visit.overflows()
        assert visit.layout_shift() < MAX_LAYOUT_SHIFT


def test_its_numbers_are_the_apis(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(MONTH)
        asked = next(url for url in visit.requests if "/metrics?" in url and "interval" in url)
        metrics = demo_site.get(asked.partition("/api/v1/")[2])
        ranked = next(url for url in visit.requests if "/standings?" in url)
        standings = demo_site.get(ranked.partition("/api/v1/")[2])["standings"]

        expect(visit.tile("Runs")).to_have_text(f"{metrics['runs']:,}")
        expect(visit.tile("Cost")).to_have_text(f"${metrics['cost']['total']:,.2f}")
        expect(visit.tile("Success rate")).to_have_text(
            f"{metrics['success_rate']:.1%}".replace("%", "\u202f%")
        )
        assert names_in(visit) == [standing["agent"] for standing in standings]


def test_agents_are_sorted_and_searched_by_the_service(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(MONTH)

        visit.page.get_by_role("button", name="Agent", exact=True).click()
        visit.settle()
        assert names_in(visit) == sorted(names_in(visit), reverse=True)
        visit.page.get_by_role("button", name="Agent", exact=True).click()
        expect(visit.page.get_by_role("columnheader", name="Agent")).to_have_attribute(
            "aria-sort", "ascending"
        )
        visit.settle()
        assert names_in(visit) == sorted(names_in(visit))
        visit.page.get_by_label("Filter agents by name").fill("re")
        expect(visit.rows("Agents")).to_have_count(3)
        visit.choice("Project").select_option("analytics")
        expect(visit.rows("Agents")).to_have_count(1)
        visit.page.get_by_label("Filter agents by name").fill("nothing like it")
        visit.page.get_by_role("button", name="Clear the filters").click()
        expect(visit.rows("Agents")).to_have_count(6)
        expect(visit.page.get_by_label("Filter agents by name")).to_have_value("")


def test_a_pointer_on_a_chart_reads_its_numbers(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(MONTH)

        visit.page.locator(".u-over").first.hover()

        tooltip = visit.page.locator(".tooltip").first
        expect(tooltip).to_be_visible()
        expect(tooltip).to_contain_text(
            re.compile(r"\w{3},? \d+ \w+ 20\d\d.*Succeeded.*Failed", re.DOTALL)
        )


def test_marking_a_stretch_of_a_chart_shows_only_that(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(MONTH)
        runs = visit.tile("Runs").inner_text()
        box = visit.page.locator(".u-over").first.bounding_box()
        assert box is not None

        visit.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 50)
        visit.page.mouse.down()
        visit.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 60, steps=4)
        visit.page.mouse.up()

        expect(visit.page).to_have_url(re.compile("range=own&from="))
        expect(visit.tile("Runs")).not_to_have_text(runs)
        expect(visit.page.get_by_role("button", name="Own", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )


def test_every_chart_is_a_table_as_well(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(MONTH)
        height = visit.page.evaluate("() => document.documentElement.scrollHeight")

        for name in ("Runs", "Success rate", "Cost", "Duration", "Cost of a run", "Tokens"):
            visit.page.get_by_role("button", name=f"{name} as a table", exact=True).click()

        expect(visit.page.locator(".plot-table")).to_have_count(6)
        assert visit.page.locator(".plot-table").first.locator("tbody tr").count() == 30
        assert visit.page.evaluate("() => document.documentElement.scrollHeight") == height


def test_the_interval_of_the_charts_can_be_chosen(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(MONTH)
        for interval in ("hour", "week", "month"):
            with visit.page.expect_response(re.compile(f"interval={interval}&tz=")):
                visit.page.get_by_label("Interval of the charts").select_option(interval)
            visit.settle()

            assert visit.drawn_charts() == 6


def test_a_change_of_theme_draws_the_charts_anew(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(MONTH)
        light = visit.page.locator(".plot canvas").first.evaluate("(c) => c.toDataURL()")

        switch = visit.page.get_by_role("button", name="Colours:")
        switch.click()
        expect(switch).to_have_accessible_name(re.compile("Colours: light"))
        switch.click()
        expect(switch).to_have_accessible_name(re.compile("Colours: dark"))

        dark = visit.page.locator(".plot canvas").first.evaluate("(c) => c.toDataURL()")
        assert dark != light
        visit.page.reload()
        visit.settle()
        expect(visit.page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("width", WIDTHS)
def test_what_changed_is_told_first_and_is_the_apis(
    browser: Browser, demo_site: Site, width: int
) -> None:
    with visiting(browser, demo_site.url, width=width) as visit:
        for against in ("version", "window"):
            visit.open(MONTH)
            visit.page.get_by_label("Compared with").select_option(against)
            visit.settle()
            asked = [url for url in visit.requests if f"against={against}" in url][-1]
            found = demo_site.get(asked.partition("/api/v1/")[2])
            if not found["changes"]:
                words = "Nothing got worse" if found["compared"] else "Nothing to compare yet"
                expect(visit.page.get_by_role("heading", name=words)).to_be_visible()
                continue
            rows = visit.rows("What changed")
            expect(rows).to_have_count(len(found["changes"]))
            expect(rows.first).to_contain_text(found["changes"][0]["agent"])
        assert not visit.overflows()


@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_are_split_and_filtered_as_the_api_allows(
    browser: Browser, demo_site: Site, width: int
) -> None:
    with visiting(browser, demo_site.url, width=width) as visit:
        visit.open(MONTH)
        runs = visit.tile("Runs").inner_text()
        visit.choice("Split by").select_option("model")
        visit.settle()
        asked = [url for url in visit.requests if "group_by=model" in url][-1]
        groups = demo_site.get(asked.partition("/api/v1/")[2])["groups"]
        rows = visit.rows("Split by")
        expect(rows).to_have_count(len(groups))
        expect(rows.first).to_contain_text(groups[0]["model"])

        rows.first.get_by_role("button").click()
        visit.settle()
        expect(visit.page).to_have_url(re.compile(f"only=model%7E{groups[0]['model']}"))
        expect(visit.tile("Runs")).to_have_text(f"{groups[0]['runs']:,}")
        expect(visit.choice("Split by")).to_have_value("")
        tool = visit.choice("Split by").get_by_role("option", name="Tool")
        expect(tool).to_be_disabled()
        assert not visit.overflows()
        visit.page.get_by_role("button", name="Clear the filter").click()
        expect(visit.tile("Runs")).to_have_text(runs)


def test_every_chart_and_table_downloads_as_csv(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(MONTH)
        asked = next(url for url in visit.requests if "/standings?" in url)
        standings = demo_site.get(asked.partition("/api/v1/")[2])["standings"]
        files = ("agents", "split", "runs", "success rate", "cost", "duration", "tokens")
        for name in files:
            with visit.page.expect_download() as started:
                visit.page.get_by_role("button", name=f"Download {name} as CSV", exact=True).click()
            rows = list(csv.DictReader(started.value.path().read_text().splitlines()))
            assert rows, name
            if name == "agents":
                totals = [float(row["cost.total"]) for row in rows]
                assert totals == [standing["cost"]["total"] for standing in standings]
