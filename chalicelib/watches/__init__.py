"""Conditions on agents, looked at every minute; and who is told when they change.

targets, stored_watches, presenting           watches as they are made, kept and shown
events, firings                               how their states changed
conditions                                    which condition needs and says what
budgets, absences, worsening, new_errors      the conditions
comparisons, samples, running_samples         which runs worsening compares, and by what
measuring, series                             many watches measured at once
looking, transitions                          each watch looked at; what becomes of its state
delivering, posting, addresses, waits         telling others, at least once
messages, notices, formats, signing           what they are told
trials                                        a condition tried over the past

The door opens when somebody knocks: what starts cold, and answers something else, loads none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.watches.events import list_events
    from chalicelib.watches.firings import list_firings, present_firing
    from chalicelib.watches.presenting import agents_of, present_event, present_watch
    from chalicelib.watches.sampling import send_sample
    from chalicelib.watches.stored_watches import (
        change_watch,
        create_watch,
        delete_watch,
        find_watch,
        list_watches,
        rotate_secret,
    )
    from chalicelib.watches.targets import Target, find_target
    from chalicelib.watches.trials import TRIAL_DAYS, try_watch
    from chalicelib.watches.upkeep import look_after

_MODULES = {
    "TRIAL_DAYS": "trials",
    "Target": "targets",
    "agents_of": "presenting",
    "change_watch": "stored_watches",
    "create_watch": "stored_watches",
    "delete_watch": "stored_watches",
    "find_target": "targets",
    "find_watch": "stored_watches",
    "list_events": "events",
    "list_firings": "firings",
    "list_watches": "stored_watches",
    "look_after": "upkeep",
    "present_event": "presenting",
    "present_firing": "firings",
    "present_watch": "presenting",
    "rotate_secret": "stored_watches",
    "send_sample": "sampling",
    "try_watch": "trials",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"{__name__} has no {name}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


__all__ = [
    "TRIAL_DAYS",
    "Target",
    "agents_of",
    "change_watch",
    "create_watch",
    "delete_watch",
    "find_target",
    "find_watch",
    "list_events",
    "list_firings",
    "list_watches",
    "look_after",
    "present_event",
    "present_firing",
    "present_watch",
    "rotate_secret",
    "send_sample",
    "try_watch",
]
