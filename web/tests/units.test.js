import assert from "node:assert/strict";
import { test } from "node:test";

import * as units from "../dashboard/parts/units.js";

const NARROW = "\u202f";
const MINUS = "\u2212";
const NONE = "–";

/** In the expected texts a space stands for a narrow one that never breaks, "_" for a plain one. */
const spaced = (text) => text.replaceAll(" ", NARROW).replaceAll("_", " ");

for (const [name, value, text] of [
  ["count", null, NONE],
  ["count", 0, "0"],
  ["count", 4899, "4,899"],
  ["count", 12_345, "12.3 k"],
  ["count", 999_950, "1 M"],
  ["count", 3_400_000_000, "3.4 B"],
  ["exactCount", 1_234_567, "1,234,567"],
  ["money", null, NONE],
  ["money", 0, "$0"],
  ["money", 12.34, "$12.34"],
  ["money", 0.05, "$0.050"],
  ["money", 0.004217, "$0.0042"],
  ["money", 0.00000123, "$0.0000012"],
  ["money", 4e-9, "$0.0000000040"],
  ["money", 1.04e-12, "$1.0 × 10⁻¹²"],
  ["money", -4e-9, `${MINUS}$0.0000000040`],
  ["money", 999.996, "$1,000"],
  ["money", 54_321, "$54,321"],
  ["money", 1_234_567, "$1.23 M"],
  ["money", -3.5, `${MINUS}$3.50`],
  ["percent", null, NONE],
  ["percent", 0.9069, "90.7 %"],
  ["percent", 1, "100 %"],
  ["percent", 0, "0 %"],
  ["percent", 0.99962, "99.96 %"],
  ["percent", 0.999999, ">99.99 %"],
  ["percent", 0.00031, "0.03 %"],
  ["percent", 0.0000001, "<0.01 %"],
  ["duration", null, NONE],
  ["duration", 0, "0 ms"],
  ["duration", 0.42, "0.42 ms"],
  ["duration", 840, "840 ms"],
  ["duration", 999.7, "1 s"],
  ["duration", 1234, "1.2 s"],
  ["duration", 59_949, "59.9 s"],
  ["duration", 59_960, "1 min"],
  ["duration", 192_000, "3 min_12 s"],
  ["duration", 3_599_600, "1 h"],
  ["duration", 7_500_000, "2 h_5 min"],
  ["duration", 90_000_000, "1 d_1 h"],
  ["points", -0.0842, `${MINUS}8.4 points`],
  ["points", 0.00042, "+0.042 points"],
]) {
  test(`${name}(${value}) reads as people write it`, () => {
    assert.equal(units[name](value), spaced(text));
  });
}

for (const [now, before, text] of [
  [110, 100, "+10.0 %"],
  [50, 100, `${MINUS}50.0 %`],
  [350, 100, "+250 %"],
  [0, 100, `${MINUS}100 %`],
  [5, 0, null],
  [null, 3, null],
  [5000, 1, null],
]) {
  test(`a change from ${before} to ${now} is relative where that says something`, () => {
    assert.equal(units.relativeChange(now, before), text && spaced(text));
  });
}
