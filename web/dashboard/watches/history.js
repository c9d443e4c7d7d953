// How the state of a watch changed, and who was told of it.

import { named } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";
import { createPager } from "../parts/pager.js";
import { fullTime } from "../state/zone.js";
import { describeDelivery, stateBadge } from "./words.js";

export const EVENTS_A_PAGE = 25;

/** @type {Column[]} */
const COLUMNS = [
  { key: "at", label: "When", title: true, cell: drawTime },
  { key: "state", label: "State", cell: (event) => stateBadge(event.state) },
  { key: "text", label: "Why", full: true, cell: (event) => named(event.text) },
  { key: "told", label: "Told", cell: (event) => named(describeDelivery(event.delivery)) },
];

/** {element, show({events, cursor}, view), fail(error)} */
export function createHistory() {
  const card = createListCard({
    name: "history",
    title: "History",
    about: "Each change of its state, the newest first.",
    columns: COLUMNS,
    kind: "cards dense history",
    empty: "Its state has not changed yet.",
  });
  const pager = createPager("eat", { first: "Newest", back: "Newer", on: "Older" });
  card.element.append(pager.element);
  return {
    ...card,
    show({ events, cursor }, view) {
      card.show(events, view);
      pager.element.hidden = cursor === null && view.state.eat === undefined;
      pager.show({ text: `${events.length} changes`, next: cursor, at: view.state.eat });
    },
  };
}

function drawTime(event, { period }) {
  return h("time", { datetime: event.at }, fullTime(event.at, period.zone));
}
