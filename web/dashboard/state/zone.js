// Instants and what the clocks of a time zone show. Wall times are "2026-03-01T09:30".

const HOUR_MS = 3_600_000;
const formats = new Map();

/** Browsers list some zones by names that were given up; the map is from those to today's. */
const RENAMED = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Catamarca": "America/Argentina/Catamarca",
  "America/Coral_Harbour": "America/Atikokan",
  "America/Cordoba": "America/Argentina/Cordoba",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "America/Jujuy": "America/Argentina/Jujuy",
  "America/Louisville": "America/Kentucky/Louisville",
  "America/Mendoza": "America/Argentina/Mendoza",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Dacca": "Asia/Dhaka",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Macao": "Asia/Macau",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Asia/Thimbu": "Asia/Thimphu",
  "Asia/Ujung_Pandang": "Asia/Makassar",
  "Asia/Ulan_Bator": "Asia/Ulaanbaatar",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

/** Today's name of a zone; where this browser does not know that one, the name stays. */
export function presentName(zone) {
  const renamed = RENAMED[zone];
  return renamed && isZone(renamed) ? renamed : zone;
}

export const ownZone = () => presentName(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");

/** Every zone that this browser knows by today's names, its own and UTC first. */
export function allZones() {
  const known = Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : [];
  return [...new Set([ownZone(), "UTC", ...known.map(presentName).sort()])];
}

export function isZone(name) {
  try {
    format(name, {});
    return true;
  } catch {
    return false;
  }
}

/** The wall time of an instant in the zone. */
export function toWall(date, zone) {
  const parts = {};
  const options = {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  };
  for (const { type, value } of format(zone, options, "en-CA").formatToParts(date))
    parts[type] = value;
  return `${parts.year.padStart(4, "0")}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/**
 * The instant of a wall time; of two in autumn the first, and what spring skips an hour later.
 *
 * @returns {Date | null}
 */
export function fromWall(wall, zone) {
  const asUtc = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(asUtc)) return null;
  const offsetAt = (ms) =>
    Date.parse(`${toWall(new Date(ms), zone)}:00Z`) - Math.floor(ms / 60_000) * 60_000;
  const before = asUtc - offsetAt(asUtc - 24 * HOUR_MS);
  const after = asUtc - offsetAt(asUtc + 24 * HOUR_MS);
  const fits = [before, after].filter((ms) => toWall(new Date(ms), zone) === wall);
  return new Date(fits.length ? Math.min(...fits) : before);
}

/** The first instant of the day that lies `days` after the instant's own day. */
export function startOfDay(date, zone, days = 0) {
  const day = new Date(`${toWall(date, zone).slice(0, 10)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return /** @type {Date} */ (fromWall(`${day.toISOString().slice(0, 10)}T00:00`, zone));
}

/** The first instant of the month that lies `months` after the instant's own month. */
export function startOfMonth(date, zone, months = 0) {
  const [year, month] = toWall(date, zone).split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  return /** @type {Date} */ (fromWall(`${first.toISOString().slice(0, 10)}T00:00`, zone));
}

export function startOfHour(date) {
  return new Date(Math.floor(date.getTime() / HOUR_MS) * HOUR_MS);
}

/** RFC 3339 as the API writes it: without fractions where there are none. */
export const toInstant = (date) => date.toISOString().replace(".000Z", "Z");

/** 23 Nov 2026, 16:25:02 */
export function fullTime(instant, zone) {
  const options = {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  };
  return format(zone, options).format(new Date(instant));
}

/** 23 Nov, 16:25 */
export function shortTime(instant, zone) {
  const options = {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  };
  return format(zone, options).format(new Date(instant));
}

/** Any date text; see Intl.DateTimeFormat. */
export const dateText = (instant, zone, options) => format(zone, options).format(new Date(instant));

/** 4 min ago; "just now" also where a client's clock runs ahead. */
export function ago(instant, now) {
  const seconds = Math.round((now.getTime() - Date.parse(instant)) / 1000);
  if (seconds < 45) return "just now";
  /** @type {[number, string, number][]} */
  const steps = [
    [60, "min", 60],
    [24, "h", 3600],
    [Infinity, "d", 86_400],
  ];
  for (const [limit, unit, size] of steps) {
    const number = Math.max(1, Math.round(seconds / size));
    if (number < limit) return `${number}\u202f${unit} ago`;
  }
  return "";
}

function format(zone, options, locale = "en-GB") {
  const key = `${locale} ${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key))
    formats.set(key, new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }));
  return formats.get(key);
}
