// What changed: the agents that got worse, dearer, better or cheaper by more than chance.

import { addressOf, navigate } from "../state/address.js";
import { named } from "../parts/cells.js";
import { h, place } from "../parts/elements.js";
import { csvButton } from "../parts/csv.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { filterQuery } from "../state/filter.js";
import { createTable } from "../parts/table.js";
import { exactCount, money, percent, signed } from "../parts/units.js";
import { measureOf, pValue, WORDS } from "../ship/verdicts.js";

const MOST = 20;
const AGAINST = { version: "the version before", window: "the time before" };

/** @type {Column[]} */
const COLUMNS = [
  { key: "agent", label: "Agent", title: true, cell: drawAgent },
  { key: "what", label: "What changed", full: true, cell: drawVerdicts },
  { key: "money", label: "Extra cost", number: true, cell: drawMoney },
  { key: "compare", label: "Compare", full: true, isBare: true, cell: drawCompare },
];

/** {element, show(answer, view), fail(error)} of what /changes answers. */
export function createChanges() {
  const table = createTable({ caption: "What changed", columns: COLUMNS, kind: "cards changes" });
  const select = h(
    "select",
    {
      class: "select",
      "aria-label": "Compared with",
      on: { change: () => navigate({ against: select.value === "version" ? null : select.value }) },
    },
    ...Object.entries(AGAINST).map(([value, text]) => h("option", { value }, `Since ${text}`)),
  );
  const body = h("div", { class: "scroll changes-body" }, rowsSkeleton(2));
  let shown = [];
  const csv = csvButton("changes", () => shown);
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "changes-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "changes-title" }, "What changed"),
      h("div", { class: "end" }, select, csv),
    ),
    body,
    foot,
  );

  function show(found, view) {
    shown = found.changes;
    select.value = found.against;
    table.show(found.changes, view);
    place(body, found.changes.length ? table.element : drawNothing(found));
    foot.textContent = describe(found);
  }

  return { element, show, fail: (error) => body.replaceChildren(failure(error)) };
}

/** The query of /changes that the state asks for. */
export function changesQuery({ state, period }) {
  return {
    from: period.from,
    to: period.to,
    project: state.project,
    ...filterQuery(state),
    against: state.against in AGAINST ? state.against : "version",
    limit: MOST,
  };
}

function describe({ changes, changed, compared, insufficient, false_discovery_rate: rate }) {
  const shown =
    changes.length < changed
      ? `The ${changes.length} that changed most, of ${exactCount(changed)}. `
      : "";
  const few = insufficient
    ? `; ${exactCount(insufficient)} had too few runs or nothing to compare with`
    : "";
  const sure = `of what is told here, ${percent(rate, 0)} is expected to be chance`;
  return `${shown}${exactCount(compared)} ${compared === 1 ? "agent" : "agents"} compared${few}; ${sure}.`;
}

function drawNothing({ compared, against }) {
  return compared
    ? notice(
        "Nothing got worse",
        `And nothing got better: no agent differs from ${AGAINST[against]} by more than chance.`,
      )
    : notice(
        "Nothing to compare yet",
        "An agent is compared once it has 30 finished runs on each side. A longer range may have them.",
      );
}

function drawAgent(change) {
  const versions =
    change.candidate_version === null
      ? null
      : h("small", {}, named(change.base_version), " → ", named(change.candidate_version));
  return [h("a", { href: addressOf({ agent: change.agent }) }, named(change.agent)), versions];
}

function drawVerdicts(change) {
  const lines = Object.values(change.verdicts).map((verdict) => {
    const { title, format } = measureOf(verdict.metric);
    const { label, tone } = WORDS[verdict.verdict];
    const median = verdict.statistic === "median" ? " (median)" : "";
    return h(
      "li",
      {},
      h("span", { class: `badge ${tone}` }, label),
      h(
        "span",
        {},
        h("b", {}, title),
        `: ${format(verdict.base)} → ${format(verdict.candidate)}${median}`,
      ),
      h("span", { class: "faint" }, `p = ${pValue(verdict.p_value)}`),
    );
  });
  return h("ul", { class: "findings" }, ...lines);
}

/** Money is told of where cost is what changed. */
function drawMoney(change) {
  return change.verdicts.cost ? signed(change.extra_cost, money) : "–";
}

function drawCompare(change) {
  if (change.candidate_version === null) return h("span", { class: "faint none" }, "–");
  const href = addressOf({
    agent: change.agent,
    view: "compare",
    base: change.base_version,
    candidate: change.candidate_version,
  });
  return h(
    "a",
    { class: "button small", href, "aria-label": `May we ship? ${change.agent}` },
    "May we ship?",
  );
}
