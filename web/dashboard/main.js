// Starts the page, and shows what the address names: now, when it changes, and when time goes on.

import { addressOf, navigate, onNavigation, readState } from "./state/address.js";
import { createAgentPage } from "./agent/agent.js";
import { createFrame } from "./parts/frame.js";
import { Loader } from "./service/loader.js";
import { createOverview } from "./overview/overview.js";
import { createRunPage } from "./runs/run_page.js";
import { createRunsPage } from "./runs/runs_page.js";
import { createSpendPage } from "./spend/spend_page.js";
import { createShipPage } from "./ship/ship.js";
import { createTelemetryPage } from "./telemetry/telemetry_page.js";
import { createWatchPage } from "./watches/watch_page.js";
import { createWatchesPage } from "./watches/watches_page.js";
import { resolvePeriod } from "./state/period.js";
import { onToken } from "./service/token.js";

const PAGES = {
  overview: () => createOverview(loader),
  agent: ({ agent }) => createAgentPage(loader, agent),
  compare: ({ agent }) => createShipPage(loader, agent),
  runs: ({ agent }) => createRunsPage(loader, agent),
  run: ({ agent, shownVersion, shownRun }) => createRunPage(loader, agent, shownVersion, shownRun),
  spend: ({ agent }) => createSpendPage(loader, agent),
  watches: ({ agent }) => createWatchesPage(loader, agent),
  watch: ({ shownWatch }) => createWatchPage(loader, shownWatch),
  telemetry: () => createTelemetryPage(loader),
};

const loader = new Loader(
  (pending) => frame.setBusy(pending > 0),
  () => refresh(),
);
const frame = createFrame({ onRefresh: () => refresh() });
/** @type {PageOfDashboard} */
let page;
let shownPage = "";
let shownRange = "";
let now = new Date();
let timer = 0;

/** Show the state of the address. Answers are kept for as long as the period stays the same. */
async function show({ isRefresh = false } = {}) {
  const state = readState();
  const named = JSON.stringify([
    state.agent,
    state.view,
    state.shownVersion,
    state.shownRun,
    state.shownWatch,
  ]);
  const range = JSON.stringify([state.agent, state.range, state.from, state.to, state.tz]);
  if (range !== shownRange) renew();
  shownRange = range;
  if (named !== shownPage) openPage(state);
  shownPage = named;
  const view = { state, now, period: resolvePeriod(state, now), isRefresh };
  // A copied address shall mean the same in another time zone.
  if (location.hash !== addressOf({})) history.replaceState(null, "", addressOf({}));
  frame.show(view);
  page.show(view);
  schedule(state.refresh);
  const shown = page;
  const failures = await Promise.all(page.sections.map((section) => section.update(view)));
  if (shown !== page) return;
  const failure = failures.find(Boolean) ?? null;
  frame.showFailure(failure, { isRefresh });
  if (!failure) frame.showUpdated(view);
}

function refresh() {
  renew();
  return show({ isRefresh: true });
}

function renew() {
  loader.renew();
  now = new Date();
}

function openPage(state) {
  const isFirst = page === undefined;
  page = PAGES[state.view](state);
  document.title = `${page.title} · Agent Metrics`;
  frame.open(page.element);
  if (isFirst) return;
  scrollTo(0, 0);
  // Else somebody who does not see the page change would not know that it has.
  page.heading.focus({ preventScroll: true });
}

/** A page that nobody looks at asks for nothing; it catches up when it is looked at again. */
function schedule(seconds) {
  clearTimeout(timer);
  if (!seconds) return;
  timer = setTimeout(
    () => {
      if (!document.hidden) refresh();
    },
    Number(seconds) * 1000,
  );
}

document.addEventListener("visibilitychange", () => {
  const { refresh: seconds } = readState();
  if (!document.hidden && seconds && Date.now() - now.getTime() > Number(seconds) * 1000) refresh();
});
onNavigation(() => show());
onToken((hasToken) => frame.showToken(hasToken));
document.body.append(...frame.elements);
if (!location.hash) navigate({}, { replace: true });
else show();
