// The headline numbers, each with its change against the period before.

import { h, icon, ICONS } from "./elements.js";
import { skeleton } from "./notices.js";
import {
  count,
  duration,
  exactCount,
  money,
  NONE,
  percent,
  points,
  relativeChange,
} from "./units.js";

/** {element, show(tiles), fail()} of as many tiles as there are labels. */
export function createTiles(labels) {
  const waiting = (label) =>
    h(
      "div",
      { class: "card tile" },
      h("dt", {}, label),
      h("dd", { class: "value" }, skeleton()),
      h("dd", { class: "notes" }, skeleton()),
    );
  const element = h(
    "dl",
    { class: "tiles", "data-count": labels.length, "aria-label": "Key figures" },
    ...labels.map(waiting),
  );
  const show = (tiles) => element.replaceChildren(...tiles.map(drawTile));
  return {
    element,
    show,
    fail: () => show(labels.map((label) => ({ label, value: NONE, note: "Not loaded" }))),
  };
}

export const METRICS_TILES = ["Runs", "Success rate", "Duration, p95", "Cost", "Tokens"];

/** The tiles of two metrics blocks: of the period shown, and of the one before. */
export function metricsTiles(now, before) {
  const open = now.by_outcome.in_progress - now.stale;
  return [
    {
      label: "Runs",
      value: count(now.runs),
      exact: exactCount(now.runs),
      change: change(now.runs, before.runs, count),
      note: `${count(now.by_outcome.failed)} failed${open > 0 ? `, ${count(open)} running` : ""}${now.stale ? `, ${count(now.stale)} stale` : ""}`,
    },
    {
      label: "Success rate",
      value: percent(now.success_rate),
      change: rateChange(now.success_rate, before.success_rate),
      note: now.success_rate_interval
        ? `95 % interval ${percent(now.success_rate_interval[0])} to ${percent(now.success_rate_interval[1])}`
        : "No finished runs",
    },
    {
      label: "Duration, p95",
      value: duration(now.duration_ms.p95),
      change: change(now.duration_ms.p95, before.duration_ms.p95, duration),
      note: `Median ${duration(now.duration_ms.p50)}`,
    },
    {
      label: "Cost",
      value: money(now.cost.total),
      change: change(now.cost.total, before.cost.total, money),
      note: `${money(now.cost.mean)} a run${now.cost.unknown ? `, ${count(now.cost.unknown)} unknown` : ""}`,
    },
    {
      label: "Tokens",
      value: count(now.tokens.total),
      exact: exactCount(now.tokens.total),
      change: change(now.tokens.total, before.tokens.total, count),
      note: describeTokens(now.tokens),
    },
  ];
}

function describeTokens({ mean, cache_read_share: share }) {
  if (mean === null) return "No run told of any";
  return `${count(mean)} a run${share === null ? "" : `, ${percent(share)} of input from cache`}`;
}

/** A tile of a plain count, without a change. */
export function countTile(label, now, note) {
  return { label, value: count(now), exact: exactCount(now), note };
}

/** How much it changed. No colour: whether a change is more than chance, only a verdict can say. */
function change(now, before, format) {
  if (now === null || before === null || before === 0) return null;
  if (now === before) return { text: "No change", way: null };
  const share = relativeChange(now, before);
  const text = share === null ? `from ${format(before)} before` : `${share} vs. before`;
  return { text, way: wayOf(now - before) };
}

function rateChange(now, before) {
  if (now === null || before === null) return null;
  return { text: `${points(now - before)} vs. before`, way: wayOf(now - before) };
}

const wayOf = (difference) => (difference === 0 ? null : difference > 0 ? "up" : "down");

function drawTile({ label, value, exact, change: changed, note }) {
  return h(
    "div",
    { class: "card tile" },
    h("dt", {}, label),
    h("dd", { class: "value", title: exact && exact !== value ? exact : null }, value),
    h(
      "dd",
      { class: "notes" },
      changed === undefined ? null : drawChange(changed),
      h("span", {}, note),
    ),
  );
}

function drawChange(changed) {
  if (!changed) return h("span", { class: "change" }, "No earlier runs");
  // The number is what matters, "vs. before" only explains it.
  const [head, ...rest] = changed.text.split(/ (?=vs\.|before)/);
  const arrow = changed.way && icon(ICONS[changed.way], 11);
  return h(
    "span",
    { class: "change" },
    h("b", {}, arrow, h("span", {}, head)),
    h("span", {}, rest.join(" ")),
  );
}
