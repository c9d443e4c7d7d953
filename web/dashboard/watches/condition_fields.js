// The fields of each kind of condition, with the limits that the API sets.

import { h } from "../parts/elements.js";
import { allZones } from "../state/zone.js";
import { DEFAULTS } from "./words.js";

const BASES = { previous_version: "The version before", window: "The days before" };
const PERIODS = { day: "Day (midnight to midnight)", week: "Week (from Monday)", month: "Month" };

/** {element, read()} of one kind: `read()` is the condition as the API takes it. */
export function createConditionFields(kind, condition, zone) {
  const known = condition?.type === kind ? condition : {};
  const fields = (FIELDS[kind] ?? (() => []))(known, zone);
  const element = h("div", { class: "fields" }, ...fields.map((field) => field.element));
  return {
    element,
    read: () => Object.assign({ type: kind }, ...fields.map((field) => field.read(fields))),
  };
}

const FIELDS = {
  budget: (known, zone) => [
    numberField("amount", "Amount in dollars", known.amount, { min: "0.01", required: true }),
    choiceField("period", "In each", PERIODS, known.period ?? "month"),
    choiceField("tz", "Time zone", allZones(), known.tz ?? zone),
    percentField("warn_at", "Warn at, in percent", known.warn_at ?? DEFAULTS.warn_at, {
      min: "1",
      max: "99",
    }),
    checkField("forecast", "Warn by the forecast", known.forecast === true),
  ],
  success_rate_drop: (known) => [
    ...baseFields(known),
    percentField("more_than", "By more than, in points", known.more_than ?? DEFAULTS.fall, {
      min: "0",
      max: "99.9",
    }),
  ],
  duration_increase: increaseFields,
  cost_increase: increaseFields,
  silence: (known) => [
    textField("for", "For how long", known.for ?? "2h", "1m to 90d, such as 90m, 2h or 1d"),
  ],
  stale: (known) => [
    numberField("more_than", "More runs than", known.more_than ?? 0, {
      min: "0",
      max: "1000000",
      step: "1",
      required: true,
    }),
    textField("after", "In progress for", known.after ?? DEFAULTS.after, "Whole hours, up to 90d"),
  ],
};

function increaseFields(known) {
  return [
    ...baseFields(known),
    percentField("more_than", "By more than, in percent", known.more_than ?? DEFAULTS.rise, {
      min: "0",
      max: "10000",
    }),
  ];
}

function baseFields(known) {
  const days = Number.parseInt(known.window ?? DEFAULTS.window, 10);
  const window = numberField("window", "How many days", days, { min: "1", max: "30", step: "1" });
  const base = choiceField("base", "Against", BASES, known.base ?? "previous_version");
  const select = /** @type {HTMLSelectElement} */ (base.element.querySelector("select"));
  const follow = () => (window.element.hidden = select.value !== "window");
  select.addEventListener("change", follow);
  follow();
  // The API takes a window for that base alone.
  const read = () => (select.value === "window" ? { window: `${window.read().window}d` } : {});
  return [base, { element: window.element, read }];
}

const labelled = (label, control, hint = null) =>
  h(
    "label",
    { class: "field" },
    h("span", {}, label),
    control,
    hint && h("small", { class: "faint" }, hint),
  );

function numberField(name, label, value, limits) {
  const input = h("input", { type: "number", step: "any", value: value ?? "", ...limits });
  return { element: labelled(label, input), read: () => ({ [name]: Number(input.value) }) };
}

function percentField(name, label, share, limits) {
  const value = Number((share * 100).toPrecision(12));
  const input = h("input", { type: "number", step: "any", required: true, value, ...limits });
  const read = () => ({ [name]: Number((Number(input.value) / 100).toPrecision(12)) });
  return { element: labelled(label, input), read };
}

function textField(name, label, value, hint) {
  const input = h("input", { value, required: true, autocomplete: "off" });
  return { element: labelled(label, input, hint), read: () => ({ [name]: input.value.trim() }) };
}

function choiceField(name, label, choices, value) {
  const pairs = Array.isArray(choices)
    ? choices.map((text) => [text, text])
    : Object.entries(choices);
  if (!pairs.some(([key]) => key === value)) pairs.push([value, value]);
  const options = pairs.map(([key, text]) => h("option", { value: key }, text));
  const select = h("select", {}, ...options);
  select.value = value;
  return { element: labelled(label, select), read: () => ({ [name]: select.value }) };
}

function checkField(name, label, value) {
  const input = h("input", { type: "checkbox", checked: value });
  const element = h("label", { class: "check" }, input, label);
  return { element, read: () => ({ [name]: input.checked }) };
}
