import assert from "node:assert/strict";
import { test } from "node:test";

import { isRange, resolvePeriod } from "../dashboard/state/period.js";

const resolve = (state, now) => resolvePeriod({ agent: null, ...state }, new Date(now));
const edges = ({ from, to, before }) => [from, to, before.from, before.to];

test("seven days are whole days up to now, against the same part of those before", () => {
  // With 25 October 2026, which has 25 hours in Berlin, on the way.
  const period = resolve({ range: "7d", tz: "Europe/Berlin" }, "2026-10-27T11:00:00Z");
  assert.deepEqual(edges(period), [
    "2026-10-20T22:00:00Z",
    "2026-10-27T23:00:00Z",
    "2026-10-13T22:00:00Z",
    "2026-10-20T11:00:00Z",
  ]);
  assert.equal(period.interval, "day");
});

test("twenty-four hours are whole hours", () => {
  const period = resolve({ range: "24h", tz: "UTC" }, "2026-03-02T10:15:30Z");
  assert.deepEqual(edges(period), [
    "2026-03-01T11:00:00Z",
    "2026-03-02T11:00:00Z",
    "2026-02-28T11:00:00Z",
    "2026-03-01T10:15:30Z",
  ]);
  assert.equal(period.interval, "hour");
});

// 4 March 2026 is a Wednesday.
for (const [range, from, to, beforeFrom, beforeTo] of [
  ["today", "03-04", "03-05", "03-03", "03-03T10:00:00Z"],
  ["yesterday", "03-03", "03-04", "03-02", "03-03T00:00:00Z"],
  ["week", "03-02", "03-09", "02-23", "02-25T10:00:00Z"],
  ["month", "03-01", "04-01", "02-01", "02-04T10:00:00Z"],
]) {
  test(`"${range}" is what the calendar says`, () => {
    const period = resolve({ range, tz: "UTC" }, "2026-03-04T10:00:00Z");
    assert.deepEqual(edges(period), [
      ...[from, to, beforeFrom].map((day) => `2026-${day}T00:00:00Z`),
      `2026-${beforeTo}`,
    ]);
  });
}

test("the month before never reaches into the month shown", () => {
  const { before } = resolve({ range: "month", tz: "UTC" }, "2026-03-31T10:00:00Z");
  assert.deepEqual(before, { from: "2026-02-01T00:00:00Z", to: "2026-03-01T00:00:00Z" });
});

test("an own range is held against an equal time before", () => {
  const state = { range: "own", from: "2026-01-11T00:00", to: "2026-01-21T00:00", tz: "UTC" };
  const { before } = resolve(state, "2026-06-01T00:00:00Z");
  assert.deepEqual(before, { from: "2026-01-01T00:00:00Z", to: "2026-01-11T00:00:00Z" });
});

for (const [from, to] of [
  ["2026-05-01T00:00", "9999-12-31T23:59"],
  ["0001-01-01T00:00", "9999-12-31T23:59"],
  ["0001-01-01T00:00", "2026-05-02T00:00"],
]) {
  test(`from ${from} to ${to} is cut to when runs can be`, () => {
    const period = resolve({ range: "own", from, to, tz: "UTC" }, "2026-06-01T12:00:00Z");
    for (const instant of edges(period)) assert.match(instant, /^(19|20)\d\d-/);
    assert.ok(period.from >= "2000-01-01" && period.to <= "2026-06-03T00:00:00Z");
    assert.ok(period.from < period.to);
  });
}

for (const [days, interval, chosen] of [
  [2, undefined, "hour"],
  [30, undefined, "day"],
  [400, undefined, "week"],
  [2000, undefined, "month"],
  [30, "hour", "hour"],
  [2000, "hour", "month"],
]) {
  test(`${days} days are drawn by ${chosen} where ${interval ?? "nothing"} was asked for`, () => {
    const to = new Date(Date.UTC(2020, 0, 1 + days)).toISOString().slice(0, 16);
    const state = { range: "own", from: "2020-01-01T00:00", to, tz: "UTC", interval };
    assert.equal(resolve(state, "2027-01-01T00:00:00Z").interval, chosen);
  });
}

for (const [from, to, is] of [
  ["2026-05-01T00:00", "2026-05-02T00:00", true],
  ["2026-05-01T00:00", "9999-12-31T23:59", true],
  ["0001-01-01T00:00", "9999-12-31T23:59", true],
  ["2026-05-02T00:00", "2026-05-01T00:00", false],
  ["2026-05-02T00:00", "2026-05-02T00:00", false],
  ["2031-01-01T00:00", "9999-12-31T23:59", false],
  ["1970-01-01T00:00", "1999-12-31T23:59", false],
  ["2026-02-31T00:00", "2026-13-01T00:00", false],
  ["yesterday", "today", false],
]) {
  test(`from ${from} to ${to} is ${is ? "a" : "no"} range that can have runs`, () => {
    assert.equal(isRange(from, to, "Europe/Berlin", new Date("2026-06-01T12:00:00Z")), is);
  });
}
