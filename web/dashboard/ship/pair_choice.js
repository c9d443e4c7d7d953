// Which two versions are compared: chosen by hand, else the active one with the one before it.

import { h, icon, ICONS } from "../parts/elements.js";
import { navigate } from "../state/address.js";
import { exactCount } from "../parts/units.js";

/** Most versions that a list offers; any other one can still be named by the address. */
export const MOST_CHOICES = 1000;

/** {base, candidate} of a page of standings; null where there is none. */
export function choosePair(page, { base = null, candidate = null }) {
  const names = comparable(page.standings);
  const other = (taken) => names.find((name) => name !== taken) ?? null;
  const active = page.active_version === base ? null : page.active_version;
  const chosen = candidate ?? active ?? other(base);
  if (base !== null) return { base, candidate: chosen };
  const before = page.standings.find(({ version }) => version === chosen)?.previous ?? null;
  return { base: before ?? other(chosen), candidate: chosen };
}

/** What has ever run, unless that is one version or none. */
function comparable(standings) {
  const ran = standings.filter(({ began }) => began !== null);
  return (ran.length > 1 ? ran : standings).map(({ version }) => version);
}

/** {element, show({versions, base, candidate})} */
export function createPairChoice() {
  const base = drawChoice("Base", (version) => navigate({ base: version }));
  const candidate = drawChoice("Candidate", (version) => navigate({ candidate: version }));
  const swap = h(
    "button",
    {
      type: "button",
      class: "button icon",
      "aria-label": "Swap base and candidate",
      title: "Swap",
      on: { click: () => navigate({ base: candidate.value, candidate: base.value }) },
    },
    icon(ICONS.swap),
  );
  const note = h("p", { class: "footnote", hidden: true });
  const choice = h("div", { class: "end choice" }, base.element, swap, candidate.element);
  return {
    element: h("div", { class: "pair" }, choice, note),
    show({ versions, ...pair }) {
      base.show(versions.standings, pair.base);
      candidate.show(versions.standings, pair.candidate);
      swap.disabled = !pair.base || !pair.candidate;
      const left = versions.matching - versions.standings.length;
      note.hidden = left <= 0;
      note.textContent = `The lists leave out ${exactCount(left)} versions: those that come first.`;
    },
  };
}

function drawChoice(label, onChange) {
  const select = h("select", { on: { change: () => onChange(select.value) } });
  return {
    element: h("label", { class: "field" }, h("span", {}, label), select),
    get value() {
      return select.value;
    },
    show(standings, chosen) {
      const options = standings.map(({ version, runs }) => [
        version,
        `${version} (${runs ? `${exactCount(runs)} runs` : "no runs in this range"})`,
      ]);
      if (chosen && !standings.some(({ version }) => version === chosen))
        options.unshift([chosen, chosen]);
      select.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
      select.disabled = options.length < 2;
      select.value = chosen ?? "";
    },
  };
}
