// A part of a page that loads for itself: its skeleton, its content, its failure.

/** Failures that concern the whole service; the page tells of them once. */
const isGeneral = (error) =>
  error.status === 0 ||
  error.status === 401 ||
  error.status === 403 ||
  error.status === 429 ||
  error.status >= 500;

export class Section {
  #turn = 0;
  #hasContent = false;

  /**
   * `load(view)` gets the data, `show(data, view)` shows them, `fail(error, view)` shows that
   * there are none. All keep to the element's size, so that nothing jumps.
   */
  constructor(/** @type {Part} */ part) {
    this.part = part;
  }

  /** Answers the error that the page should tell of, or null. */
  async update(/** @type {View} */ view) {
    const turn = ++this.#turn;
    this.part.element.setAttribute("aria-busy", "true");
    this.part.element.classList.toggle("stale", this.#hasContent);
    try {
      const data = await this.part.load(view);
      if (turn !== this.#turn) return null;
      this.part.show(data, view);
      this.#hasContent = true;
    } catch (/** @type {any} */ error) {
      if (turn !== this.#turn || error.name === "AbortError") return null;
      if (error.status === undefined) throw error;
      // Old numbers are better than none, as long as the page says that they are old.
      if (!view.isRefresh || !this.#hasContent) {
        this.#hasContent = false;
        this.part.fail(error, view);
      }
      return isGeneral(error) ? error : null;
    } finally {
      if (turn === this.#turn) this.part.element.removeAttribute("aria-busy");
    }
    return null;
  }
}
