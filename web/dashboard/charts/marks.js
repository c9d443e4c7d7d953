// What happened at a time, or over a stretch of it: where it is among the buckets, and how it is drawn.

import uPlot from "uplot";

import { colour } from "../parts/theme.js";
import { placeOf } from "./chart_axis.js";

/** Marks of [{instant, label, until?}] with their places, `at` and `end`; others are left out. */
export function placeMarks(marks, buckets) {
  return marks
    .map((mark) => ({ ...mark, ...placesOf(mark, buckets) }))
    .filter(({ at }) => at !== null);
}

function placesOf({ instant, until }, buckets) {
  if (until === undefined) return { at: placeOf(instant, buckets) };
  const [first, last] = [Date.parse(buckets[0].from), Date.parse(buckets.at(-1).to)];
  const [from, to] = [Math.max(first, Date.parse(instant)), Math.min(last, Date.parse(until))];
  if (from >= to) return { at: null };
  const place = (ms) => placeOf(new Date(ms).toISOString(), buckets);
  return { at: place(from), end: to === last ? buckets.length - 0.5 : place(to) };
}

/** What is to be told of a bucket: what happened in it, or went on. */
export function labelsAt(marks, place) {
  return marks
    .filter(({ at, end = at }) => at < place + 0.5 && end >= place - 0.5)
    .map(({ label }) => label);
}

/** Stretches are shaded, behind what the chart shows. */
export function drawStretches(plot, marks) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour("--chart-firing");
  for (const { at, end } of marks) {
    if (end === undefined) continue;
    const [left, right] = [at, end].map((place) => plot.valToPos(place, "x", true));
    ctx.fillRect(left, bbox.top, Math.max(2 * uPlot.pxRatio, right - left), bbox.height);
  }
  ctx.restore();
}

/** A dashed line with a head for each mark: something began there. */
export function drawMarks(plot, marks) {
  const { ctx, bbox } = plot;
  const unit = uPlot.pxRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("--chart-axis");
  ctx.lineWidth = unit;
  for (const { at, end } of marks) {
    if (end !== undefined) continue;
    const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
    ctx.setLineDash([3 * unit, 3 * unit]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - 4 * unit, bbox.top - 5 * unit);
    ctx.lineTo(x + 4 * unit, bbox.top - 5 * unit);
    ctx.lineTo(x, bbox.top + unit);
    ctx.fill();
  }
  ctx.restore();
}
