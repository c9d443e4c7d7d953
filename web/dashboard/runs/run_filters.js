// The filters on runs. Each change starts again at the newest page.

import { h } from "../parts/elements.js";
import { navigate, RUN_FILTERS } from "../state/address.js";

const OUTCOMES = {
  "": "Any",
  succeeded: "Succeeded",
  failed: "Failed",
  in_progress: "In progress",
  other: "Other",
};
const LABELS = {
  outcome: "Outcome",
  version: "Version",
  status: "Status",
  initiator: "Initiator",
  tool: "Tool",
  model: "Model",
  id: "Run id",
  task: "Task",
  trace: "Trace",
  error: "Error holds",
  metadata: "Metadata",
};
const HINTS = { error: "A part of it", metadata: "key=value" };

export function createRunFilters() {
  const fields = Object.fromEntries(RUN_FILTERS.map((name) => [name, createField(name)]));
  const element = h(
    "div",
    { class: "fields", role: "group", "aria-label": "Filter runs" },
    ...RUN_FILTERS.map((name) => fields[name].element),
  );
  return {
    element,
    /** With the versions that there are, to choose from and to take names of tools and models from. */
    show(versions, state) {
      const names = versions.map((known) => known.version);
      if (state.version && !names.includes(state.version)) names.push(state.version);
      fields.version.options([["", "Any"], ...names.map((name) => [name, name])]);
      fields.tool.options([...new Set(versions.flatMap(({ tools }) => tools))]);
      fields.model.options([...new Set(versions.flatMap(({ models }) => models))]);
      for (const name of RUN_FILTERS) fields[name].show(state[name] ?? "");
    },
  };
}

function createField(name) {
  if (name === "outcome") return drawSelect(name, Object.entries(OUTCOMES));
  return name === "version" ? drawSelect(name, [["", "Any"]]) : drawText(name);
}

const change = (name, value) => navigate({ [name]: value.trim() || null });

function drawSelect(name, choices) {
  const select = h("select", { on: { change: () => change(name, select.value) } });
  const options = (pairs) =>
    select.replaceChildren(...pairs.map(([value, label]) => h("option", { value }, label)));
  options(choices);
  return { element: labelled(name, select), options, show: (value) => (select.value = value) };
}

/** A text with suggestions; it counts once it is finished, not at every letter. */
function drawText(name) {
  const list = h("datalist", { id: `known-${name}` });
  const input = h("input", {
    type: "search",
    list: list.id,
    placeholder: HINTS[name] ?? "Any",
    autocomplete: "off",
    spellcheck: "false",
    on: { change: () => change(name, input.value) },
  });
  return {
    element: labelled(name, input, list),
    options: (values) => list.replaceChildren(...values.map((value) => h("option", { value }))),
    show(value) {
      if (document.activeElement !== input) input.value = value;
    },
  };
}

const labelled = (name, ...controls) =>
  h("label", { class: "field" }, h("span", {}, LABELS[name]), ...controls);
