// One endpoint: what it takes and answers, with examples, and a form that tries it.

import { methodBadge } from "./contents.js";
import { h } from "./elements.js";
import { createExamples } from "./examples.js";
import { inline, markdown } from "./markdown.js";
import { describeType, schemaTree } from "./schema.js";
import { createTrial } from "./trial.js";

export function createOperation(api, operation, root) {
  const { operationId, method, path, summary, description, parameters, requestBody } = operation;
  return h(
    "article",
    { id: operationId, class: "card operation", "aria-labelledby": `${operationId}-title` },
    h(
      "header",
      { class: "card-head" },
      h("h3", { id: `${operationId}-title` }, h("a", { href: `#${operationId}` }, inline(summary))),
      h("p", { class: "address" }, methodBadge(method), h("code", {}, breakable(path))),
      h("p", { class: "scope" }, scopeText(operation)),
    ),
    h(
      "div",
      { class: "parts" },
      description && h("div", { class: "soft" }, markdown(description)),
      parameters.length > 0 && part("Parameters", parameterList(api, parameters)),
      requestBody && part("Body", bodyPart(api, requestBody)),
      part("Answers", answerList(api, operation)),
      createTrial(api, operation, root),
    ),
  );
}

function scopeText({ security }) {
  const scopes = security.flatMap((needed) => Object.values(needed).flat());
  if (!scopes.length) return "no token needed";
  return ["token of scope ", h("code", {}, scopes.join(" "))];
}

function part(heading, content) {
  return h("section", {}, h("h4", {}, heading), content);
}

function parameterList(api, parameters) {
  return h(
    "dl",
    { class: "fields-list" },
    parameters.flatMap(({ name, in: place, required, description, schema, example }) => [
      h("dt", {}, h("code", {}, name), h("span", { class: "type" }, describeType(api, schema)), required && h("span", { class: "required" }, "required"), place === "path" && h("span", { class: "faint" }, "in the path")),
      h("dd", {}, inline(description), example !== undefined && h("span", { class: "faint" }, " Such as ", h("code", {}, String(example)), ".")),
    ]),
  );
}

function bodyPart(api, { content }) {
  return Object.entries(content).map(([mediaType, media]) => mediaPart(api, mediaType, media));
}

function answerList(api, { responses }) {
  return Object.entries(responses).map(([status, found]) => {
    const response = api.resolve(found);
    const [phrase, ...rest] = response.description.split("\n\n");
    const isProblem = phrase.startsWith("- `");
    const label = isProblem ? codesIn(phrase) : inline(phrase);
    return lazyDetails(["answer", status < "400" ? "success" : "failure"], [h("span", { class: "status" }, status), " ", label], () => [
      markdown(isProblem ? response.description : rest.join("\n\n")),
      headerList(api, response.headers),
      Object.entries(response.content ?? {}).map(([mediaType, media]) => mediaPart(api, mediaType, media)),
    ]);
  });
}

function codesIn(description) {
  const codes = [...description.matchAll(/^- `([^`]+)`/gm)].map(([, code]) => code);
  return h("span", { class: "codes" }, codes.map((code) => h("code", {}, code)));
}

function headerList(api, headers = {}) {
  const known = Object.entries(headers).flatMap(([name, found]) => [
    h("dt", {}, h("code", {}, name)),
    h("dd", {}, inline(api.resolve(found).description)),
  ]);
  return h("div", {}, h("h5", {}, "Headers"), h("dl", { class: "fields-list" }, known));
}

function mediaPart(api, mediaType, { schema, examples }) {
  return h(
    "div",
    { class: "media" },
    h("h5", {}, mediaType),
    h("div", { class: "halves" }, h("div", {}, schemaTree(api, schema)), createExamples(api, examples)),
  );
}

/** A fold whose content is made when somebody opens it: there are hundreds. */
function lazyDetails(classes, summary, make) {
  const details = h("details", { class: classes.join(" ") }, h("summary", {}, summary));
  details.addEventListener("toggle", () => details.append(h("div", { class: "inside" }, make().flat())), { once: true });
  return details;
}

/** A path that may be broken behind each of its slashes. */
function breakable(path) {
  return path.split(/(?<=\/)/).flatMap((piece) => [piece, h("wbr")]);
}
