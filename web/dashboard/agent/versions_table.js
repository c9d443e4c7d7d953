// An agent's versions side by side: sorted, searched and paged by the service.

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

const VERSIONS_A_PAGE = 50;
const DEFAULT_ORDER = "-last_run";

/** @type {Column[]} */
const COLUMNS = [
  { key: "version", label: "Version", title: true, isSorted: true, cell: drawVersion },
  {
    key: "last_run",
    label: "Last run",
    isSorted: true,
    cell: (v, view) => timeCell(v.last_run, view),
  },
  { key: "runs", label: "Runs", number: true, isSorted: true, cell: (v) => exactCount(v.runs) },
  { key: "success_rate", label: "Success rate", number: true, isSorted: true, cell: rateCell },
  { key: "p50", label: "Median", number: true, cell: (v) => duration(v.duration_ms.p50) },
  {
    key: "p95",
    label: "p95",
    number: true,
    isSorted: true,
    cell: (v) => duration(v.duration_ms.p95),
  },
  { key: "mean", label: "Cost a run", number: true, cell: (v) => money(v.cost.mean) },
  { key: "tokens", label: "Tokens", number: true, cell: (v) => count(v.tokens.total) },
  { key: "cost", label: "Spend", number: true, isSorted: true, cell: (v) => money(v.cost.total) },
  { key: "made", label: "Made of", full: true, cell: drawContent },
  { key: "compare", label: "Compare", full: true, isBare: true, cell: drawCompare },
];

/**
 * {element, show(page, view), fail(error)}; a page is what /standings answers, with its cursor.
 * `get(query)` asks for any page of it: a file has all of them.
 */
export function createVersionsTable(get) {
  const onSort = (vorder) => navigate({ vorder: vorder === DEFAULT_ORDER ? null : vorder });
  const table = createTable({
    caption: "Versions of this agent",
    columns: COLUMNS,
    kind: "cards versions",
    onSort,
  });
  const choice = sortChoice(COLUMNS, onSort);
  const search = createSearchField("vq", "Filter versions by name", "Filter by name");
  /** @type {View | null} */
  let shown = null;
  const csv = csvButton("versions", () =>
    shown ? loadAll(get, versionsQuery(shown), ({ standings }) => standings) : [],
  );
  const body = h("div", { class: "scroll" }, rowsSkeleton(4));
  const pager = createPager("vat");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "versions-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "versions-title" }, "Versions"),
      h("div", { class: "end" }, search.element, choice.element, csv),
    ),
    body,
    pager.element,
  );

  function show({ data, cursor }, view) {
    const { vorder = DEFAULT_ORDER, vq, vat } = view.state;
    shown = view;
    search.show(vq);
    choice.show(vorder);
    const rows = data.standings.map((row) => ({ ...row, active: data.active_version }));
    table.show(rows, view, { sort: vorder });
    place(body, rows.length ? table.element : drawNone(data));
    pager.show({ text: describe(data), next: cursor, at: vat });
  }

  function fail(error) {
    body.replaceChildren(failure(error));
    pager.show({ text: "" });
  }

  return { element, show, fail };
}

/** The query of an agent's /standings that the state asks for. */
export function versionsQuery({ state, period }) {
  return {
    from: period.from,
    to: period.to,
    q: state.vq,
    order: state.vorder ?? DEFAULT_ORDER,
    limit: VERSIONS_A_PAGE,
    cursor: state.vat,
    ...filterQuery(state),
  };
}

/** The same of those that ran last, whatever is searched for: the charts mark where they began. */
export function newestVersionsQuery({ state, period }) {
  return versionsQuery({ state: { ...state, vq: null, vorder: null, vat: null }, period });
}

/** "50 of 151 versions. 1 had runs in this range" */
function describe({ standings, matching, registered, ran }) {
  if (!registered) return "";
  const shown =
    standings.length === matching
      ? `${exactCount(matching)} ${matching === 1 ? "version" : "versions"}`
      : `${standings.length} of ${exactCount(matching)} versions`;
  const left = matching < registered ? `, of ${exactCount(registered)} in all` : "";
  return `${shown}${left}. ${exactCount(ran)} had runs in this range`;
}

function drawNone({ registered }) {
  if (!registered)
    return notice(
      "No version yet",
      "Versions show here once one is added with POST /api/v1/agents/{agent}/versions.",
    );
  const clear = () => navigate({ vq: null });
  return notice(
    "No version matches",
    "No version of this agent has such a name.",
    h("button", { type: "button", class: "button", on: { click: clear } }, "Clear the filter"),
  );
}

function drawVersion(row) {
  return [
    named(row.version),
    row.version === row.active ? [" ", h("span", { class: "tag" }, "active")] : null,
    row.cluster ? h("small", {}, named(row.cluster)) : null,
  ].flat();
}

function drawContent(row) {
  const list = (items) => (items.length ? items.join(", ") : NONE);
  return [
    h("span", { title: "Models" }, named(list(row.models))),
    h("small", { title: "Tools" }, named(list(row.tools))),
  ];
}

/** What ran before is held against the active version, and that against the one before it. */
function drawCompare(row) {
  const isActive = row.version === row.active;
  const [base, candidate] = isActive ? [row.previous, row.version] : [row.version, row.active];
  if (!row.runs || !base || !candidate) return h("span", { class: "faint none" }, NONE);
  const label = isActive ? "Compare with the one before" : "Compare with active";
  return h(
    "a",
    {
      class: "button small",
      href: addressOf({ view: "compare", base, candidate }),
      "aria-label": `${label}: ${row.version}`,
    },
    label,
  );
}
