"""What came over OpenTelemetry, as a page."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, expect

from management.mongod import Mongod
from tests.browser.axe import violations
from tests.browser.site import PATIENCE_S, Site, running_site
from tests.browser.visits import WIDTHS, visiting
from tests.otlp_captures import FOLDER


@pytest.fixture(scope="module")
def telling(mongod: Mongod) -> Iterator[Site]:
    """A service that was sent spans, some of a model without a price, some without an agent."""
    with running_site(mongod, f"telling_{uuid4().hex}") as site:
        send(site, FOLDER / "vercel-ai" / "v6-ok.json")
        send(site, FOLDER / "llama-index-openinference")
        spans = (FOLDER / "vercel-ai" / "v6-ok.json").read_text()
        post(site, spans.replace("gpt-4o-mini", "house-model").encode(), "application/json")
        yield site


def send(site: Site, where: Any) -> None:
    for file in sorted(where.iterdir()) if where.is_dir() else [where]:
        kind = "application/json" if file.suffix == ".json" else "application/x-protobuf"
        post(site, file.read_bytes(), kind)


def post(site: Site, body: bytes, kind: str) -> None:
    address, headers = f"{site.url}/v1/traces", {"Content-Type": kind}
    sent = httpx.post(address, content=body, headers=headers, timeout=PATIENCE_S)
    assert sent.status_code == 200, sent.text


@pytest.mark.parametrize(
    ("width", "colours"),
    [(1280, {}), (360, {"scheme": "dark"}), (1280, {"forced_colors": "active"})],
)
def test_it_shows_what_the_api_counts(
    browser: Browser, telling: Site, width: int, colours: Any
) -> None:
    summary = telling.get("telemetry")
    with visiting(browser, telling.url, width=width, **colours) as visit:
        visit.open("#/")
        visit.page.get_by_role("link", name="Telemetry").click()
        expect(visit.page.get_by_role("heading", level=1)).to_be_focused()
        visit.settle()
        for label, name in (("Requests", "requests"), ("Spans", "spans"), ("Runs", "runs")):
            expect(visit.tile(label)).to_have_text(str(summary[name]))
        expect(visit.tile("Waiting traces")).to_have_text(str(summary["waiting"]))
        for heading, name in (("Frameworks", "frameworks"), ("Conventions", "conventions")):
            rows = [row.inner_text().split() for row in visit.rows(heading).all()]
            assert {row[0]: int(row[-1]) for row in rows} == summary[name]
        waiting = visit.rows("Traces that wait")
        expect(waiting).to_have_count(len(summary["waiting_examples"]))
        for example in summary["waiting_examples"]:
            expect(waiting.filter(has_text=example["trace_id"])).to_contain_text(
                example["names"][0]
            )
        expect(visit.page.locator("details.fold")).not_to_have_attribute("open", "")
        assert not visit.overflows()
        assert violations(visit.page) == []


def test_how_far_it_looks_back_is_in_the_address(browser: Browser, telling: Site) -> None:
    with visiting(browser, telling.url) as visit:
        visit.open("#/telemetry")
        visit.choice("How far to look back").select_option("30")
        expect(visit.page).to_have_url(re.compile("days=30"))
        visit.settle()
        assert any("telemetry?days=30" in url for url in visit.requests)
        visit.page.reload()
        visit.settle()
        expect(visit.choice("How far to look back")).to_have_value("30")
        visit.page.go_back()
        expect(visit.choice("How far to look back")).to_have_value("7")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_price_is_set_changed_and_removed(browser: Browser, telling: Site, width: int) -> None:
    model = f"model-{width}"
    with visiting(browser, telling.url, width=width) as visit:
        visit.open("#/telemetry")
        page = visit.page
        page.get_by_role("button", name="Add a price").click()
        dialog = page.get_by_role("dialog")
        assert violations(page) == []
        dialog.get_by_label("Model").fill(model)
        dialog.get_by_label("Input", exact=True).fill("0.8")
        dialog.get_by_label("Output", exact=True).fill("2.5")
        dialog.get_by_role("button", name="Set").click()
        row = visit.rows("Prices of your own").filter(has_text=model)
        expect(row).to_contain_text("$2.50")
        assert telling.get("prices")["models"][model] == {"input": 0.8, "output": 2.5}
        page.get_by_role("button", name=f"Change the price of {model}").click()
        expect(dialog.get_by_label("Input", exact=True)).to_have_value("0.8")
        dialog.get_by_label("Input", exact=True).fill("1")
        dialog.get_by_role("button", name="Set").click()
        expect(row).to_contain_text("$1.00")
        page.get_by_role("button", name=f"Remove the price of {model}").click()
        dialog.get_by_role("button", name="Remove").click()
        expect(row).to_have_count(0)
        visit.settle()
        assert model not in telling.get("prices")["models"]


def test_models_without_a_price_lead_to_one(browser: Browser, telling: Site) -> None:
    unpriced = telling.get("telemetry")["unpriced"]
    assert unpriced
    with visiting(browser, telling.url) as visit:
        visit.open("#/telemetry")
        expect(visit.rows("Models without a price")).to_have_count(len(unpriced))
        model = next(iter(unpriced))
        visit.page.get_by_role("button", name=f"Set a price of {model}").click()
        expect(visit.page.get_by_role("dialog").get_by_label("Model")).to_have_value(model)


@pytest.mark.parametrize("width", WIDTHS)
def test_before_anything_has_come_it_shows_the_lines_that_set_it_up(
    browser: Browser, empty_site: Site, width: int
) -> None:
    with visiting(browser, empty_site.url, width=width) as visit:
        visit.open("#/telemetry")
        expect(visit.page.get_by_role("heading", name="Nothing has come")).to_be_visible()
        lines = visit.page.get_by_label("In the environment").inner_text()
        shown = subprocess.run(
            ["bash", "-c", f"{lines}\necho $OTEL_EXPORTER_OTLP_ENDPOINT"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert len(lines.splitlines()) == 4
        assert shown.stdout.strip() == empty_site.url
        expect(visit.page.get_by_label("In Python")).to_contain_text("OTLPSpanExporter()")
        expect(visit.page.get_by_label("In Node.js")).to_contain_text("OTLPTraceExporter()")
        assert not visit.overflows()
        assert violations(visit.page) == []
