import assert from "node:assert/strict";
import { test } from "node:test";

import { certaintyOf, findingOf } from "../dashboard/ship/verdicts.js";

const NARROW = "\u202f";
const VERDICT = {
  metric: "duration_ms",
  verdict: "worse",
  test: "Mann-Whitney U test",
  p_value: 9.3e-16,
  statistic: "median",
  base: 98_000,
  candidate: 146_000,
  difference: 48_000,
  interval: [31_900, 62_100],
  effect: { probability_of_superiority: 0.65 },
  n_base: 481,
  n_candidate: 470,
  min_count: 30,
};

for (const [changed, words] of [
  [{}, "Runs of B tend to be longer: one of its runs is longer than one of A 65 times in"],
  [
    { effect: { probability_of_superiority: 0.2 }, verdict: "better" },
    "Runs of B tend to be shorter: one of its runs is shorter than one of A 80 times in",
  ],
  [{ verdict: "no_significant_change" }, "B and A cannot be told apart"],
  [
    { verdict: "insufficient_data", n_candidate: 3 },
    "A has 481 and B 3 runs with a duration in this range. A verdict needs 30 on each",
  ],
  [
    { metric: "success_rate", difference: -0.084 },
    `B succeeds less often: \u22128.4${NARROW}points`,
  ],
]) {
  test(`a verdict is a sentence: ${words.slice(0, 40)}`, () => {
    assert.ok(findingOf({ ...VERDICT, ...changed }, "A", "B").startsWith(words));
  });
}

const DIFFERENCE = "Chance alone would show a difference as large as this";
for (const [p_value, verdict, words] of [
  [1e-16, "worse", `Very strong evidence. ${DIFFERENCE} less`],
  [8.3e-6, "worse", `Very strong evidence. ${DIFFERENCE} once`],
  [5e-4, "better", `Strong evidence. ${DIFFERENCE} once in`],
  [0.009, "better", `Clear evidence. ${DIFFERENCE} once in 110`],
  [0.4, "no_significant_change", `${DIFFERENCE} in 40.0`],
  [null, "insufficient_data", "With so few runs"],
]) {
  test(`how sure "${verdict}" is at p = ${p_value} is a sentence too`, () => {
    assert.ok(certaintyOf({ ...VERDICT, p_value, verdict }).startsWith(words));
  });
}
