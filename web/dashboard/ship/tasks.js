// Which tasks flipped: the runs of both versions paired by their tasks.

import { h, place } from "../parts/elements.js";
import { named } from "../parts/cells.js";
import { csvButton } from "../parts/csv.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { createTable } from "../parts/table.js";
import { exactCount, percent, points } from "../parts/units.js";
import { WORDS } from "./verdicts.js";

const CHANGES = { lost: "No longer succeeds", gained: "Succeeds now" };

/** @type {Column[]} */
const COLUMNS = [
  { key: "task", label: "Task", title: true, cell: (row) => named(String(row.task_id)) },
  { key: "change", label: "Change", cell: (row) => CHANGES[row.change] },
  { key: "base", label: "Base", number: true, cell: (row) => ofRuns(row.base) },
  { key: "candidate", label: "Candidate", number: true, cell: (row) => ofRuns(row.candidate) },
];

/** {element, show({tasks}), fail(error)}; `tasks` is what /compare/tasks answers, or null. */
export function createTasks() {
  const table = createTable({
    caption: "Tasks that flipped",
    columns: COLUMNS,
    kind: "cards tasks",
  });
  const summary = h("div", { class: "summary" });
  const body = h("div", { class: "scroll" }, rowsSkeleton(3));
  let shown = [];
  const csv = csvButton("tasks", () => shown);
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "tasks-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "tasks-title" }, "Tasks that flipped"),
      h("p", {}, "Tasks that both versions ran, each held against itself."),
      h("div", { class: "end" }, csv),
    ),
    summary,
    body,
    foot,
  );

  function show({ tasks }, view) {
    element.hidden = !tasks;
    if (!tasks) return;
    summary.replaceChildren(...(tasks.paired ? drawSummary(tasks) : []));
    shown = tasks.flipped;
    table.show(tasks.flipped, view);
    place(body, tasks.flipped.length ? table.element : drawNone(tasks));
    foot.textContent = tasks.truncated
      ? `${exactCount(tasks.flipped.length)} of ${exactCount(tasks.gained + tasks.lost)} tasks that flipped`
      : "\u00a0";
  }

  return { element, show, fail: (error) => body.replaceChildren(failure(error)) };
}

function drawSummary(tasks) {
  const word = WORDS[tasks.verdict];
  const interval = tasks.interval?.map((edge) => points(edge)).join(" to ");
  const level = percent(tasks.confidence, 0);
  return [
    h(
      "p",
      {},
      h("span", { class: `badge ${word.tone}` }, word.label),
      ` Of ${exactCount(tasks.paired)} tasks that both versions ran, ${exactCount(tasks.lost)} no longer succeed and ${exactCount(tasks.gained)} do now. `,
      `${exactCount(tasks.both_succeeded)} succeed in both, ${exactCount(tasks.both_failed)} in neither.`,
    ),
    h(
      "p",
      { class: "method" },
      tasks.p_value === null
        ? "Too few tasks flipped for a test."
        : `${tasks.test}; p = ${tasks.p_value.toPrecision(2)}; ${level} interval of the difference: ${interval}`,
    ),
  ];
}

function drawNone({ paired, base_tasks: inBase, candidate_tasks: inCandidate }) {
  if (paired) return notice(null, "No task changed from success to failure, or back.");
  const isSilent = !inBase && !inCandidate;
  return notice(
    "No task was run by both",
    isSilent
      ? "The runs have no task_id. Send one with each run, and tasks can be held against themselves."
      : "The two versions have no task in common in this range.",
  );
}

const ofRuns = ({ succeeded, failed }) =>
  `${exactCount(succeeded)} of ${exactCount(succeeded + failed)} succeeded`;
