// A run in the table, and all that is known of it below.

import { h } from "../parts/elements.js";
import { named, statusBadge } from "../parts/cells.js";
import { duration, exactCount, money, NONE } from "../parts/units.js";
import { fullTime, shortTime } from "../state/zone.js";

const keyOf = (run) => `run-${run.version_id}-${run.id}`;
let opened = new Set();
let toggled = () => {};

export const RUN_COLUMNS = [
  { key: "created", label: "Created", title: true, cell: (run, view) => drawTime(run, view) },
  { key: "status", label: "Status", cell: (run, view) => statusBadge(run, view.now) },
  { key: "version", label: "Version", cell: (run) => named(run.version) },
  {
    key: "initiator",
    label: "Initiator",
    cell: (run) => (run.initiator ? named(run.initiator) : NONE),
  },
  { key: "duration", label: "Duration", number: true, cell: (run) => duration(run.duration_ms) },
  { key: "cost", label: "Cost", number: true, cell: (run) => money(run.cost) },
  { key: "id", label: "Run", number: true, secondary: true, cell: (run) => String(run.id) },
  { key: "more", label: "Details", isBare: true, full: true, number: true, cell: drawToggle },
];

/** Rows below rows: `row(run, view)` is the one of a run that is open, else null. */
export function createDetails(redraw) {
  opened = new Set();
  toggled = redraw;
  return { row: (run, view) => (opened.has(keyOf(run)) ? drawDetails(run, view) : null) };
}

function drawTime(run, { period }) {
  const full = `${fullTime(run.created, period.zone)} ${period.zone}`;
  return h(
    "time",
    { datetime: run.created, title: full, class: "nowrap" },
    shortTime(run.created, period.zone),
  );
}

function drawToggle(run) {
  const key = keyOf(run);
  const isOpen = opened.has(key);
  const click = () => {
    if (isOpen) opened.delete(key);
    else opened.add(key);
    toggled();
  };
  const label = `${isOpen ? "Hide" : "Show"} details of run ${run.id}`;
  return h(
    "button",
    {
      type: "button",
      id: key,
      class: "button small plain",
      "aria-expanded": String(isOpen),
      "aria-label": label,
      on: { click },
    },
    isOpen ? "Hide" : "Details",
  );
}

function drawDetails(run, { period }) {
  const entry = (label, content, isWide = false) =>
    h("div", { class: isWide ? "wide" : null }, h("dt", {}, label), h("dd", {}, content));
  const list = (items) => (items.length ? named(items.join(", ")) : NONE);
  const text = (content) => h("pre", { tabindex: "0", dir: "auto" }, content);
  return h(
    "tr",
    { class: "details", role: "row" },
    h(
      "td",
      { colspan: RUN_COLUMNS.length, role: "cell" },
      h(
        "dl",
        {},
        run.error ? entry("Error", text(run.error), true) : null,
        entry("Run", String(run.id)),
        entry("Created", fullTime(run.created, period.zone)),
        entry("Recorded", fullTime(run.recorded_at, period.zone)),
        entry("Task", run.task_id === null ? NONE : String(run.task_id)),
        entry("Duration as sent", run.time_taken === null ? NONE : named(String(run.time_taken))),
        entry("Tokens in", exactCount(run.input_tokens)),
        entry("Tokens out", exactCount(run.output_tokens)),
        entry("Models", list(run.models)),
        entry("Tools", list(run.tools)),
        run.metadata ? entry("Metadata", text(JSON.stringify(run.metadata, null, 2)), true) : null,
      ),
    ),
  );
}
