// The one filter that goes with numbers: runs of a model, tool, initiator, status or outcome alone.

export const FILTERS = {
  model: "Model",
  tool: "Tool",
  initiator: "Initiator",
  status: "Status",
  outcome: "Outcome",
};

/** {name, value} of a state's `only`, "model~opus"; null where there is none. */
export function readFilter({ only }) {
  const [, name, value] = /^(\w+)~(.+)$/s.exec(only ?? "") ?? [];
  return name in FILTERS ? { name, value } : null;
}

export const writeFilter = (name, value) => `${name}~${value}`;

/** The filter as a part of a query of the API. */
export function filterQuery(state) {
  const filter = readFilter(state);
  return filter ? { [filter.name]: filter.value } : {};
}
