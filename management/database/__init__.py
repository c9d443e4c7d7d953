"""Which database a command works on, whether it answers, and what is wrong with it."""

from management.database.checkup import (
    Finding,
    check_database,
    check_mongod,
    check_port,
    check_python,
    check_settings,
)
from management.database.options import (
    DEFAULT_NAME,
    DEFAULT_URI,
    Consent,
    address_options,
    choose_database,
    database_failures,
    database_options,
    prepare_database,
)

__all__ = [
    "DEFAULT_NAME",
    "DEFAULT_URI",
    "Consent",
    "Finding",
    "address_options",
    "check_database",
    "check_mongod",
    "check_port",
    "check_python",
    "check_settings",
    "choose_database",
    "database_failures",
    "database_options",
    "prepare_database",
]
