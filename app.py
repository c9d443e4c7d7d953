"""The Chalice application: what AWS Lambda and `chalice local` import."""
# ruff: noqa: E402 - no import may come before what makes them faster

from __future__ import annotations

import gc
import os

# What is imported stays as long as the process does: to look for garbage among it, again and
# again while it is made, takes a twentieth of a cold start.
gc.disable()

if "CHALICE_WORKER" in os.environ:  # what `chalice local` starts anew after a change
    # Before the imports below, whose cached bytecode Chalice would take for changes.
    from management.reloading import watch_sources_only

    watch_sources_only()

import logging

from chalice.app import Chalice, CloudWatchEvent, Rate

from chalicelib.config import is_deployed
from chalicelib.database import before_first_use, create_indexes_at_first_use
from chalicelib.http import rewrite_chalice_errors
from chalicelib.rollups import backlog_age
from chalicelib.routes import BLUEPRINTS
from chalicelib.upkeep import run_upkeep

# How long one invocation works: well under the function's own timeout in .chalice/config.json.
UPKEEP_S = 210

# Its own log handler writes plain text: everything goes to the root logger, as JSON in Lambda.
app = Chalice(app_name="agent-metrics", configure_logs=False)
# All that is served is text; Chalice would look each request and answer up in a list of types.
app.api.binary_types.clear()
app.register_middleware(rewrite_chalice_errors, "http")
for blueprint in BLUEPRINTS:
    app.register_blueprint(blueprint)

if not is_deployed():
    # Nobody ran `manage.py index` before `chalice local`, as one does before a deployment.
    before_first_use(create_indexes_at_first_use)


@app.schedule(Rate(1, unit=Rate.MINUTES))
def rollup(_event: CloudWatchEvent) -> int:
    """Count the hours whose marks have come of age, and do what else is due; how many hours."""
    done = run_upkeep(UPKEEP_S)
    line = done | {"backlog_s": backlog_age()}
    logging.getLogger("agent_metrics").info("upkeep", extra=line)
    return done["counted"]


# From here on it is left out of the search, and a batch of runs is no reason to search twenty
# times.
gc.freeze()
gc.set_threshold(50_000)
gc.enable()
