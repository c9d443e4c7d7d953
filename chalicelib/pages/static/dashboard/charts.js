// The figures of a page, drawn from one answer.

import { h } from "./elements.js";
import { navigate } from "./address.js";
import { Chart } from "./chart.js";
import { FIGURES } from "./figures.js";
import { noRuns, notice } from "./notices.js";
import { ownRange } from "./period.js";
import { canDraw } from "./plot.js";
import { onTheme } from "./theme.js";

let shownCharts = [];
onTheme(() => shownCharts.forEach((chart) => chart.redraw()));

/** {element, show({metrics, marks}, view), fail(error)} */
export function createCharts() {
  let zone = "UTC";
  const zoom = (from, to) => navigate(ownRange(from, to, zone));
  const charts = FIGURES.map((figure) => new Chart(figure, zoom));
  shownCharts = charts;
  const missing = canDraw()
    ? null
    : h(
        "p",
        { class: "footnote" },
        "Charts are not installed here, so their numbers are shown as tables. Whoever runs this service can add the charts with Node.js and 'make vendor'.",
      );
  const element = h(
    "section",
    { class: "stack", "aria-labelledby": "charts-title" },
    h("h2", { id: "charts-title", class: "unseen" }, "Over time"),
    missing,
    h("div", { class: "charts" }, ...charts.map((chart) => chart.element)),
  );
  return {
    element,
    show({ metrics, marks }, { period, state }) {
      zone = period.zone;
      charts.forEach((chart, place) => {
        if (metrics.runs) chart.show(metrics, period, marks);
        else chart.showNotice(place ? notice(null, "No runs in this range.") : noRuns(state));
      });
    },
    fail: (error) => charts.forEach((chart) => chart.fail(error)),
  };
}
