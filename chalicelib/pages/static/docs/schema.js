// A JSON Schema as a list of fields; the objects within open on demand.

import { h } from "./elements.js";
import { inline, markdown } from "./markdown.js";

const LIMITS = [
  ["minLength", "maxLength", " characters"],
  ["minItems", "maxItems", " items"],
  ["minProperties", "maxProperties", " keys"],
  ["minimum", "maximum", ""],
];
// What every 64-bit integer has for a limit, as JavaScript reads it.
const INT64 = 2 ** 63;

/** What a value may be, in a few words. */
export function describeType(api, schema) {
  const options = optionsOf(schema);
  if (options) return options.map((option) => describeType(api, option)).join(" or ");
  const name = api.nameOf(schema);
  if (name) return name;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `array of ${describeType(api, schema.items ?? {})}`;
  const type = [schema.type ?? "any value"].flat().join(" or ");
  return schema.format ? `${type} (${schema.format})` : type;
}

/** The fields of a schema, each with its type, limits and meaning. */
export function schemaTree(api, schema) {
  const inner = objectsIn(api, schema);
  if (!inner.length) return h("p", { class: "type" }, describeType(api, schema), limitsOf(schema));
  const heading = h("p", { class: "type" }, describeType(api, schema));
  if (inner.length === 1) return [heading, ...fieldsOf(api, inner[0])];
  return [heading, ...inner.map((found) => fold(`Fields of ${found.name}`, () => fieldsOf(api, found)))];
}

function fieldsOf(api, { schema }) {
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    h("dt", {}, h("code", {}, name), h("span", { class: "type" }, describeType(api, field)), required.includes(name) && h("span", { class: "required" }, "required")),
    h("dd", {}, inline(field.description), limitsOf(field), nested(api, field)),
  ]);
  return [h("div", { class: "soft" }, markdown(schema.description)), h("dl", { class: "fields-list" }, rows)];
}

function nested(api, field) {
  return objectsIn(api, field).map((found) => fold(`Fields of ${found.name}`, () => fieldsOf(api, found)));
}

function fold(label, make) {
  const details = h("details", { class: "nested" }, h("summary", {}, label));
  details.addEventListener("toggle", () => details.append(h("div", { class: "inside" }, make())), { once: true });
  return details;
}

/** The objects that a schema is of, or is a list or a choice of. */
function objectsIn(api, schema) {
  const options = optionsOf(schema);
  if (options) return options.flatMap((option) => objectsIn(api, option));
  if (schema.type === "array") return objectsIn(api, schema.items ?? {});
  const target = api.resolve(schema);
  return target?.properties ? [{ schema: target, name: api.nameOf(schema) ?? "the object" }] : [];
}

function optionsOf(schema) {
  return schema.anyOf ?? schema.oneOf ?? null;
}

function limitsOf(schema) {
  const schemas = optionsOf(schema) ?? [schema];
  const texts = schemas.flatMap((one) => LIMITS.map(([least, most, unit]) => limitText(one[least], one[most], unit)));
  const known = texts.filter(Boolean);
  return known.length > 0 && h("span", { class: "faint limits" }, ` ${known.join("; ")}`);
}

function limitText(least, most, unit) {
  const [low, high] = [least, most].map((limit) => (limit === undefined || Math.abs(limit) >= INT64 ? null : limit.toLocaleString("en")));
  if (low && high) return `${low} to ${high}${unit}`;
  if (high) return `at most ${high}${unit}`;
  return low && `at least ${low}${unit}`;
}
