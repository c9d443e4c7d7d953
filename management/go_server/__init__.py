"""The data of the Go server, and how they come here: `manage.py migrate`.

source.py       its database, only ever read
values.py       its documents as what a client could post
registering.py  its agents and versions, doubled ones as one
moving.py       its runs, in batches, by the rules of posted runs
ledger.py       what became of everything
"""

from management.go_server.ledger import Ledger
from management.go_server.moving import Mover
from management.go_server.registering import Owners, register_owners
from management.go_server.source import GoSource, SourceError

__all__ = ["GoSource", "Ledger", "Mover", "Owners", "SourceError", "register_owners"]
