"""The command line: `agent-metrics gate`, `run` and `flush`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_USAGE = """\
usage: agent-metrics COMMAND …

  gate    may a version be deployed? Exit code 0 yes, 1 no, 2 could not tell, 3 could not reach
  run     run a program, and record how long it took and how it ended
  flush   deliver what is kept on disk

AGENT_METRICS_URL, _TOKEN, _PROJECT, _AGENT and _VERSION stand in for options that are left out.
'agent-metrics COMMAND --help' says more.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given.pop(0) if given else ""
    if name == "gate":
        from agent_metrics.commands.gate import gate

        return gate(given)
    if name == "run":
        from agent_metrics.commands.program import run_program

        return run_program(given)
    if name == "flush":
        from agent_metrics.commands.flush import flush

        return flush(given)
    if name in ("-h", "--help"):
        sys.stdout.write(_USAGE)
        return 0
    sys.stderr.write(_USAGE)
    return 2
