// From "the last 7 days" to instants: the period shown, and the one before it.

import { dateText, fromWall, startOfDay, startOfHour, toInstant, toWall } from "./zone.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const RANGES = { "24h": "24 h", "7d": "7 d", "30d": "30 d", "90d": "90 d" };
const BEFORE = {
  "24h": "the 24 hours before",
  "7d": "the 7 days before",
  "30d": "the 30 days before",
  "90d": "the 90 days before",
  own: "an equal time before",
};
export const INTERVALS = { hour: "Hour", day: "Day", week: "Week", month: "Month" };
// The API refuses more; see docs/api.md.
const MAX_BUCKETS = 5000;

/**
 * What a state asks for at an instant: {from, to, until, before: {from, to}, interval, range, zone}.
 *
 * Days are whole days of the zone, the last one being today so far: no first bucket looks small
 * for being cut. `until` is the end of what can have happened, and the period before is cut at
 * the same point of its own, so that a half day is never held against a whole one.
 */
export function resolvePeriod(state, now) {
  const { from, to } = edges(state, now);
  const until = new Date(Math.min(to, Math.max(now, from)));
  const earlier = state.range === "own" ? new Date(2 * from - to) : shiftBack(state, from);
  return {
    from: toInstant(from),
    to: toInstant(to),
    until,
    before: {
      from: toInstant(earlier),
      to: toInstant(new Date(earlier.getTime() + (until - from))),
    },
    interval: chooseInterval(state.interval, to - from),
    range: state.range,
    zone: state.tz,
  };
}

/** The own range that shows what lies between two instants. */
export function ownRange(from, to, zone) {
  return { range: "own", from: toWall(new Date(from), zone), to: toWall(new Date(to), zone) };
}

/** "25 Oct – 23 Nov 2026, UTC. Changes are against the 30 days before." */
export function describePeriod(period) {
  return `${describeRange(period)}, ${period.zone}. Changes are against ${BEFORE[period.range]}.`;
}

function describeRange(period) {
  const withTime = Date.parse(period.to) - Date.parse(period.from) <= 3 * DAY_MS;
  const options = { day: "numeric", month: "short", year: "numeric" };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const write = (instant) =>
    dateText(instant, period.zone, withTime ? { ...options, ...clock } : options);
  const last = withTime ? period.to : new Date(Date.parse(period.to) - 1);
  const [first, end] = [write(period.from), write(last)];
  return first === end ? first : `${first} – ${end}`;
}

function edges(state, now) {
  if (state.range === "own") {
    return { from: fromWall(state.from, state.tz), to: fromWall(state.to, state.tz) };
  }
  if (state.range === "24h") {
    const to = new Date(startOfHour(now).getTime() + HOUR_MS);
    return { from: new Date(to - DAY_MS), to };
  }
  const days = Number.parseInt(state.range, 10);
  return { from: startOfDay(now, state.tz, 1 - days), to: startOfDay(now, state.tz, 1) };
}

function shiftBack(state, from) {
  if (state.range === "24h") return new Date(from - DAY_MS);
  return startOfDay(from, state.tz, -Number.parseInt(state.range, 10));
}

function chooseInterval(asked, span) {
  const lengths = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };
  if (asked && span / lengths[asked] < MAX_BUCKETS) return asked;
  if (span <= 3 * DAY_MS) return "hour";
  if (span <= 120 * DAY_MS) return "day";
  return span <= 730 * DAY_MS ? "week" : "month";
}
