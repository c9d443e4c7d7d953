// Builds elements. Text goes in as text and nothing else: what agents send is never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * h("button", { class: "button", on: { click } }, "Save")
 * Attributes: null and false are left out, `on` holds listeners, "--name" sets a CSS property.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Make `child` the only one; one that is there already stays, and the focus within it. */
export function place(parent, child) {
  if (parent.childElementCount !== 1 || parent.firstElementChild !== child)
    parent.replaceChildren(child);
}

/** An icon of 16 units, drawn with lines; decorative, so its button needs a label. */
export function icon(path, size = 16) {
  const shape = s("path", {
    d: path,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.6",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  });
  return s(
    "svg",
    { viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true" },
    shape,
  );
}

export const ICONS = {
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.8 10.8 14 14",
  down: "M8 3v10M4 9.4 8 13l4-3.6",
  up: "M8 13V3M4 6.6 8 3l4 3.6",
  swap: "M3 5.5h10M10 2.5l3 3-3 3M13 10.5H3M6 7.5l-3 3 3 3",
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 2v3h-3",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  moon: "M13.5 9.3A5.8 5.8 0 0 1 6.7 2.5a5.8 5.8 0 1 0 6.8 6.8Z",
  system: "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3",
  key: "M10.4 9.2a3.6 3.6 0 1 0-3.3-2.6L2 11.7V14h2.4v-1.8h1.8v-1.8h1.2z",
  warning: "M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1",
};

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value))
        element.addEventListener(event, listener);
    } else if (name.startsWith("--")) {
      element.style.setProperty(name, value);
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(
    ...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}
