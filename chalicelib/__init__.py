"""Agent Metrics: runs of AI agents, and what they add up to.

Where a request goes:

    app.py                  the Chalice object; registers the blueprints of routes/
    routes/                 one Blueprint a noun; views of a few lines
    openapi/                the API document, built when somebody asks for it
    http/                   @endpoint: authenticate, parse, call, serialise, problem+json
    auth.py, tokens.py      who is calling, and what a token looks like
    store/                  every query, a noun a file
    metrics/                what the numbers mean; pure functions
    reports.py, checks.py   a posted run: from bytes to a document
    resolution.py           two reports of one run: which one stands; pure rules
    models.py, queries.py   the shapes on the wire, and the query parameters; shapes.py their words
    running_totals.py       what Prometheus counts: totals that never fall
    mongo.py, secret.py     the one pooled client; its address from Secrets Manager
    indexes.py              the indexes, by the names that queries hint at
    config.py, errors.py    settings from the environment; every error the API answers

Imports point one way, from the top of this list down; `make check` holds that.
"""
