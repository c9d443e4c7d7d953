// What a run did: its model calls and tools as a waterfall, each with its numbers in the same row.

import { csvButton } from "../parts/csv.js";
import { named } from "../parts/cells.js";
import { h, place } from "../parts/elements.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { createTable } from "../parts/table.js";
import { count, duration, exactCount, money, NONE } from "../parts/units.js";

const FEW = 50;
/** The API gives no more. */
const MOST = 1000;
const KINDS = { model: "Model", tool: "Tool" };

/** @type {Column[]} */
const COLUMNS = [
  { key: "name", label: "Call", title: true, cell: drawName },
  { key: "bar", label: "In the run", full: true, cell: drawBar },
  { key: "start", label: "Began after", number: true, cell: (call) => duration(call.offset_ms) },
  { key: "time", label: "Time", number: true, cell: (call) => duration(call.duration_ms) },
  { key: "input", label: "Tokens in", number: true, cell: drawInput },
  { key: "output", label: "Tokens out", number: true, cell: drawOutput },
  { key: "cost", label: "Cost", number: true, cell: drawCost },
];

/** {element, show({run, calls}, view), fail(error)}; hidden where `calls` is null. */
export function createCalls() {
  let shown = [];
  let isWhole = false;
  const table = createTable({ caption: "Calls", columns: COLUMNS, kind: "cards dense calls" });
  const body = h("div", { class: "scroll" }, rowsSkeleton(3));
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "calls-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "calls-title" }, "Calls"),
      h("p", {}, "Model calls and tools by the time they began, while the run’s spans are kept."),
      h(
        "div",
        { class: "end" },
        csvButton("calls", () => shown),
      ),
    ),
    body,
    foot,
  );

  function show({ run, calls }, view) {
    element.hidden = calls === null;
    if (calls === null) return;
    shown = calls;
    const span = spanOf(run, calls);
    const rows = isWhole ? calls : calls.slice(0, FEW);
    table.show(
      rows.map((call) => ({ ...call, span })),
      view,
    );
    place(body, calls.length ? table.element : drawNone());
    const all = () => {
      isWhole = true;
      show({ run, calls }, view);
    };
    foot.replaceChildren(...describe(calls, rows.length, all));
  }

  return { element, show, fail: (error) => body.replaceChildren(failure(error)) };
}

/** How long the waterfall is: the run, or what reaches beyond it. Milliseconds; only for drawing. */
export function spanOf(run, calls) {
  const ends = calls.map((call) => call.offset_ms + (call.duration_ms ?? 0));
  return Math.max(run.duration_ms ?? 0, ...ends, 1);
}

/** Where a bar begins and how wide it is, as parts of the span. */
export function barOf({ offset_ms: offset, duration_ms: length }, span) {
  const left = Math.min(1, Math.max(0, offset / span));
  const right = Math.min(1, Math.max(left, (offset + (length ?? 0)) / span));
  return { left, width: right - left };
}

function describe(calls, shown, all) {
  if (shown < calls.length) {
    const text = `The first ${exactCount(shown)} of ${exactCount(calls.length)}`;
    const button = { type: "button", class: "button small", on: { click: all } };
    return [text, h("div", { class: "end" }, h("button", button, "Show all"))];
  }
  if (calls.length === MOST) return [`The first ${exactCount(MOST)}; there may be more`];
  return [calls.length ? `${exactCount(calls.length)} calls` : "\u00a0"];
}

function drawNone() {
  return notice(
    null,
    "No spans of this run are kept any more, or none held a model call or a tool. SPANS_TTL_DAYS sets for how long they are.",
  );
}

function drawName(call) {
  return [
    call.name === null ? h("span", { class: "faint" }, "Unnamed") : named(call.name),
    h("small", {}, KINDS[call.kind], call.failed ? ": " : null, failedWord(call)),
  ];
}

const failedWord = (call) => (call.failed ? h("b", { class: "bad" }, "failed") : null);

/** The numbers beside it say the same. */
function drawBar(call) {
  const { left, width } = barOf(call, call.span);
  const kind = call.failed ? "stretch failed" : `stretch ${call.kind}`;
  const bar = h("span", { class: kind, "--left": left, "--width": width });
  return h("span", { class: "track", "aria-hidden": "true" }, bar);
}

function drawInput(call) {
  return drawTokens(call.input_tokens, call.cache_read_input_tokens, "cached");
}

function drawOutput(call) {
  return drawTokens(call.output_tokens, call.reasoning_output_tokens, "reasoning");
}

function drawTokens(all, part, word) {
  if (all === undefined) return NONE;
  return [exactCount(all), part ? h("small", {}, `${count(part)} ${word}`) : null];
}

function drawCost(call) {
  if (call.kind !== "model") return NONE;
  return call.cost === null || call.cost === undefined
    ? h("span", { class: "faint" }, "No price")
    : money(call.cost);
}
