// The runs of an agent: filtered, a page at a time.

import { h, place } from "../parts/elements.js";
import { navigate, RUN_FILTERS } from "../state/address.js";
import { failure, noRuns, notice, rowsSkeleton } from "../parts/notices.js";
import { csvButton } from "../parts/csv.js";
import { filterQuery } from "../state/filter.js";
import { createPager } from "../parts/pager.js";
import { createTable } from "../parts/table.js";
import { RUN_COLUMNS } from "./run_rows.js";
import { createRunFilters } from "./run_filters.js";

export const PAGE_RUNS = 25;

/**
 * {element, show({runs, cursor, versions, span}, view), fail(error)}; `loadAll(view)` answers all
 * runs that match, for a file.
 *
 * @param {(view: View) => Promise<any[]>} loadAll
 */
export function createRuns(loadAll) {
  const table = createTable({
    caption: "Runs, newest first",
    columns: RUN_COLUMNS,
    kind: "cards dense runs",
  });
  const filters = createRunFilters();
  /** @type {View | null} */
  let shown = null;
  const csv = csvButton("runs", () => (shown ? loadAll(shown) : []));
  const body = h("div", {}, rowsSkeleton(8));
  const pager = createPager("page", { first: "Newest", back: "Newer", on: "Older" });
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "runs-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "runs-title" }, "Runs"),
      h("p", {}, "Newest first. Times are in the chosen time zone."),
      h("div", { class: "end" }, csv),
    ),
    filters.element,
    body,
    pager.element,
  );

  function show({ runs, cursor, versions, span }, view) {
    shown = view;
    filters.show(versions, view.state);
    table.show(runs, view);
    place(body, runs.length ? table.element : drawNone(view.state));
    pager.show({
      text: describeExtent(runs, cursor, view.state.page),
      next: cursor && [cursor, span.from, span.to].join("~"),
      at: view.state.page,
    });
  }

  function fail(error, view) {
    // A page from an old link: its list is gone, the newest runs are not.
    if (error.code === "invalid_cursor" && view.state.page)
      navigate({ page: null }, { replace: true });
    else body.replaceChildren(failure(error));
  }

  return { element, show, fail };
}

/** The query for the runs that the state asks for, and the span that its page was made for. */
export function runsQuery({ state, period }) {
  const [cursor, from, to] = (state.page ?? "").split("~");
  const isPage = cursor && from && to;
  const span = isPage ? { from, to } : { from: period.from, to: period.to };
  // A field of the list says more than the filter of all pages.
  const named = RUN_FILTERS.filter((name) => state[name]).map((name) => [name, state[name]]);
  const { task, trace, version, ...filters } = {
    ...filterQuery(state),
    ...Object.fromEntries(named),
  };
  const query = { limit: PAGE_RUNS, ...filters, task_id: task, trace_id: trace, ...span };
  return { version, span, query: isPage ? { ...query, cursor } : query };
}

function drawNone(state) {
  const names = [...RUN_FILTERS, "only"];
  if (!names.some((name) => state[name])) return noRuns(state);
  const clear = () =>
    navigate({ ...Object.fromEntries(names.map((name) => [name, null])), page: null });
  return notice(
    "No run matches",
    "No run in this range has all of these properties.",
    h("button", { type: "button", class: "button", on: { click: clear } }, "Clear the filters"),
  );
}

function describeExtent(runs, cursor, page) {
  if (!runs.length) return "";
  if (!page)
    return cursor
      ? `The newest ${runs.length} runs`
      : `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  return cursor ? `${runs.length} older runs` : `The oldest ${runs.length} runs of this range`;
}
