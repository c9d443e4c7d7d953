// The numbers split by what runs have in common: a table, and the questions behind it and the charts.

import { navigate } from "../state/address.js";
import {
  FILTERS,
  filterQuery,
  groupingOf,
  GROUPINGS,
  splits,
  writeFilter,
} from "../state/filter.js";
import { named, rateCell } from "./cells.js";
import { MOST_SERIES } from "../charts/split.js";
import { csvButton } from "./csv.js";
import { h, place } from "./elements.js";
import { failure, notice, rowsSkeleton } from "./notices.js";
import { createTable } from "./table.js";
import { duration, exactCount, money } from "./units.js";
import { TOKEN_COLUMNS } from "./token_columns.js";

const MOST = 20;
const ORDERS = {
  runs: "Most runs first",
  cost: "Dearest first",
  last_run: "Latest first",
  success_rate: "Best success rate first",
  p95: "Longest first",
};

/** @type {Column[]} */
const COLUMNS = [
  { key: "name", label: "Group", title: true, cell: drawName },
  { key: "runs", label: "Runs", number: true, cell: (g) => exactCount(g.runs) },
  { key: "rate", label: "Success rate", number: true, cell: rateCell },
  { key: "p95", label: "p95", number: true, cell: (g) => duration(g.duration_ms.p95) },
  { key: "mean", label: "Cost a run", number: true, cell: (g) => money(g.cost.mean) },
  { key: "cost", label: "Spend", number: true, cell: (g) => money(g.cost.total) },
  ...TOKEN_COLUMNS,
];

/**
 * {element, show(metrics, view), fail(error)} of what /metrics answers; `onGroups(metrics)` hears of
 * each answer.
 */
export function createBreakdown(/** @type {(metrics: any) => void} */ onGroups) {
  /** @type {any[]} */
  let shown = [];
  const table = createTable({ caption: "Split by", columns: COLUMNS, kind: "cards breakdown" });
  const what = h("p", {}, "\u00a0");
  const order = drawChoice("Order of the groups", Object.entries(ORDERS), "gorder");
  const body = h("div", { class: "scroll" }, rowsSkeleton(3));
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const csv = csvButton("split", () => shown);
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "split-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "split-title" }, "Split by"),
      what,
      h("div", { class: "end" }, order, csv),
    ),
    body,
    foot,
  );

  function show(metrics, view) {
    const by = metrics.group_by;
    onGroups(metrics);
    what.textContent = GROUPINGS[by].toLowerCase();
    order.value = view.state.gorder ?? "runs";
    const rest = metrics.others ? [{ ...metrics.others, [by]: "Others", isOthers: true }] : [];
    shown = [...metrics.groups, ...rest].map((group) => ({ ...group, by }));
    table.show(shown, view);
    place(body, shown.length ? table.element : notice(null, "No runs in this range."));
    foot.textContent = describe(metrics);
  }

  return { element, show, fail: (error) => body.replaceChildren(failure(error)) };
}

/** The query of /metrics for the table: by what was chosen, else by the first that can be. */
export function breakdownQuery({ state, period }, groupings) {
  return {
    from: period.from,
    to: period.to,
    group_by: groupingOf(state, groupings) ?? groupings.find((name) => splits(state, name)),
    order: orderOf(state),
    limit: MOST,
    ...filterQuery(state),
  };
}

/** The query of /metrics for the charts, with a series for each group where a split was chosen. */
export function seriesQuery({ state, period }, groupings) {
  const by = groupingOf(state, groupings);
  return {
    from: period.from,
    to: period.to,
    interval: period.interval,
    tz: period.zone,
    ...(by && { group_by: by, order: orderOf(state), limit: MOST_SERIES }),
    ...filterQuery(state),
  };
}

const orderOf = (state) => (state.gorder in ORDERS ? state.gorder : "runs");

function describe({ groups, others, overlapping }) {
  const rest = others
    ? `The first ${groups.length}; ${exactCount(others.runs)} runs are in Others. `
    : "";
  return `${rest}${overlapping ? "A run counts in each of its groups." : ""}` || "\u00a0";
}

function drawName(group) {
  const value = group[group.by];
  if (group.isOthers) return h("span", { class: "faint" }, value);
  if (value === null || value === undefined) return h("span", { class: "faint" }, "None");
  if (!(group.by in FILTERS)) return named(value || "(empty)");
  const only = () => navigate({ only: writeFilter(group.by, value) });
  return h(
    "button",
    { type: "button", class: "link", title: "Show only these", on: { click: only } },
    named(value || "(empty)"),
  );
}

function drawChoice(label, pairs, name) {
  const select = h(
    "select",
    {
      class: "select",
      "aria-label": label,
      on: { change: () => navigate({ [name]: select.value }) },
    },
    ...pairs.map(([value, text]) => h("option", { value }, text)),
  );
  return select;
}
