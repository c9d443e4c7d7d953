// Everything that is known of a run.

import { addressOf } from "../state/address.js";
import { named, statusBadge } from "../parts/cells.js";
import { copyButton } from "../parts/copying.js";
import { h } from "../parts/elements.js";
import { duration, exactCount, money, NONE } from "../parts/units.js";
import { fullTime } from "../state/zone.js";

export function drawFacts(run, { now, period }) {
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
    optional("Task", run.task_id, (text) => searchLink("task", text)),
    optional("Score", run.score),
    optional("Trace", run.trace_id, (text) => searchLink("trace", text)),
    optional("Tokens in", run.input_tokens, exactCount),
    optional("Tokens in, read from the cache", run.cache_read_input_tokens, exactCount),
    optional("Tokens in, written to the cache", run.cache_creation_input_tokens, exactCount),
    optional("Tokens out", run.output_tokens, exactCount),
    optional("Tokens out, for reasoning", run.reasoning_output_tokens, exactCount),
    entry("Models", list(run.models)),
    entry("Tools", list(run.tools)),
    ...drawHistory(run, period),
    run.error ? longEntry("Error", run.error) : null,
    run.metadata ? longEntry("Metadata", JSON.stringify(run.metadata, null, 2)) : null,
    longEntry("As the API gives it", JSON.stringify(run, null, 2)),
  );
}

/** What is known of how the run came to be as it is. */
function drawHistory(run, { zone }) {
  const changed = `last changed ${fullTime(run.recorded_at, zone)} ${zone}`;
  return [
    run.corrected
      ? entry(
          "Corrected",
          named(run.corrected.join(", ")),
          h("small", {}, `No report changes these any more; the run was ${changed}`),
        )
      : null,
    run.truncated
      ? entry(
          "Cut",
          named(run.truncated.join(", ")),
          h("small", {}, "Longer than what is kept of a run"),
        )
      : null,
  ];
}

const searchLink = (name, text) =>
  h(
    "a",
    { href: addressOf({ view: "runs", [name]: String(text) }), title: "Runs with the same" },
    named(String(text)),
  );

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
