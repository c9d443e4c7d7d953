"""Whose code the time of an action is spent in.

Profiling slows Python down and the waiting not at all, so shares of code are somewhat too large.
"""

from __future__ import annotations

import pstats
from cProfile import Profile
from typing import Any

from benchmarks.pairs import Action

WAITING, DRIVER, CHALICE, PYDANTIC, OWN, OTHER = OWNERS = (
    "waiting for the database",
    "driver",
    "Chalice",
    "pydantic",
    "own code",
    "the rest of Python",
)
# Parts of a file's path, or of what the profiler calls a function in C.
_SIGNS = (
    ("_socket.socket", WAITING),
    ("pydantic_core", PYDANTIC),
    ("/pydantic/", PYDANTIC),
    ("/pymongo/", DRIVER),
    ("/bson/", DRIVER),
    ("_cbson", DRIVER),
    ("_cmessage", DRIVER),
    ("/chalice/", CHALICE),
    ("/chalicelib/", OWN),
)
_Function = tuple[str, int, str]


def shares_of(action: Action) -> dict[str, float]:
    """What part of the time is spent in the code of each of OWNERS itself."""
    profile = Profile()
    profile.runcall(action)
    seconds: dict[str, float] = dict.fromkeys(OWNERS, 0.0)
    statistics: dict[_Function, Any] = vars(pstats.Stats(profile))["stats"]
    for function, (_, _, own_s, _, callers) in statistics.items():
        owner = _owner_of(function)
        if owner != OTHER or not callers:
            seconds[owner] += own_s
            continue
        # What belongs to nobody, such as dict.get, belongs to those who call it.
        for caller, (_, _, caused_s, _) in callers.items():
            seconds[_owner_of(caller)] += caused_s
    total = sum(seconds.values())
    return {owner: spent / total for owner, spent in seconds.items()}


def _owner_of(function: _Function) -> str:
    file, _, name = function
    return next((owner for sign, owner in _SIGNS if sign in file or sign in name), OTHER)
