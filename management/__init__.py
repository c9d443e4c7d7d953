"""The command line for people (manage.py). Nothing in here is deployed.

serve.py          the service on this machine, with a database of its own if asked
reloading.py      what makes `chalice local` start anew
local_server.py   the HTTP server, waitress, in front of local_gateway.py
local_gateway.py  a WSGI application that calls the app as API Gateway and Lambda do
mongod.py         a real mongod as a child process, found by mongod_program.py; its directory is
                  held by data_lock.py, and mongod_keeper.py starts it again when it dies
index.py          the indexes
doctor.py         what is wrong with this machine or its database, by the checks of checkup.py
migrate.py        the data of the Go server, by the modules of go_server/
tokens.py         the tokens that clients send, with the options of token_options.py; authors.py
                  says who changed them
runs_import.py    runs from what files/ reads, through the HTTP API; import_preview.py shows them
demo.py           generated agents and runs, through the HTTP API
demo_data.py      what `demo` generates, for the agents in demo_profiles.py
uploads.py        batches, their retries by halves, and the tally at the end
api_client.py     the HTTP API as functions
gate.py           the Python client's gate, under this command line
audit.py          known vulnerabilities of the pinned packages, for `make audit`

The Python client (clients/python) is imported from its sources, so that a fresh clone needs no
installation of it: this is the one place that says where they are.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "clients" / "python" / "src"))
