// What an empty service shows: how the first numbers get here.

import { baseAddress } from "../service/api.js";
import { h } from "../parts/elements.js";

export function drawWelcome() {
  const step = (text, code) => h("li", {}, h("p", {}, text), h("pre", { tabindex: "0" }, code));
  const post = (path, body) =>
    `curl -X POST ${baseAddress}/api/v1/agents/my-agent/${path} \\\n  -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body)}'`;
  return h(
    "section",
    { class: "card welcome", "aria-labelledby": "welcome-title" },
    h("h2", { id: "welcome-title" }, "No agents yet"),
    h(
      "p",
      {},
      "As soon as the first agent reports a run, its success rate, durations and cost show here. Three calls are all it takes; where the service asks for tokens, add the header 'Authorization: Bearer amt_…'.",
    ),
    h(
      "ol",
      {},
      step("Register an agent", post("register", { project: "my-project" })),
      step("Add the version that runs", post("versions", { version: "1.0.0" })),
      step(
        "Report a run",
        post("versions/1.0.0/runs", { status: "completed", time_taken: "5m30s", cost: 0.12 }),
      ),
    ),
    h(
      "p",
      {},
      "Only looking around? ",
      h("code", {}, `python manage.py demo --url=${baseAddress}`),
      " loads made-up agents with a month of runs.",
    ),
  );
}
