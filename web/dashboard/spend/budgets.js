// Budgets: what is used of each, what it will be, and when it is used up.

import { addressOf } from "../state/address.js";
import { named, timeCell } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";
import { money, NONE, percent } from "../parts/units.js";
import { describeTarget, stateBadge } from "../watches/words.js";
import { fullTime } from "../state/zone.js";

/** @type {Column[]} */
const COLUMNS = [
  { key: "name", label: "Budget", title: true, cell: drawName },
  { key: "state", label: "State", cell: ({ state }) => stateBadge(state) },
  { key: "of", label: "Of", cell: describeTarget },
  { key: "amount", label: "Amount", number: true, cell: (b) => money(b.condition.amount) },
  { key: "spent", label: "Spent", number: true, cell: drawSpent },
  { key: "forecast", label: "Forecast", number: true, cell: (b) => money(b.reading.forecast) },
  { key: "range", label: "Its range", number: true, cell: drawRange },
  { key: "crosses", label: "Used up", cell: drawCrossing },
  { key: "looked", label: "As of", cell: (b, view) => timeCell(b.evaluated_at, view) },
];

/** {element, show({budgets}, view), fail(error)} */
export function createBudgets() {
  const card = createListCard({
    name: "budgets",
    title: "Budgets",
    about: "Each of its own period and time zone, looked at every minute.",
    columns: COLUMNS,
    empty: "No budget is set. A watch of type budget warns before too much is spent.",
  });
  return { ...card, show: ({ budgets }, view) => card.show(budgets, view) };
}

function drawName(budget) {
  const { period, tz = "UTC" } = budget.condition;
  const href = addressOf({ agent: null, view: "watch", shownWatch: budget.id });
  return [h("a", { href }, named(budget.name)), h("small", {}, `a ${period}, ${tz}`)];
}

function drawSpent({ reading: { spent, share } }) {
  if (spent === undefined) return NONE;
  return [money(spent), h("small", {}, percent(share))];
}

function drawRange({ reading: { forecast_low: low, forecast_high: high } }) {
  return low === null || low === undefined ? NONE : `${money(low)} to ${money(high)}`;
}

function drawCrossing({ state, reading: { crosses_at: at } }, { period: { zone } }) {
  if (state === "firing") return "already";
  return at ? h("time", { datetime: at }, `${fullTime(at, zone)} ${zone}`) : NONE;
}
