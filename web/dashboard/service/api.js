// The public API, and nothing else. Addresses are relative to this file's own, so they hold
// behind an API Gateway stage or any other prefix.

import { askForToken, currentToken } from "./token.js";

const ROOT = new URL("../../api/v1/", import.meta.url);
const PATIENCE_MS = 29_000;

/** An answer that is not a success: `detail` is for people, `requestId` for whoever runs this. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail || "The service gave no reason.");
    this.status = status;
    this.code = problem.code ?? "";
    this.requestId = problem.request_id ?? null;
    /** What is wrong with which field: [{path, message}]. */
    this.errors = problem.errors ?? [];
  }
}

export const baseAddress = ROOT.href.replace(/\/api\/v1\/$/, "");

/** "agents/x/runs" with a query; what is null or empty is left out. */
export function pathOf(segments, query = {}) {
  const given = Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  const path = segments.map(encodeURIComponent).join("/");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** {data, cursor}: the JSON of an answer, and where the next page of a list starts (or null). */
export const get = (path, signal) => ask({ method: "GET", path }, signal);

/** The same for what changes something: `body`, where there is one, is sent as JSON. */
export const change = (method, path, body) =>
  ask({ method, path, body }, new AbortController().signal);

async function ask(request, signal) {
  for (;;) {
    const token = currentToken();
    const response = await send(request, token, signal);
    if (response.ok) return { data: parse(await response.text()), cursor: nextCursor(response) };
    const problem = await readProblem(response);
    if (response.status !== 401) throw new ApiError(response.status, problem);
    // Somebody may have given a new token while this request was under way.
    if (token === currentToken() && !(await askForToken(token ? problem.detail : null))) {
      throw new ApiError(401, { ...problem, detail: "This service asks for a token." });
    }
    signal.throwIfAborted();
  }
}

async function send({ method, path, body }, token, signal) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  // Pages of other origins cannot send this type unasked.
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    return await fetch(new URL(path, ROOT), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: limited,
      credentials: "same-origin",
    });
  } catch (/** @type {any} */ error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, { detail: unreachable(error, method) });
  }
}

function unreachable(error, method) {
  if (error.name !== "TimeoutError")
    return "The service cannot be reached. Check that it runs and that this device is online.";
  return method === "GET"
    ? "The service did not answer in time. A shorter range asks less of it."
    : "The service did not answer in time. Look again before you repeat this.";
}

async function readProblem(response) {
  try {
    return await response.json();
  } catch {
    return { detail: `The service answered with status ${response.status}.` };
  }
}

/** Run ids are 64-bit integers: those that JavaScript cannot hold stay the text they were. */
function parse(text) {
  return text ? JSON.parse(text, keepDigits) : null;
}

/** @type {(key: string, value: any, context?: {source?: string}) => any} */
function keepDigits(_key, value, context) {
  const isRounded =
    typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  const written = context?.source ?? "";
  return isRounded && /^-?\d+$/.test(written) ? written : value;
}

function nextCursor(response) {
  const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("Link") ?? "");
  return link ? new URL(link[1], ROOT).searchParams.get("cursor") : null;
}
