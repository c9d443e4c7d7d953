"""`python -m agent_metrics` is `agent-metrics`."""

from __future__ import annotations

import sys

from agent_metrics.commands import main

sys.exit(main())
