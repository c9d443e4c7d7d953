// Failures grouped by their error, with numbers and ids masked: what goes wrong, and how often.

import { h, place } from "../parts/elements.js";
import { named, timeCell } from "../parts/cells.js";
import { csvButton } from "../parts/csv.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { createTable } from "../parts/table.js";
import { exactCount } from "../parts/units.js";
import { runLink } from "./run_rows.js";

/** @type {Column[]} */
const COLUMNS = [
  { key: "error", label: "Error", title: true, cell: drawError },
  { key: "count", label: "Runs", number: true, cell: (group) => exactCount(group.count) },
  { key: "first", label: "First seen", cell: (group, view) => timeCell(group.first_seen, view) },
  { key: "last", label: "Last seen", cell: (group, view) => timeCell(group.last_seen, view) },
  { key: "versions", label: "Versions", cell: (group) => named(group.versions.join(", ")) },
  { key: "example", label: "Example", cell: (group) => runLink(group.example) },
];

/** {element, show(answer, view), fail(error)} of what /failures answers. */
export function createFailures() {
  const table = createTable({
    caption: "Failures by error",
    columns: COLUMNS,
    kind: "cards failures",
  });
  const body = h("div", { class: "scroll" }, rowsSkeleton(3));
  let shown = [];
  const csv = csvButton("failures", () => shown);
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "failures-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "failures-title" }, "Failures by error"),
      h("p", {}, "Errors that differ in numbers and ids only count as one."),
      h("div", { class: "end" }, csv),
    ),
    body,
    foot,
  );
  return {
    element,
    show(found, view) {
      shown = found.groups;
      table.show(found.groups, view);
      place(
        body,
        found.groups.length ? table.element : notice(null, "No run failed in this range."),
      );
      foot.textContent = describe(found);
    },
    fail: (error) => body.replaceChildren(failure(error)),
  };
}

function describe({ runs, is_complete: isComplete, groups, others }) {
  if (!groups.length) return "\u00a0";
  const looked = isComplete
    ? `${exactCount(runs)} failed runs`
    : `The newest ${exactCount(runs)} failed runs; older ones were not looked at`;
  return `${looked}${others ? `. ${exactCount(others)} more had rarer errors` : ""}`;
}

function drawError(group) {
  if (group.pattern === null)
    return [h("span", { class: "faint" }, "No error text"), h("small", {}, named(group.status))];
  return h("span", { class: "pattern", dir: "auto" }, group.pattern);
}
