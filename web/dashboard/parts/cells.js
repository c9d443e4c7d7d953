// What several tables have in their cells.

import { h } from "./elements.js";
import { ago, fullTime } from "../state/zone.js";
import { percent, NONE } from "./units.js";

/** 4 min ago, with the full time for whoever points at it. */
export function timeCell(instant, { now, period }) {
  if (!instant) return NONE;
  return h(
    "time",
    {
      datetime: instant,
      title: `${fullTime(instant, period.zone)} ${period.zone}`,
      class: "nowrap",
    },
    ago(instant, now),
  );
}

/** 90.7 % with a bar below. */
export function rateCell(block) {
  if (block.success_rate === null) return NONE;
  return [
    percent(block.success_rate),
    h("span", { class: "meter", "--share": block.success_rate, "aria-hidden": "true" }),
  ];
}

/** A name from a client: its writing direction stays its own. */
export const named = (text) => h("bdi", {}, text);

const TONES = { succeeded: "good", failed: "bad", in_progress: "warn", other: "" };

/** The status as it was sent, in the colour of its outcome. */
export function statusBadge(run, now) {
  const tone = `badge ${TONES[run.outcome]}`;
  const isStale = run.outcome === "in_progress" && now - Date.parse(run.created) > 86_400_000;
  return [
    h("span", { class: tone }, named(run.status)),
    isStale ? h("small", {}, "stale: no news for a day") : null,
  ];
}
