"""Records the runs of AI agents in an Agent Metrics service, and never hurts its host.

    from agent_metrics import Client

    client = Client(agent="coder", version="1.4.2")
    with client.run(task_id="astropy-12907") as run:
        run.usage(model="gpt-5", input_tokens=900, output_tokens=80, cost=0.004)

client.py       what a host sees
run.py          one run; tracking.py makes runs of calls
recorder.py     writes reports down (encoding.py) and hands them to the sender
sender.py       the one thread: outbox.py, pace.py, accounts.py, disk.py, lifetime.py
delivery.py     a batch to the service, over connection.py, proxies.py and socks.py
spool.py        the queue on disk; leftovers.py delivers it
questions.py    what a client asks: metrics, comparisons, gates and runs (reading.py)
commands/       `agent-metrics run`, `gate` and `flush`
pytest_plugin.py   evaluation suites
"""

from __future__ import annotations

from agent_metrics.accounts import Stats
from agent_metrics.client import Client
from agent_metrics.errors import (
    AccessError,
    AgentMetricsError,
    ApiError,
    ConfigurationError,
    NotFoundError,
    UnreachableError,
)
from agent_metrics.run import Run, current_run

__version__ = "0.1.0"

__all__ = [
    "AccessError",
    "AgentMetricsError",
    "ApiError",
    "Client",
    "ConfigurationError",
    "NotFoundError",
    "Run",
    "Stats",
    "UnreachableError",
    "current_run",
]
