"""A run's own page: what it did, what else was of its trace, and what may be done about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, expect

from management.mongod import Mongod
from tests.browser.axe import violations
from tests.browser.site import PATIENCE_S, Site, running_site
from tests.browser.visits import WIDTHS, Visit, visiting
from tests.otlp_captures import FOLDER

TRACED = FOLDER / "vercel-ai" / "v6-ok.json"
RUNS = "agents/fixer/versions/1/runs"


@pytest.fixture(scope="module")
def traced(mongod: Mongod) -> Iterator[Site]:
    """A service with a run that came as spans, and one that was reported."""
    with running_site(mongod, f"traced_{uuid4().hex}") as site:
        sent = httpx.post(
            f"{site.url}/v1/traces",
            content=TRACED.read_bytes(),
            headers={"Content-Type": "application/json"},
            timeout=PATIENCE_S,
        )
        assert sent.status_code == 200
        site.post("agents/fixer/register", {"project": "shop"})
        site.post("agents/fixer/versions", {"version": "1"})
        yield site


def report(site: Site, **fields: Any) -> Any:
    return site.post(RUNS, {"status": "completed", "cost": 0.5, "time_taken": 3, **fields})


def address_of(run: dict[str, Any]) -> str:
    agent, version = (quote(run[name], safe="") for name in ("agent", "version"))
    return f"#/agents/{agent}/runs/{version}/{quote(str(run['id']), safe='')}"


@pytest.fixture(scope="module")
def traced_run(traced: Site) -> dict[str, Any]:
    agent = traced.get("standings?order=-runs&limit=1")["standings"][0]["agent"]
    run: dict[str, Any] = traced.get(f"agents/{agent}/runs?limit=1")[0]
    assert run["trace_id"]
    return run


@pytest.mark.parametrize(
    ("width", "colours"),
    [(1280, {}), (360, {"scheme": "dark"}), (1280, {"forced_colors": "active"})],
)
def test_its_calls_are_a_waterfall_with_their_numbers(
    browser: Browser, traced: Site, traced_run: dict[str, Any], width: int, colours: Any
) -> None:
    path = f"agents/{traced_run['agent']}/versions/{traced_run['version']}/runs/{traced_run['id']}"
    calls = traced.get(f"{path}/calls")
    assert {call["kind"] for call in calls} == {"model", "tool"}
    with visiting(browser, traced.url, width=width, **colours) as visit:
        visit.open(address_of(traced_run))
        rows = visit.rows("Calls")
        expect(rows).to_have_count(len(calls))
        for row, call in zip(rows.all(), calls, strict=True):
            expect(row).to_contain_text(call["name"])
            if "input_tokens" in call:
                expect(row).to_contain_text(str(call["input_tokens"]))
            bar, track = (row.locator(name).bounding_box() for name in (".stretch", ".track"))
            assert bar is not None
            assert track is not None
            assert bar["width"] >= 3
            assert track["x"] <= bar["x"]
            assert bar["x"] + bar["width"] <= track["x"] + track["width"] + 1
        begins = [row.locator(".stretch").bounding_box()["x"] for row in rows.all()]  # type: ignore[index]
        assert begins == sorted(begins)
        assert not visit.overflows()
        assert violations(visit.page) == []
        # The agent, the run, its calls, its trace, and who is asking.
        assert len(visit.api_requests()) <= 6


def test_calls_are_taken_along_as_csv_and_printed(
    browser: Browser, traced: Site, traced_run: dict[str, Any]
) -> None:
    with visiting(browser, traced.url) as visit:
        visit.open(address_of(traced_run))
        with visit.page.expect_download() as download:
            visit.page.get_by_role("button", name="Download calls as CSV").click()
        text = download.value.path().read_text()
        assert text.splitlines()[0].startswith("kind,name,offset_ms,duration_ms,failed")
        visit.page.emulate_media(media="print")
        expect(visit.page.locator(".track").first).to_be_visible()
        expect(visit.page.get_by_role("button", name="Delete")).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
def test_runs_of_the_same_trace_are_beside_it(browser: Browser, traced: Site, width: int) -> None:
    one, other = (report(traced, trace_id=f"t{width}", id=f"t{width}-{n}") for n in (1, 2))
    report(traced, trace_id="another", id=f"t{width}-3")
    traced.post("agents/helper/register", {"project": "shop"})
    traced.post("agents/helper/versions", {"version": "9"})
    helped = {"status": "completed", "trace_id": f"t{width}", "id": f"t{width}-4"}
    traced.post("agents/helper/versions/9/runs", helped)
    with visiting(browser, traced.url, width=width) as visit:
        visit.open(address_of(one))
        rows = visit.rows("Runs of the same trace")
        expect(rows).to_have_count(2)
        expect(rows.filter(has_text="helper")).to_contain_text(helped["id"])
        # Its spans were never here.
        expect(visit.page.get_by_text("No spans of this run are kept")).to_be_visible()
        rows.get_by_role("link", name=helped["id"]).click()
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("helper")
        visit.settle()
        visit.page.go_back()
        visit.settle()
        rows.get_by_role("link", name=other["id"]).click()
        expect(visit.page).to_have_title(re.compile(f"^Run {other['id']}"))
        visit.settle()
        visit.page.get_by_title("Runs with the same").click()
        expect(visit.page).to_have_url(re.compile(f"trace=t{width}"))
        visit.settle()
        expect(visit.rows("Runs")).to_have_count(2)


def press(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_is_corrected(browser: Browser, traced: Site, width: int) -> None:
    run = report(traced, error="it broke", input_tokens=5, metadata={"a": 1})
    with visiting(browser, traced.url, width=width) as visit:
        visit.open(address_of(run))
        press(visit, "Correct")
        dialog = visit.page.get_by_role("dialog")
        assert violations(visit.page) == []
        dialog.get_by_role("button", name="Correct").click()
        expect(dialog.get_by_role("alert")).to_have_text("Nothing is changed yet.")
        dialog.get_by_label("Cost in dollars").fill("-1")
        dialog.get_by_role("button", name="Correct").click()
        expect(dialog.get_by_role("alert")).to_contain_text("Cost:")
        dialog.get_by_label("Cost in dollars").fill("0.75")
        dialog.get_by_label("Outcome").select_option("failed")
        dialog.get_by_label("Error").fill("")
        dialog.get_by_role("button", name="Correct").click()

        expect(dialog).to_have_count(0)
        expect(visit.page.locator(".known")).to_contain_text("cost, error, outcome")
        visit.settle()
        history = visit.rows("Corrections")
        expect(history).to_have_count(1)
        for change in ("Corrected", "cost: 0.5 → 0.75", "outcome: succeeded → failed", "error:"):
            expect(history).to_contain_text(change)
        assert not visit.overflows()
        stored = traced.get(f"{RUNS}/{run['id']}")
        assert (stored["cost"], stored["outcome"], "error" in stored) == (0.75, "failed", False)
        assert (stored["input_tokens"], stored["metadata"]) == (5, {"a": 1})
        assert all("422" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


def test_a_run_is_deleted_after_a_question(browser: Browser, traced: Site) -> None:
    run = report(traced)
    with visiting(browser, traced.url) as visit:
        visit.open(address_of(run))
        press(visit, "Delete")
        dialog = visit.page.get_by_role("dialog", name="Delete this run?")
        dialog.get_by_role("button", name="Cancel").click()
        assert traced.get(f"{RUNS}/{run['id']}")["id"] == run["id"]
        press(visit, "Delete")
        visit.page.keyboard.press("Tab")
        dialog.get_by_role("button", name="Delete").click()

        expect(visit.page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
        visit.settle()
        answer = httpx.get(f"{traced.url}/api/v1/{RUNS}/{run['id']}", timeout=PATIENCE_S)
        assert answer.status_code == 404


def test_what_a_token_may_not_do_is_not_offered(browser: Browser, mongod: Mongod) -> None:
    with running_site(mongod, f"guarded_{uuid4().hex}", auth_mode="token") as site:
        tokens = {
            scope: site.manage("token", "create", f"--name={scope}", f"--scope={scope}").strip()
            for scope in ("admin", "read")
        }
        with httpx.Client(
            base_url=f"{site.url}/api/v1/",
            headers={"Authorization": f"Bearer {tokens['admin']}"},
            timeout=PATIENCE_S,
        ) as admin:
            admin.post("agents/fixer/register", json={"project": "shop"}).raise_for_status()
            admin.post("agents/fixer/versions", json={"version": "1"}).raise_for_status()
            run = admin.post(RUNS, json={"status": "completed"}).raise_for_status().json()
            budget = {"type": "budget", "amount": 1, "period": "day"}
            watch = admin.post("watches", json={"name": "w", "condition": budget}).json()
        offers = {
            address_of(run): ("Correct", "Delete"),
            f"#/watches/{watch['id']}": ("Mute", "Delete"),
            "#/telemetry": ("Add a price",),
        }
        for scope, number in (("read", 0), ("admin", 1)):
            with visiting(browser, site.url) as visit:
                visit.page.goto(f"{site.url}/dashboard")
                visit.page.get_by_role("textbox", name="Token").fill(tokens[scope])
                visit.page.get_by_role("button", name="Continue").click()
                for address, names in offers.items():
                    visit.open(address)
                    for name in names:
                        button = visit.page.get_by_role("button", name=name, exact=True)
                        expect(button).to_have_count(number)
                visit.open("#/watches")
                new = visit.page.get_by_role("link", name="New watch")
                expect(new).to_be_visible() if number else expect(new).to_be_hidden()
                assert all("401" in trouble for trouble in visit.troubles)
                visit.troubles.clear()
