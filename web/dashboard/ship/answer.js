// May we ship? The gate's answer in words, why, and the command that gives the same to a pipeline.

import { baseAddress } from "../service/api.js";
import { command, shellWord } from "../parts/copying.js";
import { h } from "../parts/elements.js";
import { named } from "../parts/cells.js";
import { exactCount } from "../parts/units.js";
import { navigate } from "../state/address.js";
import { FILTERS } from "../state/filter.js";
import { failure, notice, sentence, skeleton } from "../parts/notices.js";

const ANSWERS = {
  pass: { word: "Yes", tone: "good", text: "may ship: it is no worse than the limits allow." },
  fail: { word: "No", tone: "bad", text: "should not ship: it is worse than the limits allow." },
  undetermined: {
    word: "Cannot tell yet",
    tone: "",
    text: "cannot be judged yet: too little is known of one side.",
  },
};
const CHECKS = {
  min_runs: "Enough runs",
  max_success_rate_drop: "Success rate",
  max_p95_increase: "Duration, p95",
  max_mean_cost_increase: "Cost of a run",
  max_mean_tokens_increase: "Tokens of a run",
  max_mean_score_drop: "Score",
};
const STATUSES = {
  pass: { label: "Passed", tone: "good" },
  fail: { label: "Failed", tone: "bad" },
  undetermined: { label: "Cannot tell", tone: "" },
  skipped: { label: "Not reported", tone: "" },
};

const DECISIONS = {
  evidence: "Decided on evidence",
  proof: "Decided on proof",
};

/**
 * {element, show({base, candidate, agent, gate, asked}), fail(error)} of what the gate said to the
 * query `asked`; both are null without a pair.
 */
export function createAnswer() {
  const decide = h(
    "select",
    {
      class: "select",
      "aria-label": "What decides",
      on: { change: () => navigate({ decide: decide.value === "proof" ? "proof" : null }) },
    },
    ...Object.entries(DECISIONS).map(([value, text]) => h("option", { value }, text)),
  );

  const body = h("div", { class: "answer" }, skeleton());
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "answer-title" },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id: "answer-title" }, "May we ship?"),
      h("div", { class: "end" }, decide),
    ),
    body,
  );
  return {
    element,
    show(data) {
      decide.value = data.gate?.decide ?? "evidence";
      body.replaceChildren(...(data.gate ? drawAnswer(data) : [drawNoPair(data)]));
    },
    fail: (error) => body.replaceChildren(failure(error)),
  };
}

function drawAnswer({ agent, base, candidate, gate, asked }) {
  const { word, tone, text } = ANSWERS[gate.status];
  const { from, to, decide } = asked;
  const filters = Object.keys(FILTERS).filter((name) => name in asked);
  const cli = [
    "python",
    "manage.py",
    "gate",
    baseAddress,
    agent,
    "--base",
    base,
    "--candidate",
    candidate,
    "--from",
    from,
    "--to",
    to,
    ...(decide ? ["--decide", decide] : []),
    ...filters.flatMap((name) => ["--query", `${name}=${asked[name]}`]),
  ];
  const query = new URLSearchParams(asked);
  const address = `${baseAddress}/api/v1/agents/${encodeURIComponent(agent)}/gate?${query}`;
  return [
    h(
      "p",
      { class: `ruling ${tone}`, role: "status" },
      h("b", {}, word),
      h("span", {}, named(candidate), ` ${text}${describeMore(gate)}`),
    ),
    h("ul", { class: "checks" }, ...gate.checks.map(drawCheck)),
    h(
      "details",
      { class: "fold" },
      h("summary", {}, "The same in a pipeline"),
      h(
        "p",
        { class: "footnote" },
        "It asks about the runs of this range; leave --from and --to out to ask about all of them.",
      ),
      h("p", { class: "footnote" }, "Exit code 0 is yes, 1 is no, 2 is that it cannot be told."),
      command(cli.map(shellWord).join(" "), "The gate as a command"),
      command(`curl ${shellWord(address)}`, "The gate as a request"),
    ),
  ];
}

/** About how many more runs would tell; as many as the check that needs most. */
function describeMore({ status, checks }) {
  if (status !== "undetermined") return "";
  const needed = Math.max(0, ...checks.map(({ more_runs: more }) => more ?? 0));
  return needed ? ` About ${exactCount(needed)} more runs of each side are needed.` : "";
}

function drawCheck(check) {
  const { label, tone } = STATUSES[check.status];
  return h(
    "li",
    {},
    h("span", { class: `badge ${tone}` }, label),
    h("span", {}, h("b", {}, CHECKS[check.name] ?? check.name), ": ", sentence(check.reason)),
  );
}

function drawNoPair({ versions }) {
  const text =
    versions.registered < 2
      ? "There is nothing to compare until this agent has a second version."
      : "Choose two different versions above.";
  return notice("Two versions are needed", text);
}
