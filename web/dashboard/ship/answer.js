// May we ship? The gate's answer in words, why, and the command that gives the same to a pipeline.

import { baseAddress } from "../service/api.js";
import { command, shellWord } from "../parts/copying.js";
import { h } from "../parts/elements.js";
import { named } from "../parts/cells.js";
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

/** {element, show({base, candidate, agent, gate}), fail(error)}; `gate` is null without a pair. */
export function createAnswer() {
  const body = h("div", { class: "answer" }, skeleton());
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "answer-title" },
    h("div", { class: "card-head" }, h("h2", { id: "answer-title" }, "May we ship?")),
    body,
  );
  return {
    element,
    show(data) {
      body.replaceChildren(...(data.gate ? drawAnswer(data) : [drawNoPair(data)]));
    },
    fail: (error) => body.replaceChildren(failure(error)),
  };
}

function drawAnswer({ agent, base, candidate, gate }) {
  const { word, tone, text } = ANSWERS[gate.status];
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
  ];
  const query = new URLSearchParams({ base, candidate });
  const address = `${baseAddress}/api/v1/agents/${encodeURIComponent(agent)}/gate?${query}`;
  return [
    h(
      "p",
      { class: `ruling ${tone}`, role: "status" },
      h("b", {}, word),
      h("span", {}, named(candidate), ` ${text}`),
    ),
    h("ul", { class: "checks" }, ...gate.checks.map(drawCheck)),
    h(
      "details",
      { class: "fold" },
      h("summary", {}, "The same in a pipeline"),
      h("p", { class: "footnote" }, "Exit code 0 is yes, 1 is no, 2 is that it cannot be told."),
      command(cli.map(shellWord).join(" "), "The gate as a command"),
      command(`curl ${shellWord(address)}`, "The gate as a request"),
    ),
  ];
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
