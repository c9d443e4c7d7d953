// The form of a watch: a new one, or a change of one that is there.

import { navigate } from "../state/address.js";
import { describeProblem } from "../parts/dialogs.js";
import { h } from "../parts/elements.js";
import { createConditionFields } from "./condition_fields.js";
import { createReceiverFields } from "./receiver_fields.js";
import { createTrial } from "./trial.js";
import { DEFAULTS, KINDS } from "./words.js";

/**
 * {element, show(view)}. `watch` is null for a new one, whose agent is `of`; `save(body)` sends it.
 *
 * @param {{loader: any, watch: any, of?: string | null, save: (body: any) => Promise<any>, cancel: () => void}} options
 */
export function createWatchForm({ loader, watch, of = null, save, cancel }) {
  /** @type {View} */
  let view;
  /** @type {{element: HTMLElement, read: () => any}} */
  let condition;
  let unchanged = "";
  let shownKind = "";
  const name = h("input", { required: true, maxlength: "200", value: watch?.name ?? "" });
  const target = watch ? null : createTarget(of);
  const kinds = Object.entries(KINDS).map(([value, text]) => h("option", { value }, text));
  const kind = h("select", { on: { change: () => navigate({ kind: kind.value }) } }, ...kinds);
  const conditionBox = h("div");
  const receiver = createReceiverFields(watch);
  const problem = h("div", { class: "bad", role: "alert" });
  const trial = createTrial(loader);
  const submit = h(
    "button",
    { type: "submit", class: "button primary" },
    watch ? "Save" : "Make this watch",
  );
  const button = (text, click) =>
    h("button", { type: "button", class: "button", on: { click } }, text);
  const form = h(
    "form",
    { class: "watch-form", on: { submit: send } },
    h("div", { class: "fields" }, field("Name", name), ...(target?.fields ?? [])),
    h("h3", {}, "Fires when"),
    h("div", { class: "fields" }, field("Condition", kind)),
    conditionBox,
    h("h3", {}, "Who is told of each change"),
    receiver.element,
    watch && h("p", { class: "footnote" }, "With another condition the watch begins anew."),
    problem,
    h(
      "div",
      { class: "buttons" },
      button("Cancel", cancel),
      button("Try over the last 30 days", tryIt),
      submit,
    ),
  );

  function showKind(chosen) {
    if (chosen === shownKind) return;
    shownKind = chosen;
    kind.value = chosen;
    const zone = watch ? DEFAULTS.tz : view.period.zone;
    condition = createConditionFields(chosen, watch?.condition, zone);
    if (chosen === watch?.condition.type) unchanged = JSON.stringify(condition.read());
    conditionBox.replaceChildren(condition.element);
  }

  const about = () => ({
    ...(watch ? targetOf(watch) : target?.read()),
    condition: condition.read(),
  });

  function tryIt() {
    // A name and a receiver do not matter to it, the condition's fields do.
    const controls = /** @type {HTMLInputElement[]} */ ([
      ...conditionBox.querySelectorAll("input, select"),
    ]);
    if (controls.every((control) => control.reportValidity())) trial.run(about(), view);
  }

  function read() {
    const notify = receiver.read();
    const receives = notify === undefined ? {} : { notify };
    if (!watch) return { name: name.value.trim(), ...about(), ...receives };
    const asked = condition.read();
    // Sent only where it is another: with it the watch begins anew.
    const isSame = JSON.stringify(asked) === unchanged;
    return { name: name.value.trim(), ...(isSame ? {} : { condition: asked }), ...receives };
  }

  async function send(event) {
    event.preventDefault();
    submit.disabled = true;
    problem.replaceChildren();
    try {
      await save(read());
    } catch (/** @type {any} */ error) {
      problem.replaceChildren(...describeProblem(error));
    } finally {
      submit.disabled = false;
    }
  }

  return {
    element: h("div", { class: "stack" }, form, trial.element),
    show(/** @type {View} */ next) {
      view = next;
      const asked = view.state.kind ?? "";
      showKind(asked in KINDS ? asked : (watch?.condition.type ?? "budget"));
    },
  };
}

/** What is watched, as the API takes it. */
export function targetOf({ project, agent, version }) {
  return Object.fromEntries(
    Object.entries({ project, agent, version }).filter(([, value]) => value !== null),
  );
}

function createTarget(of) {
  const input = (value) => h("input", { value, autocomplete: "off", spellcheck: "false" });
  const [agent, version, project] = [input(of ?? ""), input(""), input("")];
  return {
    fields: [
      field("Agent", agent, "Empty: every agent"),
      field("Version", version, "Empty: every version"),
      field("Project", project, "Empty: every project"),
    ],
    read: () =>
      targetOf({
        agent: agent.value.trim() || null,
        version: version.value.trim() || null,
        project: project.value.trim() || null,
      }),
  };
}

function field(label, control, hint = "") {
  if (hint) control.setAttribute("placeholder", hint);
  return h("label", { class: "field" }, h("span", {}, label), control);
}
