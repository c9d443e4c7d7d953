// The first page: the whole fleet.

import { pathOf } from "../service/api.js";
import { createAgentsTable, readAgents } from "./agents_table.js";
import { createCharts } from "../charts/charts.js";
import { h } from "../parts/elements.js";
import { describePeriod } from "../state/period.js";
import { Section } from "../parts/section.js";
import { countTile, createTiles, METRICS_TILES, metricsTiles } from "../parts/tiles.js";
import { count } from "../parts/units.js";
import { drawWelcome } from "./welcome.js";

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createOverview(loader) {
  const get = async (segments, query) => (await loader.get(pathOf(segments, query))).data;
  const range = ({ period }) => ({ from: period.from, to: period.to });
  const over = (view) =>
    get(["metrics"], { ...range(view), interval: view.period.interval, tz: view.period.zone });
  const byAgent = (view) => get(["metrics"], { ...range(view), group_by: "agent" });
  const before = ({ period }) => get(["metrics"], { ...period.before, group_by: "agent" });
  const agents = () => get(["agents"], { limit: 5000 });

  const heading = h("h1", { tabindex: "-1" }, "Overview");
  const facts = h("p", { class: "facts" }, "\u00a0");
  const tiles = createTiles([...METRICS_TILES, "Active agents"]);
  const charts = createCharts();
  const table = createAgentsTable();
  const numbers = h("div", { class: "stack" }, tiles.element, charts.element, table.element);
  const element = h(
    "div",
    { class: "stack" },
    h("div", { class: "heading" }, heading, facts),
    numbers,
  );

  /** A service without agents needs instructions, not empty charts. */
  function showWelcome(isEmpty) {
    const shown = element.lastElementChild;
    if (isEmpty && shown === numbers) numbers.replaceWith(drawWelcome());
    if (!isEmpty && shown !== numbers) shown.replaceWith(numbers);
  }

  const sections = [
    new Section({
      element: tiles.element,
      load: (view) => Promise.all([byAgent(view), before(view), agents()]),
      show([now, earlier, all]) {
        const active = countTile(
          "Active agents",
          now.groups.length,
          earlier.groups.length,
          `of ${count(all.length)} registered`,
        );
        tiles.show([...metricsTiles(now, earlier), active]);
      },
      fail: tiles.fail,
    }),
    new Section({
      element: charts.element,
      load: async (view) => ({ metrics: await over(view), marks: [] }),
      show: charts.show,
      fail: charts.fail,
    }),
    new Section({
      element: table.element,
      load: (view) =>
        Promise.all([
          agents(),
          byAgent(view),
          get(["metrics"], { ...range(view), group_by: "version" }),
        ]),
      show([all, grouped, versions], view) {
        showWelcome(all.length === 0);
        table.show(readAgents(all, grouped, versions), view);
      },
      fail: table.fail,
    }),
  ];
  const show = ({ period }) => (facts.textContent = describePeriod(period));
  return { element, heading, sections, show, title: "Overview" };
}
