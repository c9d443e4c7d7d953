// May we ship? Two versions of an agent: the answer, the measures, the tasks, the command.

import { createAgentFrame } from "../agent/agent_frame.js";
import { h } from "../parts/elements.js";
import { Section } from "../parts/section.js";
import { createFilterBar } from "../parts/filter_bar.js";
import { pathOf } from "../service/api.js";
import { filterQuery } from "../state/filter.js";
import { createAnswer } from "./answer.js";
import { createComparison } from "./comparison.js";
import { choosePair, createPairChoice, MOST_CHOICES } from "./pair_choice.js";
import { createTasks } from "./tasks.js";

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createShipPage(loader, agent) {
  const get = async (segments, query) =>
    (await loader.get(pathOf(["agents", agent, ...segments], query))).data;
  const choice = createPairChoice();
  const [answer, comparison, tasks] = [createAnswer(), createComparison(), createTasks()];
  const chooser = h("section", { class: "card chooser", "aria-label": "Versions" }, choice.element);
  const bar = createFilterBar({});
  const parts = [bar.element, chooser, answer.element, comparison.element, tasks.element];
  const frame = createAgentFrame(loader, agent, parts);

  async function pairOf({ state, period }) {
    const runs = { from: period.from, to: period.to, ...filterQuery(state) };
    const query = { ...runs, order: "-version", limit: MOST_CHOICES };
    const versions = await get(["standings"], query);
    const pair = choosePair(versions, state);
    const isPair = pair.base && pair.candidate && pair.base !== pair.candidate;
    return { agent, versions, ...pair, asked: isPair ? { ...pair, ...runs } : null };
  }

  async function loadAnswer(view) {
    const pair = await pairOf(view);
    const { decide } = view.state;
    const asked = pair.asked && { ...pair.asked, ...(decide === "proof" && { decide }) };
    return { ...pair, asked, gate: asked ? await get(["gate"], asked) : null };
  }

  /** The pair, and under `name` what a route says of it; null without a pair. */
  const about =
    (name, ...segments) =>
    async (view) => {
      const pair = await pairOf(view);
      return { ...pair, [name]: pair.asked ? await get(segments, pair.asked) : null };
    };

  const part = (shown, load) =>
    new Section({ element: shown.element, load, show: shown.show, fail: shown.fail });
  const sections = [
    frame.section,
    new Section({ element: chooser, load: pairOf, show: choice.show, fail: () => {} }),
    part(answer, loadAnswer),
    part(comparison, about("comparison", "compare")),
    part(tasks, about("tasks", "compare", "tasks")),
  ];
  return {
    element: frame.element,
    heading: frame.heading,
    sections,
    show(view) {
      frame.show(view);
      bar.show(view);
    },
    title: `May we ship? · ${agent}`,
  };
}
