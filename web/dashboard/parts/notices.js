// What stands where numbers would be: loading, empty, failed. Each says what to do.

import { h, icon, ICONS } from "./elements.js";
import { addressOf } from "../state/address.js";

/** A message in the middle of its box. */
export function notice(title, text, ...buttons) {
  return h(
    "div",
    { class: "notice" },
    title && h("h3", {}, title),
    h("p", {}, text),
    buttons.length ? h("div", { class: "buttons" }, ...buttons) : null,
  );
}

/** Why a section has nothing to show. What concerns the whole service is told above the page. */
export function failure(error) {
  const isTold =
    error.status === 0 || error.status === 401 || error.status === 403 || error.status >= 429;
  const text = isTold
    ? "Not loaded. See the message at the top of the page."
    : sentence(error.message);
  return h(
    "div",
    { class: "notice error" },
    icon(ICONS.warning, 20),
    h("p", {}, text),
    !isTold && error.requestId ? h("p", { class: "footnote" }, `Request ${error.requestId}`) : null,
  );
}

const SHORT = { today: "7d", yesterday: "7d", week: "7d", month: "90d", "24h": "7d" };

/** No runs in the period: offer a longer one. */
export function noRuns(state, what = "runs") {
  const longer = { ...SHORT, "7d": "30d", "30d": "90d" }[state.range];
  const offer =
    longer &&
    h(
      "a",
      { class: "button", href: addressOf({ range: longer }) },
      `Show ${longer.replace("d", " days")}`,
    );
  return notice(
    `No ${what} in this range`,
    longer
      ? "Nothing was recorded in it. A longer range may show more."
      : "Nothing was recorded in it. Choose another range above.",
    ...(offer ? [offer] : []),
  );
}

/** A block as large as what will stand there. */
export const skeleton = (text = "\u00a0") =>
  h("div", { class: "skeleton", "aria-hidden": "true" }, text);

/** Rows of a table to come. */
export function rowsSkeleton(rows) {
  return h("div", { class: "rows-skeleton" }, ...Array.from({ length: rows }, () => skeleton()));
}

/** A problem's detail as a sentence: the API writes them without capital and full stop. */
export function sentence(detail) {
  const text = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
