import assert from "node:assert/strict";
import { test } from "node:test";

import { labelsAt, placeMarks } from "../dashboard/charts/marks.js";

const day = (number) => `2026-03-0${number}T00:00:00Z`;
const BUCKETS = [1, 2, 3].map((number) => ({ from: day(number), to: day(number + 1) }));
const stretch = (instant, until) => [{ instant, until, label: "fired" }];
const told = (marks) => BUCKETS.map((_, place) => labelsAt(placeMarks(marks, BUCKETS), place));

for (const [name, marks, expected] of [
  [
    "a mark is told of its bucket",
    [{ instant: "2026-03-02T12:00:00Z", label: "x" }],
    [[], ["x"], []],
  ],
  ["a mark outside is left out", [{ instant: day(5), label: "x" }], [[], [], []]],
  [
    "a stretch is told of each bucket that it reaches",
    stretch("2026-03-01T12:00:00Z", "2026-03-02T06:00:00Z"),
    [["fired"], ["fired"], []],
  ],
  [
    "a stretch that reaches out is cut",
    stretch("2026-02-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    [["fired"], ["fired"], ["fired"]],
  ],
  ["a stretch before is left out", stretch("2026-02-01T00:00:00Z", day(1)), [[], [], []]],
])
  test(name, () => {
    assert.deepEqual(told(marks), expected);
  });
