"""The command line for people (manage.py). Nothing in here is deployed.

The rooms, from the top floor down. Each imports only those below it; `make check` holds that.

    commands/        one command a file: what is typed, and what is said
    serving/         the service on this machine: an HTTP server that calls the app as Lambda does
    demonstration/   agents and runs that are made up
    watches/         watches as a file says that they should be
    verification/    whether what is stored is sound: counted anew, named, repaired
    archive/         a database as a directory of files, and back
    tokens/          what the commands about tokens take, and who runs them
    go_server/       the Go server's data, read and moved
    transfers/       runs on their way to a service and from it: batches, retries, preview
    files/           files of runs, as they go out and come in: CSV, NDJSON, Parquet, eval logs
    api/             the HTTP API as functions, and the options that say which service
    database/        which database a command works on, whether it answers, what is wrong with it
    mongod/          a real mongod as a child process
    audit            known vulnerabilities of the pinned packages, for `make audit`
    openapi          docs/openapi.json, for `make openapi`
    reloading        what makes `chalice local` start anew after a change
    endings          how a command ends: one sentence, and an exit code

The Python client (clients/python) is imported from its sources, so that a fresh clone needs no
installation of it: this is the one place that says where they are.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "clients" / "python" / "src"))
