import assert from "node:assert/strict";
import { test } from "node:test";

import { toCsv } from "../dashboard/parts/csv.js";

test("nested numbers become columns, and what is unknown is empty", () => {
  const rows = [
    { agent: "a", runs: 2, cost: { total: 0.1, mean: null } },
    { agent: "b", runs: 1, cost: { total: 4e-9 } },
  ];
  assert.equal(toCsv(rows), "agent,runs,cost.total,cost.mean\r\na,2,0.1,\r\nb,1,4e-9,\r\n");
});

test("commas, quotes, lines and lists are kept", () => {
  assert.equal(
    toCsv([{ a: 'x,"y"\nz', b: ["m", "n"] }]),
    'a,b\r\n"x,""y""\nz","[""m"",""n""]"\r\n',
  );
});

for (const text of ["=1+1", "+1", "-1", "@x"]) {
  test(`${text} from a client is no formula`, () => {
    assert.equal(toCsv([{ a: text }]), `a\r\n'${text}\r\n`);
  });
}

test("a negative number stays a number", () => assert.equal(toCsv([{ a: -1 }]), "a\r\n-1\r\n"));

test("nothing is an empty file", () => assert.equal(toCsv([]), "\r\n"));
