// Dialogs that change something: nothing happens before a press, and a refusal is told in them.

import { ApiError } from "../service/api.js";
import { h } from "./elements.js";
import { sentence } from "./notices.js";

/**
 * Open a dialog with a form. `submit()` does it; its failure is told, and keeps the dialog open.
 *
 * @param {{title: string, content: any[], action: string, isDangerous?: boolean, isNote?: boolean, submit: () => Promise<any>}} options
 */
export function openDialog(options) {
  const { title, content, action, isDangerous = false, isNote = false, submit } = options;
  const problem = h("div", { class: "bad", role: "alert" });
  const confirm = h(
    "button",
    { type: "submit", class: isDangerous ? "button danger" : "button primary" },
    action,
  );
  const cancel = { type: "button", class: "button", on: { click: () => dialog.close() } };
  const dialog = h(
    "dialog",
    { "aria-labelledby": "dialog-title" },
    h(
      "form",
      { on: { submit: send } },
      h("h2", { id: "dialog-title" }, title),
      ...content,
      problem,
      h("div", { class: "buttons" }, isNote ? null : h("button", cancel, "Cancel"), confirm),
    ),
  );

  async function send(event) {
    event.preventDefault();
    if (confirm.disabled) return;
    confirm.disabled = true;
    problem.replaceChildren();
    try {
      await submit();
      dialog.close();
    } catch (/** @type {any} */ error) {
      problem.replaceChildren(...describeProblem(error));
    } finally {
      confirm.disabled = false;
    }
  }

  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** What the service said of a change that it did not make, as paragraphs. */
export function describeProblem(error) {
  if (!(error instanceof ApiError) && !(error instanceof InputProblem)) throw error;
  const lines = error.errors?.length
    ? error.errors.map(({ path, message }) => (path ? `${path}: ${message}` : message))
    : [error.message];
  return [
    ...lines.map((line) => h("p", {}, sentence(line))),
    error.requestId ? h("p", { class: "footnote" }, `Request ${error.requestId}`) : null,
  ].filter((line) => line !== null);
}

/** What a person typed cannot be sent. */
export class InputProblem extends Error {
  /** @type {any[]} */
  errors = [];
  requestId = null;
}
