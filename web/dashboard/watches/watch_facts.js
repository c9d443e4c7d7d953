// A watch as it stands: its state, and the numbers behind it.

import { named, timeCell } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { NONE } from "../parts/units.js";
import { fullTime } from "../state/zone.js";
import { describeCondition, describeReceiver, describeTarget, stateBadge } from "./words.js";

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 12 });

export function drawWatch(watch, view) {
  const { zone } = view.period;
  return h(
    "dl",
    { class: "known" },
    entry("State", stateBadge(watch.state)),
    entry("Since", timeCell(watch.since, view)),
    entry("Of", ...[describeTarget(watch)].flat()),
    entry("Condition", describeCondition(watch.condition)),
    entry("Tells", ...[describeReceiver(watch.notify)].flat()),
    entry("Looked at", ...drawLook(watch, view)),
    watch.muted_until ? entry("Muted until", `${fullTime(watch.muted_until, zone)} ${zone}`) : null,
    watch.notify_problem
      ? entry(
          "A delivery was given up",
          h("span", { class: "bad" }, named(watch.notify_problem.detail)),
          h("small", {}, timeCell(watch.notify_problem.at, view)),
        )
      : null,
    ...flatten(watch.reading).map(([name, value]) => entry(name, writeValue(value, zone))),
  );
}

function drawLook({ evaluated_at: at, late }, view) {
  const looked = at === null ? "Not yet" : timeCell(at, view);
  return [looked, late ? h("small", { class: "bad" }, "Late: others wait to be looked at") : null];
}

const entry = (label, ...content) =>
  h("div", {}, h("dt", {}, label), h("dd", {}, ...content.filter((part) => part !== null)));

/** [name, value] of each number behind a state: "base success rate". */
function flatten(reading, prefix = "") {
  return Object.entries(reading).flatMap(([name, value]) => {
    const label = `${prefix}${name.replaceAll("_", " ")}`;
    const isNested = value !== null && typeof value === "object" && !Array.isArray(value);
    if (isNested) return flatten(value, `${label} `);
    return [[`${label.charAt(0).toUpperCase()}${label.slice(1)}`, value]];
  });
}

function writeValue(value, zone) {
  if (value === null) return NONE;
  if (typeof value === "number") return exact.format(value);
  if (typeof value === "string" && INSTANT.test(value)) return fullTime(value, zone);
  return named(typeof value === "string" ? value : JSON.stringify(value));
}
