// The figures of every page: what each draws, and how it reads.

import {
  axisDuration,
  axisMoney,
  axisShare,
  COUNT_STEPS,
  DURATION_STEPS,
  MONEY_STEPS,
  SHARE_STEPS,
} from "./chart_axis.js";
import { count, duration, exactCount, money, percent } from "../parts/units.js";

const bar = (colour) => ({ colour });
const line = (colour) => ({ colour, isLine: true });
const unfinished = (block) => block.by_outcome.in_progress + block.by_outcome.other;

const RUNS = {
  title: "Runs",
  kind: "bars",
  // Failures stand on the axis, where their height can be read.
  split: { value: (b) => b.runs, format: count },
  series: [
    { label: "Failed", swatch: bar("--chart-failed"), value: (b) => b.by_outcome.failed },
    { label: "Succeeded", swatch: bar("--chart-succeeded"), value: (b) => b.by_outcome.succeeded },
    { label: "Other", swatch: bar("--chart-open"), value: unfinished },
  ],
  steps: COUNT_STEPS,
  axis: count,
  legend: (total) => [
    count(total.by_outcome.failed),
    count(total.by_outcome.succeeded),
    count(unfinished(total)),
  ],
  rows: (b) => [
    ["Runs", exactCount(b.runs)],
    ["Succeeded", exactCount(b.by_outcome.succeeded), bar("--chart-succeeded")],
    ["Failed", exactCount(b.by_outcome.failed), bar("--chart-failed")],
    ["In progress", exactCount(b.by_outcome.in_progress), bar("--chart-open")],
    ["Other", exactCount(b.by_outcome.other), bar("--chart-open")],
  ],
};

const SUCCESS = {
  title: "Success rate",
  kind: "lines",
  split: { value: (b) => b.success_rate, format: (value) => percent(value) },
  series: [{ label: "Success rate", swatch: line("--chart-rate"), value: (b) => b.success_rate }],
  band: {
    low: (b) => b.success_rate_interval?.[0] ?? null,
    high: (b) => b.success_rate_interval?.[1] ?? null,
  },
  bandLabel: "95 % interval",
  steps: SHARE_STEPS,
  axis: axisShare,
  top: 1,
  legend: (total) => [percent(total.success_rate)],
  rows: (b) => [
    ["Success rate", percent(b.success_rate), line("--chart-rate")],
    [
      "95 % interval",
      b.success_rate_interval
        ? b.success_rate_interval.map((edge) => percent(edge)).join(" to ")
        : percent(null),
    ],
    ["Finished runs", exactCount(b.rated)],
  ],
};

const COST = {
  title: "Cost",
  kind: "bars",
  split: { value: (b) => b.cost.total, format: money },
  series: [{ label: "Cost", swatch: bar("--chart-cost"), value: (b) => b.cost.total ?? 0 }],
  steps: MONEY_STEPS,
  axis: axisMoney,
  legend: (total) => [money(total.cost.total)],
  rows: (b) => [
    ["Cost", money(b.cost.total), bar("--chart-cost")],
    ["Mean of a run", money(b.cost.mean)],
    ["Runs of unknown cost", exactCount(b.cost.unknown)],
  ],
};

const DURATION = {
  title: "Duration",
  kind: "lines",
  split: { value: (b) => b.duration_ms.p95, format: duration, of: "p95" },
  series: [
    { label: "Median", swatch: line("--chart-p50"), value: (b) => b.duration_ms.p50 },
    { label: "p95", swatch: line("--chart-p95"), value: (b) => b.duration_ms.p95 },
  ],
  steps: DURATION_STEPS,
  axis: axisDuration,
  isLogarithmic: true,
  legend: (total) => [duration(total.duration_ms.p50), duration(total.duration_ms.p95)],
  rows: (b) => [
    ["p95", duration(b.duration_ms.p95), line("--chart-p95")],
    ["Median", duration(b.duration_ms.p50), line("--chart-p50")],
    ["Mean", duration(b.duration_ms.mean)],
    ["Runs with a duration", exactCount(b.duration_ms.count)],
  ],
};

const PRICE = {
  title: "Cost of a run",
  kind: "lines",
  split: { value: (b) => b.cost.mean, format: money },
  series: [{ label: "Mean", swatch: line("--chart-price"), value: (b) => b.cost.mean }],
  steps: MONEY_STEPS,
  axis: axisMoney,
  legend: (total) => [money(total.cost.mean)],
  rows: (b) => [
    ["Mean of a run", money(b.cost.mean), line("--chart-price")],
    ["Ended runs of known cost", exactCount(b.cost.known)],
    ["Ended runs of unknown cost", exactCount(b.cost.unknown)],
  ],
};

const TOKENS = {
  title: "Tokens",
  kind: "bars",
  split: { value: (b) => b.tokens.total, format: count },
  series: [
    { label: "Out", swatch: bar("--chart-tokens-out"), value: (b) => b.tokens.output ?? 0 },
    { label: "In", swatch: bar("--chart-tokens-in"), value: (b) => b.tokens.input ?? 0 },
  ],
  steps: COUNT_STEPS,
  axis: count,
  legend: ({ tokens }) => [count(tokens.output), count(tokens.input)],
  rows: ({ tokens }) => [
    ["In", exactCount(tokens.input), bar("--chart-tokens-in")],
    ["Out", exactCount(tokens.output), bar("--chart-tokens-out")],
    ["In, read from the cache", exactCount(tokens.cache_read_input)],
    ["Share of it", percent(tokens.cache_read_share)],
    ["Of a run", exactCount(tokens.mean)],
  ],
};

export const FIGURES = [RUNS, SUCCESS, COST, DURATION, PRICE, TOKENS];
