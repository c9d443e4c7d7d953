"""A real mongod as a child process: found, started, its data held, and started again."""

from management.mongod.data_lock import running_uri
from management.mongod.keeper import MongodKeeper
from management.mongod.process import Mongod, free_port
from management.mongod.program import OLDEST_MAJOR_VERSION, MongodError, find_mongod

__all__ = [
    "OLDEST_MAJOR_VERSION",
    "Mongod",
    "MongodError",
    "MongodKeeper",
    "find_mongod",
    "free_port",
    "running_uri",
]
