// The first page of one agent: its numbers over time, and its versions side by side.

import { pathOf } from "../service/api.js";
import { breakdownQuery, createBreakdown, seriesQuery } from "../parts/breakdown.js";
import { createFilterBar } from "../parts/filter_bar.js";
import { createCharts } from "../charts/charts.js";
import { Section } from "../parts/section.js";
import { createTiles, METRICS_TILES, metricsTiles } from "../parts/tiles.js";
import { filterQuery } from "../state/filter.js";
import { markFirings } from "../watches/firings.js";
import { createAgentFrame } from "./agent_frame.js";
import { createVersionsTable, newestVersionsQuery, versionsQuery } from "./versions_table.js";

const GROUPINGS = ["model", "tool", "initiator", "status", "cluster"];

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createAgentPage(loader, agent) {
  const get = (segments, query) => loader.get(pathOf(["agents", agent, ...segments], query));
  const metrics = async (query) => (await get(["metrics"], query)).data;
  const over = (view) => metrics(seriesQuery(view, GROUPINGS));
  const before = ({ state, period }) => metrics({ ...period.before, ...filterQuery(state) });
  const versions = (view) => get(["standings"], versionsQuery(view));

  const firings = async ({ period: { from, to } }) =>
    (await loader.get(pathOf(["watch-firings"], { agent, from, to }))).data;

  const tiles = createTiles(METRICS_TILES);
  const charts = createCharts();
  const bar = createFilterBar({ groupings: GROUPINGS });
  const table = createVersionsTable((query) => get(["standings"], query));
  const breakdown = createBreakdown((found) => bar.learn(found));
  const frame = createAgentFrame(loader, agent, [
    bar.element,
    tiles.element,
    charts.element,
    table.element,
    breakdown.element,
  ]);

  const sections = [
    frame.section,
    new Section({
      element: tiles.element,
      load: (view) => Promise.all([over(view), before(view)]),
      show: ([now, earlier]) => tiles.show(metricsTiles(now, earlier)),
      fail: tiles.fail,
    }),
    new Section({
      element: charts.element,
      async load(view) {
        const [total, { data }, fired] = await Promise.all([
          over(view),
          get(["standings"], newestVersionsQuery(view)),
          firings(view),
        ]);
        const marks = [
          ...markFirings(fired, view.period),
          ...readMarks(data.standings, view.period),
        ];
        return { metrics: total, marks };
      },
      show: charts.show,
      fail: charts.fail,
    }),
    new Section({ element: table.element, load: versions, show: table.show, fail: table.fail }),
    new Section({
      element: breakdown.element,
      load: (view) => metrics(breakdownQuery(view, GROUPINGS)),
      show: breakdown.show,
      fail: breakdown.fail,
    }),
  ];
  return {
    element: frame.element,
    heading: frame.heading,
    sections,
    show(view) {
      frame.show(view);
      bar.show(view);
    },
    title: agent,
  };
}

/** Where versions began: when their first run of all was created, where that is in the period. */
function readMarks(standings, { from, to }) {
  return standings
    .filter(({ began }) => began && Date.parse(from) < Date.parse(began) && began < to)
    .map(({ began, version }) => ({ instant: began, label: `Version ${version} began` }));
}
