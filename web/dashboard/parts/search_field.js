// A field that searches while somebody types: not at every letter, and with one entry in the history.

import { h, icon, ICONS } from "./elements.js";
import { navigate } from "../state/address.js";

const PAUSE_MS = 250;

/** {element, show(text)}; the text is kept in the address under `name`. */
export function createSearchField(name, label, placeholder) {
  let timer = 0;
  const search = () => {
    clearTimeout(timer);
    navigate({ [name]: input.value.trim() || null }, { replace: true });
  };
  const input = h("input", {
    type: "search",
    placeholder,
    "aria-label": label,
    autocomplete: "off",
    spellcheck: "false",
    on: {
      input() {
        clearTimeout(timer);
        timer = setTimeout(search, PAUSE_MS);
      },
      change: search,
    },
  });
  return {
    element: h("div", { class: "inline-field" }, icon(ICONS.search, 14), input),
    show(text = "") {
      if (document.activeElement !== input) input.value = text;
    },
  };
}
