// A table whose head stays while its rows change, so that the focus does too.

import { h, icon, ICONS } from "./elements.js";

/**
 * Columns are {key, label, cell(row, view), value(row)} with `number` (aligned to the right),
 * `title` (the row's head), `full` (a card's whole width), `isBare` (the label is for screen
 * readers) or `secondary` (not on a phone). Those that are `isSorted` can be sorted by: `onSort(text)`
 * hears "runs" or "-runs".
 *
 * On a phone, where rows become cards, the roles keep it a table to screen readers.
 */
/** @param {{caption: string, columns: Column[], onSort?: ((sort: string) => void) | null, kind?: string}} options */
export function createTable({ caption, columns, onSort = null, kind = "cards" }) {
  const heads = new Map(columns.map((column) => [column.key, drawHead(column, onSort)]));
  const body = h("tbody", { role: "rowgroup" });
  const element = h(
    "table",
    { class: kind, role: "table" },
    h("caption", { class: "unseen" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...heads.values())),
    body,
  );

  function showSort(sort) {
    for (const [key, head] of heads) {
      const direction = sort === key ? "ascending" : sort === `-${key}` ? "descending" : null;
      if (direction) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
      head.dataset.next = sort === `-${key}` ? key : `-${key}`;
    }
  }

  return {
    element,
    /** Draw the rows as they come; `detail(row)` may add one below. */
    show(rows, view, { sort = null, detail = noDetail } = {}) {
      showSort(sort);
      body.replaceChildren(
        ...rows.flatMap((row) => [drawRow(columns, row, view), detail(row)]).filter(Boolean),
      );
    },
  };
}

/** For phones, where the heads that sort are out of sight. */
export function sortChoice(columns, onSort) {
  const options = columns
    .filter(({ isSorted }) => isSorted)
    .flatMap(({ key, label }) => [
      h("option", { value: `-${key}` }, `${label} ↓`),
      h("option", { value: key }, `${label} ↑`),
    ]);
  const select = h(
    "select",
    { class: "select", "aria-label": "Sort by", on: { change: () => onSort(select.value) } },
    ...options,
  );
  const element = h("div", { class: "sort-on-phone" }, select);
  return { element, show: (sort) => (select.value = sort) };
}

/** @type {(row: any) => Element | null} */
const noDetail = () => null;

function drawHead(column, onSort) {
  const attributes = { scope: "col", role: "columnheader", class: column.number ? "number" : null };
  if (!onSort || !column.isSorted)
    return h("th", attributes, h("span", { class: column.isBare ? "unseen" : null }, column.label));
  const sort = () => onSort(head.dataset.next);
  const head = h(
    "th",
    attributes,
    h("button", { type: "button", on: { click: sort } }, column.label, icon(ICONS.down, 12)),
  );
  return head;
}

function drawRow(columns, row, view) {
  const cells = columns.map((column) => {
    const content = [column.cell(row, view)].flat();
    const classes =
      [
        column.number && "number",
        column.title && "title",
        column.full && "full",
        column.secondary && "secondary",
      ]
        .filter(Boolean)
        .join(" ") || null;
    if (column.title)
      return h("th", { scope: "row", role: "rowheader", class: classes }, ...content);
    return h(
      "td",
      { role: "cell", class: classes, "data-label": column.isBare ? null : column.label || null },
      ...content,
    );
  });
  return h("tr", { role: "row" }, ...cells);
}
