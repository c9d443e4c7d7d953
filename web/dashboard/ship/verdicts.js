// What a comparison found, in words: the finding, how sure it is, and how it was found.

import {
  duration,
  exactCount,
  money,
  percent,
  plain,
  points,
  scientific,
  signed,
} from "../parts/units.js";

export const WORDS = {
  better: { label: "Better", tone: "good" },
  worse: { label: "Worse", tone: "bad" },
  no_significant_change: { label: "No clear change", tone: "" },
  insufficient_data: { label: "Too few runs", tone: "" },
};

/** How each metric is written; `more` and `less` say what a difference means. */
const MEASURES = {
  success_rate: {
    title: "Success rate",
    format: (v) => percent(v),
    difference: points,
    more: "higher",
    less: "lower",
    noun: "finished runs",
  },
  duration_ms: {
    title: "Duration",
    format: duration,
    difference: (v) => signed(v, duration),
    more: "longer",
    less: "shorter",
    noun: "runs with a duration",
  },
  cost: {
    title: "Cost of a run",
    format: money,
    difference: (v) => signed(v, money),
    more: "dearer",
    less: "cheaper",
    noun: "runs of known cost",
  },
  tokens: {
    title: "Tokens of a run",
    format: exactCount,
    difference: (v) => signed(v, exactCount),
    more: "wordier",
    less: "terser",
    noun: "runs of known tokens",
  },
  score: {
    title: "Score",
    format: plain,
    difference: (v) => signed(v, plain),
    more: "higher",
    less: "lower",
    noun: "runs with a score",
  },
};

/** How a metric is written; one that came later than this page is written plainly. */
export const measureOf = (metric) =>
  MEASURES[metric] ?? { ...MEASURES.score, title: metric.replaceAll("_", " "), noun: "runs" };

/** One sentence: what the numbers say. */
export function findingOf(verdict, base, candidate) {
  if (verdict.verdict === "insufficient_data") return tooFew(verdict, base, candidate);
  if (verdict.verdict === "no_significant_change")
    return `${candidate} and ${base} cannot be told apart: what differs may well be chance.`;
  const superiority = verdict.effect?.probability_of_superiority ?? null;
  if (verdict.metric === "success_rate" || superiority === null)
    return findingOfMeans(verdict, candidate);
  const { more, less } = measureOf(verdict.metric);
  const word = superiority > 0.5 ? more : less;
  const odds = Math.round(Math.max(superiority, 1 - superiority) * 100);
  return `Runs of ${candidate} tend to be ${word}: one of its runs is ${word} than one of ${base} ${odds} times in 100.`;
}

function findingOfMeans(verdict, candidate) {
  const { difference, more, less } = measureOf(verdict.metric);
  const isMore = verdict.difference > 0;
  const size = difference(verdict.difference);
  return verdict.metric === "success_rate"
    ? `${candidate} succeeds ${isMore ? "more" : "less"} often: ${size}.`
    : `Runs of ${candidate} are ${isMore ? more : less} on average: ${size}.`;
}

/** One sentence: how sure that is. */
export function certaintyOf(verdict) {
  if (verdict.verdict === "insufficient_data")
    return "With so few runs, a difference would have to be very large to show. Let it run on, or choose a longer range.";
  if (verdict.verdict === "no_significant_change")
    return `${chance(verdict.p_value)} That is no proof that they are the same: a small difference needs more runs to show.`;
  return `${sureness(verdict.p_value)} ${chance(verdict.p_value)}`;
}

/** "98.7 % interval of the difference: −4.1 to −0.7 points": at the level of the verdict's test. */
export function intervalOf(verdict) {
  if (!verdict.interval) return null;
  const { difference } = measureOf(verdict.metric);
  const [low, high] = verdict.interval.map(difference);
  const what = verdict.statistic === "median" ? "the medians' difference" : "the difference";
  const level = percent(verdict.interval_confidence ?? verdict.confidence).replace(".0", "");
  return `${level} interval of ${what}: ${low} to ${high}`;
}

/** The test, its numbers and what it counted. */
export function methodOf(verdict) {
  const { noun } = measureOf(verdict.metric);
  const counted = `${exactCount(verdict.n_base)} and ${exactCount(verdict.n_candidate)} ${noun}`;
  return verdict.test
    ? `${sentenceCase(verdict.test)}; p = ${pValue(verdict.p_value)}; ${counted}`
    : counted;
}

const sentenceCase = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function tooFew(verdict, base, candidate) {
  const { noun } = measureOf(verdict.metric);
  const counts = `${base} has ${exactCount(verdict.n_base)} and ${candidate} ${exactCount(verdict.n_candidate)} ${noun} in this range`;
  return `${counts}. A verdict needs ${verdict.min_count} on each side.`;
}

function sureness(p) {
  if (p < 1e-4) return "Very strong evidence.";
  return p < 1e-3 ? "Strong evidence." : "Clear evidence.";
}

function chance(p) {
  if (p < 1e-6)
    return "Chance alone would show a difference as large as this less than once in a million comparisons.";
  if (p < 0.01)
    return `Chance alone would show a difference as large as this once in ${exactCount(roundTo2(1 / p))} comparisons.`;
  return `Chance alone would show a difference as large as this in ${percent(p)} of comparisons.`;
}

const roundTo2 = (value) => Number(value.toPrecision(2));

/** 0.0042 and 1.2 × 10⁻⁸ */
export function pValue(p) {
  if (p >= 1e-4) return p.toPrecision(2);
  if (p === 0) return "0, as far as a computer can tell";
  return scientific(p);
}
