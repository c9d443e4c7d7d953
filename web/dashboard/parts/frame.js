// What stays while pages change: the bar, the tools, and messages about the service.

import { addressOf } from "../state/address.js";
import { ApiError } from "../service/api.js";
import { h, icon, ICONS } from "./elements.js";
import { sentence } from "./notices.js";
import { createSiteNav } from "./site_nav.js";
import { themeSwitch } from "./theme.js";
import { askForToken, currentToken, forgetToken } from "../service/token.js";
import { createToolbar } from "./toolbar.js";
import { dateText } from "../state/zone.js";

const ICON = new URL("icon.svg", import.meta.url).href;

export function createFrame({ onRefresh }) {
  const toolbar = createToolbar(onRefresh);
  const brand = h(
    "a",
    { class: "brand" },
    h("img", { src: ICON, alt: "", width: 26, height: 26 }),
    "Agent Metrics",
  );
  const nav = createSiteNav();
  const updated = h("span", { class: "faint nowrap updated", role: "status" }, "");
  const forget = h(
    "button",
    { type: "button", class: "button plain", hidden: true, on: { click: signOut } },
    icon(ICONS.key, 14),
    "Forget token",
  );
  const bar = h(
    "header",
    { class: "bar" },
    h(
      "div",
      { class: "bar-inner" },
      brand,
      nav.element,
      h("div", { class: "bar-end" }, updated, forget, themeSwitch()),
    ),
  );
  const message = h("div", { class: "banner", role: "alert", hidden: true });
  const main = h("main", { id: "content", tabindex: "-1" });
  const skip = h(
    "a",
    { class: "skip", href: "#content", on: { click: skipToContent } },
    "Skip to the content",
  );

  function skipToContent(event) {
    event.preventDefault();
    main.focus();
  }

  function signOut() {
    forgetToken();
    onRefresh();
  }

  async function signIn() {
    if (await askForToken()) onRefresh();
  }

  function showFailure(error, { isRefresh }) {
    message.hidden = error === null;
    if (error === null) return;
    if (!(error instanceof ApiError)) throw error;
    const isAccess = error.status === 401 || error.status === 403;
    const old = isRefresh && !isAccess ? " What you see is from before." : "";
    const action = isAccess
      ? h(
          "button",
          { type: "button", class: "button small", on: { click: signIn } },
          error.status === 401 ? "Enter a token" : "Use another token",
        )
      : h(
          "button",
          { type: "button", class: "button small", on: { click: onRefresh } },
          "Try again",
        );
    const request = error.requestId
      ? h("span", { class: "nowrap" }, `Request ${error.requestId}`)
      : null;
    message.replaceChildren(h("span", {}, sentence(error.message) + old), request ?? "", action);
  }

  return {
    elements: [skip, bar, toolbar.element, main],
    setBusy: toolbar.setBusy,
    open: (element) => main.replaceChildren(h("div", { class: "stack" }, message, element)),
    show(view) {
      brand.href = addressOf({ agent: null, view: "overview" });
      forget.hidden = currentToken() === null;
      nav.show(view);
      toolbar.show(view);
    },
    showToken: (hasToken) => (forget.hidden = !hasToken),
    showFailure,
    showUpdated({ now, period }) {
      const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
      updated.textContent = `Updated ${dateText(now, period.zone, clock)}`;
    },
  };
}
