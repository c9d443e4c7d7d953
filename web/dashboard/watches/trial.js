// A condition tried over the past: how often it would have fired, and when.

import { describeProblem } from "../parts/dialogs.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";
import { pathOf } from "../service/api.js";
import { fullTime } from "../state/zone.js";
import { stateBadge, times } from "./words.js";

const DAYS = 30;

/** @type {Column[]} */
const COLUMNS = [
  { key: "at", label: "When", title: true, cell: (change, view) => timeOf(change.at, view) },
  { key: "state", label: "State", cell: (change) => stateBadge(change.state) },
  { key: "text", label: "Why", full: true, cell: (change) => change.text },
];

/** {element, run(body, view)}: `body` is what /watch-trials takes. */
export function createTrial(loader) {
  const answer = h("p", { class: "ruling", role: "status" });
  const problem = h("div", { class: "bad", role: "alert" });
  const changes = createListCard({
    name: "trial",
    title: "What it would have said",
    about: "Looked at with each day’s end; of silence with each hour’s.",
    columns: COLUMNS,
    kind: "cards dense trial",
    empty: "Its state would never have changed.",
  });
  changes.element.hidden = true;
  const element = h("div", { class: "stack trial-box" }, answer, problem, changes.element);

  async function run(body, view) {
    answer.replaceChildren("Trying…");
    problem.replaceChildren();
    changes.element.hidden = true;
    try {
      const found = await loader.send("POST", pathOf(["watch-trials"]), { ...body, days: DAYS });
      answer.replaceChildren(...drawAnswer(found));
      changes.element.hidden = false;
      changes.show(found.changes, view);
    } catch (/** @type {any} */ error) {
      answer.replaceChildren();
      problem.replaceChildren(...describeProblem(error));
    }
  }

  return { element, run };
}

function drawAnswer({ fired, days, state }) {
  return [
    h("b", {}, `Would have fired ${times(fired)}`),
    ` in the last ${days} days. Now it would be: `,
    stateBadge(state),
  ];
}

const timeOf = (instant, { period }) =>
  h("time", { datetime: instant }, fullTime(instant, period.zone));
