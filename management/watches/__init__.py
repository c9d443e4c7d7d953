"""Watches as a file says that they should be."""

from management.watches.files import Step, WatchFileError, plan, read_watches

__all__ = ["Step", "WatchFileError", "plan", "read_watches"]
