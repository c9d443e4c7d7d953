// The agents: sorted, searched and paged by the service, and each a way to its own page.

import { h, place } from "../parts/elements.js";
import { addressOf, navigate } from "../state/address.js";
import { named, rateCell, timeCell } from "../parts/cells.js";
import { csvButton } from "../parts/csv.js";
import { filterQuery } from "../state/filter.js";
import { loadAll } from "../service/all_pages.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { createPager } from "../parts/pager.js";
import { createSearchField } from "../parts/search_field.js";
import { createTable, sortChoice } from "../parts/table.js";
import { count, duration, exactCount, money, NONE } from "../parts/units.js";

export const AGENTS_A_PAGE = 50;
const DEFAULT_ORDER = "-runs";

/** @type {Column[]} */
const COLUMNS = [
  { key: "name", label: "Agent", title: true, isSorted: true, cell: drawName },
  {
    key: "last_run",
    label: "Last run",
    isSorted: true,
    cell: (a, view) => timeCell(a.last_run, view),
  },
  {
    key: "version",
    label: "Active version",
    cell: (a) => (a.active_version === null ? NONE : named(a.active_version)),
  },
  { key: "runs", label: "Runs", number: true, isSorted: true, cell: (a) => exactCount(a.runs) },
  { key: "success_rate", label: "Success rate", number: true, isSorted: true, cell: rateCell },
  {
    key: "p95",
    label: "p95",
    number: true,
    isSorted: true,
    cell: (a) => duration(a.duration_ms.p95),
  },
  { key: "tokens", label: "Tokens", number: true, cell: (a) => count(a.tokens.total) },
  { key: "cost", label: "Spend", number: true, isSorted: true, cell: (a) => money(a.cost.total) },
];

/**
 * {element, show(page, view), fail(error)}; a page is what /standings answers, with its cursor.
 * `get(query)` asks for any page of it: a file has all of them.
 */
export function createAgentsTable(get) {
  const onSort = (order) => navigate({ order: order === DEFAULT_ORDER ? null : order });
  const table = createTable({ caption: "Agents in this range", columns: COLUMNS, onSort });
  const choice = sortChoice(COLUMNS, onSort);
  const search = createSearchField("q", "Filter agents by name", "Filter by name");
  /** @type {View | null} */
  let shown = null;
  const csv = csvButton("agents", () =>
    shown ? loadAll(get, standingsQuery(shown), ({ standings }) => standings) : [],
  );
  const body = h("div", {}, rowsSkeleton(6));
  const pager = createPager("at");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "agents-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "agents-title" }, "Agents"),
      h("div", { class: "end" }, search.element, choice.element, csv),
    ),
    body,
    pager.element,
  );

  function show({ data, cursor }, view) {
    const { order = DEFAULT_ORDER, q, at } = view.state;
    shown = view;
    search.show(q);
    choice.show(order);
    table.show(data.standings, view, { sort: order });
    place(body, data.standings.length ? table.element : drawNoMatch());
    pager.show({ text: describe(data), next: cursor, at });
  }

  function fail(error) {
    body.replaceChildren(failure(error));
    pager.show({ text: "" });
  }

  return { element, show, fail };
}

/** The query of /standings that the state asks for. */
export function standingsQuery({ state, period }) {
  return {
    from: period.from,
    to: period.to,
    project: state.project,
    q: state.q,
    order: state.order ?? DEFAULT_ORDER,
    limit: AGENTS_A_PAGE,
    cursor: state.at,
    ...filterQuery(state),
  };
}

/** "50 of 130 agents, 12 of them without runs in this range" */
function describe({ standings, matching, registered, active }) {
  const idle = registered - active;
  const shown =
    standings.length === matching
      ? `${exactCount(matching)} ${matching === 1 ? "agent" : "agents"}`
      : `${standings.length} of ${exactCount(matching)} agents`;
  const left = matching < registered ? `, of ${exactCount(registered)} in all` : "";
  return `${shown}${left}${idle ? `. ${exactCount(idle)} had no runs in this range` : ""}`;
}

function drawName(agent) {
  return [
    h("a", { href: addressOf({ agent: agent.agent }), class: "row-link" }, named(agent.agent)),
    h("small", {}, named(agent.project)),
  ];
}

function drawNoMatch() {
  const clear = () => navigate({ q: null, project: null });
  return notice(
    "No agent matches",
    "No agent has this name and project.",
    h("button", { type: "button", class: "button", on: { click: clear } }, "Clear the filters"),
  );
}
