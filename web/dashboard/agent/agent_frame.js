// What the pages of one agent share: its name, its project, and the ways between them.

import { addressOf } from "../state/address.js";
import { named } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { notice } from "../parts/notices.js";
import { Section } from "../parts/section.js";
import { describePeriod } from "../state/period.js";
import { pathOf } from "../service/api.js";

const VIEWS = {
  agent: "Overview",
  compare: "May we ship?",
  runs: "Runs",
  spend: "Money",
  watches: "Watches",
};
/** Pages that are about the present, whatever the range. */
const WITHOUT_RANGE = ["spend"];

/** {element, heading, section, show(view)}: `parts` stand below the name. */
export function createAgentFrame(loader, agent, parts) {
  const heading = h("h1", { tabindex: "-1" }, named(agent));
  const owner = h("span", {}, "\u00a0");
  const range = h("span");
  const crumb = h("a", { class: "crumb" }, "All agents");
  const tabs = Object.entries(VIEWS).map(([view, label]) => ({ view, link: h("a", {}, label) }));
  const element = h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "heading" },
      crumb,
      heading,
      h("p", { class: "facts" }, owner, range),
      h(
        "nav",
        { class: "tabs", "aria-label": "Pages of this agent" },
        ...tabs.map(({ link }) => link),
      ),
    ),
    ...parts,
  );
  const section = new Section({
    element: owner,
    load: async () => (await loader.get(pathOf(["agents", agent]))).data,
    show({ name, project }) {
      heading.replaceChildren(named(name));
      owner.replaceChildren("Project ", named(project));
    },
    fail: (error) =>
      error.code === "agent_not_found" && element.replaceChildren(drawUnknown(agent)),
  });

  function show(/** @type {View} */ { state, period }) {
    crumb.href = addressOf({ agent: null, view: "overview" });
    range.textContent = WITHOUT_RANGE.includes(state.view ?? "") ? "" : describePeriod(period);
    const shown = state.view === "run" ? "runs" : state.view;
    for (const { view, link } of tabs) {
      link.href = addressOf({ view });
      if (view === shown) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  return { element, heading, section, show };
}

function drawUnknown(agent) {
  const back = h(
    "a",
    { class: "button primary", href: addressOf({ agent: null, view: "overview" }) },
    "Show all agents",
  );
  const element = notice("There is no such agent", "", back);
  element
    .querySelector("p")
    ?.append(
      "Nothing is registered under the name or id “",
      named(agent),
      "”, or your token does not reach it.",
    );
  return h("section", { class: "card" }, element);
}
