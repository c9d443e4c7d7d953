// The other runs that have something in common with a run: its trace, or its task.

import { addressOf } from "../state/address.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";

/** {element, show({run, value, runs, isWhole}, view), fail(error)}; hidden where `value` is null. */
export function createRelatedRuns(name, title, columns) {
  const card = createListCard({
    name: `runs-of-${name}`,
    title,
    columns,
    kind: "cards dense runs",
    empty: `No other run had this ${name}.`,
  });
  return {
    ...card,
    show({ run, value, runs, isWhole }, view) {
      card.element.hidden = value === null;
      const others = runs.filter(
        (other) => other.id !== run.id || other.version_id !== run.version_id,
      );
      const href = addressOf({ view: "runs", [name]: String(value) });
      const more = [
        `${others.length} are shown; there are more. `,
        h("a", { href }, `Search for this ${name}`),
      ];
      card.show(others, view, isWhole ? null : more);
    },
  };
}
