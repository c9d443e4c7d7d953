// A run as a row of a table.

import { addressOf } from "../state/address.js";
import { h } from "../parts/elements.js";
import { named, statusBadge } from "../parts/cells.js";
import { duration, money, NONE } from "../parts/units.js";
import { fullTime, shortTime } from "../state/zone.js";

/** @type {Column[]} */
export const RUN_COLUMNS = [
  { key: "id", label: "Run", title: true, cell: runLink },
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

/** The way to a run's own page. */
export function runLink(run) {
  const href = addressOf({ view: "run", shownVersion: run.version, shownRun: run.id });
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
