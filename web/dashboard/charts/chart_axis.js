// The axes: which buckets get a label, and where the lines across stand.

import { duration, money, percent } from "../parts/units.js";
import { dateText, toWall } from "../state/zone.js";

const HOUR_STEPS = [1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720];
const DAY_STEPS = [1, 2, 3, 7, 14, 28, 56, 91, 182];
const OTHER_STEPS = [1, 2, 3, 4, 6, 12, 24, 48];
const LABEL_PX = 62;

const S = 1000,
  MIN = 60 * S,
  H = 60 * MIN,
  D = 24 * H;
/** Steps of durations in ms at which a person would draw a line. */
export const DURATION_STEPS = [
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  S,
  2 * S,
  5 * S,
  10 * S,
  15 * S,
  30 * S,
  MIN,
  2 * MIN,
  5 * MIN,
  10 * MIN,
  15 * MIN,
  30 * MIN,
  H,
  2 * H,
  3 * H,
  6 * H,
  12 * H,
  D,
  2 * D,
  5 * D,
  10 * D,
  20 * D,
  50 * D,
  100 * D,
  1000 * D,
];
export const SHARE_STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5];
export const COUNT_STEPS = [1, 2, 5]
  .flatMap((n) => Array.from({ length: 13 }, (_, power) => n * 10 ** power))
  .sort((a, b) => a - b);
export const MONEY_STEPS = [1, 2, 5]
  .flatMap((n) => Array.from({ length: 24 }, (_, power) => n * 10 ** (power - 14)))
  .sort((a, b) => a - b);

/** A dollar amount without cents that are none. */
export const axisMoney = (dollars) => money(dollars).replace(/\.00$/, "");
export const axisDuration = (ms) => (ms === 0 ? "0" : duration(ms));
export const axisShare = (share) => percent(share).replace(".0", "");

/** The places among the buckets that get a label, for a plot of this width. */
export function labelledPlaces(buckets, { interval, zone }, width) {
  const fitting = Math.max(2, Math.floor(width / LABEL_PX));
  const step = stepOf(interval, Math.ceil(buckets.length / fitting));
  const places = buckets.map((_, place) => place);
  if (interval !== "hour")
    return places.filter((place) => (buckets.length - 1 - place) % step === 0);
  return places.filter((place) => isRoundHour(toWall(new Date(buckets[place].from), zone), step));
}

/** 14:00, and at midnight and for longer buckets 23 Nov. */
export function placeLabel(bucket, { interval, zone }) {
  if (interval === "month") return dateText(bucket.from, zone, { month: "short", year: "2-digit" });
  const clock = toWall(new Date(bucket.from), zone).slice(11);
  if (interval === "hour" && clock !== "00:00") return clock;
  return dateText(bucket.from, zone, { day: "numeric", month: "short" });
}

/** Mon 23 Nov 2026, 14:00–15:00: a bucket in full. */
export function bucketName(bucket, { interval, zone, until }) {
  const soFar = Date.parse(bucket.from) < until && Date.parse(bucket.to) > until ? ", so far" : "";
  const day = dateText(bucket.from, zone, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  if (interval === "day") return day + soFar;
  if (interval === "month")
    return dateText(bucket.from, zone, { month: "long", year: "numeric" }) + soFar;
  if (interval === "week")
    return `Week of ${dateText(bucket.from, zone, { day: "numeric", month: "short", year: "numeric" })}${soFar}`;
  const [start, end] = [bucket.from, bucket.to].map((edge) =>
    toWall(new Date(edge), zone).slice(11),
  );
  return `${day}, ${start}–${end}${soFar}`;
}

/** Where among the buckets an instant lies, bucket i reaching from i - 0.5 to i + 0.5; or null. */
export function placeOf(instant, buckets) {
  const ms = Date.parse(instant);
  const place = buckets.findIndex(({ from, to }) => Date.parse(from) <= ms && ms < Date.parse(to));
  if (place < 0) return null;
  const [from, to] = [Date.parse(buckets[place].from), Date.parse(buckets[place].to)];
  return place - 0.5 + (0.999 * (ms - from)) / (to - from);
}

function stepOf(interval, least) {
  const steps = { hour: HOUR_STEPS, day: DAY_STEPS }[interval] ?? OTHER_STEPS;
  return steps.find((step) => step >= least) ?? steps.at(-1);
}

function isRoundHour(wall, step) {
  const hour = Number(wall.slice(11, 13));
  if (wall.slice(14) !== "00") return false;
  if (step <= 24) return hour % step === 0;
  const day = Math.floor(Date.parse(`${wall.slice(0, 10)}T00:00:00Z`) / D);
  return hour === 0 && day % (step / 24) === 0;
}
