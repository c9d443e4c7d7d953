// The list of all endpoints, and the search that leaves out what does not match.

import { h, icon, ICONS } from "./elements.js";
import { inline } from "./markdown.js";

export function createContents(api, title, nothing) {
  const entries = api.tags.flatMap((tag) => tag.operations.map((operation) => createEntry(operation)));
  const groups = api.tags.map((tag) => {
    const own = entries.filter(({ operation }) => operation.tags.includes(tag.name));
    const heading = h("h2", {}, title(tag.name));
    return { own, tag, element: h("div", { class: "group" }, heading, h("ul", {}, own.map(({ element }) => element))) };
  });
  const input = h("input", { type: "search", placeholder: "Search, or press /", "aria-label": "Search endpoints", autocomplete: "off", spellcheck: "false", on: { input: filter } });
  const count = h("p", { class: "unseen", role: "status" });
  const field = h("div", { class: "inline-field" }, icon(ICONS.search, 15), input);
  const fold = h("details", { class: "fold" }, h("summary", {}, "All endpoints"), groups.map(({ element }) => element));
  const wide = matchMedia("(min-width: 1000px)");
  const unfold = () => (fold.open = wide.matches);
  wide.addEventListener("change", unfold);
  unfold();

  function filter() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { element, operation, text } of entries) {
      const isFound = words.every((word) => text.includes(word));
      element.hidden = !isFound;
      document.getElementById(operation.operationId).hidden = !isFound;
    }
    for (const { own, tag, element } of groups) {
      const isEmpty = own.every((entry) => entry.element.hidden);
      element.hidden = isEmpty;
      document.getElementById(`tag-${tag.name}`).parentElement.hidden = isEmpty;
    }
    const found = entries.filter(({ element }) => !element.hidden).length;
    count.textContent = words.length ? `${found} of ${entries.length} endpoints` : "";
    nothing.hidden = found > 0;
    if (words.length) fold.open = true;
    else unfold();
  }

  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
  return h("nav", { class: "contents", "aria-label": "Endpoints" }, field, count, fold);
}

function createEntry(operation) {
  const { operationId, method, path, summary, parameters, responses } = operation;
  const names = parameters.map(({ name }) => name);
  const text = [operationId, method, path, summary, ...names, ...Object.keys(responses)].join(" ").toLowerCase();
  const link = h("a", { href: `#${operationId}` }, methodBadge(method), h("span", {}, inline(summary)));
  return { element: h("li", {}, link), operation, text };
}

export function methodBadge(method) {
  return h("span", { class: `method ${method.toLowerCase()}` }, method);
}
