"""The pages of one agent, on demo data."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import Site
from tests.browser.visits import SCHEMES, WIDTHS, Scheme, visiting

PERIOD = "range=30d&tz=Europe%2FBerlin"
AGENT = f"#/agents/code-reviewer?{PERIOD}"
SHIP = f"#/agents/code-reviewer/compare?{PERIOD}"
RUNS = f"#/agents/code-reviewer/runs?{PERIOD}"
VERDICT = re.compile("Better|Worse|No clear change|Too few runs")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_shows_the_agent(browser: Browser, demo_site: Site, width: int, scheme: Scheme) -> None:
    with visiting(browser, demo_site.url, width=width, scheme=scheme) as visit:
        visit.open("#/?range=30d&tz=Europe%2FBerlin")
        visit.rows("Agents").get_by_role("link", name="code-reviewer").click()
        visit.settle()

        heading = visit.page.get_by_role("heading", level=1)
        expect(heading).to_have_text("code-reviewer")
        expect(heading).to_be_focused()
        expect(visit.page).to_have_title("code-reviewer · Agent Metrics")
        assert visit.drawn_charts() == 6
        assert visit.rows("Versions").count() >= 3
        assert not visit.overflows()
        visit.page.get_by_role("link", name="May we ship?", exact=True).click()
        visit.settle()
        verdicts = visit.page.locator(".verdict header .badge")
        assert all(VERDICT.fullmatch(text) for text in verdicts.all_inner_texts())
        assert verdicts.count() >= 3
        assert not visit.overflows()
        visit.page.get_by_role("link", name="Runs", exact=True).click()
        visit.settle()
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
    pair = f"base={versions[1]}&candidate={versions[2]}"
    with visiting(browser, demo_site.url) as visit:
        visit.open(f"#/agents/ticket-triage/compare?range=90d&{pair}")
        verdicts = visit.page.locator(".verdict")

        assert verdicts.count() >= 3
        for verdict in verdicts.all():
            expect(verdict).to_contain_text(re.compile("Chance alone would show|needs 30 on each"))
        expect(verdicts.first).to_contain_text("interval")
        visit.page.get_by_role("button", name="Swap base and candidate").click()
        expect(visit.page).to_have_url(re.compile(f"base={versions[2]}&candidate={versions[1]}"))
        visit.settle()
        expect(visit.choice("Base")).to_have_value(versions[2])


def test_a_version_is_compared_with_the_active_one_at_a_press(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(AGENT)
        link = visit.page.get_by_role("link", name=re.compile("^Compare with active: ")).last
        oldest = str(link.get_attribute("aria-label")).partition(": ")[2]

        link.click()
        visit.settle()

        expect(visit.choice("Base")).to_have_value(oldest)


def test_the_same_version_twice_asks_for_another(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(f"{SHIP}&base=x&candidate=x")

        expect(visit.page.get_by_text("Choose two different versions above.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_answer_is_the_gates_in_words_with_its_command(
    browser: Browser, demo_site: Site, width: int
) -> None:
    with visiting(browser, demo_site.url, width=width) as visit:
        visit.open(SHIP)
        asked = next(url for url in visit.requests if "/gate?" in url)
        gate = demo_site.get(asked.partition("/api/v1/")[2])

        word = {"pass": "Yes", "fail": "No", "undetermined": "Cannot tell yet"}[gate["status"]]
        expect(visit.page.locator(".ruling b")).to_have_text(word)
        assert visit.page.locator(".checks li").count() == len(gate["checks"])
        visit.page.get_by_text("The same in a pipeline").click()
        command = visit.page.get_by_label("The gate as a command")
        expect(command).to_contain_text(f"gate {demo_site.url} code-reviewer --base ")
        expect(command).to_contain_text(f"--candidate {gate['candidate_version']}")


def test_runs_are_filtered(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(RUNS)

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


@pytest.mark.parametrize("width", WIDTHS)
def test_runs_are_found_by_what_they_hold(browser: Browser, demo_site: Site, width: int) -> None:
    failed = demo_site.get("agents/code-reviewer/runs?outcome=failed&limit=1")[0]
    with visiting(browser, demo_site.url, width=width) as visit:
        visit.open(RUNS)
        for label, value in (
            ("Run id", str(failed["id"])),
            ("Error holds", failed["error"][:12].upper()),
            ("Metadata", "demo=true"),
            ("Task", str(failed["task_id"])),
        ):
            visit.choice(label).fill(value)
            visit.page.keyboard.press("Enter")
            visit.settle()
        expect(visit.rows("Runs")).to_have_count(1)
        expect(visit.rows("Runs")).to_contain_text(str(failed["id"]))


def test_a_version_filters_runs_too(browser: Browser, demo_site: Site) -> None:
    oldest = demo_site.get("agents/code-reviewer/versions")[-1]["version"]
    with visiting(browser, demo_site.url) as visit:
        visit.open(f"{RUNS}&version={oldest}")

        shown = visit.rows("Runs").locator("td[data-label=Version]").all_inner_texts()
        assert set(shown) == {oldest}


def test_pages_of_runs_lead_on_and_back_without_gap_or_repetition(
    browser: Browser, demo_site: Site
) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(RUNS)
        ids = visit.rows("Runs").locator("th")
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
        visit.open(f"{RUNS}&page={page}")

        expect(visit.rows("Runs")).to_have_count(25)
        expect(visit.page).not_to_have_url(re.compile("page="))
        # What the service answered to the old link is the one thing that may show.
        assert all("400" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_has_a_page_with_all_that_is_known_of_it(
    browser: Browser, demo_site: Site, width: int
) -> None:
    with visiting(browser, demo_site.url, width=width) as visit:
        visit.open(f"{RUNS}&outcome=failed")
        run = demo_site.get("agents/code-reviewer/runs?limit=1&outcome=failed")[0]

        visit.rows("Runs").get_by_role("link", name=str(run["id"])).click()
        visit.settle()

        known = visit.page.locator(".known")
        for text in (run["error"], f"{run['input_tokens']:,}", '"demo": true', run["time_taken"]):
            expect(known).to_contain_text(text)
        expect(visit.page).to_have_title(re.compile(f"^Run {run['id']} · code-reviewer"))
        assert not visit.overflows()
        visit.page.get_by_role("link", name="All runs").click()
        expect(visit.page).to_have_url(re.compile("outcome=failed"))
        visit.settle()


@pytest.mark.parametrize("width", WIDTHS)
def test_failures_are_grouped_and_lead_to_an_example(
    browser: Browser, demo_site: Site, width: int
) -> None:
    with visiting(browser, demo_site.url, width=width) as visit:
        visit.open(RUNS)
        asked = next(url for url in visit.requests if "/failures?" in url)
        group = demo_site.get(asked.partition("/api/v1/")[2])["groups"][0]

        first = visit.rows("Failures by error").first
        expect(first).to_contain_text(group["pattern"])
        expect(first).to_contain_text(str(group["count"]))
        first.get_by_role("link").click()
        visit.settle()
        expect(visit.page.locator(".known")).to_contain_text(group["example"]["error"])


def test_runs_that_hang_are_listed_with_their_age(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open(f"#/agents/test-fixer/runs?{PERIOD}")
        hanging = visit.rows("Runs that hang")
        asked = next(url for url in visit.requests if "outcome=in_progress" in url)
        runs = demo_site.get(asked.partition("/api/v1/")[2])

        if runs:
            expect(hanging).to_have_count(len(runs))
            expect(hanging.first).to_contain_text(re.compile(r"\d+\u202fd ago"))
        else:
            expect(visit.page.get_by_text("No run hangs.")).to_be_visible()


def test_an_unknown_agent_is_said_to_be_unknown(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open("#/agents/nobody?range=7d")

        expect(visit.page.get_by_text("There is no such agent")).to_be_visible()
        visit.page.get_by_role("link", name="Show all agents").click()
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Overview")
        visit.settle()
        assert all("404" in trouble for trouble in visit.troubles)
        visit.troubles.clear()
