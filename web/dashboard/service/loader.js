// Answers of the API, each fetched once until the next refresh: sorting a table asks for nothing.

import { get } from "./api.js";

export class Loader {
  #answers = new Map();
  #abort = new AbortController();
  #pending = 0;
  #onPending;

  /** `onPending(number)` hears how many requests are under way. */
  constructor(onPending) {
    this.#onPending = onPending;
  }

  /** Forget everything, and stop what is under way. */
  renew() {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#answers = new Map();
  }

  /** {data, cursor} of a path; see api.js. Failures are not kept. */
  get(path) {
    if (!this.#answers.has(path)) this.#answers.set(path, this.#fetch(path));
    return this.#answers.get(path);
  }

  async #fetch(path) {
    const answers = this.#answers;
    this.#onPending((this.#pending += 1));
    try {
      return await get(path, this.#abort.signal);
    } catch (error) {
      answers.delete(path);
      throw error;
    } finally {
      this.#onPending((this.#pending -= 1));
    }
  }
}
