// What a new service shows: the way from nothing to two versions compared, one step after another.

import { baseAddress } from "../service/api.js";
import { command, shellWord } from "../parts/copying.js";
import { h } from "../parts/elements.js";
import { currentToken } from "../service/token.js";
import { addressOf } from "../state/address.js";

/**
 * Where a service without much in it stands, or null where it needs no help any more.
 *
 * @returns {Promise<FirstSteps | null>}
 */
export async function loadFirstSteps({ data: fleet }, get) {
  const isFiltered = fleet.matching < fleet.registered;
  if (fleet.registered > 1 || isFiltered) return null;
  if (fleet.registered === 0) return { agent: null, registered: [], ran: [], hasRuns: false };
  const { agent } = fleet.standings[0];
  const versions = await get(["agents", agent, "standings"], { limit: 10, order: "version" });
  const names = (standings) => standings.map(({ version }) => version);
  const ran = names(versions.standings.filter(({ runs }) => runs > 0));
  if (ran.length > 1 || versions.registered > 10) return null;
  return { agent, registered: names(versions.standings), ran, hasRuns: ran.length > 0 };
}

export function createFirstSteps() {
  const element = h("div", { hidden: true });
  return {
    element,
    show(found) {
      element.hidden = found === null;
      element.replaceChildren(...(found === null ? [] : [drawSteps(found)]));
    },
  };
}

function drawSteps(found) {
  const steps = describeSteps(found);
  const next = steps.findIndex(({ isDone }) => !isDone);
  return h(
    "section",
    { class: "card welcome", "aria-labelledby": "welcome-title" },
    h("h2", { id: "welcome-title" }, found.agent === null ? "No agents yet" : "The first steps"),
    h(
      "p",
      {},
      "Four calls lead from nothing to two versions compared. This page follows: it looks again when you press Refresh.",
    ),
    h("ol", {}, ...steps.map((step, at) => drawStep(step, at === next))),
    h("p", {}, "Only looking around? This loads made-up agents with a month of runs:"),
    command(`python manage.py demo --url=${shellWord(baseAddress)}`, "Load made-up agents"),
  );
}

function drawStep({ title, code, isDone, more = null }, isNext) {
  const state = isDone ? "done" : isNext ? "next" : "later";
  const word = { done: "Done: ", next: "Now: ", later: "" }[state];
  return h(
    "li",
    { class: `step ${state}`, "aria-current": isNext ? "step" : null },
    h("p", {}, word && h("b", {}, word), title),
    isDone ? null : command(code, title),
    isNext ? more : null,
  );
}

/** The four steps, with the names that are there already in the commands. */
export function describeSteps({ agent, registered, ran }) {
  const name = agent ?? "my-agent";
  const first = ran[0] ?? registered[0] ?? "1.0.0";
  const second = registered.find((version) => version !== first) ?? "1.1.0";
  const at = (...segments) =>
    `${baseAddress}/api/v1/agents/${[name, ...segments].map(encodeURIComponent).join("/")}`;
  const run = { status: "completed", time_taken: "5m30s", cost: 0.12 };
  const addSecond = registered.includes(second)
    ? ""
    : `${post(at("versions"), { version: second })} &&\n`;
  return [
    {
      title: "Register an agent",
      code: post(at("register"), { project: "my-project" }),
      isDone: agent !== null,
    },
    {
      title: "Add the version that runs",
      code: post(at("versions"), { version: first }),
      isDone: registered.length > 0,
    },
    {
      title: "Report a run",
      code: post(at("versions", first, "runs"), run),
      isDone: ran.length > 0,
    },
    {
      title: "Report a run of the next version, and compare the two",
      code: `${addSecond}${post(at("versions", second, "runs"), run)} &&\ncurl ${auth()}${shellWord(
        `${at("compare")}?base=${encodeURIComponent(first)}&candidate=${encodeURIComponent(second)}`,
      )}`,
      isDone: ran.length > 1,
      more: h(
        "a",
        { class: "button", href: addressOf({ agent: name, view: "compare" }) },
        "Compare",
      ),
    },
  ];
}

function post(address, body) {
  const json = shellWord(JSON.stringify(body));
  return `curl -X POST ${auth()}${shellWord(address)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${json}`;
}

/** The header that a service with tokens asks for; the token itself stays out of a copied text. */
function auth() {
  return currentToken() === null ? "" : `-H "Authorization: Bearer $AGENT_METRICS_TOKEN" `;
}
