// The ways to the pages of the whole service.

import { addressOf } from "../state/address.js";
import { h } from "./elements.js";

const PAGES = { overview: "Agents", spend: "Money", watches: "Watches", telemetry: "Telemetry" };
/** Pages that belong to one of these. */
const WITHIN = { watch: "watches" };

/** {element, show(view)} */
export function createSiteNav() {
  const links = Object.entries(PAGES).map(([view, label]) => ({ view, link: h("a", {}, label) }));
  return {
    element: h(
      "nav",
      { class: "site-nav", "aria-label": "Pages" },
      ...links.map(({ link }) => link),
    ),
    show({ state }) {
      const shown = state.agent === null ? (WITHIN[state.view] ?? state.view) : null;
      for (const { view, link } of links) {
        link.href = addressOf({ agent: null, view });
        if (view === shown) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
    },
  };
}
