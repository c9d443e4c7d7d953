// A card with a table: title, a word about it, CSV, rows or what stands where there are none.

import { csvButton } from "./csv.js";
import { h, place } from "./elements.js";
import { failure, notice, rowsSkeleton } from "./notices.js";
import { createTable } from "./table.js";

/**
 * {element, show(rows, view, foot), fail(error)}. `name` names the file and the ids, `ends` are
 * controls beside the CSV; `foot` is what stands below, texts and elements, or null.
 *
 * @param {{name: string, title: string, about?: string | null, columns: Column[], kind?: string, empty: string, ends?: any[]}} options
 */
export function createListCard({ name, title, about = null, columns, kind, empty, ends = [] }) {
  /** @type {any[]} */
  let shown = [];
  const id = `${name}-title`;
  const table = createTable({ caption: title, columns, kind: kind ?? `cards ${name}` });
  const csv = csvButton(name, () => shown);
  const body = h("div", { class: "scroll" }, rowsSkeleton(2));
  const foot = h("div", { class: "card-foot", hidden: true });
  const element = h(
    "section",
    { class: "card", "aria-labelledby": id },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id }, title),
      about && h("p", {}, about),
      h("div", { class: "end" }, ...ends, csv),
    ),
    body,
    foot,
  );
  return {
    element,
    show(/** @type {any[]} */ rows, /** @type {View} */ view, /** @type {any} */ text = null) {
      shown = rows;
      csv.hidden = rows.length === 0;
      table.show(rows, view);
      place(body, rows.length ? table.element : notice(null, empty));
      foot.hidden = text === null;
      foot.replaceChildren(...[text].flat().filter((part) => part !== null));
    },
    fail(/** @type {any} */ error) {
      csv.hidden = true;
      body.replaceChildren(failure(error));
    },
  };
}
