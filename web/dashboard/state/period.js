// From "the last 7 days" to instants: the period shown, and the one before it.

import {
  dateText,
  fromWall,
  startOfDay,
  startOfHour,
  startOfMonth,
  toInstant,
  toWall,
} from "./zone.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const RANGES = {
  today: "Today",
  yesterday: "Yesterday",
  week: "Week",
  month: "Month",
  "24h": "24 h",
  "7d": "7 d",
  "30d": "30 d",
  "90d": "90 d",
};
const BEFORE = {
  today: "yesterday up to the same time",
  yesterday: "the day before",
  week: "the same part of the week before",
  month: "the same part of the month before",
  "24h": "the 24 hours before",
  "7d": "the 7 days before",
  "30d": "the 30 days before",
  "90d": "the 90 days before",
  own: "an equal time before",
};
export const INTERVALS = { hour: "Hour", day: "Day", week: "Week", month: "Month" };
// The API refuses more; see docs/api.md.
const MAX_BUCKETS = 5000;
/** No run is older: the API refuses them. */
export const EARLIEST = "2000-01-01T00:00";
// Beyond it JavaScript's own calendar gets into trouble with zones.
const LATEST = "9000-01-01T00:00";
const WALL = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;

/**
 * What a state asks for at an instant.
 *
 * Days are whole days of the zone, the last one being today so far: no first bucket looks small
 * for being cut. `until` is the end of what can have happened, and the period before is cut at
 * the same point of its own, so that a half day is never held against a whole one.
 *
 * @returns {Period}
 */
export function resolvePeriod(/** @type {State} */ state, /** @type {Date} */ now) {
  const { from, to, before } = edges(state, now);
  const until = Math.min(to, Math.max(now.getTime(), from));
  return {
    from: toInstant(new Date(from)),
    to: toInstant(new Date(to)),
    until: new Date(until),
    before: {
      from: toInstant(new Date(before)),
      to: toInstant(new Date(Math.min(from, before + (until - from)))),
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
export function describePeriod(/** @type {Period} */ period) {
  return `${describeRange(period)}, ${period.zone}. Changes are against ${BEFORE[period.range]}.`;
}

function describeRange(period) {
  const withTime = Date.parse(period.to) - Date.parse(period.from) < 3 * DAY_MS;
  const isDay = period.range === "today" || period.range === "yesterday";
  const options = { day: "numeric", month: "short", year: "numeric" };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const write = (instant) =>
    dateText(instant, period.zone, withTime && !isDay ? { ...options, ...clock } : options);
  const last = withTime && !isDay ? period.to : new Date(Date.parse(period.to) - 1);
  const [first, end] = [write(period.from), write(last)];
  return first === end ? first : `${first} – ${end}`;
}

/** Milliseconds: where the period begins and ends, and where the one before it begins. */
function edges(state, now) {
  const day = (days, from = now) => startOfDay(new Date(from), state.tz, days).getTime();
  const month = (months) => startOfMonth(now, state.tz, months).getTime();
  const weekday = new Date(`${toWall(now, state.tz).slice(0, 10)}T00:00:00Z`).getUTCDay();
  const sinceMonday = (weekday + 6) % 7;
  switch (state.range) {
    case "own":
      return ownEdges(state, now);
    case "24h": {
      const to = startOfHour(now).getTime() + HOUR_MS;
      return { from: to - DAY_MS, to, before: to - 2 * DAY_MS };
    }
    case "today":
      return { from: day(0), to: day(1), before: day(-1) };
    case "yesterday":
      return { from: day(-1), to: day(0), before: day(-2) };
    case "week":
      return { from: day(-sinceMonday), to: day(7 - sinceMonday), before: day(-sinceMonday - 7) };
    case "month":
      return { from: month(0), to: month(1), before: month(-1) };
    default: {
      const days = Number.parseInt(state.range, 10);
      return { from: day(1 - days), to: day(1), before: day(1 - 2 * days) };
    }
  }
}

/** Whether an own range between these wall times has an instant at which a run can be. */
export function isRange(from, to, tz, now = new Date()) {
  if (!WALL.test(from) || !WALL.test(to) || from >= to) return false;
  if ([from, to].some((wall) => Number.isNaN(Date.parse(`${wall}Z`)))) return false;
  const edge = ownEdges({ from, to, tz }, now);
  return edge.from < edge.to;
}

/** What lies before the first or after the last instant that a run can have is left out. */
function ownEdges({ from, to, tz }, now) {
  const instant = (wall) => {
    const within = wall < EARLIEST ? EARLIEST : wall > LATEST ? LATEST : wall;
    return /** @type {Date} */ (fromWall(within, tz)).getTime();
  };
  const start = instant(from);
  const end = Math.min(startOfDay(now, tz, 2).getTime(), instant(to));
  return { from: start, to: end, before: 2 * start - end };
}

function chooseInterval(asked, span) {
  const lengths = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };
  if (asked && span / lengths[asked] < MAX_BUCKETS) return asked;
  if (span <= 3 * DAY_MS) return "hour";
  if (span <= 120 * DAY_MS) return "day";
  return span <= 730 * DAY_MS ? "week" : "month";
}
