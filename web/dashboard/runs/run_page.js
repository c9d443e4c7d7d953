// One run: what is known of it, what it did, and the other runs of its trace and its task.

import { createAgentFrame } from "../agent/agent_frame.js";
import { addressOf } from "../state/address.js";
import { named } from "../parts/cells.js";
import { copyButton } from "../parts/copying.js";
import { h } from "../parts/elements.js";
import { failure, skeleton } from "../parts/notices.js";
import { Section } from "../parts/section.js";
import { pathOf } from "../service/api.js";
import { createCalls } from "./calls.js";
import { createRelatedRuns } from "./related_runs.js";
import { createRunActions } from "./run_actions.js";
import { createRunHistory, MOST_RECORDS } from "./run_history.js";
import { drawFacts } from "./run_facts.js";
import { RUN_COLUMNS, RUN_COLUMNS_OF_ALL } from "./run_rows.js";

const MOST_RELATED = 25;

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createRunPage(loader, agent, version, id) {
  const segments = ["agents", agent, "versions", version, "runs", String(id)];
  const loadRun = async () => (await loader.get(pathOf(segments))).data;
  const actions = createRunActions(loader, segments);
  const { card, body, back } = drawCard(id, actions.element);
  const calls = createCalls();
  const history = createRunHistory();
  const ofTrace = createRelatedRuns("trace", "Runs of the same trace", RUN_COLUMNS_OF_ALL);
  const ofTask = createRelatedRuns("task", "Runs of the same task", RUN_COLUMNS);
  const parts = [card, calls.element, history.element, ofTrace.element, ofTask.element];
  const frame = createAgentFrame(loader, agent, parts);

  async function loadTrace() {
    const run = await loadRun();
    if (run.trace_id === undefined) return { run, value: null, runs: [], isWhole: true };
    const { data } = await loader.get(pathOf(["traces", run.trace_id, "runs"]));
    return { run, value: run.trace_id, runs: data.runs, isWhole: !data.truncated };
  }

  async function loadTask() {
    const run = await loadRun();
    if (run.task_id === null) return { run, value: null, runs: [], isWhole: true };
    const query = { task_id: String(run.task_id), limit: MOST_RELATED + 1 };
    const { data, cursor } = await loader.get(pathOf(["agents", agent, "runs"], query));
    return { run, value: run.task_id, runs: data, isWhole: cursor === null };
  }

  async function loadCalls() {
    const run = await loadRun();
    // Only a run that was made of spans has any.
    if (!String(run.id).startsWith(`${run.trace_id}-`)) return { run, calls: null };
    return { run, calls: (await loader.get(pathOf([...segments, "calls"]))).data };
  }

  async function loadHistory() {
    const [run, mayRead] = await Promise.all([loadRun(), loader.may("admin")]);
    if (!mayRead) return { run, records: null, isWhole: true };
    const query = { object: String(run.id), limit: MOST_RECORDS };
    const { data, cursor } = await loader.get(pathOf(["audit"], query));
    return { run, records: data, isWhole: cursor === null };
  }

  async function loadActions() {
    const [run, mayCorrect, mayDelete] = await Promise.all([
      loadRun(),
      loader.may("ingest"),
      loader.may("admin"),
    ]);
    return { run, mayCorrect, mayDelete };
  }

  const part = (shown, load) =>
    new Section({ element: shown.element, load, show: shown.show, fail: shown.fail });
  const sections = [
    frame.section,
    new Section({
      element: card,
      load: loadRun,
      show: (run, view) => body.replaceChildren(drawFacts(run, view)),
      fail: (error) => body.replaceChildren(failure(error)),
    }),
    part(actions, loadActions),
    part(calls, loadCalls),
    part(history, loadHistory),
    part(ofTrace, loadTrace),
    part(ofTask, loadTask),
  ];

  function show(view) {
    frame.show(view);
    back.href = addressOf({ view: "runs" });
  }

  return {
    element: frame.element,
    heading: frame.heading,
    sections,
    show,
    title: `Run ${id} · ${agent}`,
  };
}

function drawCard(id, actions) {
  const body = h("div", { class: "run" }, skeleton());
  const back = h("a", { class: "button small" }, "All runs");
  const end = h(
    "div",
    { class: "end many" },
    copyButton(() => String(id), "Copy id"),
    copyButton(() => location.href, "Copy link"),
    actions,
    back,
  );
  const title = h("h2", { id: "run-title" }, "Run ", named(String(id)));
  const card = h(
    "section",
    { class: "card", "aria-labelledby": "run-title" },
    h("div", { class: "card-head" }, title, end),
    body,
  );
  return { card, body, back };
}
