// The other runs that have something in common with a run: its trace, or its task.

import { addressOf } from "../state/address.js";
import { csvButton } from "../parts/csv.js";
import { h, place } from "../parts/elements.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { createTable } from "../parts/table.js";
import { RUN_COLUMNS } from "./run_rows.js";

/** {element, show({run, value, runs, cursor}, view), fail(error)}; hidden where `value` is null. */
export function createRelatedRuns(name, title) {
  const id = `${name}-runs-title`;
  let shown = [];
  const table = createTable({ caption: title, columns: RUN_COLUMNS, kind: "cards dense runs" });
  const csv = csvButton(`runs-of-${name}`, () => shown);
  const body = h("div", {}, rowsSkeleton(2));
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": id },
    h("div", { class: "card-head" }, h("h2", { id }, title), h("div", { class: "end" }, csv)),
    body,
    foot,
  );
  return {
    element,
    show({ run, value, runs, cursor }, view) {
      element.hidden = value === null;
      shown = runs.filter((other) => other.id !== run.id || other.version_id !== run.version_id);
      table.show(shown, view);
      place(body, shown.length ? table.element : notice(null, `No other run had this ${name}.`));
      foot.hidden = cursor === null;
      const href = addressOf({ view: "runs", [name]: String(value) });
      foot.replaceChildren(
        `The newest ${shown.length}; there are more. `,
        h("a", { href }, `Search for this ${name}`),
      );
    },
    fail: (error) => body.replaceChildren(failure(error)),
  };
}
