// Watches: of all agents, or of one.

import { createAgentFrame } from "../agent/agent_frame.js";
import { h } from "../parts/elements.js";
import { Section } from "../parts/section.js";
import { pathOf } from "../service/api.js";
import { createFirings } from "./firings.js";
import { createWatchesTable, WATCHES_A_PAGE } from "./watches_table.js";
import { STATES } from "./words.js";

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createWatchesPage(loader, agent) {
  const [table, firings] = [createWatchesTable(agent), createFirings()];
  const parts = [table.element, firings.element];
  const frame = agent === null ? drawFrame(parts) : createAgentFrame(loader, agent, parts);

  async function loadWatches({ state }) {
    const query = { agent, limit: WATCHES_A_PAGE, cursor: state.wat };
    const filter = state.wstate in STATES ? { state: state.wstate } : {};
    const [{ data, cursor }, mayWrite] = await Promise.all([
      loader.get(pathOf(["watches"], { ...query, ...filter })),
      loader.may("admin"),
    ]);
    return { watches: data, cursor, mayWrite };
  }

  const loadFirings = async () => (await loader.get(pathOf(["watch-firings"], { agent }))).data;

  const part = ({ element, show, fail }, load) => new Section({ element, load, show, fail });
  return {
    element: frame.element,
    heading: frame.heading,
    sections: [
      ...(frame.section ? [frame.section] : []),
      part(table, loadWatches),
      part(firings, loadFirings),
    ],
    show: frame.show,
    title: agent === null ? "Watches" : `Watches · ${agent}`,
  };
}

function drawFrame(parts) {
  const heading = h("h1", { tabindex: "-1" }, "Watches");
  const facts = h("p", { class: "facts" }, "Budgets and alerts, of all agents.");
  return {
    element: h("div", { class: "stack" }, h("div", { class: "heading" }, heading, facts), ...parts),
    heading,
    section: null,
    show: () => {},
  };
}
