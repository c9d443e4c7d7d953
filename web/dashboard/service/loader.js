// Answers of the API, each fetched once until the next refresh: sorting a table asks for nothing.

import { change, get, pathOf } from "./api.js";

export class Loader {
  #answers = new Map();
  #abort = new AbortController();
  #pending = 0;
  #onPending;

  /** `onPending(number)` hears how many requests are under way; `refresh()` shows all anew. */
  constructor(onPending, refresh) {
    this.#onPending = onPending;
    this.refresh = refresh;
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

  /** The answer to a change, after which nothing known before holds. */
  async change(method, path, body) {
    const data = await this.send(method, path, body);
    this.renew();
    return data;
  }

  /** The answer to what is sent, and changes nothing that is shown. */
  async send(method, path, body) {
    this.#onPending((this.#pending += 1));
    try {
      return (await change(method, path, body)).data;
    } finally {
      this.#onPending((this.#pending -= 1));
    }
  }

  /** Whether this page's token may call routes of a scope: "ingest" or "admin". */
  async may(scope) {
    const { data } = await this.get(pathOf(["whoami"]));
    return data.scopes.includes(scope);
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
