// The page of one agent.

import { addressOf, navigate, RUN_FILTERS } from "../state/address.js";
import { pathOf } from "../service/api.js";
import { named } from "../parts/cells.js";
import { createCharts } from "../charts/charts.js";
import { choosePair, createComparison } from "./comparison.js";
import { h } from "../parts/elements.js";
import { notice } from "../parts/notices.js";
import { describePeriod } from "../state/period.js";
import { createRuns, PAGE_RUNS, readPage } from "../runs/runs.js";
import { Section } from "../parts/section.js";
import { createTiles, METRICS_TILES, metricsTiles } from "../parts/tiles.js";
import { createVersionsTable, readVersions } from "./versions_table.js";

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createAgentPage(loader, agent) {
  const heading = h("h1", { tabindex: "-1" }, named(agent));
  const owner = h("span", {}, "\u00a0");
  const range = h("span");
  const facts = h("p", { class: "facts" }, owner, range);
  const crumb = h("a", { class: "crumb" }, "All agents");
  const [tiles, charts, versions, comparison, runs] = [
    createTiles(METRICS_TILES),
    createCharts(),
    createVersionsTable(),
    createComparison(),
    createRuns(),
  ];
  const element = h(
    "div",
    { class: "stack" },
    h("div", { class: "heading" }, crumb, heading, facts),
    tiles.element,
    charts.element,
    versions.element,
    comparison.element,
    runs.element,
  );
  const fetch = createQueries(loader, agent);

  const sections = [
    new Section({
      element: owner,
      load: () => fetch.agent(),
      show({ name, project }) {
        heading.replaceChildren(named(name));
        owner.replaceChildren("Project ", named(project));
      },
      fail: (error) =>
        error.code === "agent_not_found" && element.replaceChildren(drawUnknown(agent)),
    }),
    new Section({
      element: tiles.element,
      load: (view) => Promise.all([fetch.over(view), fetch.before(view)]),
      show: ([now, before]) => tiles.show(metricsTiles(now, before)),
      fail: tiles.fail,
    }),
    new Section({
      element: charts.element,
      load: fetch.charts,
      show: charts.show,
      fail: charts.fail,
    }),
    new Section({
      element: versions.element,
      load: fetch.versions,
      show: versions.show,
      fail: versions.fail,
    }),
    new Section({
      element: comparison.element,
      load: fetch.comparison,
      show: comparison.show,
      fail: comparison.fail,
    }),
    new Section({ element: runs.element, load: fetch.runs, show: runs.show, fail: failRuns }),
  ];

  function failRuns(error, view) {
    // A page from an old link: its list is gone, the newest runs are not.
    if (error.code === "invalid_cursor" && view.state.page)
      navigate({ page: null }, { replace: true });
    else runs.fail(error);
  }

  function show({ period }) {
    crumb.href = addressOf({ agent: null });
    range.textContent = describePeriod(period);
  }

  return { element, heading, sections, show, title: agent };
}

function createQueries(loader, agent) {
  const get = (segments, query) => loader.get(pathOf(["agents", agent, ...segments], query));
  const data = async (...request) => (await get(...request)).data;
  const range = ({ period }) => ({ from: period.from, to: period.to });

  const registered = () => data(["versions"], { limit: 500 });
  const byVersion = (view) => data(["metrics"], { ...range(view), group_by: "version" });
  const versions = async (view) =>
    readVersions(...(await Promise.all([registered(), byVersion(view)])));

  const fetch = {
    agent: () => data([], {}),
    over: (view) =>
      data(["metrics"], { ...range(view), interval: view.period.interval, tz: view.period.zone }),
    before: ({ period }) => data(["metrics"], period.before),
    versions,
    async charts(view) {
      const [metrics, known] = await Promise.all([fetch.over(view), byVersion(view)]);
      return { metrics, marks: readMarks(known.groups, view.period) };
    },
    async comparison(view) {
      const known = await versions(view);
      const pair = choosePair(known, view.state);
      const isPair = pair.base && pair.candidate && pair.base !== pair.candidate;
      const comparison = isPair ? await data(["compare"], { ...pair, ...range(view) }) : null;
      return { versions: known, ...pair, comparison };
    },
    async runs(view) {
      const { version, ...filters } = Object.fromEntries(
        RUN_FILTERS.map((name) => [name, view.state[name]]),
      );
      const page = readPage(view.state, view.period);
      const path = version ? ["versions", version, "runs"] : ["runs"];
      const [known, found] = await Promise.all([
        registered(),
        get(path, { limit: PAGE_RUNS, ...filters, ...page }),
      ]);
      return { versions: known, runs: found.data, cursor: found.cursor, span: page };
    },
  };
  return fetch;
}

/** Where versions began. One that runs from the start of the period began before it, perhaps. */
function readMarks(groups, { from, to }) {
  const margin = (Date.parse(to) - Date.parse(from)) / 50;
  return groups
    .filter(({ first_run: first }) => Date.parse(first) - Date.parse(from) > margin)
    .map(({ first_run: instant, version }) => ({ instant, label: `Version ${version} began` }));
}

function drawUnknown(agent) {
  const back = h(
    "a",
    { class: "button primary", href: addressOf({ agent: null }) },
    "Show all agents",
  );
  const element = notice("There is no such agent", "", back);
  element
    .querySelector("p")
    .append(
      "Nothing is registered under the name or id “",
      named(agent),
      "”, or your token does not reach it.",
    );
  return h("section", { class: "card" }, element);
}
