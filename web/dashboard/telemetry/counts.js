// What was counted by name, and traces by what a person may recognise them: tables of telemetry.

import { named, timeCell } from "../parts/cells.js";
import { createListCard } from "../parts/list_card.js";
import { exactCount } from "../parts/units.js";

/** A card of names and how often each was seen: `show(counts, view)` takes {name: number}. */
export function createCounts({ name, title, about, label, empty }) {
  const card = createListCard({
    ...{ name, title, about, empty },
    columns: [
      { key: "name", label, title: true, cell: (row) => named(row.name) },
      { key: "count", label: "Seen", number: true, cell: (row) => exactCount(row.count) },
    ],
    kind: "dense counts",
  });
  return {
    ...card,
    show: (counts, view) =>
      card.show(
        Object.entries(counts).map(([key, count]) => ({ name: key, count })),
        view,
      ),
  };
}

/** A card of traces: `show(examples, total, view)`. */
export function createTraces({ name, title, about, empty }) {
  const card = createListCard({
    ...{ name, title, about, empty },
    columns: [
      { key: "trace", label: "Trace", title: true, cell: (row) => named(row.trace_id) },
      { key: "since", label: "Since", cell: (row, view) => timeCell(row.since, view) },
      { key: "framework", label: "Framework", cell: (row) => named(row.framework) },
      { key: "names", label: "Spans", full: true, cell: (row) => named(row.names.join(", ")) },
    ],
    kind: "cards dense traces",
  });
  return {
    ...card,
    show(examples, total, view) {
      const isWhole = total <= examples.length;
      const foot = isWhole ? null : `${examples.length} of ${exactCount(total)}, as examples`;
      card.show(examples, view, foot);
    },
  };
}
