// The runs of an agent: a list to search, failures by their error, and runs that hang.

import { createAgentFrame } from "../agent/agent_frame.js";
import { Section } from "../parts/section.js";
import { pathOf } from "../service/api.js";
import { createFailures } from "./failures.js";
import { createHanging, hangingQuery } from "./hanging.js";
import { createFilterBar } from "../parts/filter_bar.js";
import { filterQuery, readFilter } from "../state/filter.js";
import { loadAll } from "../service/all_pages.js";
import { createRuns, runsQuery } from "./runs.js";

const KNOWN_VERSIONS = 1000;
/** Filters on runs that failures take too. */
const SHARED = ["version", "status", "initiator", "tool", "model"];

const given = (filters) =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));

/** Runs that hang have their outcome already. */
const hangingFilter = (state) => (readFilter(state)?.name === "outcome" ? {} : filterQuery(state));

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createRunsPage(loader, agent) {
  const get = (segments, query) => loader.get(pathOf(["agents", agent, ...segments], query));
  const [runs, failures, hanging] = [createRuns(loadAllRuns), createFailures(), createHanging()];
  const bar = createFilterBar({});
  const parts = [bar.element, runs.element, failures.element, hanging.element];
  const frame = createAgentFrame(loader, agent, parts);

  async function loadAllRuns({ state, period }) {
    const { version, query } = runsQuery({ state: { ...state, page: undefined }, period });
    const path = version ? ["versions", version, "runs"] : ["runs"];
    return loadAll((page) => get(path, page), query);
  }

  async function loadRuns(view) {
    const { version, span, query } = runsQuery(view);
    const path = version ? ["versions", version, "runs"] : ["runs"];
    const [known, found] = await Promise.all([
      get(["versions"], { limit: KNOWN_VERSIONS }),
      get(path, query),
    ]);
    return { versions: known.data, runs: found.data, cursor: found.cursor, span };
  }

  const loadFailures = async ({ state, period }) => {
    const { from, to } = period;
    const filters = Object.fromEntries(SHARED.map((name) => [name, state[name]]));
    const query = { from, to, ...filterQuery(state), ...given(filters), limit: 20 };
    return (await get(["failures"], query)).data;
  };

  const sections = [
    frame.section,
    new Section({ element: runs.element, load: loadRuns, show: runs.show, fail: runs.fail }),
    new Section({
      element: failures.element,
      load: loadFailures,
      show: failures.show,
      fail: failures.fail,
    }),
    new Section({
      element: hanging.element,
      load: (view) => get(["runs"], { ...hangingFilter(view.state), ...hangingQuery(view) }),
      show: hanging.show,
      fail: hanging.fail,
    }),
  ];
  return {
    element: frame.element,
    heading: frame.heading,
    sections,
    show(view) {
      frame.show(view);
      bar.show(view);
    },
    title: `Runs · ${agent}`,
  };
}
