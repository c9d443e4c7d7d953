// The numbers split by what runs have in common, and the filter that leaves one of them.

import { navigate } from "../state/address.js";
import { FILTERS, readFilter, writeFilter } from "../state/filter.js";
import { named, rateCell } from "./cells.js";
import { csvButton } from "./csv.js";
import { h, place } from "./elements.js";
import { failure, notice, rowsSkeleton } from "./notices.js";
import { createTable } from "./table.js";
import { count, duration, exactCount, money } from "./units.js";

const MOST = 20;
const LABELS = {
  model: "Model",
  tool: "Tool",
  initiator: "Initiator",
  status: "Status",
  cluster: "Cluster",
  version: "Version",
  agent: "Agent",
  project: "Project",
};
/** What still divides when a filter is on; the API takes no two of the others at once. */
const OF_VERSIONS = ["project", "agent", "version", "cluster"];
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
  { key: "input", label: "Tokens in", number: true, cell: (g) => count(g.tokens?.input) },
  {
    key: "cached",
    label: "From cache",
    number: true,
    cell: (g) => count(g.tokens?.cache_read_input),
  },
  { key: "output", label: "Tokens out", number: true, cell: (g) => count(g.tokens?.output) },
];

/** {element, show(metrics, view), fail(error)}; `groupings` are the words that the page offers. */
export function createBreakdown(groupings) {
  let shown = { groups: [] };
  const table = createTable({ caption: "Split by", columns: COLUMNS, kind: "cards breakdown" });
  const by = drawChoice(
    "Split by",
    groupings.map((name) => [name, `By ${LABELS[name].toLowerCase()}`]),
    "by",
  );
  const order = drawChoice("Order of the groups", Object.entries(ORDERS), "gorder");
  const chip = h("div", { class: "chip", hidden: true });
  const body = h("div", { class: "scroll" }, rowsSkeleton(3));
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const csv = csvButton("split", () => shown.groups);
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "split-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "split-title" }, "Split by"),
      chip,
      h("div", { class: "end" }, by, order, csv),
    ),
    body,
    foot,
  );

  function show(metrics, view) {
    shown = metrics;
    const filter = readFilter(view.state);
    const allowed = filter ? groupings.filter((name) => OF_VERSIONS.includes(name)) : groupings;
    for (const option of by.options) option.disabled = !allowed.includes(option.value);
    by.value = metrics.group_by;
    order.value = view.state.gorder ?? "runs";
    drawChip(chip, filter);
    const rows = metrics.groups.map((group) => ({ ...group, by: metrics.group_by }));
    table.show(rows, view);
    place(body, rows.length ? table.element : notice(null, "No runs in this range."));
    foot.textContent = describe(metrics);
  }

  return { element, show, fail: (error) => body.replaceChildren(failure(error)) };
}

/** The query of /metrics that the state asks for. */
export function breakdownQuery({ state, period }, groupings) {
  const filter = readFilter(state);
  const allowed = filter ? groupings.filter((name) => OF_VERSIONS.includes(name)) : groupings;
  return {
    from: period.from,
    to: period.to,
    group_by: allowed.includes(state.by) ? state.by : allowed[0],
    order: state.gorder in ORDERS ? state.gorder : "runs",
    limit: MOST,
    ...(filter && { [filter.name]: filter.value }),
  };
}

function describe({ groups, others, overlapping }) {
  const rest = others
    ? `The first ${groups.length}; ${exactCount(others.runs)} runs are in others. `
    : "";
  return `${rest}${overlapping ? "A run counts in each of its groups." : ""}` || "\u00a0";
}

function drawName(group) {
  const value = group[group.by];
  if (value === null || value === undefined) return h("span", { class: "faint" }, "None");
  if (!(group.by in FILTERS)) return named(value || "(empty)");
  const only = () => navigate({ only: writeFilter(group.by, value) });
  return h(
    "button",
    { type: "button", class: "link", title: "Show only these", on: { click: only } },
    named(value || "(empty)"),
  );
}

function drawChip(chip, filter) {
  chip.hidden = filter === null;
  if (filter === null) return;
  const clear = () => navigate({ only: null });
  chip.replaceChildren(
    `${FILTERS[filter.name]}: `,
    named(filter.value),
    h(
      "button",
      {
        type: "button",
        class: "button small",
        "aria-label": "Clear the filter",
        on: { click: clear },
      },
      "Clear",
    ),
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
