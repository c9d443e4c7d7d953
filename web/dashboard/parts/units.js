// Numbers as people read them. Every function takes null and answers a dash.

export const NONE = "–";
const THIN = "\u202f";
const MINUS = "\u2212";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const significant = (digits) => new Intl.NumberFormat("en", { maximumSignificantDigits: digits });
const twoDigits = significant(2);
// $0.050 below $0.053: trailing zeros keep a column in line.
const fineDollars = new Intl.NumberFormat("en", {
  minimumSignificantDigits: 2,
  maximumSignificantDigits: 2,
  maximumFractionDigits: 20,
});
const threeDigits = significant(3);
const cents = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const isNone = (value) => value === null || value === undefined || Number.isNaN(value);

/** 4,899 and 12.3 k. */
export function count(value) {
  if (isNone(value)) return NONE;
  return Math.abs(value) < 10_000 ? whole.format(value) : shorten(value);
}

/** 4,899 and 1,234,567: nothing left out. */
export function exactCount(value) {
  return isNone(value) ? NONE : whole.format(value);
}

/** $12.34, $0.0042, $1,235 and $1.2 M. However little it is, it is not shown as another amount. */
export function money(dollars) {
  if (isNone(dollars)) return NONE;
  const size = Math.abs(dollars);
  const sign = dollars < 0 ? MINUS : "";
  if (size === 0) return "$0";
  if (size < 1e-9) return `${sign}$${scientific(size)}`;
  if (size < 0.1) return `${sign}$${fineDollars.format(size)}`;
  if (size < 999.995) return `${sign}$${cents.format(size)}`;
  return `${sign}$${size < 99_999.5 ? whole.format(size) : shorten(size)}`;
}

/** 1.2 × 10⁻¹² */
export function scientific(value) {
  const [digits, exponent] = value.toExponential(1).split("e");
  const raised = [...exponent.replace("+", "")].map((sign) => RAISED[sign]).join("");
  return `${digits}${THIN}×${THIN}10${raised}`;
}

/** @type {Record<string, string>} */
const RAISED = Object.fromEntries([..."-0123456789"].map((sign, at) => [sign, "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"[at]]));

/** 0.82 and 1,234: a number without a unit. */
export const plain = (value) => (isNone(value) ? NONE : threeDigits.format(value));

/** 90.7 %; never 100 % for less than all, nor 0 % for more than nothing. */
export function percent(share, digits = 1) {
  if (isNone(share)) return NONE;
  const hundredths = share * 100;
  let text = hundredths.toFixed(digits);
  if (Number(text) === 100 && share < 1)
    text = hundredths > 99.99 ? ">99.99" : hundredths.toFixed(2);
  if (Number(text) === 0 && share > 0) text = hundredths < 0.01 ? "<0.01" : hundredths.toFixed(2);
  return `${share === 0 || share === 1 ? hundredths : text}${THIN}%`;
}

/** @type {[string, number, string, number][]} */
const STEPS = [
  ["d", 86_400_000, "h", 3_600_000],
  ["h", 3_600_000, "min", 60_000],
  ["min", 60_000, "s", 1000],
];

/** 840 ms, 1.2 s, 3 min 12 s, 2 h 5 min. */
export function duration(ms) {
  if (isNone(ms)) return NONE;
  if (ms < 0) return MINUS + duration(-ms);
  if (ms < 999.5) return `${ms < 9.95 ? twoDigits.format(ms) : whole.format(ms)}${THIN}ms`;
  if (ms < 59_950) return `${threeDigits.format(Math.round(ms / 100) / 10)}${THIN}s`;
  for (const [large, largeMs, small, smallMs] of STEPS) {
    const total = Math.round(ms / smallMs) * smallMs;
    if (total < largeMs) continue;
    const rest = (total % largeMs) / smallMs;
    const head = `${whole.format(Math.floor(total / largeMs))}${THIN}${large}`;
    return rest ? `${head} ${rest}${THIN}${small}` : head;
  }
  return NONE;
}

/** +12.5 % and −0.4 %. Null where the base was nothing, or so little that a share says nothing. */
export function relativeChange(now, before) {
  if (isNone(now) || isNone(before) || before === 0) return null;
  const change = (now - before) / before;
  if (change > 9.99) return null;
  return `${signOf(change)}${percent(Math.abs(change), Math.abs(change) < 1 ? 1 : 0)}`;
}

/** +1.2 points, for the difference of two shares. */
export function points(difference) {
  if (isNone(difference)) return NONE;
  const size = Math.abs(difference * 100);
  const text = size === 0 ? "0" : size < 0.095 ? twoDigits.format(size) : size.toFixed(1);
  return `${signOf(difference)}${text}${THIN}points`;
}

/** A signed text from one of the formats above. */
export function signed(value, format) {
  // The joiner keeps the sign on the line of its number.
  return isNone(value) ? NONE : `${signOf(value)}\u2060${format(Math.abs(value))}`;
}

function signOf(value) {
  if (value === 0) return "";
  return value > 0 ? "+" : MINUS;
}

/** @type {[string, number][]} */
const LARGE = [
  ["B", 1e9],
  ["M", 1e6],
  ["k", 1e3],
];

function shorten(value) {
  for (const [suffix, size] of LARGE) {
    // 999,950 reads 1 M rather than 1,000 k.
    if (Math.abs(value) >= size * 0.9995)
      return `${threeDigits.format(value / size)}${THIN}${suffix}`;
  }
  return whole.format(value);
}
