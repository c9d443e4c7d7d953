// The form that corrects a run: what is changed in it is sent, and what is emptied becomes unknown.

import { h } from "../parts/elements.js";
import { InputProblem } from "../parts/dialogs.js";

const OUTCOMES = ["succeeded", "failed", "in_progress", "other"];
const BY_STATUS = "by-status";

const text = (value) => value.trim();
const number = (value, label) => {
  const found = Number(value);
  if (!Number.isFinite(found)) throw new InputProblem(`${label}: “${value}” is not a number`);
  return found;
};
const lines = (value) => value.split("\n").map(text).filter(Boolean);
const json = (value, label) => {
  try {
    return JSON.parse(value);
  } catch {
    throw new InputProblem(`${label}: this is not JSON`);
  }
};

/**
 * How a text is read as the field, and the field written as a text where that is not as it stands.
 *
 * @type {{name: string, label: string, read: Function, write?: Function, isLong?: boolean, hint?: string}[]}
 */
const FIELDS = [
  { name: "status", label: "Status", read: text },
  { name: "time_taken", label: "Duration", read: readDuration, hint: "5m30s, or seconds" },
  { name: "cost", label: "Cost in dollars", read: number },
  { name: "score", label: "Score", read: number },
  { name: "initiator", label: "Initiator", read: text },
  { name: "task_id", label: "Task", read: text },
  { name: "trace_id", label: "Trace", read: text },
  { name: "created", label: "Created", read: text },
  { name: "input_tokens", label: "Tokens in", read: number },
  { name: "cache_read_input_tokens", label: "Read from the cache", read: number },
  { name: "cache_creation_input_tokens", label: "Written to the cache", read: number },
  { name: "output_tokens", label: "Tokens out", read: number },
  { name: "reasoning_output_tokens", label: "For reasoning", read: number },
  { name: "models", label: "Models, one a line", read: lines, write: writeLines, isLong: true },
  { name: "tools", label: "Tools, one a line", read: lines, write: writeLines, isLong: true },
  { name: "error", label: "Error", read: (value) => value, isLong: true },
  { name: "metadata", label: "Metadata, as JSON", read: json, write: writeJson, isLong: true },
];

/** {content, read()}: the fields of a run, and the changes as PATCH takes them. */
export function createCorrection(run) {
  const outcome = drawOutcome(run);
  const controls = FIELDS.map((field) => drawField(field, run));
  const content = [
    h(
      "p",
      { class: "soft" },
      "A correction outranks every report, of before and after. An emptied field becomes unknown.",
    ),
    h("div", { class: "two" }, outcome.element, ...controls.map(({ element }) => element)),
  ];
  return {
    content,
    read() {
      const found = controls.filter(({ isChanged }) => isChanged()).map(({ read }) => read());
      const changes = { ...Object.fromEntries(found), ...outcome.read() };
      if (!Object.keys(changes).length) throw new InputProblem("Nothing is changed yet");
      return changes;
    },
  };
}

function drawField(field, run) {
  const { name, label, read, write = String, isLong = false, hint = null } = field;
  const known = run[name] ?? null;
  const before = known === null ? "" : write(known);
  const control = isLong
    ? h("textarea", { rows: "3", spellcheck: "false", dir: "auto" }, before)
    : h("input", { value: before, placeholder: hint, autocomplete: "off", spellcheck: "false" });
  const className = isLong ? "field wide" : "field";
  return {
    element: h("label", { class: className }, h("span", {}, label), control),
    isChanged: () => control.value !== before,
    read: () => [name, control.value.trim() === "" ? null : read(control.value, label)],
  };
}

function drawOutcome(run) {
  const options = [
    ["", `As it is: ${run.outcome.replace("_", " ")}`],
    ...OUTCOMES.filter((name) => name !== run.outcome).map((name) => [
      name,
      name.replace("_", " "),
    ]),
    [BY_STATUS, "What the status means"],
  ];
  const select = h("select", {}, ...options.map(([value, label]) => h("option", { value }, label)));
  return {
    element: h("label", { class: "field" }, h("span", {}, "Outcome"), select),
    read() {
      if (select.value === "") return {};
      return { outcome: select.value === BY_STATUS ? null : select.value };
    },
  };
}

function readDuration(value) {
  const seconds = Number(value);
  return Number.isFinite(seconds) ? seconds : value.trim();
}

function writeLines(items) {
  return items.join("\n");
}

function writeJson(value) {
  return JSON.stringify(value, null, 2);
}
