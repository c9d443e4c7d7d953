// When watches were firing: a table, and the marks of it on charts.

import { addressOf } from "../state/address.js";
import { named } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";
import { fullTime } from "../state/zone.js";
import { describeTarget } from "./words.js";

/** @type {Column[]} */
const COLUMNS = [
  { key: "name", label: "Watch", title: true, cell: drawName },
  { key: "since", label: "From", cell: (f, view) => edge(f.since, "Before this range", view) },
  { key: "until", label: "Until", cell: (f, view) => edge(f.until, "It still does", view) },
  { key: "of", label: "Of", cell: (f) => describeTarget({ ...f, project: null, version: null }) },
];

/** {element, show(answer, view), fail(error)} of what /watch-firings answers. */
export function createFirings() {
  const card = createListCard({
    name: "firings",
    title: "When they fired",
    about: "In the last 30 days.",
    columns: COLUMNS,
    kind: "cards dense firings",
    empty: "No watch fired in the last 30 days.",
  });
  return {
    ...card,
    show: (found, view) =>
      card.show(found.firings, view, found.truncated ? "There were more than are shown" : null),
  };
}

/** Firing times as marks: {instant, until, label}; what still fires is marked up to now. */
export function markFirings({ firings }, { from, until: now }) {
  return firings.map(({ name, since, until }) => ({
    instant: since ?? from,
    until: until ?? now.toISOString(),
    label: `“${name}” fired`,
  }));
}

function drawName(firing) {
  const href = addressOf({ agent: null, view: "watch", shownWatch: firing.watch_id });
  return h("a", { href }, named(firing.name));
}

function edge(instant, otherwise, { period }) {
  if (instant === null) return h("span", { class: "faint" }, otherwise);
  return h("time", { datetime: instant }, fullTime(instant, period.zone));
}
