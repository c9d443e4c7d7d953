// The figures of a page, drawn from one answer.

import { h } from "../parts/elements.js";
import { navigate } from "../state/address.js";
import { Chart } from "./chart.js";
import { FIGURES } from "./figures.js";
import { splitBuckets, splitFigure } from "./split.js";
import { noRuns, notice } from "../parts/notices.js";
import { ownRange } from "../state/period.js";
import { onTheme } from "../parts/theme.js";

let shownCharts = [];
onTheme(() => shownCharts.forEach((chart) => chart.redraw()));

/**
 * {element, show({metrics, marks}, view), fail(error)}; where the answer has groups, with a series
 * for each.
 */
export function createCharts() {
  let zone = "UTC";
  const zoom = (from, to) => navigate(ownRange(from, to, zone));
  const charts = FIGURES.map((figure) => new Chart(figure, zoom));
  shownCharts = charts;
  const element = h(
    "section",
    { class: "stack", "aria-labelledby": "charts-title" },
    h("h2", { id: "charts-title", class: "unseen" }, "Over time"),
    h("div", { class: "charts" }, ...charts.map((chart) => chart.element)),
  );
  return {
    element,
    show({ metrics, marks }, { period, state }) {
      zone = period.zone;
      const isSplit = Boolean(metrics.groups?.length);
      const shown = isSplit ? splitBuckets(metrics) : metrics;
      charts.forEach((chart, place) => {
        const figure = isSplit ? splitFigure(FIGURES[place], metrics) : FIGURES[place];
        if (metrics.runs) chart.show(shown, period, marks, figure);
        else chart.showNotice(place ? notice(null, "No runs in this range.") : noRuns(state));
      });
    },
    fail: (error) => charts.forEach((chart) => chart.fail(error)),
  };
}
