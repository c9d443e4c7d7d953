// A figure with a series for each group, and one for all the others together.

const MOST_COLOURS = 7;
const DASHES = [[], [9, 4], [2, 3], [10, 3, 2, 3]];

/** How many groups are drawn; the API sums up the rest. */
export const MOST_SERIES = MOST_COLOURS;

/** The answer with, in each bucket, what its groups have of it: the others last. */
export function splitBuckets(metrics) {
  const series = seriesOf(metrics);
  const buckets = metrics.buckets.map((bucket, place) => ({
    ...bucket,
    groups: series.map((group) => group.buckets[place]),
  }));
  return { ...metrics, buckets };
}

/** The figure as it is drawn of an answer that is split; `figure.split` says what of each group. */
export function splitFigure(figure, metrics) {
  const { value, format, of = null } = figure.split;
  const isLine = figure.kind === "lines";
  const groups = seriesOf(metrics);
  const swatches = groups.map(({ isOthers }, place) => ({
    colour: isOthers ? "--chart-open" : `--chart-group-${place + 1}`,
    isLine,
    dash: DASHES[place % DASHES.length],
  }));
  return {
    ...figure,
    notes: [of, metrics.overlapping ? "a run counts in each of its groups" : null].filter(Boolean),
    band: null,
    bandLabel: null,
    series: groups.map(({ label }, place) => ({
      label,
      swatch: swatches[place],
      value: ({ groups: blocks }) => value(blocks[place]) ?? (isLine ? null : 0),
    })),
    legend: () => groups.map((group) => format(value(group))),
    rows: ({ groups: blocks }) =>
      blocks.map((block, place) => [groups[place].label, format(value(block)), swatches[place]]),
  };
}

/** What a file has of it: a row for each bucket of each group. */
export function splitRows(metrics) {
  return seriesOf(metrics).flatMap(({ label, buckets }) =>
    buckets.map((bucket) => ({ [metrics.group_by]: label, ...bucket })),
  );
}

/** What a group is called; runs without a model, tool, … have the name null. */
export function groupName(group, by) {
  const name = group[by];
  if (name === null || name === undefined) return `No ${by}`;
  return name === "" ? "(empty)" : String(name);
}

function seriesOf({ groups, others, group_by: by }) {
  const shown = groups.slice(0, MOST_COLOURS).map((group) => ({
    ...group,
    label: groupName(group, by),
    isOthers: false,
  }));
  if (others?.buckets) shown.push({ ...others, label: "Others", isOthers: true });
  return shown;
}
