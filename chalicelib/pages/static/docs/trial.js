// The form that sends a request to this very service, and shows what it answers.

import { h } from "./elements.js";
import { copyButton, exampleText } from "./examples.js";
import { addressOf, curlOf } from "./request.js";
import { askForToken, currentToken } from "./token.js";

const HEADERS = ["Content-Type", "Link", "Retry-After", "X-Request-Id"];

export function createTrial(api, operation, root) {
  const details = h("details", { class: "trial" }, h("summary", {}, "Try it"));
  details.addEventListener("toggle", () => details.append(createForm(api, operation, root)), { once: true });
  return details;
}

function createForm(api, operation, root) {
  const fields = operation.parameters.map(createField);
  const body = createBody(api, operation);
  const command = h("pre", { tabindex: "0", "aria-label": "The same as a command" });
  const answer = h("div", { class: "trial-answer", role: "status" });
  const read = () => Object.fromEntries(fields.map(({ name, input }) => [name, input.value.trim()]));
  const update = () => (command.textContent = curlOf(operation, addressOf(operation, read(), root), body?.value ?? null));
  const note = operation.method === "GET" ? null : h("p", { class: "soft" }, "This writes to the service that you are looking at.");

  async function submit(event) {
    event.preventDefault();
    answer.replaceChildren(h("p", { class: "soft" }, "Sending…"));
    answer.replaceChildren(...(await send(operation, addressOf(operation, read(), root), body?.value ?? null)));
  }

  update();
  return h(
    "form",
    { class: "inside", on: { submit, input: update } },
    note,
    h("div", { class: "trial-fields" }, fields.map(({ element }) => element)),
    body && h("label", { class: "field" }, h("span", {}, "Body"), body),
    h("div", { class: "example" }, h("div", { class: "example-head" }, h("span", { class: "faint" }, "The same as a command"), copyButton(() => command.textContent)), command),
    h("div", { class: "buttons" }, h("button", { type: "submit", class: "button primary" }, "Send")),
    answer,
  );
}

function createField({ name, in: place, required, example, schema }) {
  // Only what is needed is filled in: a filter that nobody asked for would hide things.
  const isNeeded = required || place === "path";
  const value = isNeeded ? (example ?? "") : "";
  const input = schema.enum ? createSelect(schema.enum, isNeeded) : h("input", { value: String(value), required: isNeeded, placeholder: example === undefined ? null : String(example), autocomplete: "off", spellcheck: "false" });
  return { name, input, element: h("label", { class: "field" }, h("span", {}, name), input) };
}

function createSelect(values, isNeeded) {
  return h("select", {}, !isNeeded && h("option", { value: "" }, ""), values.map((value) => h("option", {}, value)));
}

function createBody(api, { requestBody }) {
  if (!requestBody) return null;
  const [media] = Object.values(requestBody.content);
  const [first] = Object.values(media.examples ?? {});
  const area = h("textarea", { rows: 10, spellcheck: "false" });
  area.value = first ? exampleText(api.resolve(first).value) : "{}";
  return area;
}

/** What to show of the answer. A refused token is asked for again, until it is given or not. */
async function send(operation, address, body) {
  for (;;) {
    const token = currentToken();
    const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body !== null && { "Content-Type": "application/json" }) };
    const started = performance.now();
    let response, text;
    try {
      response = await fetch(address, { method: operation.method, headers, body });
      text = await response.text();
    } catch (error) {
      return [h("p", { class: "bad" }, `Nothing answered: ${error.message}.`)];
    }
    const isRefused = response.status === 401 && (await askForToken(token ? "it is not valid" : null));
    if (!isRefused) return answerOf(response, text, performance.now() - started);
  }
}

function answerOf(response, text, elapsedMs) {
  const known = HEADERS.filter((name) => response.headers.has(name));
  const head = h("p", {}, h("span", { class: `status ${response.ok ? "good" : "bad"}` }, `${response.status} ${response.statusText}`), h("span", { class: "faint" }, ` in ${Math.round(elapsedMs)} ms`));
  const headers = h("pre", { tabindex: "0", "aria-label": "Headers of the answer" }, known.map((name) => `${name}: ${response.headers.get(name)}`).join("\n"));
  const shown = h("pre", { class: "tall", tabindex: "0", "aria-label": "Body of the answer" }, readable(response, text));
  return [head, headers, shown];
}

/** JSON with a line for each field. Numbers stay as they were sent: ids may have 64 bits. */
function readable(response, text) {
  if (!/json$/.test((response.headers.get("Content-Type") ?? "").split(";")[0])) return text;
  try {
    const raw = JSON.rawJSON;
    const keep = (_key, value, context) => (raw && typeof value === "number" && context?.source ? raw(context.source) : value);
    return JSON.stringify(JSON.parse(text, keep), null, 2);
  } catch {
    return text;
  }
}
