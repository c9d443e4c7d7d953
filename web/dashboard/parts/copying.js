// Texts to take along: a button that copies, and commands with one beside them.

import { h } from "./elements.js";

const SHOWN_MS = 2000;

/** A button that copies what `read()` gives when it is pressed. */
export function copyButton(read, label = "Copy") {
  const button = h("button", { type: "button", class: "button small", on: { click: copy } }, label);
  const told = h("span", { class: "unseen", role: "status" });
  async function copy() {
    const text = (await write(read())) ? "Copied" : "Copy by hand, please";
    button.textContent = told.textContent = text;
    setTimeout(() => {
      button.textContent = label;
      told.textContent = "";
    }, SHOWN_MS);
  }
  return h("span", { class: "copy" }, button, told);
}

/** A command as one would type it, with a button that copies it. */
export function command(text, label) {
  return h(
    "div",
    { class: "command" },
    h("pre", { tabindex: "0", "aria-label": label }, text),
    copyButton(() => text),
  );
}

/** A text as one word of a POSIX shell. */
export const shellWord = (text) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Browsers give the clipboard to pages of https and of this machine only. */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
