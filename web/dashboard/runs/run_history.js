// Who changed a run, when, and what: corrections as the service has recorded them.

import { named } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";
import { fullTime } from "../state/zone.js";

export const MOST_RECORDS = 100;
const ACTIONS = { PATCH: "Corrected", DELETE: "Deleted" };
const STATES = { begun: "begun, and perhaps made", refused: "refused: nothing was changed" };

/** @type {Column[]} */
const COLUMNS = [
  { key: "at", label: "When", title: true, cell: drawTime },
  { key: "action", label: "What", cell: drawAction },
  { key: "who", label: "Who", cell: (record) => named(record.token ?? record.user ?? "No token") },
  { key: "fields", label: "Fields", full: true, cell: drawFields },
];

/** {element, show({run, records, isWhole}, view), fail(error)}; hidden where `records` is null. */
export function createRunHistory() {
  const card = createListCard({
    name: "corrections",
    title: "Corrections",
    about: "What was changed by somebody, the newest first; reports of the run are not among them.",
    columns: COLUMNS,
    kind: "cards dense corrections",
    empty: "Nobody has corrected this run.",
  });
  return {
    ...card,
    show({ run, records, isWhole }, view) {
      card.element.hidden = records === null;
      const more = "Older ones are in /api/v1/audit";
      card.show(records === null ? [] : changesOf(run, records), view, isWhole ? null : more);
    },
  };
}

/** The records of this very run: others, of other versions, may have the same id. */
export function changesOf(run, records) {
  return records
    .filter(({ kind, names }) => kind === "run" && names.version_id === run.version_id)
    .flatMap(({ changes, ...record }) =>
      changes
        .filter(({ id }) => String(id) === String(run.id))
        .map(({ before, after }) => ({ ...record, before, after })),
    );
}

function drawTime({ at }, { period }) {
  return h("time", { datetime: at }, fullTime(at, period.zone));
}

function drawAction({ action, state }) {
  const word = ACTIONS[action.split(" ")[0]] ?? action;
  return [word, state in STATES ? h("small", {}, STATES[state]) : null];
}

/** "cost: 0.4 → 0.5" of each field; that a field is corrected goes without saying. */
function drawFields({ before, after }) {
  const names = Object.keys({ ...before, ...after }).filter((name) => name !== "corrected");
  const lines = names.map((name) =>
    h("li", {}, h("b", {}, name), ": ", write(before?.[name]), " → ", write(after?.[name])),
  );
  return h("ul", { class: "findings" }, ...lines);
}

function write(value) {
  if (value === null || value === undefined) return h("span", { class: "faint" }, "nothing");
  return named(typeof value === "string" ? value : JSON.stringify(value));
}
