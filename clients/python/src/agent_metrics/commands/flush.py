"""`agent-metrics flush`: deliver what processes have left on disk."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from agent_metrics.accounts import Accounts
from agent_metrics.commands.endings import NOT_TOLD, OK, ended, write
from agent_metrics.commands.options import service_options
from agent_metrics.delivery import Delivery
from agent_metrics.errors import ConfigurationError
from agent_metrics.leftovers import Leftovers
from agent_metrics.notices import Notices
from agent_metrics.settings import read_service
from agent_metrics.spool import SUPPORTED, Spool

TIMEOUT_S = 60.0
_EPILOG = """\
exit codes:
  0    nothing is left; what a living process still holds is its own to deliver
  2    the service refused some of it, or the options are wrong
  3    the service could not be reached: everything is still there
  130  interrupted: everything that was not delivered is still there
"""


def flush(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        prog="agent-metrics flush",
        description="Deliver the runs that processes have left in a spool directory.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("spool", metavar="DIRECTORY", help="what was given as Client(spool=…)")
    service_options(parser)
    return ended(lambda: _flush(parser.parse_args(list(arguments))))


def _flush(asked: argparse.Namespace) -> int:
    service = read_service(asked.url, asked.token, TIMEOUT_S)
    if not service.url:
        raise ConfigurationError("which service? Give --url, or set AGENT_METRICS_URL")
    if not SUPPORTED:
        raise ConfigurationError("this system has no file locks, and so no spools")
    if not os.path.isdir(asked.spool):
        raise ConfigurationError(f"there is no directory {asked.spool}")
    accounts, notices = Accounts(), Notices()
    spool = Spool(asked.spool, 0)
    delivery = Delivery(service, notices, keeps_refused=True)
    try:
        Leftovers(spool, delivery, notices).deliver(accounts.settle)
    finally:
        delivery.disconnect()
    stats = accounts.stats(0)
    held = len(spool.paths())
    more = f"; {held} files belong to processes that still run" if held else ""
    write(f"{stats.delivered} runs delivered, {stats.refused} refused{more}\n")
    return NOT_TOLD if stats.refused else OK
