"""`agent-metrics gate`: may a version be deployed? For pipelines, by its exit code."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from agent_metrics.commands.endings import NOT_TOLD, ended, say, write, write_file
from agent_metrics.commands.formats import FORMATS, to_junit, to_markdown
from agent_metrics.commands.options import number, pair, service_options, variable
from agent_metrics.errors import ConfigurationError, UnreachableError
from agent_metrics.reading import Reader, scope
from agent_metrics.settings import read_service

EXIT_CODES = {"pass": 0, "fail": 1, "undetermined": NOT_TOLD}
CHECK_STATUSES = frozenset({*EXIT_CODES, "skipped"})
TIMEOUT_S = 30.0
_EPILOG = """\
exit codes:
  0    it may be deployed
  1    it was judged, and may not
  2    that could not be told: too few runs, or a question that the service refuses
  3    no usable answer from the service
  4    the answer could not be written
  130  interrupted
"""


def gate(
    arguments: Sequence[str], *, prog: str = "agent-metrics gate", url_first: bool = False
) -> int:
    """The exit code. With `url_first` the service's address is the first argument."""
    parser = _make_parser(prog, url_first=url_first)
    return ended(lambda: _judge(parser.parse_args(list(arguments))))


def _judge(asked: argparse.Namespace) -> int:
    answer = _ask(asked)
    text = FORMATS["json" if asked.json else asked.format](answer)
    if asked.junit:
        write_file(asked.junit, to_junit(answer))
    if asked.github:
        _write_summary(to_markdown(answer))
    write(text)
    return EXIT_CODES[answer["status"]]


def _ask(asked: argparse.Namespace) -> dict[str, Any]:
    """Raises AgentMetricsError, also for answers that are none of a gate."""
    service = read_service(asked.url, asked.token, TIMEOUT_S)
    agent = asked.agent or variable("AGENT")
    candidate = asked.candidate or variable("VERSION")
    if not service.url:
        raise ConfigurationError("which service? Give --url, or set AGENT_METRICS_URL")
    if agent is None or candidate is None:
        raise ConfigurationError("which agent and candidate? Give NAME and --candidate")
    query = {
        "base": asked.base,
        "candidate": candidate,
        **{name: getattr(asked, name) for name in _QUERY},
        **dict(asked.query),
    }
    reader = Reader(service)
    try:
        answer = reader.get(f"{scope(agent, None)}/gate", query)
    finally:
        reader.close()
    if not is_judgement(answer):
        raise UnreachableError(f"{service.url} is not this service: it answers, but not as a gate")
    return {"base_version": asked.base, "candidate_version": candidate, "agent": agent, **answer}


def is_judgement(answer: dict[str, Any]) -> bool:
    """Whether an answer says all that a decision needs, without contradicting itself."""
    checks, status = answer.get("checks"), answer.get("status")
    return (
        isinstance(status, str)
        and status in EXIT_CODES
        and answer.get("pass") is (status == "pass")
        and isinstance(checks, list)
        and bool(checks)
        and all(isinstance(one, dict) and _is_one_of(one.get("status")) for one in checks)
    )


def _is_one_of(status: Any) -> bool:
    return isinstance(status, str) and status in CHECK_STATUSES


def _write_summary(text: str) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if path:
        write_file(path, text, append=True)
    else:
        say("GITHUB_STEP_SUMMARY is not set: there is no step summary to write to")


_QUERY = (
    "decide",
    "min_runs",
    "max_success_rate_drop",
    "max_p95_increase",
    "max_mean_cost_increase",
    "stale",
    "from_",
    "to",
)


def _make_parser(prog: str, *, url_first: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Judge the version that is to be deployed by the runs of both versions.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    if url_first:
        add("url", metavar="URL", help="where the service is")
    nargs = {} if url_first else {"nargs": "?"}
    add("agent", metavar="NAME", help="the agent (AGENT_METRICS_AGENT)", **nargs)  # type: ignore[arg-type]
    add("--base", required=True, metavar="V", help="the version to compare with")
    add("--candidate", metavar="V", help="the version to be deployed (AGENT_METRICS_VERSION)")
    _add_limits(parser)
    add("--from", dest="from_", metavar="TIME", help="only runs created since (RFC 3339)")
    add("--to", metavar="TIME", help="only runs created before")
    more = "a further parameter of the API, such as model=gpt-5"
    add("--query", type=pair, action="append", default=[], metavar="NAME=VALUE", help=more)
    add("--format", choices=sorted(FORMATS), default="text", help="what is printed")
    add("--json", action="store_true", help="short for --format=json")
    add("--junit", metavar="FILE", help="write a JUnit report there as well")
    add("--github", action="store_true", help="add to the step summary of GitHub Actions as well")
    service_options(parser, with_url=not url_first)
    return parser


def _add_limits(parser: argparse.ArgumentParser) -> None:
    """The service's own defaults hold for those that are not given."""
    add = parser.add_argument
    count, share, increase = number(1), number(0, 1), number(0)
    add("--min-runs", type=lambda text: int(count(text)), help="how many runs each must have")
    add("--max-success-rate-drop", type=share, help="0.02: two percentage points")
    add("--max-p95-increase", type=increase, help="0.1: a tenth longer than the base")
    add("--max-mean-cost-increase", type=increase, help="0.1: a tenth more than the base")
    ways = "on evidence (the service's default), proof, or as observed"
    add("--decide", choices=("evidence", "proof", "observed"), help=ways)
    add("--stale", choices=("fail", "ignore"), help="whether runs that never ended count as failed")
