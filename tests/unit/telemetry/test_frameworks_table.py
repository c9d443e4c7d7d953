"""docs/telemetry.md says of each framework what the tests have seen, and nothing else.

`RECORD_EXAMPLES=1` writes the table anew.
"""

from __future__ import annotations

import os
from pathlib import Path

from chalicelib.telemetry.reporting import describe
from tests.otlp_captures import Capture, captures, runs_of, spans_of

DOCUMENT = Path(__file__).parents[3] / "docs" / "telemetry.md"
BEGIN, END = "<!-- frameworks -->\n", "<!-- /frameworks -->"
HEAD = "| framework | instrumentation | agent | models | tokens | tools | failures |\n"


def rows() -> list[str]:
    groups: dict[tuple[str, str], list[Capture]] = {}
    for capture in captures():
        entry = capture.entry
        key = (entry["framework"], entry["instrumentation"].partition(",")[0])
        groups.setdefault(key, []).append(capture)
    lines = []
    for (framework, instrumentation), group in sorted(groups.items()):
        runs = [run for capture in group for _, run in runs_of(spans_of(capture.name))]
        if not runs:
            continue
        facts = [describe(run) for run in runs]
        agent = "named" if any(run.agent.name for run in runs) else "service"
        known = [
            "yes" if any(each.get(name) for each in facts) else "no"
            for name in ("models", "input_tokens", "tools")
        ]
        failed = "yes" if any(run.span.failed for run in runs) else "not tested"
        lines.append(f"| {' | '.join((framework, instrumentation, agent, *known, failed))} |\n")
    return lines


def table() -> str:
    return HEAD + "|---|---|---|---|---|---|---|\n" + "".join(rows())


def test_the_table_is_what_the_tests_have_seen() -> None:
    text = DOCUMENT.read_text("utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    if os.environ.get("RECORD_EXAMPLES"):
        DOCUMENT.write_text(before + BEGIN + table() + END + after, "utf-8")
    assert BEGIN + table() + END in DOCUMENT.read_text("utf-8")
