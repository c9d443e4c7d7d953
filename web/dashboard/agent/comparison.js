// Two versions of an agent compared: choose them, and read what the data say.

import { h, icon, ICONS, s } from "../parts/elements.js";
import { navigate } from "../state/address.js";
import { named } from "../parts/cells.js";
import { failure, notice, skeleton } from "../parts/notices.js";
import { certaintyOf, findingOf, intervalOf, METRICS, methodOf, WORDS } from "./verdicts.js";

/** {element, show({versions, base, candidate, comparison}, view), fail(error)} */
export function createComparison() {
  const base = drawChoice("Base", (version) => navigate({ base: version }));
  const candidate = drawChoice("Candidate", (version) => navigate({ candidate: version }));
  const swap = h(
    "button",
    {
      type: "button",
      class: "button icon",
      "aria-label": "Swap base and candidate",
      title: "Swap",
      on: { click: () => navigate({ base: candidate.value, candidate: base.value }) },
    },
    icon(ICONS.swap),
  );
  const body = h(
    "div",
    { class: "verdicts" },
    ...[1, 2, 3].map(() => h("div", { class: "verdict" }, skeleton())),
  );
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "comparison-title" },
    h(
      "div",
      { class: "card-head" },
      h(
        "div",
        {},
        h("h2", { id: "comparison-title", tabindex: "-1" }, "Compare two versions"),
        h("p", {}, "Is the candidate better than the base, or is it chance?"),
      ),
      h("div", { class: "end choice" }, base.element, swap, candidate.element),
    ),
    body,
  );

  function show(data) {
    base.show(data.versions, data.base);
    candidate.show(data.versions, data.candidate);
    swap.disabled = !data.base || !data.candidate;
    if (!data.comparison) {
      body.className = "verdicts-none";
      const text =
        data.versions.length < 2
          ? "There is nothing to compare until this agent has a second version."
          : "Choose two different versions above.";
      body.replaceChildren(notice("Two versions are needed", text));
      return;
    }
    body.className = "verdicts";
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

/** Which two to compare: those asked for, else the active version with the one before it. */
export function choosePair(versions, { base, candidate }) {
  const newest = versions.map(({ version }) => version);
  const chosen = candidate ?? newest.find((version) => version !== base) ?? null;
  const at = newest.indexOf(chosen);
  const other = base ?? newest[at + 1] ?? newest.find((version) => version !== chosen) ?? null;
  return { base: other, candidate: chosen };
}

function drawChoice(label, onChange) {
  const select = h("select", { on: { change: () => onChange(select.value) } });
  return {
    element: h("label", { class: "field" }, h("span", {}, label), select),
    get value() {
      return select.value;
    },
    show(versions, chosen) {
      const names = versions.map(({ version }) => version);
      if (chosen && !names.includes(chosen)) names.push(chosen);
      select.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
      select.disabled = names.length < 2;
      select.value = chosen ?? "";
    },
  };
}

function drawVerdict(verdict, { base, candidate }) {
  const { title, format } = METRICS[verdict.metric];
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
