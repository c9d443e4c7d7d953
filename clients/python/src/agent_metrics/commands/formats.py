"""A gate's answer as text, JSON, JUnit's XML and Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Answer = dict[str, Any]

_HEADINGS = ("check", "base", "candidate", "change", "limit", "result")
_SAYINGS = {
    "pass": "PASS: {candidate} is no worse than {base} within these limits.",
    "fail": "FAIL: {candidate} is worse than {base}.",
    "undetermined": "UNDETERMINED: it could not be told whether {candidate} is worse than {base}.",
}
_MARKS = {"pass": "✅", "fail": "❌", "undetermined": "❔", "skipped": "⏭️"}
# What XML 1.0 has no way to say.
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_text(answer: Answer) -> str:
    """A table of the checks, the reasons of those that did not pass, and the verdict."""
    rows = [_HEADINGS, *map(_row, answer["checks"])]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(n) for cell, n in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([*lines, *_reasons(answer), _verdict(answer), ""])


def to_json(answer: Answer) -> str:
    return json.dumps(answer, indent=2) + "\n"


def to_junit(answer: Answer) -> str:
    """A test case for each check; what could not be told is an error, as CI systems show it."""
    checks = answer["checks"]
    failed = sum(check["status"] == "fail" for check in checks)
    errors = sum(check["status"] == "undetermined" for check in checks)
    skipped = sum(check["status"] == "skipped" for check in checks)
    name = f"{answer['agent']} {answer['candidate_version']} against {answer['base_version']}"
    counts = (
        f'tests="{len(checks)}" failures="{failed}" errors="{errors}" skipped="{skipped}" time="0"'
    )
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f"<testsuites {counts}>",
        f"  <testsuite name={_attribute(name)} {counts}>",
        *(f"    {_test_case(name, check)}" for check in checks),
        f"    <system-out>{escape(_NO_XML.sub('?', _verdict(answer)))}</system-out>",
        "  </testsuite>",
        "</testsuites>",
        "",
    ]
    return "\n".join(lines)


def to_markdown(answer: Answer) -> str:
    """For the step summary of GitHub Actions."""
    rows = [_HEADINGS, *map(_row, answer["checks"])]
    cells = [[_plain_markdown(cell) for cell in row] for row in rows]
    for row, check in zip(cells[1:], answer["checks"]):
        row[-1] = f"{_MARKS.get(check['status'], '')} {row[-1]}"
    lines = [f"| {' | '.join(row)} |" for row in cells]
    lines.insert(1, "|---|---:|---:|---:|---:|---|")
    reasons = [f"- {_plain_markdown(reason)}" for reason in _reasons(answer)]
    verdict = f"### {_MARKS[answer['status']]} {_plain_markdown(_verdict(answer))}"
    title = f"Agent `{_plain_markdown(str(answer['agent']))}`"
    return "\n".join([verdict, "", title, "", *lines, "", *reasons, "", ""])


FORMATS: dict[str, Callable[[Answer], str]] = {
    "text": to_text,
    "json": to_json,
    "junit": to_junit,
    "github": to_markdown,
}


def _verdict(answer: Answer) -> str:
    names = {"base": answer["base_version"], "candidate": answer["candidate_version"]}
    return _SAYINGS[answer["status"]].format(**names)


def _reasons(answer: Answer) -> Iterator[str]:
    for check in answer["checks"]:
        if check["status"] in ("fail", "undetermined"):
            yield f"{check.get('name')}: {check.get('reason', 'no reason given')}"


def _test_case(suite: str, check: Answer) -> str:
    head = f"<testcase classname={_attribute(suite)} name={_attribute(str(check.get('name')))}"
    kind = {"fail": "failure", "undetermined": "error", "skipped": "skipped"}.get(check["status"])
    if kind is None:
        return f"{head}/>"
    reason = _attribute(str(check.get("reason", "")))
    return f"{head}><{kind} message={reason}/></testcase>"


def _row(check: Answer) -> tuple[str, ...]:
    name = str(check.get("name"))
    value, change = _FORMS.get(name, (_plain, _plain))
    return (
        name,
        _show(value, check.get("base")),
        _show(value, check.get("candidate")),
        _show(change, check.get("change")),
        _show(_plain, check.get("limit")),
        check["status"],
    )


def _show(form: Callable[[float], str], value: Any) -> str:
    if value is None:
        return "-"
    return form(value) if isinstance(value, (int, float)) else str(value)


def _plain(value: float) -> str:
    return f"{value:g}"


# By the check's name: how its two values and their change are written.
_FORMS: dict[str, tuple[Callable[[float], str], Callable[[float], str]]] = {
    "max_success_rate_drop": ("{:.2%}".format, "{:+.2%}".format),
    "max_p95_increase": ("{:.6g} ms".format, "{:+.1%}".format),
    "max_mean_cost_increase": ("${:.6g}".format, "{:+.1%}".format),
}


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("?", text))


def _plain_markdown(text: str) -> str:
    """Names are whatever somebody called them: none of it is to be markup."""
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", escape(" ".join(text.split())))
