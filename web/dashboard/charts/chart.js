// A figure as a card: title, legend, plot with tooltip and keys, and the same as a table.

import { h } from "../parts/elements.js";
import { bucketName } from "./chart_axis.js";
import { csvButton } from "../parts/csv.js";
import { failure, skeleton } from "../parts/notices.js";
import { labelsAt, placeMarks } from "./marks.js";
import { drawPlot, spreads } from "./plot.js";
import { splitRows } from "./split.js";
import { createTooltip, drawSwatch } from "./tooltip.js";

export class Chart {
  #figure;
  #onZoom;
  /** @type {{metrics: any, period: Period, marks: any[]} | null} */
  #shown = null;
  /** @type {import("uplot") | null} */
  #plot = null;
  #isTable = false;
  #pointed = false;
  #tooltip = createTooltip();

  /** `onZoom(from, to)` hears which instants were marked with the pointer. */
  constructor(figure, onZoom) {
    this.#figure = figure;
    this.#onZoom = onZoom;
    this.legend = h("ul", { class: "legend", "aria-label": `Legend: ${figure.title}` });
    this.box = h("div", { class: "plot" }, skeleton());
    this.spoken = h("div", { class: "unseen", "aria-live": "polite" });
    this.toggle = h(
      "button",
      {
        type: "button",
        class: "button small",
        "aria-pressed": String(this.#isTable),
        on: { click: () => this.#switch() },
      },
      "Table",
    );
    this.toggle.setAttribute("aria-label", `${figure.title} as a table`);
    const csv = csvButton(figure.title.toLowerCase(), () => this.#rows());
    this.element = h(
      "section",
      { class: "card chart", "aria-label": `${figure.title} over time` },
      h("div", { class: "chart-head" }, h("h3", {}, figure.title), csv, this.toggle),
      this.legend,
      this.box,
      this.spoken,
    );
    new ResizeObserver(() => this.#resize()).observe(this.box);
    this.box.addEventListener("mouseenter", () => (this.#pointed = true));
    this.box.addEventListener("mouseleave", () => this.#leave());
    this.box.addEventListener("blur", () => this.#leave());
    this.box.addEventListener("keydown", (event) => this.#step(event));
  }

  /**
   * Show a metrics answer with buckets; `marks` are [{instant, label}] worth a line across, or, with
   * `until`, a stretch that is shaded. `figure` is drawn from now on.
   */
  show(metrics, period, marks, figure = this.#figure) {
    this.#figure = figure;
    this.#shown = {
      metrics,
      period,
      marks: placeMarks(marks, metrics.buckets),
    };
    this.#drawLegend(metrics);
    this.redraw();
  }

  #rows() {
    if (!this.#shown) return [];
    const { metrics } = this.#shown;
    return metrics.groups?.length ? splitRows(metrics) : metrics.buckets;
  }

  /** Show an element in place of the plot. */
  showNotice(element) {
    this.#shown = null;
    this.#clear();
    this.toggle.disabled = true;
    this.legend.replaceChildren(h("li", {}, "\u00a0"));
    this.box.className = "plot";
    this.box.replaceChildren(element);
  }

  fail(error) {
    this.showNotice(failure(error));
  }

  /** Draw again, in the colours of the present theme. */
  redraw() {
    if (!this.#shown) return;
    const { metrics, period, marks } = this.#shown;
    this.#clear();
    this.toggle.disabled = false;
    this.box.className = this.#isTable ? "plot-table" : "plot";
    this.box.setAttribute("tabindex", "0");
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", this.#describe(metrics));
    if (this.#isTable) {
      this.box.replaceChildren(this.#drawTable(metrics, period, marks));
      return;
    }
    this.box.replaceChildren(this.#tooltip.element);
    this.#plot = drawPlot(this.#figure, metrics.buckets, period, this.box, {
      marks,
      onCursor: (place, left) => this.#point(place, left),
      onZoom: (first, last) => this.#onZoom(metrics.buckets[first].from, metrics.buckets[last].to),
    });
    this.#plot?.root.setAttribute("aria-hidden", "true");
  }

  #clear() {
    this.#plot?.destroy();
    this.#plot = null;
    this.#tooltip.hide();
    for (const name of ["tabindex", "role", "aria-label"]) this.box.removeAttribute(name);
  }

  #describe(metrics) {
    const totals = this.#figure
      .legend(metrics)
      .map((text, place) => `${this.#figure.series[place].label} ${text}`);
    const hint = this.#isTable
      ? "as a table."
      : "Arrow keys step through it; the Table button shows its numbers.";
    return `${this.#figure.title} over time: ${totals.join(", ")}. ${hint}`;
  }

  #drawLegend(metrics) {
    const totals = this.#figure.legend(metrics);
    const items = this.#figure.series.map(({ label, swatch }, place) =>
      h("li", {}, drawSwatch(swatch), `${label} `, h("b", {}, totals[place])),
    );
    for (const note of this.#figure.notes ?? []) items.push(h("li", { class: "faint" }, note));
    if (this.#figure.bandLabel)
      items.push(h("li", {}, drawSwatch({ colour: "--chart-band" }), this.#figure.bandLabel));
    if (this.#figure.isLogarithmic && !this.#isTable && spreads(this.#figure, metrics.buckets))
      items.push(h("li", { class: "faint" }, "log scale"));
    this.legend.replaceChildren(...items);
  }

  #drawTable({ buckets }, period, marks) {
    const heads = this.#figure
      .rows(buckets[0])
      .map(([label]) => h("th", { scope: "col", class: "number" }, label));
    const rows = buckets.map((bucket, place) =>
      h(
        "tr",
        {},
        h(
          "th",
          { scope: "row" },
          bucketName(bucket, period),
          ...labelsAt(marks, place).map((label) => h("small", {}, label)),
        ),
        ...this.#figure.rows(bucket).map(([, text]) => h("td", { class: "number" }, text)),
      ),
    );
    return h(
      "table",
      {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "From"), ...heads)),
      h("tbody", {}, ...rows.reverse()),
    );
  }

  #point(place, left) {
    // The other charts follow the pointer with their line only.
    if (place === null || !this.#pointed || !this.#shown) {
      this.#tooltip.hide();
      return;
    }
    const bucket = this.#shown.metrics.buckets[place];
    const begun = labelsAt(this.#shown.marks, place);
    this.#tooltip.show(
      bucketName(bucket, this.#shown.period),
      begun,
      this.#figure.rows(bucket),
      left,
      this.box.clientWidth,
    );
  }

  #leave() {
    this.#pointed = false;
    this.#tooltip.hide();
  }

  #step(event) {
    if (!this.#plot || !this.#shown) return;
    const { metrics, period } = this.#shown;
    const number = metrics.buckets.length;
    if (!["ArrowLeft", "ArrowRight", "Home", "End", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") {
      this.#leave();
      return;
    }
    const at = this.#plot.cursor.idx;
    const next = {
      Home: 0,
      End: number - 1,
      ArrowLeft: (at ?? number) - 1,
      ArrowRight: (at ?? -1) + 1,
    }[event.key];
    const place = Math.min(number - 1, Math.max(0, next));
    this.#pointed = true;
    this.#plot.setCursor({
      left: this.#plot.valToPos(place, "x"),
      top: this.#plot.over.clientHeight / 2,
    });
    const bucket = metrics.buckets[place];
    const rows = this.#figure.rows(bucket).map(([label, text]) => `${label} ${text}`);
    const marked = labelsAt(this.#shown.marks, place).map((label) => `. ${label}`);
    this.spoken.textContent = `${bucketName(bucket, period)}: ${rows.join(", ")}${marked.join("")}`;
  }

  #switch() {
    this.#isTable = !this.#isTable;
    this.toggle.setAttribute("aria-pressed", String(this.#isTable));
    this.redraw();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (this.#plot && width > 0 && (width !== this.#plot.width || height !== this.#plot.height))
      this.#plot.setSize({ width, height });
  }
}
