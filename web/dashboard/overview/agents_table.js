// The agents: sorted, filtered, and each a way to its own page.

import { h, icon, ICONS, place } from "../parts/elements.js";
import { addressOf, navigate } from "../state/address.js";
import { named, rateCell, timeCell } from "../parts/cells.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { createTable, sortChoice, sortRows } from "../parts/table.js";
import { count, duration, exactCount, money, NONE } from "../parts/units.js";

const DEFAULT_SORT = "-runs";
const time = (instant) => (instant ? Date.parse(instant) : null);

const COLUMNS = [
  { key: "name", label: "Agent", title: true, value: (a) => a.name, cell: drawName },
  {
    key: "seen",
    label: "Last run",
    value: (a) => time(a.block?.last_run),
    cell: (a, view) => timeCell(a.block?.last_run, view),
  },
  {
    key: "version",
    label: "Active version",
    value: (a) => a.version,
    cell: (a) => (a.version === null ? NONE : named(a.version)),
  },
  {
    key: "runs",
    label: "Runs",
    number: true,
    value: (a) => a.block?.runs ?? 0,
    cell: (a) => exactCount(a.block?.runs ?? 0),
  },
  {
    key: "rate",
    label: "Success rate",
    number: true,
    value: (a) => a.block?.success_rate ?? null,
    cell: (a) => (a.block ? rateCell(a.block) : NONE),
  },
  {
    key: "p95",
    label: "p95",
    number: true,
    value: (a) => a.block?.duration_ms.p95 ?? null,
    cell: (a) => duration(a.block?.duration_ms.p95),
  },
  {
    key: "cost",
    label: "Spend",
    number: true,
    value: (a) => a.block?.cost.total ?? null,
    cell: (a) => money(a.block?.cost.total),
  },
];

/** {element, show({agents, truncated}, view), fail(error)}; see readAgents for an agent. */
export function createAgentsTable() {
  const onSort = (sort) => navigate({ sort: sort === DEFAULT_SORT ? null : sort });
  const table = createTable({ caption: "Agents in this range", columns: COLUMNS, onSort });
  const choice = sortChoice(COLUMNS, onSort);
  const filters = drawFilters();
  const body = h("div", {}, rowsSkeleton(6));
  const foot = h("div", { class: "card-foot", "aria-live": "polite" }, "\u00a0");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "agents-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "agents-title" }, "Agents"),
      h("div", { class: "end" }, filters.search, filters.project, choice.element),
    ),
    body,
    foot,
  );

  function show({ agents, truncated }, view) {
    const { sort = DEFAULT_SORT, q = "", project = "" } = view.state;
    filters.show(agents, view.state);
    choice.show(sort);
    const wanted = agents.filter(
      (a) =>
        a.name.toLowerCase().includes(q.trim().toLowerCase()) &&
        (!project || a.project === project),
    );
    table.show(sortRows(wanted, COLUMNS, sort), view, { sort });
    place(body, wanted.length ? table.element : drawNoMatch());
    const part =
      wanted.length === agents.length
        ? `${count(agents.length)} agents`
        : `${count(wanted.length)} of ${count(agents.length)} agents`;
    foot.textContent = truncated
      ? `${part}. Numbers are shown for the 100 with the most runs.`
      : part;
  }

  function fail(error) {
    body.replaceChildren(failure(error));
    foot.textContent = "\u00a0";
  }

  return { element, show, fail };
}

/** Agents from the list of all, with their `block` and active `version` where they had runs. */
export function readAgents(all, byAgent, byVersion) {
  const blocks = new Map(byAgent.groups.map((group) => [group.agent_id, group]));
  const active = new Map();
  for (const group of byVersion.groups) {
    const known = active.get(group.agent);
    if (!known || known.last_run < group.last_run) active.set(group.agent, group);
  }
  const agents = all.map((agent) => ({
    ...agent,
    block: blocks.get(agent.id) ?? null,
    version: active.get(agent.name)?.version ?? null,
  }));
  return { agents, truncated: byAgent.truncated };
}

function drawName(agent) {
  return [
    h("a", { href: addressOf({ agent: agent.name }), class: "row-link" }, named(agent.name)),
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

function drawFilters() {
  // While somebody types there is one entry in the history, not one for every letter.
  const input = h("input", {
    type: "search",
    placeholder: "Filter by name",
    "aria-label": "Filter agents by name",
    on: { input: () => navigate({ q: input.value || null }, { replace: true }) },
  });
  const select = h("select", {
    class: "select",
    "aria-label": "Project",
    on: { change: () => navigate({ project: select.value || null }) },
  });
  return {
    search: h("div", { class: "inline-field" }, icon(ICONS.search, 14), input),
    project: select,
    show(agents, { q = "", project = "" }) {
      if (input.value !== q) input.value = q;
      const projects = [
        ...new Set(agents.map((agent) => agent.project)),
        ...(project ? [project] : []),
      ];
      const names = [...new Set(projects)].sort((a, b) => a.localeCompare(b));
      select.replaceChildren(
        h("option", { value: "" }, "All projects"),
        ...names.map((name) => h("option", { value: name }, name)),
      );
      select.value = project;
    },
  };
}
