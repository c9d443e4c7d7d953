"""Who runs a command, as the record of changes has it."""

from __future__ import annotations

import getpass
import socket

from chalicelib.audit import Author


def author_of(command: str) -> Author:
    """The user and the machine, as far as the machine knows them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without an entry, as in some containers
        user = "unknown"
    return Author(f"manage.py {command}", user=f"{user}@{socket.gethostname()}")
