// Watches that are firing: above everything else, and only while there are any.

import { addressOf } from "../state/address.js";
import { named, timeCell } from "../parts/cells.js";
import { h, icon, ICONS } from "../parts/elements.js";
import { exactCount } from "../parts/units.js";

export const MOST_ALERTS = 20;
const CONDITIONS = {
  budget: "Budget used up",
  success_rate_drop: "Succeeds less often",
  duration_increase: "Takes longer",
  cost_increase: "Costs more",
  silence: "No runs",
  stale: "Runs hang",
  new_error: "New error",
};

/** {element, show({data, cursor}, view), fail()} of the watches in the state firing. */
export function createAlerts() {
  const element = h("div", { hidden: true });
  return {
    element,
    show({ data: watches, cursor }, view) {
      element.hidden = watches.length === 0;
      element.replaceChildren(...(watches.length ? [drawAlerts(watches, cursor, view)] : []));
    },
    // What failed is told at the top of the page; an alert that may be there is no alert.
    fail() {
      element.hidden = true;
    },
  };
}

function drawAlerts(watches, cursor, view) {
  const number = cursor ? `More than ${exactCount(watches.length)}` : exactCount(watches.length);
  return h(
    "section",
    { class: "card alerts", "aria-labelledby": "alerts-title" },
    h(
      "div",
      { class: "card-head" },
      icon(ICONS.warning),
      h("h2", { id: "alerts-title" }, `${number} firing`),
    ),
    h("ul", {}, ...watches.map((watch) => drawAlert(watch, view))),
  );
}

function drawAlert(watch, view) {
  const about = watch.agent
    ? h("a", { href: addressOf({ agent: watch.agent }) }, named(watch.agent))
    : named(watch.project ?? "All agents");
  return h(
    "li",
    {},
    h(
      "b",
      {},
      h("a", { href: addressOf({ view: "watch", shownWatch: watch.id }) }, named(watch.name)),
    ),
    h("span", {}, about, watch.version ? [" ", named(watch.version)] : null),
    h("span", { class: "soft" }, CONDITIONS[watch.condition.type] ?? watch.condition.type),
    h("span", { class: "faint" }, "since ", timeCell(watch.since, view)),
    watch.muted_until ? h("span", { class: "tag" }, "muted") : null,
  );
}
