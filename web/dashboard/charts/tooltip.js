// The box beside the pointer: what a bucket holds.

import { h } from "../parts/elements.js";

const AWAY_PX = 14;

export function createTooltip() {
  const element = h("div", { class: "tooltip", hidden: true, "aria-hidden": "true" });

  /** Show `notes` and `rows` of [label, text, swatch] at a point of the plot, within its width. */
  function show(title, notes, rows, left, width) {
    element.replaceChildren(
      h("p", {}, title),
      ...notes.map((note) => h("p", { class: "note" }, note)),
      h(
        "dl",
        {},
        ...rows.flatMap(([label, text, swatch]) => [
          h("dt", {}, drawSwatch(swatch), label),
          h("dd", {}, text),
        ]),
      ),
    );
    element.hidden = false;
    const size = element.offsetWidth;
    const fitsRight = left + AWAY_PX + size <= width;
    const x = fitsRight ? left + AWAY_PX : Math.max(0, left - AWAY_PX - size);
    element.style.transform = `translate(${Math.round(x)}px, 6px)`;
  }

  return { element, show, hide: () => (element.hidden = true) };
}

/** The small mark that ties a name to its colour in the chart. */
export function drawSwatch(swatch) {
  if (!swatch) return null;
  return h("span", {
    class: swatch.isLine ? "swatch line" : "swatch",
    "--swatch": `var(${swatch.colour})`,
    "aria-hidden": "true",
  });
}
