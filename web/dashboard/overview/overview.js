// The first page: the whole fleet.

import { pathOf } from "../service/api.js";
import { createAlerts, MOST_ALERTS } from "./alerts.js";
import { breakdownQuery, createBreakdown, seriesQuery } from "../parts/breakdown.js";
import { createFilterBar } from "../parts/filter_bar.js";
import { changesQuery, createChanges } from "./changes.js";
import { createAgentsTable, standingsQuery } from "./agents_table.js";
import { createCharts } from "../charts/charts.js";
import { h } from "../parts/elements.js";
import { filterQuery } from "../state/filter.js";
import { describePeriod } from "../state/period.js";
import { Section } from "../parts/section.js";
import { countTile, createTiles, METRICS_TILES, metricsTiles } from "../parts/tiles.js";
import { count } from "../parts/units.js";
import { createFirstSteps, loadFirstSteps } from "./first_steps.js";

const GROUPINGS = ["model", "tool", "initiator", "status", "cluster", "project"];

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createOverview(loader) {
  const get = async (segments, query) => (await loader.get(pathOf(segments, query))).data;
  const which = (state) => ({ project: state.project, ...filterQuery(state) });
  const over = (view) =>
    get(["metrics"], { project: view.state.project, ...seriesQuery(view, GROUPINGS) });
  const before = ({ state, period }) => get(["metrics"], { ...period.before, ...which(state) });
  const split = (view) =>
    get(["metrics"], { project: view.state.project, ...breakdownQuery(view, GROUPINGS) });
  const standings = (view) => loader.get(pathOf(["standings"], standingsQuery(view)));

  const heading = h("h1", { tabindex: "-1" }, "Overview");
  const facts = h("p", { class: "facts" }, "\u00a0");
  const bar = createFilterBar({ groupings: GROUPINGS, hasProject: true });
  const steps = createFirstSteps();
  const alerts = createAlerts();
  const changes = createChanges();
  const tiles = createTiles([...METRICS_TILES, "Active agents"]);
  const charts = createCharts();
  const breakdown = createBreakdown((metrics) => bar.learn(metrics));
  const table = createAgentsTable((query) => loader.get(pathOf(["standings"], query)));
  const numbers = h(
    "div",
    { class: "stack" },
    bar.element,
    changes.element,
    tiles.element,
    charts.element,
    breakdown.element,
    table.element,
  );
  const element = h(
    "div",
    { class: "stack" },
    h("div", { class: "heading" }, heading, facts),
    steps.element,
    alerts.element,
    numbers,
  );

  const sections = [
    new Section({
      element: alerts.element,
      load: ({ state: { project } }) =>
        loader.get(pathOf(["watches"], { state: "firing", project, limit: MOST_ALERTS })),
      show: alerts.show,
      fail: alerts.fail,
    }),
    new Section({
      element: changes.element,
      load: async (view) => (await loader.get(pathOf(["changes"], changesQuery(view)))).data,
      show: changes.show,
      fail: changes.fail,
    }),
    new Section({
      element: tiles.element,
      load: (view) => Promise.all([over(view), before(view), standings(view)]),
      show([now, earlier, { data }]) {
        const note = `of ${count(data.registered)} registered`;
        tiles.show([...metricsTiles(now, earlier), countTile("Active agents", data.active, note)]);
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
      element: breakdown.element,
      load: split,
      show: breakdown.show,
      fail: breakdown.fail,
    }),
    new Section({
      element: table.element,
      load: standings,
      show(page, view) {
        bar.offer(page.data.projects);
        table.show(page, view);
      },
      fail: table.fail,
    }),
    new Section({
      element: steps.element,
      load: async (view) => loadFirstSteps(await standings(view), get),
      show(found) {
        steps.show(found);
        // A service without a single run needs instructions, not empty charts.
        numbers.hidden = found !== null && !found.hasRuns;
      },
      fail: () => steps.show(null),
    }),
  ];
  function show(view) {
    facts.textContent = describePeriod(view.period);
    bar.show(view);
  }
  return { element, heading, sections, show, title: "Overview" };
}
