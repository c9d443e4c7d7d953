// Two versions of an agent compared: what the data say on each measure, and how sure that is.

import { h, s } from "../parts/elements.js";
import { named } from "../parts/cells.js";
import { csvButton } from "../parts/csv.js";
import { failure, skeleton } from "../parts/notices.js";
import { certaintyOf, findingOf, intervalOf, measureOf, methodOf, WORDS } from "./verdicts.js";

/** {element, show({base, candidate, comparison}), fail(error)} */
export function createComparison() {
  const body = h(
    "div",
    { class: "verdicts" },
    ...[1, 2, 3].map(() => h("div", { class: "verdict" }, skeleton())),
  );
  /** @type {any[]} */
  let shown = [];
  const csv = csvButton("verdicts", () => shown);
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "comparison-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "comparison-title", tabindex: "-1" }, "What differs"),
      h("p", {}, "Is the candidate better than the base, or is it chance?"),
      h("div", { class: "end" }, csv),
    ),
    body,
  );

  function show(data) {
    element.hidden = !data.comparison;
    if (!data.comparison) return;
    body.className = "verdicts";
    shown = Object.values(data.comparison.verdicts);
    body.replaceChildren(
      ...Object.values(data.comparison.verdicts).map((verdict) => drawVerdict(verdict, data)),
    );
  }

  function fail(error) {
    body.className = "verdicts-none";
    body.replaceChildren(failure(error));
  }

  return { element, show, fail };
}

function drawVerdict(verdict, { base, candidate }) {
  const { title, format } = measureOf(verdict.metric);
  const word = WORDS[verdict.verdict];
  const unit = verdict.statistic === "median" ? "median" : null;
  return h(
    "section",
    { class: "verdict", "aria-label": `${title}: ${word.label}` },
    h("header", {}, h("h3", {}, title), h("span", { class: `badge ${word.tone}` }, word.label)),
    h(
      "div",
      { class: "from-to" },
      h("s", {}, format(verdict.base)),
      h("span", { class: "faint", "aria-label": "to" }, "→"),
      h("span", {}, format(verdict.candidate)),
      unit && h("small", { class: "faint unit" }, unit),
    ),
    h("div", {}, drawSpan(verdict, word.tone), h("p", { class: "footnote" }, intervalOf(verdict))),
    h("p", { class: "finding" }, named(findingOf(verdict, base, candidate))),
    h("div", {}, h("p", {}, certaintyOf(verdict)), h("p", { class: "method" }, methodOf(verdict))),
  );
}

/** The interval of the difference as a bar beside zero; the text below says the same. */
function drawSpan(verdict, tone) {
  if (!verdict.interval || verdict.difference === null)
    return s("svg", { class: "span", "aria-hidden": "true" });
  const [low, high] = verdict.interval;
  const reach = Math.max(Math.abs(low), Math.abs(high), Math.abs(verdict.difference)) * 1.12 || 1;
  const x = (value) => `${50 + (value / reach) * 50}%`;
  return s(
    "svg",
    { class: `span ${tone}`, "aria-hidden": "true" },
    s("line", { class: "axis", x1: "0%", x2: "100%", y1: 14, y2: 14 }),
    s("line", { class: "zero", x1: "50%", x2: "50%", y1: 2, y2: 24 }),
    s("line", { class: "reach", x1: x(low), x2: x(high), y1: 14, y2: 14 }),
    s("circle", { class: "point", cx: x(verdict.difference), cy: 14, r: 4.5 }),
    s("text", { x: "50%", y: 36, "text-anchor": "middle" }, "no difference"),
  );
}
