// Examples: one at a time, chosen by name, and copied with a button.

import { h } from "./elements.js";

let made = 0;

export function createExamples(api, examples) {
  const named = Object.entries(examples ?? {}).map(([name, found]) => [name, api.resolve(found).value]);
  if (!named.length) return null;
  const code = h("pre", { tabindex: "0", "aria-label": "Example" });
  const show = (index) => code.replaceChildren(exampleText(named[index][1]));
  show(0);
  return h("div", { class: "example" }, h("div", { class: "example-head" }, chooser(named, show), copyButton(() => code.textContent)), code);
}

export function exampleText(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

export function copyButton(read) {
  const button = h("button", { type: "button", class: "button small", on: { click: copy } }, "Copy");
  async function copy() {
    try {
      await navigator.clipboard.writeText(read());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy by hand, please";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  }
  return button;
}

function chooser(named, show) {
  if (named.length === 1) return h("span", { class: "faint" }, `Example: ${named[0][0]}`);
  const id = `example-${(made += 1)}`;
  const select = h("select", { id, class: "select", on: { change: () => show(select.selectedIndex) } }, named.map(([name]) => h("option", {}, name)));
  return h("span", {}, h("label", { class: "unseen", for: id }, "Example"), select);
}
