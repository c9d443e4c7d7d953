// The dialog that asks for a range of one's own.

import { navigate } from "../state/address.js";
import { h } from "./elements.js";
import { EARLIEST, isRange, ownRange } from "../state/period.js";

/** Open it with the period now shown. */
export function askForRange({ period }) {
  const shown = ownRange(period.from, period.to, period.zone);
  const from = h("input", {
    type: "datetime-local",
    name: "from",
    required: true,
    value: shown.from,
    min: EARLIEST,
    max: "9999-12-31T23:59",
  });
  const to = h("input", {
    type: "datetime-local",
    name: "to",
    required: true,
    value: shown.to,
    min: EARLIEST,
    max: "9999-12-31T23:59",
  });
  const problem = h("p", { class: "bad", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    const [start, end] = [from.value.slice(0, 16), to.value.slice(0, 16)];
    if (!isRange(start, end, period.zone)) {
      problem.textContent =
        start >= end
          ? "The range ends before it starts: choose a later end."
          : "The range lies where no run can be: choose a start in the past, after 1999.";
      return;
    }
    dialog.close();
    navigate({ range: "own", from: start, to: end });
  };
  const dialog = h(
    "dialog",
    { "aria-labelledby": "range-title" },
    h(
      "form",
      { on: { submit } },
      h("h2", { id: "range-title" }, "Choose a range"),
      h(
        "p",
        { class: "soft" },
        `In the time zone ${period.zone}. The end itself is not part of it. Marking a stretch of a chart does the same.`,
      ),
      h(
        "div",
        { class: "two" },
        h("label", { class: "field" }, h("span", {}, "From"), from),
        h("label", { class: "field" }, h("span", {}, "To"), to),
      ),
      problem,
      h(
        "div",
        { class: "buttons" },
        h(
          "button",
          { type: "button", class: "button", on: { click: () => dialog.close() } },
          "Cancel",
        ),
        h("button", { type: "submit", class: "button primary" }, "Show"),
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
