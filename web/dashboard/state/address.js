// The state of the page, kept in the address after "#": a view can be shared, and back works.
//
//   #/?range=7d&tz=Europe%2FBerlin                    the fleet
//   #/agents/code-reviewer?range=7d                   one agent
//   #/agents/code-reviewer/compare?base=1.0           two of its versions: may we ship?
//   #/agents/code-reviewer/runs?outcome=failed        its runs
//   #/agents/code-reviewer/runs/1.0/123               one run
//   #/agents/code-reviewer/spend?per=week             what it costs; #/spend of the fleet
//   #/agents/code-reviewer/watches                    its watches
//   #/watches?wstate=firing                           all watches
//   #/watches/64f1…                                   one watch; "new" is the form for another
//   #/telemetry?days=30                               what came over OpenTelemetry

import { INTERVALS, isRange, RANGES } from "./period.js";
import { isZone, ownZone, presentName } from "./zone.js";

export const RUN_FILTERS = [
  "outcome",
  "version",
  "status",
  "initiator",
  "tool",
  "model",
  "id",
  "task",
  "trace",
  "error",
  "metadata",
];
// What the list of agents is searched and sorted by stays while agents are looked at, so that the
// way back leads to the same list.
const OF_FLEET = ["q", "project", "order", "against"];
const OF_NUMBERS = ["only", "by", "gorder", "per"];
const EVERYWHERE = [
  ...["range", "from", "to", "tz", "interval", "refresh"],
  ...OF_FLEET,
  ...OF_NUMBERS,
];
// Of one agent: another agent's versions and filters are others.
const OF_AGENT = ["base", "candidate", "decide", ...RUN_FILTERS, "vq", "vorder"];
// Of the pages of watches and telemetry, each of that page alone.
const OF_PAGE = ["wstate", "days", "of", "kind", "edit"];
/** Places in lists. They belong to one page as it is filtered now. */
const PLACES = ["at", "vat", "page", "wat", "eat"];
export const REFRESHES = { 30: "30 s", 60: "1 min", 300: "5 min" };
const DEFAULT_RANGE = "7d";
const PATH = /^\/agents\/([^/]+)(?:\/(compare|runs|spend|watches)(?:\/([^/]+)\/([^/]+))?)?$/;
const FLEET_PATH = /^\/(spend|watches|telemetry)(?:\/([^/]+))?$/;

const listeners = [];

/**
 * The state that the address names; what makes no sense in it is left out.
 *
 * @returns {State}
 */
export function readState() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?", 2);
  const given = Object.fromEntries(new URLSearchParams(query));
  /** @type {State} */
  const state = { ...readPath(path), ...readPeriod(given) };
  const names = [...OF_FLEET, ...OF_NUMBERS, ...ofAgent(state), ...OF_PAGE, ...PLACES];
  for (const name of names) if (given[name]) state[name] = given[name];
  return state;
}

/** The address of the present state with these changes; null takes something out. */
export function addressOf(changes) {
  const present = readState();
  const next = { ...keepFor(present, changes), ...changes };
  if (next.range !== "own") next.from = next.to = null;
  const query = new URLSearchParams();
  for (const name of [...EVERYWHERE, ...ofAgent(next), ...OF_PAGE, ...PLACES])
    if (next[name]) query.set(name, next[name]);
  return `#${pathOf(next)}?${query}`;
}

const ofAgent = ({ agent }) => (agent === null ? [] : OF_AGENT);

/** Go there; `replace` where nobody would want to come back by the back button. */
export function navigate(changes, { replace = false } = {}) {
  const address = addressOf(changes);
  if (address === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  for (const listener of listeners) listener();
}

/** Call `listener` whenever the state has changed, by us or by the browser. */
export function onNavigation(listener) {
  listeners.push(listener);
  window.addEventListener("popstate", listener);
}

/** What of the present state holds in the next: nothing of another agent, no place of another list. */
function keepFor(present, changes) {
  const next = { agent: present.agent, view: present.view, ...changes };
  const isSameAgent = next.agent === present.agent;
  const isSamePage = isSameAgent && next.view === present.view;
  const isSameList = Object.keys(changes).every((name) => PLACES.includes(name));
  const dropped = [
    ...(isSameAgent ? [] : [...OF_AGENT, "view"]),
    ...(isSamePage ? [] : ["shownVersion", "shownRun", "shownWatch", ...OF_PAGE]),
    ...(isSamePage && isSameList ? [] : PLACES),
  ];
  const kept = Object.entries(present).filter(([name]) => !dropped.includes(name));
  return { view: next.agent === null ? "overview" : "agent", ...Object.fromEntries(kept) };
}

function pathOf({ agent, view, shownVersion, shownRun, shownWatch }) {
  if (agent === null)
    return (
      {
        spend: "/spend",
        watches: "/watches",
        watch: `/watches/${shownWatch}`,
        telemetry: "/telemetry",
      }[view] ?? "/"
    );
  const parts = ["agents", agent];
  if (["compare", "runs", "run", "spend", "watches"].includes(view))
    parts.push(view === "run" ? "runs" : view);
  if (view === "run") parts.push(shownVersion, String(shownRun));
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

const OVERVIEW = { agent: null, view: "overview" };

/** @returns {{agent: string | null, view: string, shownVersion?: string, shownRun?: string, shownWatch?: string}} */
function readPath(path) {
  const match = PATH.exec(path);
  if (!match) return readFleetPath(path);
  try {
    const [agent, view, version, run] = match
      .slice(1)
      .map((part) => (part === undefined ? "" : decodeURIComponent(part)));
    if (!run) return { agent, view: view || "agent" };
    return view === "runs"
      ? { agent, view: "run", shownVersion: version, shownRun: run }
      : OVERVIEW;
  } catch {
    return OVERVIEW;
  }
}

function readFleetPath(path) {
  const [, view, shown] = FLEET_PATH.exec(path) ?? [];
  if (view === "watches" && shown !== undefined)
    return { agent: null, view: "watch", shownWatch: shown };
  return view && shown === undefined ? { agent: null, view } : OVERVIEW;
}

function readPeriod(given) {
  const tz = given.tz && isZone(given.tz) ? presentName(given.tz) : ownZone();
  const period = { range: given.range in RANGES ? given.range : DEFAULT_RANGE, tz };
  if (given.range === "own" && isRange(given.from, given.to, tz))
    Object.assign(period, { range: "own", from: given.from, to: given.to });
  if (given.interval in INTERVALS) period.interval = given.interval;
  if (given.refresh in REFRESHES) period.refresh = given.refresh;
  return period;
}
