// Money: what the day, week or month has cost so far and will have cost, against budgets, and on what.

import { createAgentFrame } from "../agent/agent_frame.js";
import { h } from "../parts/elements.js";
import { createFilterBar } from "../parts/filter_bar.js";
import { Section } from "../parts/section.js";
import { pathOf } from "../service/api.js";
import { navigate } from "../state/address.js";
import { filterQuery, splits } from "../state/filter.js";
import { dateText } from "../state/zone.js";
import { createBudgets } from "./budgets.js";
import { createSpendChart } from "./spend_chart.js";
import { createSpendGroups, MOST_GROUPS } from "./spend_groups.js";
import { createSpendTiles } from "./spend_tiles.js";

const PERIODS = { month: "This month", week: "This week", day: "Today" };
const OF_FLEET = ["agent", "project", "model", "initiator"];
const OF_AGENT = ["version", "model", "initiator"];

/** {element, heading, sections, show(view), title}; `agent` is null for the fleet. */
export function createSpendPage(loader, agent) {
  const groupings = agent === null ? OF_FLEET : OF_AGENT;
  const path = agent === null ? ["spend"] : ["agents", agent, "spend"];
  const ask = async ({ state }, by) => {
    const query = {
      period: state.per in PERIODS ? state.per : "month",
      tz: state.tz,
      project: agent === null ? state.project : null,
      group_by: by,
      limit: MOST_GROUPS,
      ...filterQuery(state),
    };
    return (await loader.get(pathOf(path, query))).data;
  };
  /** After what stands on top, which is what most came for; null for what no filter goes with. */
  async function loadGroups(by, view) {
    await whole(view);
    return splits(view.state, by) ? ask(view, by) : null;
  }
  // By what follows from the version: that goes with every filter.
  const whole = (view) => ask(view, groupings[0]);

  const bar = createFilterBar({ hasProject: agent === null });
  const period = createPeriodChoice();
  const [tiles, chart, budgets] = [createSpendTiles(), createSpendChart(), createBudgets()];
  const tables = groupings.map((by) => ({ by, ...createSpendGroups(by, learn) }));
  const parts = [
    h("div", { class: "spend-tools" }, period.element, bar.element),
    tiles.element,
    chart.element,
    budgets.element,
    ...tables.map(({ element }) => element),
  ];
  const frame = agent === null ? drawFrame(parts) : createAgentFrame(loader, agent, parts);
  const part = (shown, load) =>
    new Section({ element: shown.element, load, show: shown.show, fail: shown.fail });

  return {
    element: frame.element,
    heading: frame.heading,
    sections: [
      ...(frame.section ? [frame.section] : []),
      part(tiles, whole),
      part({ ...chart, show: showChart }, whole),
      part(budgets, whole),
      ...tables.map((table) => part(table, (view) => loadGroups(table.by, view))),
    ],
    show(view) {
      frame.show(view);
      period.show(view);
      bar.show(view);
    },
    title: agent === null ? "Money" : `Money · ${agent}`,
  };

  /** What the tables name can be filtered by. */
  function learn(spend, { state }) {
    bar.learn(spend);
    if (spend.group_by === "project" && !state.project)
      bar.offer(spend.groups.map(({ project }) => project));
  }

  function showChart(spend, view) {
    period.tell(spend);
    chart.show(spend, view);
  }
}

/** Which period; the answer tells from when to when it is. */
function createPeriodChoice() {
  const buttons = Object.entries(PERIODS).map(([value, label]) =>
    h(
      "button",
      {
        type: "button",
        value,
        on: { click: () => navigate({ per: value === "month" ? null : value }) },
      },
      label,
    ),
  );
  const text = h("p", { class: "soft" }, "\u00a0");
  return {
    element: h(
      "div",
      { class: "spend-period" },
      h("div", { class: "segments", role: "group", "aria-label": "Period" }, ...buttons),
      text,
    ),
    show({ state }) {
      const shown = state.per in PERIODS ? state.per : "month";
      for (const button of buttons)
        button.setAttribute("aria-pressed", String(button.value === shown));
    },
    tell({ from, to, tz }) {
      const write = (instant) =>
        dateText(instant, tz, { day: "numeric", month: "short", year: "numeric" });
      const last = write(new Date(Date.parse(to) - 1));
      text.textContent = `${write(from)} – ${last}, ${tz}`;
    },
  };
}

function drawFrame(parts) {
  const heading = h("h1", { tabindex: "-1" }, "Money");
  const facts = h("p", { class: "facts" }, "What all agents have spent, and will have spent.");
  return {
    element: h("div", { class: "stack" }, h("div", { class: "heading" }, heading, facts), ...parts),
    heading,
    section: null,
    show: () => {},
  };
}
