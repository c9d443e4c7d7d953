"""The agents that `manage.py demo` makes up: who they are and how they behave."""

from __future__ import annotations

from dataclasses import dataclass

# Dollars for a million tokens, in and out.
PRICES = {
    "atlas-large": (3.00, 15.00),
    "atlas-small": (0.25, 1.25),
    "quill-2": (1.10, 4.40),
    "quill-2-mini": (0.15, 0.60),
}

# Weights of the 24 hours, UTC.
OFFICE = (1, 1, 1, 1, 1, 2, 5, 12, 22, 30, 32, 28, 18, 24, 32, 30, 24, 16, 9, 6, 4, 3, 2, 1)
NIGHTLY = (8, 30, 40, 22, 6, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2)
STEADY = (8, 7, 6, 6, 6, 7, 8, 9, 10, 11, 12, 12, 12, 12, 12, 12, 11, 11, 10, 10, 9, 9, 9, 8)

ERRORS = {
    "failed": (
        "AssertionError: 3 of 41 tests failed",
        "the tool 'shell' ended with code 2",
        "patch does not apply: src/main.py:118",
        "the model answered with malformed JSON three times",
    ),
    "timeout": ("no progress for 600 s", "the budget of 40 steps is used up"),
    "cancelled": ("cancelled by the user",),
}


@dataclass(frozen=True)
class Profile:
    """An agent's habits.

    `share` is its part of all runs, `weekend` how busy its weekends are beside its weekdays.
    Durations are lognormal: `median_s` and the `spread` of their logarithm. `failing` is the
    part of its runs that fails, `tokens` what one of median length reads. Of an agent that
    `regresses`, every third release is slower and fails more.
    """

    name: str
    project: str
    cluster: str
    share: float
    hours: tuple[int, ...]
    weekend: float
    median_s: float
    spread: float
    failing: float
    tokens: int
    release_every_days: int
    models: tuple[str, ...]
    tools: tuple[str, ...]
    initiators: tuple[str, ...]
    regresses: bool = False


PROFILES = (
    Profile(
        name="code-reviewer",
        project="developer-tools",
        cluster="eu-west",
        share=0.34,
        hours=OFFICE,
        weekend=0.15,
        median_s=95.0,
        spread=0.7,
        failing=0.04,
        tokens=18_000,
        release_every_days=9,
        models=("atlas-large", "quill-2"),
        tools=("git", "search", "shell"),
        initiators=("pull-request", "maria"),
        regresses=True,
    ),
    Profile(
        name="test-fixer",
        project="developer-tools",
        cluster="eu-west",
        share=0.16,
        hours=OFFICE,
        weekend=0.2,
        median_s=340.0,
        spread=0.9,
        failing=0.22,
        tokens=60_000,
        release_every_days=11,
        models=("atlas-large",),
        tools=("git", "shell", "python"),
        initiators=("ci", "jonas"),
    ),
    Profile(
        name="ticket-triage",
        project="support",
        cluster="us-east",
        share=0.3,
        hours=STEADY,
        weekend=0.7,
        median_s=6.5,
        spread=0.5,
        failing=0.02,
        tokens=2_400,
        release_every_days=8,
        models=("quill-2-mini", "atlas-small"),
        tools=("search", "crm"),
        initiators=("webhook",),
        regresses=True,
    ),
    Profile(
        name="refund-assistant",
        project="support",
        cluster="us-east",
        share=0.1,
        hours=STEADY,
        weekend=0.6,
        median_s=24.0,
        spread=0.6,
        failing=0.08,
        tokens=5_200,
        release_every_days=13,
        models=("atlas-small",),
        tools=("crm", "payments"),
        initiators=("webhook", "amara"),
    ),
    Profile(
        name="report-writer",
        project="analytics",
        cluster="eu-west",
        share=0.06,
        hours=NIGHTLY,
        weekend=1.0,
        median_s=1500.0,
        spread=0.6,
        failing=0.1,
        tokens=140_000,
        release_every_days=10,
        models=("atlas-large", "quill-2"),
        tools=("sql", "charts"),
        initiators=("schedule",),
    ),
    Profile(
        name="data-cleaner",
        project="analytics",
        cluster="us-east",
        share=0.04,
        hours=NIGHTLY,
        weekend=1.0,
        median_s=4200.0,
        spread=0.8,
        failing=0.12,
        tokens=220_000,
        release_every_days=14,
        models=("quill-2",),
        tools=("sql", "python"),
        initiators=("schedule", "lin"),
    ),
)
