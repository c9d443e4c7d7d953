// The one filter that goes with numbers: runs of a model, tool, initiator, status or outcome alone;
// and what numbers can be split by beside it.

export const FILTERS = {
  model: "Model",
  tool: "Tool",
  initiator: "Initiator",
  status: "Status",
  outcome: "Outcome",
};

export const GROUPINGS = {
  model: "Model",
  tool: "Tool",
  initiator: "Initiator",
  status: "Status",
  cluster: "Cluster",
  version: "Version",
  agent: "Agent",
  project: "Project",
};

/** What still divides when a filter is on; the API takes no two of the others at once. */
const OF_VERSIONS = ["project", "agent", "version", "cluster"];

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

/** Whether the API splits what the state asks for by this. */
export const splits = (state, name) => !readFilter(state) || OF_VERSIONS.includes(name);

/** What a page that offers these words splits by; null where all runs are shown together. */
export function groupingOf(state, groupings) {
  return groupings.includes(state.by) && splits(state, state.by) ? state.by : null;
}
