import assert from "node:assert/strict";
import { test } from "node:test";

import { allZones, fromWall, presentName, startOfMonth } from "../dashboard/state/zone.js";

for (const [wall, zone, instant] of [
  ["2026-03-01T09:30", "UTC", "2026-03-01T09:30:00.000Z"],
  ["2026-07-01T00:00", "Europe/Berlin", "2026-06-30T22:00:00.000Z"],
  ["2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"], // skipped in spring
  ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"], // the first of two
  ["2026-01-01T00:00", "Asia/Calcutta", "2025-12-31T18:30:00.000Z"],
  ["2026-03-08T00:00", "America/Havana", "2026-03-08T05:00:00.000Z"], // no midnight that day
]) {
  test(`${wall} in ${zone} is ${instant}`, () => {
    assert.equal(fromWall(wall, zone)?.toISOString(), instant);
  });
}

for (const [given, shown] of [
  ["Asia/Calcutta", "Asia/Kolkata"],
  ["Europe/Kiev", "Europe/Kyiv"],
  ["Europe/Berlin", "Europe/Berlin"],
  ["UTC", "UTC"],
]) {
  test(`${given} is shown as ${shown}`, () => assert.equal(presentName(given), shown));
}

test("every zone is listed once, under the name that it has today", () => {
  const zones = allZones();
  assert.equal(new Set(zones).size, zones.length);
  for (const name of ["UTC", "Asia/Kolkata", "Europe/Kyiv"]) assert.ok(zones.includes(name), name);
  for (const name of ["Asia/Calcutta", "Europe/Kiev"]) assert.ok(!zones.includes(name), name);
});

test("a month begins at midnight of its zone, over the end of a year too", () => {
  const start = startOfMonth(new Date("2026-01-15T00:00:00Z"), "Asia/Kolkata", -1);
  assert.equal(start.toISOString(), "2025-11-30T18:30:00.000Z");
});
