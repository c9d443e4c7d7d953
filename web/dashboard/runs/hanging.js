// Runs that hang: in progress for longer than a run should take, with their age.

import { h, place } from "../parts/elements.js";
import { named } from "../parts/cells.js";
import { csvButton } from "../parts/csv.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { createTable } from "../parts/table.js";
import { ago } from "../state/zone.js";
import { runLink } from "./run_rows.js";

const STALE_MS = 86_400_000;
export const MOST_HANGING = 25;

/** @type {Column[]} */
const COLUMNS = [
  { key: "id", label: "Run", title: true, cell: (run) => runLink(run) },
  { key: "age", label: "Began", cell: (run, view) => ago(run.created, view.now) },
  { key: "status", label: "Status", cell: (run) => named(run.status) },
  { key: "version", label: "Version", cell: (run) => named(run.version) },
];

/** {element, show({data, cursor}, view), fail(error)} of a list of runs. */
export function createHanging() {
  const table = createTable({ caption: "Runs that hang", columns: COLUMNS, kind: "cards hanging" });
  let shown = [];
  const body = h("div", { class: "scroll" }, rowsSkeleton(2));
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "hanging-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "hanging-title" }, "Runs that hang"),
      h("p", {}, "In progress for longer than a day, whatever the range."),
      h(
        "div",
        { class: "end" },
        csvButton("hanging", () => shown),
      ),
    ),
    body,
    foot,
  );
  return {
    element,
    show({ data: runs, cursor }, view) {
      shown = runs;
      table.show(runs, view);
      place(body, runs.length ? table.element : notice(null, "No run hangs."));
      foot.textContent = cursor ? `The newest ${runs.length}; there are more` : "\u00a0";
    },
    fail: (error) => body.replaceChildren(failure(error)),
  };
}

/** The query for runs in progress that began a day ago or earlier, whatever the range. */
export function hangingQuery({ now }) {
  // To the minute, so that asking again within it asks for nothing new.
  const before = Math.floor((now.getTime() - STALE_MS) / 60_000) * 60_000;
  return { outcome: "in_progress", to: new Date(before).toISOString(), limit: MOST_HANGING };
}
