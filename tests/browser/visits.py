"""A page in a browser, with everything that went wrong on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Request, expect

Scheme = Literal["light", "dark"]
WIDTHS = (1280, 390)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PATIENCE_MS = 20_000
# A busy machine is no failure.
expect.set_options(timeout=PATIENCE_MS)

# Counts how far things jump while the page loads, as browsers measure it for their users.
_WATCH_SHIFTS = """
window.layoutShift = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) {
    if (!hadRecentInput) window.layoutShift += value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# Every fourth byte is the opacity: how many pixels are drawn on, of how many different colours.
_LOOK_AT_CANVAS = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(data.buffer).filter((pixel) => pixel >>> 24 === 255);
  return [pixels.length, new Set(pixels).size];
}"""


@dataclass
class Visit:
    """An open dashboard. `troubles` are console errors, exceptions and failed requests."""

    page: Page
    url: str
    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str = "#/") -> None:
        """Go to the dashboard's view, and wait until it shows what it has."""
        self.page.goto(f"{self.url}/dashboard{address}")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing loads any more."""
        expect(self.page.locator("main .card").first).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator("[aria-busy]")).to_have_count(0, timeout=PATIENCE_MS)

    def tile(self, label: str) -> Locator:
        tiles = self.page.locator(".tile")
        return tiles.filter(has=self.page.get_by_text(label, exact=True)).locator(".value")

    def choice(self, label: str) -> Locator:
        return self.page.get_by_role("combobox", name=label, exact=True)

    def rows(self, heading: str) -> Locator:
        """The rows of the table in the section with this heading."""
        heads = self.page.get_by_role("heading", name=heading, exact=True)
        return self.page.locator("section.card").filter(has=heads).locator("tbody > tr")

    def drawn_charts(self) -> int:
        """How many canvases hold a picture: many pixels, and of more than one colour."""
        canvases = self.page.locator(".plot canvas").all()
        looks = [canvas.evaluate(_LOOK_AT_CANVAS) for canvas in canvases]
        return sum(pixels > 500 and colours > 1 for pixels, colours in looks)

    def overflows(self) -> bool:
        """Whether the page has to be moved sideways to be read."""
        return bool(
            self.page.evaluate(
                "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    def api_requests(self) -> list[str]:
        """The addresses that the API was asked for so far."""
        return [url for url in self.requests if "/api/v1/" in url]

    def layout_shift(self) -> float:
        return float(self.page.evaluate("() => window.layoutShift"))


@contextmanager
def visiting(
    browser: Browser, url: str, *, width: int = 1280, scheme: Scheme = "light", **options: Any
) -> Iterator[Visit]:
    """A visit in a fresh profile; ends with the check that nothing went wrong."""
    viewport: Any = {"width": width, "height": 900}
    settings = {"timezone_id": "Europe/Berlin", "locale": "en-GB", **options}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, **settings)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(_WATCH_SHIFTS)
    visit = Visit(context.new_page(), url)
    _listen(visit)
    try:
        yield visit
        assert visit.troubles == [], visit.troubles
    finally:
        context.close()


def _is_trouble(request: Request) -> bool:
    """A page that is left stops asking; that is as it should be."""
    return request.failure != "net::ERR_ABORTED"


def _listen(visit: Visit) -> None:
    def note(said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            visit.troubles.append(said.text)

    def dismiss(dialog: Dialog) -> None:
        visit.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def fail(request: Request) -> None:
        if _is_trouble(request):
            visit.troubles.append(f"failed: {request.url}")

    page = visit.page
    page.on("console", note)
    page.on("dialog", dismiss)
    page.on("requestfailed", fail)
    page.on("pageerror", lambda error: visit.troubles.append(f"exception: {error}"))
    page.on("request", lambda request: visit.requests.append(request.url))
