"""The page of one agent, on demo data."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import Site
from tests.browser.visits import SCHEMES, WIDTHS, Scheme, visiting

AGENT = "#/agents/code-reviewer?range=30d&tz=Europe%2FBerlin"
VERDICT = re.compile("Better|Worse|No clear change|Too few runs")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_shows_the_agent(browser: Browser, demo_site: Site, width: int, scheme: Scheme) -> None:
    with visiting(browser, demo_site.url, width=width, scheme=scheme) as visit:
        visit.open("#/?range=30d&tz=Europe%2FBerlin")
        visit.page.get_by_role("link", name="code-reviewer").click()
        visit.settle()

        expect(visit.page.get_by_role("heading", level=1)).to_have_text("code-reviewer")
        expect(visit.page.get_by_role("heading", level=1)).to_be_focused()
        expect(visit.page).to_have_title("code-reviewer · Agent Metrics")
        assert visit.drawn_charts() == 4
        assert visit.rows("Versions").count() >= 3
        expect(visit.page.locator(".verdict header .badge")).to_have_text([VERDICT] * 3)
        expect(visit.rows("Runs")).to_have_count(25)
        assert not visit.overflows()


def test_the_version_that_ran_last_is_active_and_first(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(AGENT)
        newest = demo_site.get("agents/code-reviewer/runs?limit=1")[0]["version"]

        expect(visit.rows("Versions").first).to_contain_text(newest)
        expect(visit.rows("Versions").first).to_contain_text("active")


def test_verdicts_come_in_words_with_how_sure_they_are(browser: Browser, demo_site: Site) -> None:
    versions = [v["version"] for v in demo_site.get("agents/ticket-triage/versions")]
    address = f"#/agents/ticket-triage?range=90d&base={versions[1]}&candidate={versions[2]}"
    with visiting(browser, demo_site.url) as visit:
        visit.open(address)
        verdicts = visit.page.locator(".verdict")

        assert verdicts.count() == 3
        for verdict in verdicts.all():
            expect(verdict).to_contain_text(re.compile("Chance alone would show|needs 30 on each"))
            expect(verdict).to_contain_text("95 % interval")
        visit.page.get_by_role("button", name="Swap base and candidate").click()
        expect(visit.page).to_have_url(re.compile(f"base={versions[2]}&candidate={versions[1]}"))
        visit.settle()
        expect(visit.choice("Base")).to_have_value(versions[2])


def test_a_version_is_compared_with_the_active_one_at_a_press(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(AGENT)
        oldest = demo_site.get("agents/code-reviewer/versions")[-1]["version"]

        visit.page.get_by_role("button", name=f"Compare with active: {oldest}").click()
        visit.settle()

        expect(visit.choice("Base")).to_have_value(oldest)
        expect(visit.page.get_by_role("heading", name="Compare two versions")).to_be_in_viewport()


def test_the_same_version_twice_asks_for_another(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(f"{AGENT}&base=x&candidate=x")

        expect(visit.page.get_by_text("Choose two different versions above.")).to_be_visible()


def test_runs_are_filtered(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(AGENT)

        visit.choice("Outcome").select_option("failed")
        expect(visit.page).to_have_url(re.compile("outcome=failed"))
        visit.settle()
        badges = visit.rows("Runs").locator(".badge")
        assert badges.count() > 0
        assert {"bad"} == {str(badge.get_attribute("class")).split()[-1] for badge in badges.all()}

        visit.choice("Initiator").fill("nobody at all")
        visit.page.keyboard.press("Enter")
        expect(visit.page.get_by_text("No run matches")).to_be_visible()
        visit.page.get_by_role("button", name="Clear the filters").click()
        visit.settle()
        expect(visit.rows("Runs")).to_have_count(25)
        expect(visit.choice("Outcome")).to_have_value("")


def test_a_version_filters_runs_too(browser: Browser, demo_site: Site) -> None:
    oldest = demo_site.get("agents/code-reviewer/versions")[-1]["version"]
    with visiting(browser, demo_site.url) as visit:
        visit.open(f"{AGENT}&version={oldest}")

        shown = visit.rows("Runs").locator("td:nth-child(3)").all_inner_texts()
        assert set(shown) == {oldest}


def test_pages_of_runs_lead_on_and_back_without_gap_or_repetition(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(AGENT)
        ids = visit.rows("Runs").locator("td:nth-child(7)")
        pages = [ids.all_inner_texts()]
        for _ in range(2):
            visit.page.get_by_role("button", name="Older").click()
            expect(ids.first).not_to_have_text(pages[-1][0])
            visit.settle()
            pages.append(ids.all_inner_texts())
        seen = [run for page in pages for run in page]
        recorded = demo_site.get(f"agents/code-reviewer/runs?limit={len(seen)}")
        assert seen == [str(run["id"]) for run in recorded]
        assert all(one != other for one, other in pairwise(pages))

        visit.page.reload()
        visit.settle()
        assert ids.all_inner_texts() == pages[2]
        visit.page.go_back()
        expect(ids.first).to_have_text(pages[1][0])
        visit.page.get_by_role("button", name="Newest").click()
        expect(ids.first).to_have_text(pages[0][0])


def test_a_cursor_that_is_no_more_leads_to_the_newest_runs(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        page = "made-up~2026-01-01T00:00:00Z~2026-02-01T00:00:00Z"
        visit.open(f"{AGENT}&page={page}")

        expect(visit.rows("Runs")).to_have_count(25)
        expect(visit.page).not_to_have_url(re.compile("page="))
        # What the service answered to the old link is the one thing that may show.
        assert all("400" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


def test_a_run_shows_all_that_is_known_of_it(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(f"{AGENT}&outcome=failed")
        run = demo_site.get("agents/code-reviewer/runs?limit=1&outcome=failed")[0]
        button = visit.page.get_by_role("button", name=f"Show details of run {run['id']}")

        button.click()

        details = visit.page.locator("tr.details")
        for text in (run["error"], f"{run['input_tokens']:,}", '"demo": true', run["time_taken"]):
            expect(details).to_contain_text(text)
        shown = visit.page.get_by_role("button", name=f"Hide details of run {run['id']}")
        expect(shown).to_be_focused()
        shown.click()
        expect(details).to_have_count(0)


def test_an_unknown_agent_is_said_to_be_unknown(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open("#/agents/nobody?range=7d")

        expect(visit.page.get_by_text("There is no such agent")).to_be_visible()
        visit.page.get_by_role("link", name="Show all agents").click()
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Overview")
        visit.settle()
        assert all("404" in trouble for trouble in visit.troubles)
        visit.troubles.clear()
