// One watch: its state, its history, and what may be done about it; or the form of a new one.

import { addressOf, navigate } from "../state/address.js";
import { named } from "../parts/cells.js";
import { h } from "../parts/elements.js";
import { failure, skeleton } from "../parts/notices.js";
import { Section } from "../parts/section.js";
import { pathOf } from "../service/api.js";
import { createHistory, EVENTS_A_PAGE } from "./history.js";
import { createTrial } from "./trial.js";
import { createWatchActions, showSecret } from "./watch_actions.js";
import { drawWatch } from "./watch_facts.js";
import { createWatchForm, targetOf } from "./watch_form.js";

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createWatchPage(loader, id) {
  if (id === "new") return createNewPage(loader);
  const heading = h("h1", { tabindex: "-1" }, "Watch");
  const trial = createTrial(loader);
  /** @type {View} */
  let view;
  const tryWatch = (watch) => trial.run({ ...targetOf(watch), condition: watch.condition }, view);
  const actions = createWatchActions(loader, id, tryWatch);
  const body = h("div", { class: "run" }, skeleton());
  const card = drawCard("State", body, actions.element);
  const formBody = h("div", { class: "run" });
  const formCard = drawCard("Edit", formBody);
  const history = createHistory();
  const frame = drawFrame(heading, [card, formCard, trial.element, history.element]);
  /** @type {{element: HTMLElement, show: (view: View) => void} | null} */
  let form = null;

  const loadWatch = async () => (await loader.get(pathOf(["watches", id]))).data;
  const load = async () => {
    const [watch, mayWrite] = await Promise.all([loadWatch(), loader.may("admin")]);
    return { watch, mayWrite };
  };
  const loadEvents = async ({ state }) => {
    const query = { limit: EVENTS_A_PAGE, cursor: state.eat };
    const { data, cursor } = await loader.get(pathOf(["watches", id, "events"], query));
    return { events: data, cursor };
  };

  /** The form stays as it is while somebody fills it in. */
  function showForm(watch) {
    const isOpen = view.state.edit !== undefined;
    formCard.hidden = !isOpen;
    if (!isOpen) form = null;
    else form ??= openForm(watch);
    form?.show(view);
  }

  function openForm(watch) {
    const close = () => navigate({ edit: null, kind: null });
    const made = createWatchForm({
      loader,
      watch,
      cancel: close,
      async save(asked) {
        const { secret } = await loader.change("PATCH", pathOf(["watches", id]), asked);
        close();
        if (secret) showSecret(secret);
      },
    });
    formBody.replaceChildren(made.element);
    formBody.querySelector("input")?.focus();
    return made;
  }

  const sections = [
    new Section({
      element: card,
      load,
      show(found) {
        heading.replaceChildren(named(found.watch.name));
        document.title = `${found.watch.name} · Agent Metrics`;
        body.replaceChildren(drawWatch(found.watch, view));
        actions.show(found);
        showForm(found.watch);
      },
      fail: (error) => body.replaceChildren(failure(error)),
    }),
    new Section({
      element: history.element,
      load: loadEvents,
      show: history.show,
      fail: history.fail,
    }),
  ];

  function show(next) {
    view = next;
    frame.show();
    formCard.hidden = view.state.edit === undefined;
  }

  return { element: frame.element, heading, sections, show, title: "Watch" };
}

function createNewPage(loader) {
  const heading = h("h1", { tabindex: "-1" }, "New watch");
  const body = h("div", { class: "run" });
  const frame = drawFrame(heading, [drawCard("What to watch", body)]);
  /** @type {any} */
  let form = null;

  function show(/** @type {View} */ view) {
    frame.show();
    if (form === null) {
      form = openForm(view.state.of ?? null);
      body.replaceChildren(form.element);
    }
    form.show(view);
  }

  function openForm(of) {
    return createWatchForm({
      loader,
      watch: null,
      of,
      cancel: () => navigate(of ? { agent: of, view: "watches" } : { view: "watches" }),
      async save(asked) {
        const made = await loader.change("POST", pathOf(["watches"]), asked);
        navigate({ view: "watch", shownWatch: made.id, of: null, kind: null });
        if (made.secret) showSecret(made.secret);
      },
    });
  }

  return { element: frame.element, heading, sections: [], show, title: "New watch" };
}

function drawFrame(heading, parts) {
  const crumb = h("a", { class: "crumb" }, "All watches");
  const head = h("div", { class: "heading short" }, crumb, heading);
  return {
    element: h("div", { class: "stack" }, head, ...parts),
    show: () => (crumb.href = addressOf({ agent: null, view: "watches" })),
  };
}

function drawCard(title, body, end = null) {
  const id = `${title.toLowerCase().replaceAll(" ", "-")}-title`;
  return h(
    "section",
    { class: "card", "aria-labelledby": id },
    h(
      "div",
      { class: "card-head" },
      h("h2", { id }, title),
      end && h("div", { class: "end many" }, end),
    ),
    body,
  );
}
