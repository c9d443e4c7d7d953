import assert from "node:assert/strict";
import { test } from "node:test";

import { readable } from "../docs/json_text.js";
import { markdown } from "../docs/markdown.js";

const create = (tag, _attributes, ...children) => [tag, ...children];

test("paragraphs, lists, code and emphasis become elements", () => {
  assert.deepEqual(markdown("One `two` *three*.\n\n- a\n- `b`", create), [
    "div",
    ["p", "One ", ["code", "two"], " ", ["em", "three"], "."],
    ["ul", ["li", "a"], ["li", "", ["code", "b"], ""]],
  ]);
});

test("markup in a text stays text", () => {
  assert.deepEqual(markdown("<img src=x>", create), ["div", ["p", "<img src=x>"]]);
});

test("what is no JSON is shown as it came", () => assert.equal(readable("id,status"), "id,status"));

test("JSON gets a line for each field", () => {
  assert.equal(readable('{"a":1}'), '{\n  "a": 1\n}');
});
