// An agent's versions side by side.

import { h, place } from "../parts/elements.js";
import { navigate } from "../state/address.js";
import { named, rateCell, timeCell } from "../parts/cells.js";
import { failure, notice, rowsSkeleton } from "../parts/notices.js";
import { createTable } from "../parts/table.js";
import { count, duration, exactCount, money, NONE } from "../parts/units.js";

const MOST = 30;

const COLUMNS = [
  { key: "version", label: "Version", title: true, cell: drawVersion },
  { key: "seen", label: "Last run", cell: (v, view) => timeCell(v.block?.last_run, view) },
  { key: "runs", label: "Runs", number: true, cell: (v) => exactCount(v.block?.runs ?? 0) },
  {
    key: "rate",
    label: "Success rate",
    number: true,
    cell: (v) => (v.block ? rateCell(v.block) : NONE),
  },
  { key: "p50", label: "Median", number: true, cell: (v) => duration(v.block?.duration_ms.p50) },
  { key: "p95", label: "p95", number: true, cell: (v) => duration(v.block?.duration_ms.p95) },
  { key: "mean", label: "Cost a run", number: true, cell: (v) => money(v.block?.cost.mean) },
  { key: "cost", label: "Spend", number: true, cell: (v) => money(v.block?.cost.total) },
  { key: "made", label: "Made of", full: true, cell: drawContent },
  { key: "compare", label: "Compare", full: true, isBare: true, cell: drawCompare },
];

/** {element, show(versions, view), fail(error)}; see readVersions. */
export function createVersionsTable() {
  const table = createTable({
    caption: "Versions of this agent, the one that ran last first",
    columns: COLUMNS,
    kind: "cards versions",
  });
  const body = h("div", { class: "scroll" }, rowsSkeleton(4));
  const foot = h("div", { class: "card-foot" }, "\u00a0");
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "versions-title" },
    h("div", { class: "card-head" }, h("h2", { id: "versions-title" }, "Versions")),
    body,
    foot,
  );

  function show(versions, view) {
    if (!versions.length) {
      body.replaceChildren(
        notice(
          "No version yet",
          "Versions show here once one is added with POST /api/v1/agents/{agent}/versions.",
        ),
      );
      foot.textContent = "\u00a0";
      return;
    }
    const shown = versions.slice(0, MOST);
    table.show(shown, view);
    place(body, table.element);
    foot.textContent =
      versions.length > MOST
        ? `The latest ${MOST} of ${count(versions.length)} versions`
        : `${count(versions.length)} ${versions.length === 1 ? "version" : "versions"}`;
  }

  return { element, show, fail: (error) => body.replaceChildren(failure(error)) };
}

/**
 * Registered versions with their `block` where they had runs in the period: first those that had,
 * the latest of them first. `isActive` is the one that ran last.
 */
export function readVersions(registered, byVersion) {
  const blocks = new Map(byVersion.groups.map((group) => [group.version_id, group]));
  const versions = registered.map((version) => ({
    ...version,
    block: blocks.get(version.id) ?? null,
  }));
  const lastRun = ({ block }) => (block ? Date.parse(block.last_run) : -Infinity);
  versions.sort((one, other) =>
    lastRun(other) > lastRun(one) ? 1 : lastRun(other) < lastRun(one) ? -1 : 0,
  );
  return versions.map((version, at) => ({
    ...version,
    isActive: at === 0 && version.block !== null,
    active: versions[0].version,
  }));
}

function drawVersion(version) {
  return [
    named(version.version),
    version.isActive ? [" ", h("span", { class: "tag" }, "active")] : null,
    version.cluster ? h("small", {}, named(version.cluster)) : null,
  ].flat();
}

function drawContent(version) {
  const list = (items) => (items.length ? items.join(", ") : NONE);
  return [
    h("span", { title: "Models" }, named(list(version.models))),
    h("small", { title: "Tools" }, named(list(version.tools))),
  ];
}

function drawCompare(version) {
  if (!version.block || version.version === version.active)
    return h("span", { class: "faint none" }, NONE);
  const compare = () => {
    navigate({ base: version.version, candidate: version.active });
    const title = document.getElementById("comparison-title");
    title?.scrollIntoView({ block: "start" });
    title?.focus();
  };
  return h(
    "button",
    {
      type: "button",
      class: "button small",
      "aria-label": `Compare with active: ${version.version}`,
      on: { click: compare },
    },
    "Compare with active",
  );
}
