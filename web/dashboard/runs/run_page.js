// One run: everything that is known of it, and the other runs of its task.

import { createAgentFrame } from "../agent/agent_frame.js";
import { addressOf } from "../state/address.js";
import { named, statusBadge } from "../parts/cells.js";
import { copyButton } from "../parts/copying.js";
import { h, place } from "../parts/elements.js";
import { failure, notice, rowsSkeleton, skeleton } from "../parts/notices.js";
import { Section } from "../parts/section.js";
import { createTable } from "../parts/table.js";
import { pathOf } from "../service/api.js";
import { duration, exactCount, money, NONE } from "../parts/units.js";
import { fullTime } from "../state/zone.js";
import { RUN_COLUMNS } from "./run_rows.js";

const MOST_SIBLINGS = 25;

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createRunPage(loader, agent, version, id) {
  const get = async (segments, query = {}) =>
    (await loader.get(pathOf(["agents", agent, ...segments], query))).data;
  const body = h("div", { class: "run" }, skeleton());
  const back = h("a", {}, "All runs");
  const card = h(
    "section",
    { class: "card", "aria-labelledby": "run-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "run-title" }, "Run ", named(String(id))),
      h(
        "div",
        { class: "end" },
        copyButton(() => String(id), "Copy id"),
        back,
      ),
    ),
    body,
  );
  const siblings = createSiblings();
  const frame = createAgentFrame(loader, agent, [card, siblings.element]);
  const loadRun = () => get(["versions", version, "runs", String(id)]);

  async function loadSiblings() {
    const run = await loadRun();
    if (run.task_id === null) return { run, runs: [] };
    const query = { task_id: String(run.task_id), limit: MOST_SIBLINGS };
    return { run, runs: await get(["runs"], query) };
  }

  const sections = [
    frame.section,
    new Section({
      element: card,
      load: loadRun,
      show: (run, view) => body.replaceChildren(drawRun(run, view)),
      fail: (error) => body.replaceChildren(failure(error)),
    }),
    new Section({
      element: siblings.element,
      load: loadSiblings,
      show: siblings.show,
      fail: siblings.fail,
    }),
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

function drawRun(run, { now, period }) {
  const list = (items) => (items.length ? named(items.join(", ")) : NONE);
  const optional = (label, value, write = (text) => named(String(text))) =>
    value === undefined ? null : entry(label, value === null ? NONE : write(value));
  return h(
    "dl",
    { class: "known" },
    entry("Status", ...[statusBadge(run, now)].flat()),
    entry("Outcome", run.outcome.replace("_", " ")),
    entry("Version", named(run.version)),
    entry("Created", `${fullTime(run.created, period.zone)} ${period.zone}`),
    entry("Recorded", `${fullTime(run.recorded_at, period.zone)} ${period.zone}`),
    entry("Duration", duration(run.duration_ms)),
    optional("Duration as sent", run.time_taken),
    entry("Cost", money(run.cost)),
    optional("Initiator", run.initiator),
    optional("Task", run.task_id),
    optional("Score", run.score),
    optional("Trace", run.trace_id),
    optional("Tokens in", run.input_tokens, exactCount),
    optional("Tokens in, read from the cache", run.cache_read_input_tokens, exactCount),
    optional("Tokens in, written to the cache", run.cache_creation_input_tokens, exactCount),
    optional("Tokens out", run.output_tokens, exactCount),
    optional("Tokens out, for reasoning", run.reasoning_output_tokens, exactCount),
    entry("Models", list(run.models)),
    entry("Tools", list(run.tools)),
    run.error ? longEntry("Error", run.error) : null,
    run.metadata ? longEntry("Metadata", JSON.stringify(run.metadata, null, 2)) : null,
    longEntry("As the API gives it", JSON.stringify(run, null, 2)),
  );
}

const entry = (label, ...content) => h("div", {}, h("dt", {}, label), h("dd", {}, ...content));

function longEntry(label, text) {
  const shown = h("pre", { tabindex: "0", dir: "auto", "aria-label": label }, text);
  return h(
    "div",
    { class: "wide" },
    h(
      "dt",
      {},
      label,
      " ",
      copyButton(() => text),
    ),
    h("dd", {}, shown),
  );
}

/** The other runs of the same task. */
function createSiblings() {
  const table = createTable({
    caption: "Runs of the same task",
    columns: RUN_COLUMNS,
    kind: "cards dense runs",
  });
  const body = h("div", {}, rowsSkeleton(2));
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "siblings-title" },
    h("div", { class: "card-head" }, h("h2", { id: "siblings-title" }, "Runs of the same task")),
    body,
  );
  return {
    element,
    show({ run, runs }, view) {
      element.hidden = run.task_id === null;
      const others = runs.filter(
        (other) => other.id !== run.id || other.version_id !== run.version_id,
      );
      table.show(others, view);
      place(body, others.length ? table.element : notice(null, "No other run had this task."));
    },
    fail: (error) => body.replaceChildren(failure(error)),
  };
}
