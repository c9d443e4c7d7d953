"""Requests that a client gets wrong: raw bodies and queries, each with the status it is due."""

from __future__ import annotations

import json
from typing import Any

OK = '"status": "ok"'


def _many(**fields: Any) -> str:
    return json.dumps({"status": "ok", **fields}, ensure_ascii=False)


# No body of these is JSON as RFC 8259 has it, or of a depth and size that anyone means.
MALFORMED: list[str | bytes] = [
    *("", " ", "{", "}", "[", "{}}", "{'status': 'ok'}", "status=ok", "<run/>", f"{{{OK}}} x"),
    *(f"{{{OK},}}", f"{{{OK}}} // ok", '{"status": ok}', '{"status": "ok', "{status: 1}"),
    *(f'{{{OK}, "id": 01}}', f'{{{OK}, "id": 0x1}}', f'{{{OK}, "id": 1_0}}', f'{{{OK}, "id": +1}}'),
    *(b'{"status": "\xff"}', b'{"runs": [{"status": "\xc0\xae"}]}', b'{"status": "\xed\xa0\x80"}'),
    *(b"\xef\xbb\xbf{}", '{"status": "ok"}'.encode("utf-16"), '{"status": "ok"}'.encode("utf-32")),
    *('{"status": "\\ud800"}', '{"status": "\\udc00\\ud800"}', '{"status": "\ud800"}'),
    *('{"status": "a\0"}', '{"status": "a\nb"}', '{"status": "\\x41"}', '{"status": "\\u12"}'),
    *("[" * 50_000, "[" * 50_000 + "]" * 50_000, '{"runs":' * 50_000, '{"a":' * 50_000),
    f'{{{OK}, "metadata": ' + "[" * 50_000 + "]" * 50_000 + "}",
    f'{{{OK}, "id": ' + "9" * 1_000_000 + "}",
    f'{{"runs": [{{{OK}, "cost": ' + "9" * 1_000_000 + "}]}",
]

# JSON, and no run.
INVALID_RUNS: list[str] = [
    *("null", "true", "1", '"ok"', "[]", "[{}]", "{}", '{"status": null}', '{"status": true}'),
    *('{"status": ""}', '{"status": " "}', '{"status": ["ok"]}', '{"status": "a\\u0000b"}'),
    *('{"status": "a\\nb"}', '{"status": "\\u001b[0m"}', f'{{"status": "{"s" * 65}"}}'),
    *(f'{{{OK}, "cost": {v}}}' for v in ("NaN", "Infinity", "-Infinity")),
    *(
        f'{{{OK}, "metadata": {{"a": NaN}}}}',
        f'{{{OK}, "time_taken": NaN}}',
        f'{{{OK}, "id": NaN}}',
    ),
    *(f'{{{OK}, "id": {v}}}' for v in ("true", "[]", "{}", "5.5", '""', '" "', '"a\\u0000"')),
    *(f'{{{OK}, "id": {v}}}' for v in ('"a\\nb"', f'"{"i" * 201}"', "1e400", f"{2**63}.0")),
    *(f'{{{OK}, "id": {v}}}' for v in (2**63, -(2**63) - 1, "9" * 4000)),
    *(f'{{{OK}, "task_id": {v}}}' for v in ("true", "1.5", '" "', 2**63, -(2**63) - 1)),
    *(f'{{{OK}, "cost": {v}}}' for v in ("-1", "-1e-300", "true", '"1"', "1e400", "1e13", "[1]")),
    *(f'{{{OK}, "cost": {v}}}' for v in ("9" * 400, "-" + "9" * 400)),
    *(f'{{{OK}, "time_taken": {v}}}' for v in ("true", "[]", "{}", "-1", "1e400", "9" * 400)),
    *(f'{{{OK}, "time_taken": {v}}}' for v in ("-" + "9" * 400, "316224001", "-1e-9")),
    *(f'{{{OK}, "time_taken": "{v}"}}' for v in ("", "5", "-5m", "1e5s", "5 m", "P1Y", "5m30")),
    *(f'{{{OK}, "time_taken": "{v}"}}' for v in ("87841h", "s", "1" * 101, "5m\\u0000", "NaN")),
    *(f'{{{OK}, "created": {v}}}' for v in ("1772366400", "true", "[]", '""', '"now"')),
    *(f'{{{OK}, "created": "2026-{v}"}}' for v in ("03-01", "03-01T12:00:00", "13-01T00:00:00Z")),
    *(f'{{{OK}, "created": "2026-{v}"}}' for v in ("02-30T00:00:00Z", "03-01T12:00:00+24:00")),
    *(f'{{{OK}, "created": "{v}"}}' for v in ("1969-12-31T23:59:59Z", "10000-01-01T00:00:00Z")),
    *(f'{{{OK}, "created": "{v}"}}' for v in ("9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00Z")),
    *(
        f'{{{OK}, "created": "{v}"}}'
        for v in ("2016-12-31T23:59:60Z", "2026-03-01T12:00:00\\u0000Z")
    ),
    *(f'{{{OK}, "initiator": {v}}}' for v in ("5", "[]", '"a\\u0000"', f'"{"i" * 201}"')),
    *(f'{{{OK}, "tools": {v}}}' for v in ('"grep"', "{}", "[1]", "[null]", '[""]', '["a\\u0000"]')),
    *(f'{{{OK}, "models": {v}}}' for v in ("true", '[["a"]]', json.dumps(["m"] * 101))),
    *(f'{{{OK}, "tools": {v}}}' for v in (json.dumps(["t" * 201]), '[{"$ne": 1}]')),
    *(f'{{{OK}, "input_tokens": {v}}}' for v in ("-1", "1.5", "true", '"1"', 2**63)),
    *(f'{{{OK}, "output_tokens": {v}}}' for v in ("-1", "1.5", "[]")),
    *(f'{{{OK}, "error": {v}}}' for v in ("5", "[]", '"a\\u0000"')),
    *(f'{{{OK}, "metadata": {v}}}' for v in ("5", "[]", '"a"', '{"a": {}}')),
    *(f'{{{OK}, "metadata": {v}}}' for v in ('{"$set": 1}', '{"": 1}', '{"a\\u0000": 1}')),
    *(
        f'{{{OK}, "metadata": {v}}}'
        for v in ('{"a": "\\u0000"}', '{"a": 1e400}', f'{{"a": {2**63}}}')
    ),
    *(
        f'{{{OK}, "{k}": 1}}'
        for k in ("surprise", "$set", "_id", "agent_id", "outcome", "a\\u0000")
    ),
    *(f'{{{OK}, "{k}": null}}' for k in ("duration_ms", "Status", "", "__proto__", "runs ")),
    f'{{"status": "{"s" * 1_000_000}"}}',
    f'{{{OK}, "{"k" * 1_000_000}": 1}}',
    _many(**{f"k{i}": 1 for i in range(5000)}),
]

INVALID_BATCHES: list[str] = [
    *(f'{{"runs": {v}}}' for v in ("null", "[]", "{}", '"ok"', "1", "true")),
    *('{"runs": [{}]}', '{"runs": [null]}', '{"runs": [[], 1, "a", true, {}]}'),
    f'{{"runs": [{{{OK}}}], "{OK[1:7]}": "ok"}}',
    f'{{"runs": [{{{OK}}}], "{"k" * 1_000_000}": 1}}',
    f'{{"runs": [{{{OK}, "{"k" * 1_000_000}": 1}}]}}',
    '{"runs": [{"runs": []}]}',
]

INVALID_VERSIONS: list[str] = [
    *("null", "[]", "{}", '{"version": null}', '{"version": 1}', '{"version": ""}'),
    *('{"version": " "}', '{"version": "."}', '{"version": ".."}', '{"version": "a\\u0000"}'),
    *('{"version": "a\\nb"}', f'{{"version": "{"v" * 201}"}}', '{"version": ["1"]}'),
    *('{"version": "1", "cluster": ""}', '{"version": "1", "cluster": 5}'),
    *('{"version": "1", "cluster": "\\u0000"}', '{"version": "1", "deployment": {"$ne": 1}}'),
    *('{"version": "1", "tools": "grep"}', '{"version": "1", "tools": [""]}'),
    *('{"version": "1", "tools": ["a\\u0000"]}', '{"version": "1", "models": [true]}'),
    *('{"version": "1", "agent_id": "x"}', '{"version": "1", "$set": {}}'),
    json.dumps({"version": "1", "tools": ["t"] * 101}),
]

INVALID_AGENTS: list[str] = [
    *("null", "[]", "{}", '{"project": null}', '{"project": ""}', '{"project": 1}'),
    *('{"project": "p", "name": 1}', '{"project": "p", "name": ""}', '{"project": "p\\u0000"}'),
    *('{"project": "p", "owner": "me"}', f'{{"project": "{"p" * 201}"}}', '{"project": " "}'),
]

BAD_PAGE_QUERIES = [
    *("limit=0", "limit=-1", "limit=", "limit=ten", "limit=1e3", "limit=1.5", "limit=true"),
    *("limit=1&limit=2", "limit=" + "9" * 5000, "limit=%00", "limit[]=1", "limit%5B%5D=1"),
    *(
        "cursor=",
        "cursor=abc",
        "cursor=%00",
        "cursor=" + "A" * 10_000,
        "cursor=W10",
        "cursor=bnVsbA",
    ),
    *("cursor=WyJhIiwxLDFd", "cursor=%F0%9F%98%80", "cursor=a&cursor=b", "Limit=1", "page=2"),
    *("offset=5", "=", "a", "%00=1", "$where=1", "limit%00=1", "x" * 5000 + "=1"),
]
BAD_RUN_QUERIES = [
    *("outcome=done", "outcome=", "outcome=FAILED", "task_id=", "task_id=%20", "id=%20", "id="),
    *("from=2026-03", "from=", "to=now", "from=1772366400", "to=10000-01-01T00:00:00Z"),
    *("from=2026-03-01T12:00:00", "from=2026-03-01T12:00:00+01:00", "to=1969-12-31T23:59:59Z"),
    "from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
    *("status=a&status=b", "tools=grep", "tool[$ne]=a", "tool%5B%24ne%5D=a", "created=1"),
    "status=a&status=a",
]
BAD_RUN_IDS = [
    *("%20", "1%002", "%00", "1%0A2", "%1B", "i" * 201, "9" * 8000),
    *(str(2**63) + "0" * 190,),
]
OTHER_CONTENT_TYPES = [
    *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
    *("application/xml", "application/octet-stream", "image/png", "application/problem+json"),
    *("", ";", "json", "*/*", "application/*", "application/json, text/plain", "application/jsonp"),
]
