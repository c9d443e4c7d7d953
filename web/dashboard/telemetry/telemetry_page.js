// What came over OpenTelemetry, what became of it, and what was not understood.

import { navigate } from "../state/address.js";
import { h } from "../parts/elements.js";
import { Section } from "../parts/section.js";
import { countTile, createTiles } from "../parts/tiles.js";
import { pathOf } from "../service/api.js";
import { fullTime } from "../state/zone.js";
import { createCounts, createTraces } from "./counts.js";
import { createPrices } from "./prices.js";
import { createSetUp } from "./set_up.js";

const DAYS = { 1: "Today", 7: "7 days", 30: "30 days", 90: "90 days" };
const DEFAULT_DAYS = "7";
const TILES = ["Requests", "Spans", "Runs", "Waiting traces", "Expired traces"];

/** {element, heading, sections, show(view), title}; sections load and show themselves. */
export function createTelemetryPage(loader) {
  const heading = h("h1", { tabindex: "-1" }, "Telemetry");
  const facts = h("p", { class: "facts" }, "\u00a0");
  const days = drawDays();
  const [setUp, tiles, prices] = [createSetUp(), createTiles(TILES), createPrices(loader)];
  const tables = createTables();
  const numbers = h(
    "div",
    { class: "stack" },
    tiles.element,
    prices.unpriced.element,
    h("div", { class: "charts lists" }, ...tables.seen.map((card) => card.element)),
    ...tables.others.map((card) => card.element),
  );
  const element = h(
    "div",
    { class: "stack" },
    h("div", { class: "heading" }, heading, facts, days),
    numbers,
    prices.own.element,
    setUp.element,
  );

  const summaryOf = async ({ state }) =>
    (await loader.get(pathOf(["telemetry"], { days: daysOf(state) }))).data;

  function show(summary, view) {
    const { zone } = view.period;
    facts.textContent = `Since ${fullTime(summary.since, zone)} ${zone}, in whole days of UTC.`;
    const isEmpty = summary.requests === 0 && summary.waiting === 0;
    setUp.show(isEmpty);
    element.insertBefore(setUp.element, isEmpty ? numbers : null);
    tiles.show(drawTiles(summary));
    tables.show(summary, view);
  }

  function fail(error) {
    tiles.fail();
    for (const table of [...tables.seen, ...tables.others]) table.fail(error);
  }

  async function loadPrices(view) {
    const [summary, { data }, mayWrite] = await Promise.all([
      summaryOf(view),
      loader.get(pathOf(["prices"])),
      loader.may("admin"),
    ]);
    return { summary, prices: data, mayWrite };
  }

  const part = (shown) =>
    new Section({ element: shown.element, load: loadPrices, show: shown.show, fail: shown.fail });
  const sections = [
    new Section({ element: tiles.element, load: summaryOf, show, fail }),
    part(prices.unpriced),
    part(prices.own),
  ];
  return {
    element,
    heading,
    sections,
    show: ({ state }) => (days.value = daysOf(state)),
    title: "Telemetry",
  };
}

const daysOf = ({ days }) => (days in DAYS ? days : DEFAULT_DAYS);

function drawDays() {
  const choose = () => navigate({ days: select.value === DEFAULT_DAYS ? null : select.value });
  const select = h(
    "select",
    { class: "select narrow", "aria-label": "How far to look back", on: { change: choose } },
    ...Object.entries(DAYS).map(([value, label]) => h("option", { value }, label)),
  );
  return select;
}

function drawTiles(summary) {
  const { withdrawn } = summary;
  return [
    countTile("Requests", summary.requests, "with spans"),
    countTile("Spans", summary.spans, "taken"),
    countTile("Runs", summary.runs, withdrawn ? `${withdrawn} withdrawn again` : "recorded"),
    countTile("Waiting traces", summary.waiting, "for their agent’s own span, now"),
    countTile("Expired traces", summary.expired, "whose agent’s own span never came"),
  ];
}

/** {seen, others, show(summary, view)} */
function createTables() {
  const frameworks = createCounts({
    name: "frameworks",
    title: "Frameworks",
    about: null,
    label: "Framework",
    empty: "None was seen.",
  });
  const conventions = createCounts({
    name: "conventions",
    title: "Conventions",
    about: null,
    label: "Convention",
    empty: "None was seen.",
  });
  const refused = createCounts({
    name: "refused",
    title: "Not taken",
    about: "Spans and runs, by the reason.",
    label: "Reason",
    empty: "Everything was taken.",
  });
  const waiting = createTraces({
    name: "waiting",
    title: "Traces that wait",
    about: "Spans of an agent came, its own has not yet.",
    empty: "None waits.",
  });
  const expired = createTraces({
    name: "expired",
    title: "Traces that expired",
    about:
      "Some frameworks never send an agent’s span after an exception; no run is made of these.",
    empty: "None expired.",
  });
  return {
    seen: [frameworks, conventions],
    others: [refused, waiting, expired],
    show(summary, view) {
      frameworks.show(summary.frameworks, view);
      conventions.show(summary.conventions, view);
      refused.show(summary.refused, view);
      waiting.show(summary.waiting_examples, summary.waiting, view);
      expired.show(summary.examples, summary.expired, view);
    },
  };
}
