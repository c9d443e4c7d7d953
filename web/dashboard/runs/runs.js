// The latest runs of an agent: filtered, a page at a time.

import { h, place } from "../parts/elements.js";
import { navigate, RUN_FILTERS } from "../state/address.js";
import { failure, noRuns, notice, rowsSkeleton } from "../parts/notices.js";
import { createTable } from "../parts/table.js";
import { createDetails, RUN_COLUMNS } from "./run_rows.js";
import { createRunFilters } from "./run_filters.js";

export const PAGE_RUNS = 25;
// Which page led to which, for as long as this tab lives.
const pageBefore = new Map();

/** {element, show({runs, cursor, versions, span}, view), fail(error)} */
export function createRuns() {
  const table = createTable({
    caption: "Runs, newest first",
    columns: RUN_COLUMNS,
    kind: "cards dense runs",
  });
  const filters = createRunFilters();
  const body = h("div", {}, rowsSkeleton(8));
  const details = createDetails(() => redraw());
  const extent = h("span", { "aria-live": "polite" }, "\u00a0");
  const newest = pageButton("Newest", () => navigate({ page: null }));
  const newer = pageButton("Newer", () =>
    navigate({ page: pageBefore.get(shown.view.state.page) ?? null }),
  );
  const older = pageButton("Older", () => navigate({ page: nextPage() }));
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "runs-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "runs-title" }, "Runs"),
      h("p", {}, "Newest first. Times are in the chosen time zone."),
    ),
    filters.element,
    body,
    h("div", { class: "card-foot" }, extent, h("div", { class: "end" }, newest, newer, older)),
  );
  /** @type {any} */
  let shown = null;

  function nextPage() {
    const { span, cursor, view } = shown;
    const page = [cursor, span.from, span.to].join("~");
    pageBefore.set(page, view.state.page ?? null);
    return page;
  }

  function show(data, view) {
    shown = { ...data, view };
    filters.show(data.versions, view.state);
    redraw();
    const isFirst = !view.state.page;
    newest.disabled = isFirst;
    newer.disabled = isFirst || !pageBefore.has(view.state.page);
    older.disabled = !data.cursor;
    extent.textContent = describeExtent(data, isFirst);
  }

  function redraw() {
    const { runs, view } = shown;
    const focused = document.activeElement?.id;
    table.show(runs, view, { detail: (run) => details.row(run, view) });
    place(body, runs.length ? table.element : drawNone(view.state));
    if (focused) document.getElementById(focused)?.focus();
  }

  return { element, show, fail: (error) => body.replaceChildren(failure(error)) };
}

/** The query of the page that the state names: {from, to, cursor}, with the span it was made for. */
export function readPage(state, period) {
  const [cursor, from, to] = (state.page ?? "").split("~");
  return cursor && from && to ? { cursor, from, to } : { from: period.from, to: period.to };
}

function drawNone(state) {
  if (!RUN_FILTERS.some((name) => state[name])) return noRuns(state);
  const clear = () =>
    navigate({ ...Object.fromEntries(RUN_FILTERS.map((name) => [name, null])), page: null });
  return notice(
    "No run matches",
    "No run in this range has all of these properties.",
    h("button", { type: "button", class: "button", on: { click: clear } }, "Clear the filters"),
  );
}

function describeExtent({ runs, cursor }, isFirst) {
  if (!runs.length) return "\u00a0";
  if (isFirst)
    return cursor
      ? `The newest ${runs.length} runs`
      : `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  return cursor ? `${runs.length} older runs` : `The oldest ${runs.length} runs of this range`;
}

function pageButton(label, click) {
  return h(
    "button",
    { type: "button", class: "button small", disabled: true, on: { click } },
    label,
  );
}
