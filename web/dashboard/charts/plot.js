// The canvas: uPlot with our buckets, colours and axes. Bucket number i stands at x = i, so all
// are as wide as each other, whatever months and changes of clocks make of their length.

import uPlot from "uplot";

import { labelledPlaces, placeLabel } from "./chart_axis.js";
import { colour } from "../parts/theme.js";
import { drawMarks, drawStretches } from "./marks.js";

const FONT = '11.5px Inter, ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif';
const SPARSE = 62;

/** Draws the figure into `target`; `more` is {marks, onCursor(place, left), onZoom(first, last)}. */
export function drawPlot(figure, buckets, period, target, more) {
  const isLogarithmic = figure.isLogarithmic && spreads(figure, buckets);
  const options = /** @type {any} */ ({
    width: target.clientWidth,
    height: target.clientHeight,
    padding: [10, 18, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [-0.5, buckets.length - 0.5] },
      y: valueScale(figure, buckets, isLogarithmic),
    },
    axes: [timeAxis(buckets, period), valueAxis(figure, isLogarithmic)],
    series: [{}, ...seriesOf(figure, buckets.length)],
    bands: figure.band ? [{ series: [1, 2], fill: colour("--chart-band") }] : [],
    cursor: {
      y: false,
      points: { show: figure.kind === "lines", size: 8, width: 2 },
      drag: { x: true, y: false, setScale: false, dist: 6 },
      sync: { key: "time", setSeries: false },
    },
    hooks: {
      drawClear: [(plot) => drawStretches(plot, more.marks)],
      drawAxes: [(plot) => drawMarks(plot, more.marks)],
      setCursor: [
        (plot) => more.onCursor(plot.cursor.idx ?? null, plot.cursor.left + plot.over.offsetLeft),
      ],
      setSelect: [(plot) => select(plot, buckets, more.onZoom)],
    },
  });
  return new uPlot(options, dataOf(figure, buckets), target);
}

/** uPlot's columns. Stacked bars are drawn from the tallest to the shortest, one over another. */
function dataOf(figure, buckets) {
  const places = buckets.map((_, place) => place);
  if (figure.kind === "lines") {
    const band = figure.band ? [buckets.map(figure.band.high), buckets.map(figure.band.low)] : [];
    return [places, ...band, ...figure.series.map(({ value }) => buckets.map(value))];
  }
  const tops = figure.series.map((_, last) =>
    buckets.map((bucket) =>
      figure.series.slice(0, last + 1).reduce((sum, { value }) => sum + value(bucket), 0),
    ),
  );
  return [places, ...tops.reverse()];
}

function seriesOf(figure, number) {
  if (figure.kind === "bars") {
    const paths = uPlot.paths.bars?.({
      size: [number > SPARSE ? 0.86 : 0.66, 40],
      gap: 0,
    });
    return [...figure.series].reverse().map(({ swatch }) => ({
      fill: colour(swatch.colour),
      width: 0,
      paths,
      points: { show: false },
    }));
  }
  const edges = figure.band
    ? [
        { width: 0, points: { show: false } },
        { width: 0, points: { show: false } },
      ]
    : [];
  return [...edges, ...figure.series.map(({ swatch }) => lineOf(swatch, number))];
}

function lineOf(swatch, number) {
  const stroke = colour(swatch.colour);
  const points = {
    show: true,
    size: 5,
    fill: stroke,
    stroke,
    filter: (plot, place) => (number <= SPARSE ? null : lonely(plot.data[place])),
  };
  return { stroke, width: number > 300 ? 1 : 2, dash: swatch.dash, points };
}

/** Values without a neighbour, which no line would show. */
function lonely(values) {
  const isEmpty = (value) => value === null || value === undefined;
  return values.flatMap((value, place) =>
    !isEmpty(value) && isEmpty(values[place - 1]) && isEmpty(values[place + 1]) ? [place] : [],
  );
}

/** Whether a linear axis would press some of the values flat. */
export function spreads(figure, buckets) {
  const values = figure.series
    .flatMap(({ value }) => buckets.map(value))
    .filter((value) => value > 0);
  return values.length > 0 && Math.max(...values) > 12 * Math.min(...values);
}

function valueScale(figure, buckets, isLogarithmic) {
  if (figure.top !== undefined) return { range: () => [floorOf(figure, buckets), figure.top] };
  if (!isLogarithmic) return { range: (_, _low, high) => [0, high > 0 ? high * 1.08 : 1] };
  const steps = figure.steps;
  const below = (value) => steps.findLast((step) => step <= value) ?? steps[0];
  const above = (value) => steps.find((step) => step >= value) ?? steps.at(-1);
  return { distr: 3, range: (_, low, high) => [below(low ?? 1), above(high ?? 10)] };
}

/** Lines across a logarithmic plot: of the steps that a person would draw, those with room. */
function logarithmicSplits(figure, low, high, height) {
  const room = Math.max(2, Math.floor(height / 36));
  const steps = figure.steps.filter((step) => step >= low && step <= high);
  const least = Math.log(high / low) / room;
  const kept = [];
  for (const step of steps) {
    if (!kept.length || Math.log(step / kept.at(-1)) >= least) kept.push(step);
  }
  return kept;
}

/** Below the lowest value of the line; the band may reach farther, where the plot ends. */
function floorOf(figure, buckets) {
  const values = figure.series
    .flatMap(({ value }) => buckets.map(value))
    .filter((value) => value !== null);
  const low = values.length ? Math.min(...values) : 0;
  return Math.max(0, Math.min(0.9, Math.floor((low - 0.04) * 10) / 10));
}

function timeAxis(buckets, period) {
  return {
    font: FONT,
    stroke: colour("--chart-axis"),
    size: 30,
    gap: 7,
    grid: { show: false },
    ticks: { show: true, size: 4, width: 1, stroke: colour("--line-strong") },
    border: { show: true, width: 1, stroke: colour("--line-strong") },
    splits: (plot) => labelledPlaces(buckets, period, plot.bbox.width / uPlot.pxRatio),
    values: (_, places) => places.map((place) => placeLabel(buckets[place], period)),
  };
}

function valueAxis(figure, isLogarithmic) {
  return {
    font: FONT,
    stroke: colour("--chart-axis"),
    gap: 8,
    space: 44,
    incrs: figure.steps,
    grid: { width: 1, stroke: colour("--chart-grid") },
    ticks: { show: false },
    size: (_, texts) =>
      texts ? Math.ceil(Math.max(...texts.map((text) => text.length)) * 6.3) + 16 : 40,
    ...(isLogarithmic
      ? {
          splits: (plot, _, low, high) =>
            logarithmicSplits(figure, low, high, plot.over.clientHeight || 180),
          filter: (_, splits) => splits,
        }
      : {}),
    values: (_, values) => values.map((value) => figure.axis(value)),
  };
}

function select(plot, buckets, onZoom) {
  const { left, width } = plot.select;
  if (width <= 0) return;
  const placeAt = (x) =>
    Math.min(buckets.length - 1, Math.max(0, Math.round(plot.posToVal(x, "x"))));
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onZoom(placeAt(left), placeAt(left + width));
}
