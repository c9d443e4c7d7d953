"""Agent Metrics: runs of AI agents, and what they add up to.

The rooms, from the top floor down. Each imports only those below it; `make check` holds that.

    routes/      one Blueprint a noun; views of a few lines
    upkeep/      what is done every minute: steps that other rooms have
    openapi/     the API document, built when somebody asks for it
    http/        @endpoint: authenticate, parse, call, serialise; problems, lists, presenters
    pages/       the dashboard's and the API document's files, as browsers get them
    access/      who is calling: tokens, what they look like and how they are kept
    watches/     conditions that are looked after, and who is told when they change
    answers/     what the metrics routes say: questions, summaries, Prometheus
    telemetry/   OpenTelemetry's spans: decoded, normalised, assembled into runs, priced
    runs/        a run's life: reported, resolved, recorded, read
    rollups/     what runs add up to, kept: marks, hours, days, and measuring with them
    registry/    agents and versions; whose runs a question is about
    audit/       who changed what: a record of every change, written before it is made
    database/    the one pooled client, its address, the indexes, how long runs are kept
    wire/        the shapes of requests and answers, query parameters, cursors
    metrics/     what the numbers mean; pure functions
    values/      instants, durations, outcomes, checks of single values
    config       settings: the one reader of the environment
    errors       every error that the API answers

A request enters through `app.py`, which registers the blueprints of routes/.
"""

# The one place of the version; the changelog has a section for each.
__version__ = "0.9.0"
