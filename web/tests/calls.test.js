import assert from "node:assert/strict";
import { test } from "node:test";

import { barOf, spanOf } from "../dashboard/runs/calls.js";
import { changesOf } from "../dashboard/runs/run_history.js";

const call = (offset, length) => ({ offset_ms: offset, duration_ms: length });

test("a waterfall is as long as the run, or as what reaches beyond it", () => {
  assert.equal(spanOf({ duration_ms: 100 }, [call(10, 20)]), 100);
  assert.equal(spanOf({ duration_ms: 100 }, [call(90, 60)]), 150);
  assert.equal(spanOf({ duration_ms: null }, []), 1);
});

for (const [name, [offset, length], bar] of [
  ["a call", [25, 50], { left: 0.25, width: 0.5 }],
  ["one that is not over", [25, null], { left: 0.25, width: 0 }],
  ["one by a clock that is behind", [-10, 60], { left: 0, width: 0.5 }],
  ["one that reaches beyond", [90, 60], { left: 0.9, width: 1 - 0.9 }],
])
  test(`${name} has its bar within the waterfall`, () => {
    assert.deepEqual(barOf(call(offset, length), 100), bar);
  });

test("a run's history has no change of another version's run with the same id", () => {
  const record = (version, id) => ({
    kind: "run",
    names: { version_id: version },
    changes: [{ id, before: { cost: 1 }, after: { cost: 2 } }],
  });
  const records = [record("v", 7), record("w", 7), record("v", 8)];
  const found = changesOf({ id: 7, version_id: "v" }, records);
  assert.deepEqual(
    found.map(({ before, after }) => [before, after]),
    [[{ cost: 1 }, { cost: 2 }]],
  );
});
