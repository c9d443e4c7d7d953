import assert from "node:assert/strict";
import { test } from "node:test";

import { shellLines } from "../dashboard/telemetry/set_up.js";
import { describeCondition, describeDelivery, times } from "../dashboard/watches/words.js";

for (const [condition, words] of [
  [
    { type: "budget", amount: 50, period: "month", tz: "Europe/Berlin" },
    "$50.00 a month (Europe/Berlin), warns at 80\u202f%",
  ],
  [
    { type: "success_rate_drop", base: "previous_version" },
    "Success rate falls by more than 1 point against the version before",
  ],
  [
    { type: "duration_increase", base: "window", window: "14d", more_than: 0.1 },
    "Runs take more than 10\u202f% longer against 14d before",
  ],
  [{ type: "silence", for: "2h" }, "No run for 2h"],
  [{ type: "stale", more_than: 3 }, "More than 3 runs in progress for over 24h"],
  [{ type: "of a later release" }, "of a later release"],
])
  test(`a condition reads “${words}”`, () => {
    assert.equal(describeCondition(condition), words);
  });

test("how often and how it was told are words", () => {
  assert.deepEqual([0, 1, 2, 3].map(times), ["not once", "once", "twice", "3 times"]);
  const delivery = { status: "pending", attempts: 3, detail: "it answered 500" };
  assert.equal(describeDelivery(delivery), "waits, 3 attempts: it answered 500");
});

test("the lines for a shell are four, with the address as one word", () => {
  const lines = shellLines("https://x.example/it's").split("\n");
  assert.equal(lines.length, 4);
  assert.equal(lines[0], `export OTEL_EXPORTER_OTLP_ENDPOINT='https://x.example/it'\\''s'`);
});
