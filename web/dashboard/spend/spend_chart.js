// The days of the period: what they have cost, and what is still expected of them.

import { h } from "../parts/elements.js";
import { Chart } from "../charts/chart.js";
import { axisMoney, MONEY_STEPS } from "../charts/chart_axis.js";
import { onTheme } from "../parts/theme.js";
import { money } from "../parts/units.js";

const SPENT = { colour: "--chart-cost" };
const EXPECTED = { colour: "--chart-open" };

const FIGURE = {
  title: "Spend by day",
  kind: "bars",
  series: [
    { label: "Spent", swatch: SPENT, value: (day) => day.spent ?? 0 },
    { label: "Expected", swatch: EXPECTED, value: (day) => day.expected ?? 0 },
  ],
  steps: MONEY_STEPS,
  axis: axisMoney,
  legend: ({ cost, forecast }) => [
    money(cost.total),
    forecast ? `in all ${money(forecast.total)}` : "not to be told yet",
  ],
  rows: (day) => [
    ["Spent", money(day.spent), SPENT],
    ["Expected", money(day.expected), EXPECTED],
  ],
};

/** @type {Chart | null} */
let shown = null;
onTheme(() => shown?.redraw());

/** {element, show(spend, view), fail(error)} */
export function createSpendChart() {
  const chart = new Chart(FIGURE, () => {});
  shown = chart;
  return {
    element: h(
      "section",
      { class: "stack", "aria-labelledby": "spend-days-title" },
      h("h2", { id: "spend-days-title", class: "unseen" }, "Day by day"),
      h("div", { class: "charts one" }, chart.element),
    ),
    show(spend, { period, now }) {
      const asPeriod = { ...period, interval: "day", until: now };
      chart.show({ ...spend, groups: undefined, buckets: spend.days }, asPeriod, []);
    },
    fail: (error) => chart.fail(error),
  };
}
