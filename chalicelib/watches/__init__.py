"""Conditions on agents, looked at every minute; and who is told when they change.

targets, stored_watches, events, presenting   watches as they are made, kept and shown
conditions                                    which condition needs and says what
budgets, absences, worsening, new_errors      the conditions
comparisons, samples, running_samples         which runs worsening compares, and by what
measuring, series                             many watches measured at once
looking, transitions                          each watch looked at; what becomes of its state
delivering, posting, addresses, waits         telling others, at least once
messages, notices, formats, signing           what they are told
trials                                        a condition tried over the past
"""

from chalicelib.watches.events import list_events
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
    "list_watches",
    "look_after",
    "present_event",
    "present_watch",
    "rotate_secret",
    "send_sample",
    "try_watch",
]
