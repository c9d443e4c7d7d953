// Pages of a list: where this one ends is counted, and buttons lead on and back.

import { h } from "./elements.js";
import { navigate } from "../state/address.js";

// Which page led to which, for as long as this tab lives.
const before = new Map();

/**
 * {element, show({text, next, at})}: `text` says what is shown of how many, `next` is where the next
 * page begins (null on the last), `at` where this one does (null on the first). `name` is the place's
 * in the address.
 */
export function createPager(name, { first = "First", back = "Back", on = "Next" } = {}) {
  let shown = { next: null, at: null };
  const go = (place) => navigate({ [name]: place });
  const text = h("span", { "aria-live": "polite" }, "\u00a0");
  const buttons = {
    first: pageButton(first, () => go(null)),
    back: pageButton(back, () => go(before.get(shown.at) ?? null)),
    on: pageButton(on, () => {
      before.set(shown.next, shown.at);
      go(shown.next);
    }),
  };
  const ends = h("div", { class: "end" }, buttons.first, buttons.back, buttons.on);
  return {
    element: h("div", { class: "card-foot" }, text, ends),
    show(next) {
      shown = { next: next.next ?? null, at: next.at ?? null };
      text.textContent = next.text || "\u00a0";
      ends.hidden = shown.next === null && shown.at === null;
      buttons.first.disabled = shown.at === null;
      buttons.back.disabled = shown.at === null || !before.has(shown.at);
      buttons.on.disabled = shown.next === null;
    },
  };
}

function pageButton(label, click) {
  return h(
    "button",
    { type: "button", class: "button small", disabled: true, on: { click } },
    label,
  );
}
