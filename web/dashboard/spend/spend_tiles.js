// What is spent, what it will have been, and what it was spent on.

import { createTiles } from "../parts/tiles.js";
import { count, exactCount, money, NONE, percent } from "../parts/units.js";

const METHODS = {
  weekdays: (days) => `by what weekdays cost in ${days} days`,
  week: () => "by what a day of the last week cost",
  rate: () => "at the present rate; less than a week is known",
};

/** {element, show(spend), fail()} */
export function createSpendTiles() {
  const tiles = createTiles(["Spent so far", "Forecast", "Tokens", "Input from cache"]);
  return {
    element: tiles.element,
    show(/** @type {any} */ { cost, tokens, forecast }) {
      tiles.show([
        {
          label: "Spent so far",
          value: money(cost.total),
          note: cost.unknown ? `${exactCount(cost.unknown)} ended runs of unknown cost` : "",
        },
        {
          label: "Forecast",
          value: forecast ? money(forecast.total) : NONE,
          note: describeForecast(forecast),
        },
        {
          label: "Tokens",
          value: count(tokens.total),
          exact: exactCount(tokens.total),
          note: tokens.mean === null ? "No run told of any" : `${count(tokens.mean)} a run`,
        },
        {
          label: "Input from cache",
          value: percent(tokens.cache_read_share),
          note:
            tokens.cache_read_share === null
              ? "No run told of it"
              : `${count(tokens.cache_read_input)} of ${count(tokens.input)}`,
        },
      ]);
    },
    fail: tiles.fail,
  };
}

/** "$717 to $778 in 4 months of 5, by what weekdays cost in 28 days" */
function describeForecast(forecast) {
  if (!forecast) return "Too little of it is over to foresee the rest";
  const how = METHODS[forecast.method](forecast.days);
  return forecast.low === null
    ? `Foreseen ${how}`
    : `${rangeOf(forecast)}, ${percent(forecast.confidence, 0)} sure; ${how}`;
}

/** The two ends of a forecast's interval. */
export function rangeOf(forecast) {
  if (!forecast || forecast.low === null) return NONE;
  return `${money(forecast.low)} to ${money(forecast.high)}`;
}
