// The state of the page, kept in the address after "#": a view can be shared, and back works.
//
//   #/?range=7d&tz=Europe%2FBerlin              the fleet
//   #/agents/code-reviewer?range=7d&base=1.0    one agent

import { INTERVALS, isRange, RANGES } from "./period.js";
import { isZone, ownZone, presentName } from "./zone.js";

// Kept when another page is opened; the rest belongs to one page.
const SHARED = ["range", "from", "to", "tz", "interval", "refresh"];
const OF_FLEET = ["sort", "q", "project"];
export const RUN_FILTERS = ["outcome", "version", "status", "initiator", "tool", "model"];
const OF_AGENT = ["base", "candidate", ...RUN_FILTERS, "page"];
export const REFRESHES = { 30: "30 s", 60: "1 min", 300: "5 min" };
const DEFAULT_RANGE = "7d";

const listeners = [];

/** The state that the address names; what makes no sense in it is left out. */
/** @returns {State} */
export function readState() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?", 2);
  const given = Object.fromEntries(new URLSearchParams(query));
  const agent = readAgent(path);
  const state = { agent, ...readShared(given) };
  for (const name of agent === null ? OF_FLEET : OF_AGENT) {
    if (given[name]) state[name] = given[name];
  }
  return state;
}

/** The address of the present state with these changes; null takes something out. */
export function addressOf(changes) {
  const present = readState();
  const agent = "agent" in changes ? changes.agent : present.agent;
  const isSamePage = agent === present.agent;
  const next = isSamePage
    ? { ...present, ...changes }
    : { ...pick(present, SHARED), ...changes, agent };
  if (next.range !== "own") next.from = next.to = null;
  const query = new URLSearchParams();
  for (const name of [...SHARED, ...(agent === null ? OF_FLEET : OF_AGENT)]) {
    if (next[name]) query.set(name, next[name]);
  }
  const path = agent === null ? "/" : `/agents/${encodeURIComponent(agent)}`;
  return `#${path}?${query}`;
}

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

function readAgent(path) {
  const match = /^\/agents\/([^/]+)$/.exec(path);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}

function readShared(given) {
  const tz = given.tz && isZone(given.tz) ? presentName(given.tz) : ownZone();
  const shared = { range: given.range in RANGES ? given.range : DEFAULT_RANGE, tz };
  if (given.range === "own" && isRange(given.from, given.to, tz)) {
    Object.assign(shared, { range: "own", from: given.from, to: given.to });
  }
  if (given.interval in INTERVALS) shared.interval = given.interval;
  if (given.refresh in REFRESHES) shared.refresh = given.refresh;
  return shared;
}

const pick = (object, names) =>
  Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
