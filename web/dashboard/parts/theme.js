// Light, dark, or what the system says. theme_start.js applies the choice before the first paint.

import { h, icon, ICONS } from "./elements.js";

const KEY = "agent-metrics-theme";
const DARK = "(prefers-color-scheme: dark)";
const THEMES = ["system", "light", "dark"];
const DRAWN = { system: ICONS.system, light: ICONS.sun, dark: ICONS.moon };
const listeners = [];

/** Call `listener` whenever the colours have changed. */
export function onTheme(listener) {
  listeners.push(listener);
}

/** A button that goes round: system, light, dark. */
export function themeSwitch() {
  const button = h("button", {
    type: "button",
    class: "button icon plain",
    on: { click: advance },
  });
  const show = () => {
    button.replaceChildren(icon(DRAWN[chosen()]));
    const label = `Colours: ${chosen()}. Change to ${following()}.`;
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  function advance() {
    choose(following());
    show();
  }
  for (const media of [DARK, "(forced-colors: active)", "print"])
    matchMedia(media).addEventListener("change", announce);
  show();
  return button;
}

/** A colour of theme.css as it is just now, for what is drawn on a canvas. */
export function colour(name) {
  const probe = h("span", { hidden: true, class: "probe" });
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Whether the colours are dark just now. */
export const isDark = () =>
  chosen() === "dark" || (chosen() === "system" && matchMedia(DARK).matches);

const chosen = () => document.documentElement.dataset.theme ?? "system";
const following = () => THEMES[(THEMES.indexOf(chosen()) + 1) % THEMES.length];

function choose(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be switched off: then it lasts as long as the page.
  }
  announce();
}

function announce() {
  for (const listener of listeners) listener();
}
