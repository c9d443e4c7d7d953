// What was spent on what: the dearest agents, models, initiators, versions, each with its forecast.

import { groupName } from "../charts/split.js";
import { addressOf } from "../state/address.js";
import { named } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";
import { TOKEN_COLUMNS } from "../parts/token_columns.js";
import { exactCount, money, NONE } from "../parts/units.js";
import { rangeOf } from "./spend_tiles.js";

export const MOST_GROUPS = 20;

/** @type {Column[]} */
const COLUMNS = [
  { key: "name", label: "Group", title: true, cell: drawName },
  { key: "runs", label: "Runs", number: true, cell: (group) => exactCount(group.runs) },
  { key: "spent", label: "Spent", number: true, cell: (group) => money(group.cost.total) },
  {
    key: "forecast",
    label: "Forecast",
    number: true,
    cell: ({ forecast }) => (forecast ? money(forecast.total) : NONE),
  },
  { key: "range", label: "Its range", number: true, cell: ({ forecast }) => rangeOf(forecast) },
  ...TOKEN_COLUMNS,
];

/**
 * {element, show(spend, view), fail(error)}; `by` is the word that the answer is grouped by,
 * `onGroups(spend, view)` hears of each answer.
 */
export function createSpendGroups(by, onGroups) {
  const card = createListCard({
    name: `spend-by-${by}`,
    title: `By ${by}`,
    columns: COLUMNS,
    kind: "cards spend",
    empty: "No runs in this period.",
  });
  return {
    ...card,
    show(spend, view) {
      card.element.hidden = spend === null;
      if (spend === null) return;
      onGroups(spend, view);
      const rest = spend.others ? [{ ...spend.others, [by]: "Others", isOthers: true }] : [];
      const rows = [...spend.groups, ...rest].map((group) => ({ ...group, by }));
      card.show(rows, view, describe(spend));
    },
  };
}

function describe({ groups, others, overlapping }) {
  const rest = others ? `The ${groups.length} dearest; the rest is in Others. ` : "";
  return `${rest}${overlapping ? "A run counts in each of its groups." : ""}` || null;
}

function drawName(group) {
  if (group.isOthers) return h("span", { class: "faint" }, "Others");
  const name = named(groupName(group, group.by));
  if (group.by !== "agent") return name;
  return h("a", { href: addressOf({ agent: group.agent, view: "spend" }) }, name);
}
