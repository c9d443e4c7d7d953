// Range, interval, time zone and refresh: what every page is shown by.

import { addressOf, navigate, REFRESHES } from "../state/address.js";
import { h, icon, ICONS } from "./elements.js";
import { askForRange } from "./own_range.js";
import { INTERVALS, RANGES } from "../state/period.js";
import { allZones } from "../state/zone.js";

/** Pages that show how things are, whatever the range. */
const WITHOUT_RANGE = ["spend", "watches", "watch", "telemetry"];

/** {element, show(view), setBusy(isBusy)}; `onRefresh` hears the button. */
export function createToolbar(onRefresh) {
  /** @type {View} */
  let view;
  const ranges = Object.entries(RANGES).map(([range, label]) =>
    h("button", { type: "button", value: range, on: { click: () => navigate({ range }) } }, label),
  );
  const own = h(
    "button",
    {
      type: "button",
      value: "own",
      "aria-haspopup": "dialog",
      on: { click: () => askForRange(view) },
    },
    "Own",
  );
  const interval = choice(
    "Interval of the charts",
    [["", "Auto"], ...Object.entries(INTERVALS)],
    (value) => navigate({ interval: value || null }),
  );
  const zone = choice(
    "Time zone",
    allZones().map((name) => [name, name.replaceAll("_", " ")]),
    (value) => navigate({ tz: value }),
  );
  const refresh = choice(
    "Refresh by itself",
    [
      ["", "No auto-refresh"],
      ...Object.entries(REFRESHES).map(([s, label]) => [s, `Every ${label}`]),
    ],
    (value) => navigate({ refresh: value || null }),
  );
  const button = h(
    "button",
    { type: "button", class: "button", on: { click: onRefresh } },
    icon(ICONS.refresh, 14),
    "Refresh",
  );
  const segments = h(
    "div",
    { class: "segments", role: "group", "aria-label": "Range" },
    ...ranges,
    own,
  );
  const progress = h("div", { class: "progress", "aria-hidden": "true" });
  const element = h(
    "div",
    { class: "tools-band", role: "region", "aria-label": "What is shown" },
    h(
      "div",
      { class: "tools" },
      segments,
      h("div", { class: "tools-end" }, interval, zone, refresh, button),
    ),
    progress,
  );

  function show(next) {
    view = next;
    const { state, period } = view;
    segments.hidden = interval.hidden = WITHOUT_RANGE.includes(state.view ?? "");
    for (const segment of [...ranges, own])
      segment.setAttribute("aria-pressed", String(segment.value === state.range));
    interval.options[0].textContent = `Auto: by ${period.interval}`;
    Object.values(INTERVALS).forEach((name, at) => {
      interval.options[at + 1].textContent = `By ${name.toLowerCase()}`;
    });
    interval.value = state.interval ?? "";
    if (![...zone.options].some((option) => option.value === state.tz))
      zone.append(h("option", { value: state.tz }, state.tz));
    zone.value = state.tz;
    refresh.value = state.refresh ?? "";
  }

  return {
    element,
    show,
    setBusy: (isBusy) => progress.classList.toggle("active", isBusy),
    addressOf,
  };
}

function choice(label, pairs, onChange) {
  const select = h(
    "select",
    {
      class: "select",
      "aria-label": label,
      title: label,
      on: { change: () => onChange(select.value) },
    },
    ...pairs.map(([value, text]) => h("option", { value }, text)),
  );
  return select;
}
