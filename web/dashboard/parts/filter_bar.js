// What of the runs is shown, and how it is split: above the numbers, and in the address.

import { navigate } from "../state/address.js";
import {
  FILTERS,
  groupingOf,
  GROUPINGS,
  readFilter,
  splits,
  writeFilter,
} from "../state/filter.js";
import { named } from "./cells.js";
import { h } from "./elements.js";

const OUTCOMES = ["succeeded", "failed", "in_progress", "other"];

/**
 * {element, show(view), learn(metrics), offer(projects)}. `groupings` are the words that the page
 * can split by; `hasProject` is for pages of the fleet. What the answers name is suggested.
 *
 * @param {{groupings?: string[], hasProject?: boolean}} options
 */
export function createFilterBar({ groupings = [], hasProject = false }) {
  const known = new Map([["outcome", new Set(OUTCOMES)]]);
  const by = choice("Split by", (value) => navigate({ by: value || null }));
  const project = choice("Project", (value) => navigate({ project: value || null }));
  const name = choice("Only runs of one", () => showValue(name.select.value, "", true));
  const list = h("datalist", { id: "filter-values" });
  const value = h("input", {
    type: "search",
    list: list.id,
    autocomplete: "off",
    spellcheck: "false",
    on: { change: apply },
  });
  const valueLabel = h("span", {}, "Value");
  const valueField = h("label", { class: "field", hidden: true }, valueLabel, value, list);
  const chip = h("div", { class: "chip", hidden: true });
  by.options([["", "All runs together"], ...groupings.map((key) => [key, GROUPINGS[key]])]);
  name.options([["", "All runs"], ...Object.entries(FILTERS)]);
  by.element.hidden = groupings.length === 0;
  project.element.hidden = !hasProject;
  /** @type {string[]} */
  let projects = [];
  let chosen = "";

  function apply() {
    const text = value.value.trim();
    navigate({ only: text ? writeFilter(name.select.value, text) : null });
  }

  function showValue(filter, text, isNew = false) {
    valueField.hidden = !filter;
    if (!filter) {
      if (isNew) navigate({ only: null });
      return;
    }
    valueLabel.textContent = FILTERS[filter];
    const values = [...(known.get(filter) ?? [])];
    list.replaceChildren(...values.map((one) => h("option", { value: one })));
    if (document.activeElement !== value) value.value = text;
    if (isNew) value.focus();
  }

  function showProjects() {
    const names = [...new Set([...projects, ...(chosen ? [chosen] : [])])];
    names.sort((a, b) => a.localeCompare(b));
    project.options([["", "All projects"], ...names.map((one) => [one, one])]);
    project.select.value = chosen;
  }

  return {
    element: h(
      "div",
      { class: "filter-bar", role: "group", "aria-label": "Split and filter" },
      ...[by.element, name.element, valueField, project.element, chip],
    ),
    show({ state }) {
      const filter = readFilter(state);
      for (const option of by.select.options)
        option.disabled = option.value !== "" && !splits(state, option.value);
      by.select.value = groupingOf(state, groupings) ?? "";
      name.select.value = filter?.name ?? "";
      showValue(filter?.name, filter?.value ?? "");
      drawChip(chip, filter);
      chosen = state.project ?? "";
      showProjects();
    },
    learn({ group_by: key, groups = [] }) {
      if (!(key in FILTERS)) return;
      const values = known.get(key) ?? new Set();
      groups.forEach((group) => group[key] && values.add(group[key]));
      known.set(key, values);
    },
    offer(/** @type {string[]} */ names) {
      projects = names;
      showProjects();
    },
  };
}

function drawChip(chip, filter) {
  chip.hidden = filter === null;
  if (filter === null) return;
  chip.replaceChildren(
    `${FILTERS[filter.name]}: `,
    named(filter.value),
    h(
      "button",
      {
        type: "button",
        class: "button small",
        "aria-label": "Clear the filter",
        on: { click: () => navigate({ only: null }) },
      },
      "Clear",
    ),
  );
}

function choice(label, onChange) {
  const select = h("select", { on: { change: () => onChange(select.value) } });
  return {
    select,
    element: h("label", { class: "field" }, h("span", {}, label), select),
    options: (pairs) =>
      select.replaceChildren(...pairs.map(([value, text]) => h("option", { value }, text))),
  };
}
