// Watches with their states: filtered and paged by the service.

import { addressOf, navigate } from "../state/address.js";
import { named, timeCell } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";
import { createPager } from "../parts/pager.js";
import {
  describeCondition,
  describeReceiver,
  describeTarget,
  stateBadge,
  STATES,
} from "./words.js";

export const WATCHES_A_PAGE = 50;

/** @type {Column[]} */
const COLUMNS = [
  { key: "name", label: "Watch", title: true, cell: drawName },
  { key: "state", label: "State", cell: drawState },
  { key: "since", label: "Since", cell: (watch, view) => timeCell(watch.since, view) },
  { key: "of", label: "Of", cell: describeTarget },
  { key: "tells", label: "Tells", cell: (watch) => describeReceiver(watch.notify) },
];

/** {element, show({watches, cursor, mayWrite}, view), fail(error)}; `agent` is null for all. */
export function createWatchesTable(agent) {
  const state = h(
    "select",
    {
      class: "select",
      "aria-label": "State",
      on: { change: () => navigate({ wstate: state.value || null }) },
    },
    h("option", { value: "" }, "Every state"),
    ...Object.entries(STATES).map(([value, { label }]) => h("option", { value }, label)),
  );
  const make = h("a", { class: "button small primary", hidden: true }, "New watch");
  const card = createListCard({
    name: "watches",
    title: "Watches",
    about: "Each is looked at every minute, and tells when its state changes.",
    columns: agent === null ? COLUMNS : COLUMNS.filter(({ key }) => key !== "of"),
    empty: "No watch here yet, or none in this state.",
    ends: [state, make],
  });
  const pager = createPager("wat");
  card.element.append(pager.element);
  return {
    ...card,
    show({ watches, cursor, mayWrite }, view) {
      state.value = view.state.wstate in STATES ? view.state.wstate : "";
      make.hidden = !mayWrite;
      make.href = addressOf({ agent: null, view: "watch", shownWatch: "new", of: agent });
      card.show(watches, view);
      pager.element.hidden = cursor === null && view.state.wat === undefined;
      pager.show({ text: `${watches.length} watches`, next: cursor, at: view.state.wat });
    },
  };
}

function drawName(watch) {
  const href = addressOf({ agent: null, view: "watch", shownWatch: watch.id });
  return [h("a", { href }, named(watch.name)), h("small", {}, describeCondition(watch.condition))];
}

function drawState(watch) {
  return [
    stateBadge(watch.state),
    watch.muted_until ? h("span", { class: "tag" }, "muted") : null,
    watch.late ? h("small", {}, "not looked at for minutes") : null,
    watch.notify_problem ? h("small", { class: "bad" }, "a delivery was given up") : null,
  ];
}
