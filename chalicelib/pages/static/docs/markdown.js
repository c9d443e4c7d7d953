// The little of Markdown that the API document uses: paragraphs, lists, `code` and *emphasis*.

import { h } from "./elements.js";

export function markdown(text = "") {
  return text
    .split(/\n{2,}/)
    .filter((block) => block.trim())
    .map((block) => (block.startsWith("- ") ? list(block) : h("p", {}, inline(block))));
}

/** The same without paragraphs, for a sentence or two. */
export function inline(text = "") {
  return text.split(/(`[^`]+`|\*[^*\s][^*]*\*)/).map((part) => {
    if (part.startsWith("`")) return h("code", {}, part.slice(1, -1));
    if (/^\*.+\*$/s.test(part)) return h("em", {}, part.slice(1, -1));
    return part;
  });
}

function list(block) {
  return h("ul", {}, block.split(/\n(?=- )/).map((item) => h("li", {}, inline(item.slice(2)))));
}
