// Models without a price, prices of one's own, and the way to set one.

import { openDialog, InputProblem } from "../parts/dialogs.js";
import { named } from "../parts/cells.js";
import { command, shellWord } from "../parts/copying.js";
import { h } from "../parts/elements.js";
import { createListCard } from "../parts/list_card.js";
import { baseAddress, pathOf } from "../service/api.js";
import { currentToken } from "../service/token.js";
import { exactCount, money, NONE } from "../parts/units.js";

const MOST_RATE = 1_000_000;
const KINDS = {
  input: "Input",
  output: "Output",
  cache_read_input: "Read from the cache",
  cache_creation_input: "Written to the cache",
  reasoning_output: "Reasoning",
};

/** Two cards: {unpriced, own}, each {element, show(data, view), fail(error)}. */
export function createPrices(loader) {
  const set = (model, rates = {}) => openPrice(loader, model, rates);
  const setButton = (row) =>
    row.mayWrite
      ? action("Set a price", `Set a price of ${row.model}`, () => set(row.model, row.rates))
      : NONE;
  const unpriced = createListCard({
    name: "unpriced",
    title: "Models without a price",
    about: "Their calls have a cost that is not known, so that of their runs is not either.",
    columns: [
      { key: "model", label: "Model", title: true, cell: (row) => named(row.model) },
      { key: "calls", label: "Requests", number: true, cell: (row) => exactCount(row.requests) },
      { key: "set", label: "Set", isBare: true, full: true, cell: setButton },
    ],
    empty: "Every model that was seen has a price.",
  });
  const add = action("Add a price", "Add a price", () => set(""));
  const own = createListCard({
    name: "prices",
    title: "Prices of your own",
    about: "In dollars for a million tokens; they win over the public list.",
    columns: [
      { key: "model", label: "Model", title: true, cell: (row) => named(row.model) },
      ...Object.entries(KINDS).map(([kind, label]) => ({
        key: kind,
        label,
        number: true,
        cell: (row) => money(row.rates[kind]),
      })),
      { key: "set", label: "Change", isBare: true, full: true, cell: drawChange },
    ],
    empty: "None: the public list alone is used.",
    ends: [add],
  });

  function drawChange(row) {
    if (!row.mayWrite) return NONE;
    return h(
      "span",
      { class: "actions" },
      action("Change", `Change the price of ${row.model}`, () => set(row.model, row.rates)),
      " ",
      action("Remove", `Remove the price of ${row.model}`, () => openRemoval(loader, row.model)),
    );
  }

  return {
    unpriced: {
      ...unpriced,
      show({ summary, mayWrite }, view) {
        const rows = Object.entries(summary.unpriced).map(([model, requests]) => ({
          ...{ model, requests },
          mayWrite,
        }));
        unpriced.show(rows, view, rows.length && !mayWrite ? drawCommand(rows[0].model) : null);
      },
    },
    own: {
      ...own,
      show({ prices, mayWrite }, view) {
        add.hidden = !mayWrite;
        const rows = Object.entries(prices.models).map(([model, rates]) => ({
          ...{ model, rates },
          mayWrite,
        }));
        own.show(rows, view, describeList(prices.public_list));
      },
    },
  };
}

function describeList({ source, newest_price_from: newest, models }) {
  const from = newest ? `, the newest price from ${newest}` : "";
  return `The public list has ${exactCount(models)} models${from}${source ? ` (${source})` : ""}. Runs that are recorded keep what they cost.`;
}

/** Whoever may not, can have it done. */
function drawCommand(model) {
  const body = JSON.stringify({ models: { [model]: { input: 1, output: 2 } } });
  const auth = currentToken() === null ? "" : '-H "Authorization: Bearer $AGENT_METRICS_TOKEN" ';
  const text = `curl -X PATCH ${auth}${shellWord(`${baseAddress}/api/v1/prices`)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shellWord(body)}`;
  return [h("p", {}, "With a token of scope admin:"), command(text, "Set a price")];
}

function openPrice(loader, model, rates) {
  const name = h("input", { value: model, required: true, maxlength: "200", spellcheck: "false" });
  const fields = Object.entries(KINDS).map(([kind, label]) => {
    const range = { type: "number", min: "0", max: String(MOST_RATE), step: "any" };
    const input = h("input", { ...range, value: rates[kind] ?? "", required: kind === "input" });
    return { kind, input, element: h("label", { class: "field" }, h("span", {}, label), input) };
  });
  openDialog({
    title: "A price of your own",
    content: [
      h(
        "p",
        { class: "soft" },
        "Dollars for a million tokens. What is left empty costs what it is a part of.",
      ),
      h("label", { class: "field" }, h("span", {}, "Model"), name),
      h("div", { class: "two" }, ...fields.map(({ element }) => element)),
    ],
    action: "Set",
    async submit() {
      const given = fields.filter(({ input }) => input.value !== "");
      if (!name.value.trim()) throw new InputProblem("Name the model");
      const priced = Object.fromEntries(
        given.map(({ kind, input }) => [kind, Number(input.value)]),
      );
      await save(loader, { [name.value.trim()]: priced });
    },
  });
}

function openRemoval(loader, model) {
  openDialog({
    title: "Remove this price?",
    content: [h("p", {}, named(model), " costs again what the public list says, if it knows it.")],
    action: "Remove",
    isDangerous: true,
    submit: () => save(loader, { [model]: null }),
  });
}

async function save(loader, models) {
  await loader.change("PATCH", pathOf(["prices"]), { models });
  loader.refresh();
}

function action(text, label, click) {
  return h(
    "button",
    { type: "button", class: "button small", "aria-label": label, on: { click } },
    text,
  );
}
