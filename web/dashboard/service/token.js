// The token for services that ask for one: kept for this tab, until it is closed.

import { h } from "../parts/elements.js";

const KEY = "agent-metrics-token";
/** @type {string | null} */
let memory = null;
/** @type {Promise<boolean> | null} */
let asking = null;
const listeners = [];

export function currentToken() {
  return memory ?? (memory = readStored());
}

export function forgetToken() {
  keep(null);
}

/** Call `listener(hasToken)` whenever there is another token. */
export function onToken(listener) {
  listeners.push(listener);
}

/** Ask the person; true once there is a token, false when they would rather not. One question. */
export function askForToken(refusal = null) {
  asking ??= new Promise((resolve) => openDialog(refusal, resolve)).finally(() => (asking = null));
  return asking;
}

function openDialog(refusal, resolve) {
  const input = h("input", {
    type: "password",
    name: "token",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "amt_…",
    "aria-describedby": refusal ? "token-refusal" : null,
  });
  let given = false;
  const submit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    given = true;
    keep(text);
    dialog.close();
  };
  const dialog = h(
    "dialog",
    { "aria-labelledby": "token-title" },
    h(
      "form",
      { on: { submit } },
      h("h2", { id: "token-title" }, "A token, please"),
      refusal &&
        h(
          "p",
          { class: "bad", id: "token-refusal", role: "alert" },
          `The last one was refused: ${refusal}.`,
        ),
      h(
        "p",
        { class: "soft" },
        "This service shows its numbers only to those who have a token with the scope read or admin. Whoever runs it can make one:",
      ),
      h("pre", { tabindex: "0" }, "python manage.py token create --name dashboard --scope read"),
      h("label", { class: "field" }, h("span", {}, "Token"), input),
      h(
        "p",
        { class: "footnote" },
        "It stays in this browser tab and is forgotten when you close it.",
      ),
      h(
        "div",
        { class: "buttons" },
        h(
          "button",
          { type: "button", class: "button", on: { click: () => dialog.close() } },
          "Not now",
        ),
        h("button", { type: "submit", class: "button primary" }, "Continue"),
      ),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(given);
  });
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
}

function keep(token) {
  memory = token;
  try {
    if (token) sessionStorage.setItem(KEY, token);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage may be switched off: then it lasts as long as the page.
  }
  for (const listener of listeners) listener(token !== null);
}

function readStored() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}
