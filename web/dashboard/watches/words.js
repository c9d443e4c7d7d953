// Conditions, states and receivers of watches in words.

import { h } from "../parts/elements.js";
import { named } from "../parts/cells.js";
import { addressOf } from "../state/address.js";
import { money, percent } from "../parts/units.js";

export const STATES = {
  firing: { label: "Firing", tone: "bad" },
  warning: { label: "Warning", tone: "warn" },
  ok: { label: "OK", tone: "good" },
  insufficient_data: { label: "Too little data", tone: "" },
};
export const KINDS = {
  budget: "Budget",
  success_rate_drop: "Success rate falls",
  duration_increase: "Runs take longer",
  cost_increase: "Runs cost more",
  silence: "No runs come",
  stale: "Runs hang",
  new_error: "A new error",
};
/** What the API takes where a condition does not say. */
export const DEFAULTS = {
  tz: "UTC",
  warn_at: 0.8,
  window: "7d",
  fall: 0.01,
  rise: 0.05,
  after: "24h",
};
const DELIVERIES = {
  pending: "waits",
  delivered: "delivered",
  failed: "given up",
  muted: "muted",
  nobody: "nobody to tell",
  quiet: "nothing to tell",
};

export function stateBadge(state) {
  const { label, tone } = STATES[state];
  return h("span", { class: `badge ${tone}` }, label);
}

/** "$50 a month (Europe/Berlin), warns at 80 %" */
export function describeCondition(condition) {
  const describe = DESCRIBED[condition.type];
  return describe ? describe(condition) : condition.type;
}

/** "1 point", "2.5 points" */
function points(part) {
  const number = Number((part * 100).toPrecision(12));
  return `${number} ${number === 1 ? "point" : "points"}`;
}

const share = (part) => percent(part, part * 100 === Math.round(part * 100) ? 0 : 1);
const DESCRIBED = {
  budget: ({ amount, period, tz = DEFAULTS.tz, warn_at: warn = DEFAULTS.warn_at, forecast }) =>
    `${money(amount)} a ${period} (${tz}), warns at ${share(warn)}${forecast ? " or by the forecast" : ""}`,
  success_rate_drop: (condition) =>
    `Success rate falls by more than ${points(condition.more_than ?? DEFAULTS.fall)} ${against(condition)}`,
  duration_increase: (condition) =>
    `Runs take more than ${share(condition.more_than ?? DEFAULTS.rise)} longer ${against(condition)}`,
  cost_increase: (condition) =>
    `Runs cost more than ${share(condition.more_than ?? DEFAULTS.rise)} more ${against(condition)}`,
  silence: (condition) => `No run for ${condition.for}`,
  stale: ({ more_than: number, after = DEFAULTS.after }) =>
    `More than ${number} runs in progress for over ${after}`,
  new_error: () => "Runs fail in a way that was not seen before",
};

const against = ({ base, window = DEFAULTS.window }) =>
  base === "window" ? `against ${window} before` : "against the version before";

/** Of what it is: a way to the agent, else a project or all agents. */
export function describeTarget(watch) {
  if (watch.agent === null)
    return watch.project === null ? "All agents" : ["Project ", named(watch.project)];
  const href = addressOf({ agent: watch.agent, view: "agent" });
  const version = watch.version === null ? [] : [" ", named(watch.version)];
  return [h("a", { href }, named(watch.agent)), ...version];
}

export function describeReceiver(notify) {
  if (notify === null) return "Nobody";
  return notify.type === "sns"
    ? ["SNS ", named(notify.topic_arn)]
    : [`Webhook (${notify.format}) `, named(notify.url)];
}

/** "delivered", "waits: the service answered 500" */
export function describeDelivery({ status, attempts, detail }) {
  const tries = attempts > 1 ? `, ${attempts} attempts` : "";
  return `${DELIVERIES[status] ?? status}${tries}${detail ? `: ${detail}` : ""}`;
}

export const times = (number) =>
  ({ 0: "not once", 1: "once", 2: "twice" })[number] ?? `${number} times`;
