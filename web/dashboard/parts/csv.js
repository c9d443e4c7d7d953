// Numbers to take along: rows as the API gave them, as a CSV file.

import { h } from "./elements.js";

/** A button that downloads the rows that `read()` gives, or promises, when it is pressed. */
export function csvButton(name, read) {
  async function save() {
    button.disabled = true;
    try {
      download(`${name}.csv`, toCsv(await read()));
    } catch (/** @type {any} */ error) {
      // Whatever is wrong with the service, the page around it tells of it at its next look.
      if (error.status === undefined && error.name !== "AbortError") throw error;
      button.textContent = "Not loaded";
      setTimeout(() => (button.textContent = "CSV"), 3000);
    } finally {
      button.disabled = false;
    }
  }
  const button = h(
    "button",
    {
      type: "button",
      class: "button small csv",
      "aria-label": `Download ${name} as CSV`,
      on: { click: save },
    },
    "CSV",
  );
  return button;
}

/** One line for each row, one column for each value in it: "duration_ms.p95". */
export function toCsv(rows) {
  const flat = rows.map((row) => flatten(row));
  const names = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  const lines = [names, ...flat.map((row) => names.map((name) => row[name]))];
  return lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

function flatten(row, prefix = "") {
  return Object.entries(row).reduce((flat, [name, value]) => {
    const isNested = value !== null && typeof value === "object" && !Array.isArray(value);
    return isNested
      ? { ...flat, ...flatten(value, `${prefix}${name}.`) }
      : { ...flat, [prefix + name]: value };
  }, {});
}

/** What is unknown is empty. A text that a spreadsheet would take for a formula begins with '. */
function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string" && !Array.isArray(value)) return String(value);
  const text = Array.isArray(value) ? JSON.stringify(value) : value;
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
