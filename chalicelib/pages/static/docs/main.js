// Starts the page: reads the API document and shows all of it.

import { ApiDocument } from "./api_document.js";
import { createContents } from "./contents.js";
import { h } from "./elements.js";
import { markdown } from "./markdown.js";
import { createOperation } from "./operation.js";
import { themeSwitch } from "./theme.js";

// Relative to this script's own address, so that they hold behind an API Gateway stage too.
const ROOT = new URL("../../", import.meta.url);
const DOCUMENT = new URL("openapi.json", ROOT);

const main = h("main", { id: "content", tabindex: "-1" });
document.body.append(
  h("a", { class: "skip", href: "#content" }, "Skip to the content"),
  h("header", { class: "bar" }, h("div", { class: "bar-inner" }, brand(), ...links())),
  main,
);
show();

async function show() {
  main.replaceChildren(h("p", { class: "soft", role: "status" }, "Loading the API document…"));
  try {
    const response = await fetch(DOCUMENT);
    if (!response.ok) throw new Error(`the service answered with status ${response.status}`);
    render(new ApiDocument(await response.json()));
  } catch (error) {
    const again = h("button", { type: "button", class: "button", on: { click: show } }, "Try again");
    main.replaceChildren(h("p", { role: "alert" }, `The API document cannot be read: ${error.message}.`), again);
  }
}

function render(api) {
  const sections = api.tags.map(({ name, description, operations }) => {
    const articles = operations.map((operation) => createOperation(api, operation, ROOT));
    return h(
      "section",
      { "aria-labelledby": `tag-${name}` },
      h("h2", { id: `tag-${name}` }, title(name)),
      h("div", { class: "soft" }, markdown(description)),
      articles,
    );
  });
  const nothing = h("p", { class: "soft", role: "status", hidden: true }, "No endpoint matches. Shorten what you search for.");
  const introduction = h("section", { class: "introduction" }, h("h1", {}, api.title), markdown(api.description));
  const body = h("div", { class: "reading" }, introduction, nothing, sections);
  main.replaceChildren(h("div", { class: "columns" }, createContents(api, title, nothing), body));
  // The browser looked for the place before it was there.
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (place) place.scrollIntoView();
}

function brand() {
  const icon = new URL("icon.svg", import.meta.url).href;
  return h("a", { class: "brand", href: "#content" }, h("img", { src: icon, alt: "", width: 26, height: 26 }), h("span", {}, h("span", { class: "wide" }, "Agent Metrics "), "API"));
}

function links() {
  const dashboard = h("a", { href: new URL("dashboard", ROOT).href }, "Dashboard");
  const source = h("a", { href: DOCUMENT.href }, "openapi.json");
  return [h("nav", { class: "bar-end", "aria-label": "Other pages" }, dashboard, source, themeSwitch())];
}

function title(name) {
  return name.length === 2 ? name.toUpperCase() : name[0].toUpperCase() + name.slice(1);
}
