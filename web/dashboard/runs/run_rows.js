// A run as a row of a table.

import { addressOf } from "../state/address.js";
import { h } from "../parts/elements.js";
import { named, statusBadge } from "../parts/cells.js";
import { duration, money, NONE } from "../parts/units.js";
import { fullTime, shortTime } from "../state/zone.js";

/** @type {Column[]} */
export const RUN_COLUMNS = [
  { key: "id", label: "Run", title: true, cell: (run) => runLink(run) },
  { key: "created", label: "Created", cell: drawTime },
  { key: "status", label: "Status", cell: (run, view) => statusBadge(run, view.now) },
  { key: "version", label: "Version", cell: (run) => named(run.version) },
  {
    key: "initiator",
    label: "Initiator",
    cell: (run) => (run.initiator ? named(run.initiator) : NONE),
  },
  { key: "task", label: "Task", cell: (run) => (run.task_id === null ? NONE : named(run.task_id)) },
  { key: "duration", label: "Duration", number: true, cell: (run) => duration(run.duration_ms) },
  { key: "cost", label: "Cost", number: true, cell: (run) => money(run.cost) },
];

/** The same where runs of several agents are together. */
export const RUN_COLUMNS_OF_ALL = RUN_COLUMNS.map((column) =>
  column.key === "id"
    ? { ...column, cell: (run) => runLink(run, { agent: run.agent }) }
    : column.key === "version"
      ? { ...column, label: "Agent", cell: (run) => [named(run.agent), " ", named(run.version)] }
      : column,
);

/**
 * The way to a run's own page, which is another agent's where that is given.
 *
 * @param {any} run
 * @param {{agent?: string}} other
 */
export function runLink(run, { agent } = {}) {
  const shown = { view: "run", shownVersion: run.version, shownRun: run.id };
  const href = addressOf(agent === undefined ? shown : { agent, ...shown });
  return h("a", { href, class: "row-link id" }, named(String(run.id)));
}

function drawTime(run, { period }) {
  const full = `${fullTime(run.created, period.zone)} ${period.zone}`;
  return h(
    "time",
    { datetime: run.created, title: full, class: "nowrap" },
    shortTime(run.created, period.zone),
  );
}
