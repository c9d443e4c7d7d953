// The page of the API document: Swagger UI, shown under the pages' Content-Security-Policy.
//
// Swagger UI comes as a script of its own, swagger-ui-bundle.js. Two of its parts are replaced: the
// one that turns Markdown into markup, which the policy forbids, and the one that shows answers,
// which would round run ids of 64 bits.

import { isDark, onTheme, themeSwitch } from "../dashboard/parts/theme.js";
import { h } from "../dashboard/parts/elements.js";
import { readable } from "./json_text.js";
import { markdown } from "./markdown.js";

// Relative to this script's own address, so that they hold behind an API Gateway stage too.
const ROOT = new URL("../../", import.meta.url);
const DOCUMENT = new URL("openapi.json", ROOT).href;

/** @param {{React: {createElement: Function}}} system */
const safeParts = ({ React }) => ({
  wrapComponents: {
    Markdown: () => (properties) => markdown(properties.source ?? "", React.createElement),
    responseBody: (Original) => (properties) =>
      React.createElement(Original, { ...properties, ...asText(properties) }),
  },
});

/** @param {{content: unknown, contentType?: string}} properties */
function asText({ content, contentType = "" }) {
  if (typeof content !== "string" || !/json/.test(contentType)) return {};
  return { content: readable(content), contentType: "text/plain" };
}

function drawBar() {
  const icon = new URL("icon.svg", import.meta.url).href;
  const brand = h(
    "a",
    { class: "brand", href: "#" },
    h("img", { src: icon, alt: "", width: 26, height: 26 }),
    h("span", {}, "Agent Metrics "),
    "API",
  );
  const pages = h(
    "nav",
    { class: "bar-end", "aria-label": "Other pages" },
    h("a", { href: new URL("dashboard", ROOT).href }, "Dashboard"),
    h("a", { href: DOCUMENT }, "openapi.json"),
    themeSwitch(),
  );
  return h("header", { class: "bar" }, h("div", { class: "bar-inner" }, brand, pages));
}

// No <main>: the viewer brings one.
const content = h("div", { id: "content", tabindex: "-1" });

async function show() {
  content.replaceChildren(h("p", { class: "soft", role: "status" }, "Loading the API document…"));
  try {
    const response = await fetch(DOCUMENT);
    if (!response.ok) throw new Error(`the service answered with status ${response.status}`);
    draw(await response.json());
  } catch (/** @type {any} */ error) {
    const again = h(
      "button",
      { type: "button", class: "button", on: { click: show } },
      "Try again",
    );
    const text = `The API document cannot be read: ${error.message}.`;
    content.replaceChildren(h("p", { role: "alert" }, text), again);
  }
}

function draw(spec) {
  // The server behind this page, whatever stands between: the policy lets it ask no other.
  spec.servers = [{ url: ROOT.href.replace(/\/$/, "") }];
  SwaggerUIBundle({
    spec,
    domNode: content,
    plugins: [safeParts],
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    syntaxHighlight: false,
  });
  openOperation();
}

/** "#check_gate" opens that operation. The viewer's own links warn of every "_" in a name. */
function openOperation(frames = 120) {
  const name = decodeURIComponent(location.hash.slice(1));
  if (!name) return;
  const box = content.querySelector(`.opblock[id$="-${CSS.escape(name)}"]`);
  const head = box?.querySelector(".opblock-summary-control");
  if (box && head instanceof HTMLElement) {
    if (!box.classList.contains("is-open")) head.click();
    box.scrollIntoView();
  } else if (frames) {
    requestAnimationFrame(() => openOperation(frames - 1));
  }
}

/** The address names the operation that was opened last, so that it can be shared. */
function keepAddress(/** @type {Event} */ { target }) {
  const head = target instanceof Element && target.closest(".opblock-summary-control");
  const box = head && head.closest(".opblock");
  if (box) history.replaceState(null, "", `#${box.id.split("-").at(-1)}`);
}

content.addEventListener("click", keepAddress);
addEventListener("hashchange", () => openOperation());
document.body.append(
  h("a", { class: "skip", href: "#content" }, "Skip to the content"),
  drawBar(),
  content,
);
// The viewer has its own dark colours, behind a class.
const showTheme = () => document.documentElement.classList.toggle("dark-mode", isDark());
onTheme(showTheme);
showTheme();
show();
