"""Agents and runs that are made up, but look real."""

from management.demonstration.profiles import PROFILES
from management.demonstration.releases import DAYS, releases, runs_of

__all__ = ["DAYS", "PROFILES", "releases", "runs_of"]
